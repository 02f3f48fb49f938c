import { type ChildSeen, type ImageSeen, type IndexSeen, platformOf } from '../model/observation.ts'
import type { UnweighedFinding } from '../model/result.ts'
import { type ImageExpectation, positionOf } from '../model/spec.ts'
import { defineCheck, noIndex, unread } from './define.ts'

export const attestation = defineCheck({
  id: 'attestation',
  title: 'Every platform has an attestation',
  scope: 'image',
  codes: { 'attestation/missing': 'error' },
  notAsked: ({ attestations }) => (attestations ? undefined : 'no attestations are asked for'),
  observe: (image, sight) => sight.image(image),
  judge: (image, { tags, index }: ImageSeen) => {
    if (!index.ok) return noIndex(index, { tags })
    const { digest, children } = index.seen
    const findings = children.flatMap((child) => missing(image, index.seen, child))
    return { findings, evidence: [{ kind: 'digest', digest }], rest: unread(image, index.seen) }
  },
})

function missing(image: ImageExpectation, index: IndexSeen, child: ChildSeen): readonly UnweighedFinding[] {
  const { digest, platformText } = child.descriptor
  if (index.attestations.some(({ subject }) => subject === digest)) return []
  const platform = platformOf(index, child)
  const at = positionOf(image, 'attestations')
  return [
    {
      code: 'attestation/missing',
      message: `${image.name} for ${platform ?? platformText ?? 'a platform nobody knows'} has no attestation`,
      expected: `an attestation of ${digest}`,
      actual: index.kind === 'manifest' ? 'a manifest without an index' : `${index.attestations.length} of others`,
      hint: 'give docker/build-push-action `provenance: mode=max` or `sbom: true`, and see that no later step makes an index without them',
      ...(platform && { platform }),
      ...(at && { at }),
    },
  ]
}
