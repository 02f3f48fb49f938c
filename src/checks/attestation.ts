import {
  type AttestationSeen,
  type ChildSeen,
  failed,
  type ImageSeen,
  type IndexSeen,
  isWrong,
  platformOf,
} from '../model/observation.ts'
import type { UnweighedFinding } from '../model/result.ts'
import { type ImageExpectation, positionOf } from '../model/spec.ts'
import { defineCheck, noIndex, type Unlooked, unread, unseen } from './define.ts'

export const attestation = defineCheck({
  id: 'attestation',
  title: 'Every platform has an attestation',
  scope: 'image',
  codes: {
    'attestation/missing': 'error',
    'attestation/dangling': 'error',
    'attestation/altered': 'error',
    'attestation/malformed': 'error',
  },
  notAsked: ({ attestations }) => (attestations ? undefined : 'no attestations are asked for'),
  observe: (image, sight) => sight.image(image),
  judge: (image, { tags, index }: ImageSeen) => {
    if (!index.ok) return noIndex(index, { tags })
    const { digest, children } = index.seen
    const pairs = children.flatMap((child) => of(child, index.seen).map((attestation) => ({ child, attestation })))
    const findings = [
      ...children.flatMap((child) => missing(image, index.seen, child)),
      ...pairs.flatMap(({ child, attestation }) => wrong(image, index.seen, child, attestation)),
    ]
    const dark = pairs.map(({ attestation }) => unknown(attestation)).find((rest) => rest !== undefined)
    return { findings, evidence: [{ kind: 'digest', digest }], rest: dark ?? unread(image, index.seen) }
  },
})

const of = ({ descriptor }: ChildSeen, { attestations }: IndexSeen): readonly AttestationSeen[] =>
  attestations.filter(({ subject }) => subject === descriptor.digest)

function missing(image: ImageExpectation, index: IndexSeen, child: ChildSeen): readonly UnweighedFinding[] {
  if (of(child, index).length > 0) return []
  return about(image, index, child, 'missing', {
    what: 'no attestation',
    expected: `an attestation of ${child.descriptor.digest}`,
    actual: index.kind === 'manifest' ? 'a manifest without an index' : `${index.attestations.length} of others`,
    hint: 'give docker/build-push-action `provenance: mode=max` or `sbom: true`, and see that no later step makes an index without them',
  })
}

/** What became of an attestation that the index promises. */
function wrong(
  image: ImageExpectation,
  index: IndexSeen,
  child: ChildSeen,
  { descriptor: { digest }, statements = NOBODY_ASKED }: AttestationSeen,
): readonly UnweighedFinding[] {
  const expected = `the attestation ${digest}`
  if (statements.ok) {
    if (statements.seen > 0) return []
    const actual = 'none of its layers is an in-toto statement'
    return about(image, index, child, 'malformed', {
      what: `an attestation of nothing: ${actual}`,
      expected,
      actual,
      hint,
    })
  }
  const { failure, reason: actual } = statements
  if (!isWrong(failure)) return []
  if (failure === 'not-found') {
    const hint =
      'a clean-up of untagged images may have deleted it: rebuild and push, and exclude what multi-platform images are made of from the clean-up'
    return about(image, index, child, 'dangling', {
      what: `an attestation that is gone: ${actual}`,
      expected,
      actual,
      hint,
    })
  }
  const code = failure === 'altered' ? 'altered' : 'malformed'
  const words = failure === 'altered' ? 'that is not what its digest says' : 'that cannot be read'
  return about(image, index, child, code, {
    ...{ what: `an attestation ${words}: ${actual}`, expected, actual, hint: statements.hint || hint },
  })
}

const hint = 'build and push the image again'

const NOBODY_ASKED = failed('failed', 'the attestations were not looked at', 'rerun the job')

const unknown = ({ statements = NOBODY_ASKED }: AttestationSeen): Unlooked | undefined =>
  statements.ok || isWrong(statements.failure) ? undefined : unseen(statements)

function about(
  image: ImageExpectation,
  index: IndexSeen,
  child: ChildSeen,
  code: string,
  { what, ...rest }: Required<Pick<UnweighedFinding, 'expected' | 'actual'>> & { what: string; hint: string },
): readonly UnweighedFinding[] {
  const platform = platformOf(index, child)
  const at = positionOf(image, 'attestations')
  const where = platform ?? child.descriptor.platformText ?? 'a platform nobody knows'
  return [
    {
      code: `attestation/${code}`,
      message: `${image.name} for ${where} has ${what}`,
      ...rest,
      ...(platform && { platform }),
      ...(at && { at }),
    },
  ]
}
