import { expect, test } from '@jest/globals'
import { attestation } from '../../src/checks/attestation.ts'
import type { AttestationSeen, ImageSeen } from '../../src/model/observation.ts'
import { aDigest } from './builders.ts'
import {
  AMD64,
  ARM64,
  aChild,
  anImage,
  anImageSeen,
  anIndex,
  aSingle,
  type Case,
  describeCheck,
  no,
  ok,
  unseenImage,
} from './sightings.ts'

const of = anImage({ attestations: true })
const [amd64, arm64] = [aChild(AMD64).descriptor.digest, aChild(ARM64).descriptor.digest]
const listing = (attestations: readonly AttestationSeen[]): ImageSeen => {
  const { index } = anImageSeen()
  if (!index.ok) throw new Error('no index')
  return anImageSeen({ index: ok({ ...index.seen, attestations }) })
}
const speaking = (
  subject: AttestationSeen['subject'],
  statements: AttestationSeen['statements'] = ok(1),
): AttestationSeen => ({
  descriptor: { mediaType: aChild().descriptor.mediaType, digest: aDigest(0xf0), sizeBytes: 500, annotations: {} },
  subject,
  statements,
})
const about = (...subjects: readonly AttestationSeen['subject'][]): ImageSeen =>
  listing(subjects.map((subject) => speaking(subject)))
/** As it is for linux/amd64; that of linux/arm64 is `statements`. */
const arm64Is = (statements: AttestationSeen['statements']): ImageSeen =>
  listing([speaking(amd64), speaking(arm64, statements)])
const red = { codes: ['attestation/missing'], is: 'failed' as const }

const cases: readonly Case<'image', ImageSeen>[] = [
  { name: 'not asked for', of: anImage(), seen: undefined, is: 'skipped' },
  { name: 'one for each platform', of, seen: about(amd64, arm64), is: 'passed' },
  { name: 'several for one', of, seen: about(amd64, arm64, arm64), is: 'passed' },
  { name: 'none for one platform', of, seen: about(amd64), ...red, says: ['for linux/arm64 has no attestation'] },
  { name: 'one for an image that is not there', of, seen: about(amd64, aDigest(7)), ...red },
  { name: 'one for nobody', of, seen: about(amd64, undefined), ...red },
  {
    name: 'none for a platform that is known to have none',
    of,
    seen: about(amd64),
    terms: { waivers: [{ finding: 'attestation/missing', reason: 'known', platform: ARM64 }] },
    codes: ['attestation/missing'],
    is: 'skipped',
  },
  {
    name: 'one that the index promises and the registry does not have',
    of,
    seen: arm64Is(no('not-found')),
    codes: ['attestation/dangling'],
    is: 'failed',
    says: ['for linux/arm64 has an attestation that is gone', aDigest(0xf0), 'clean-up'],
  },
  {
    name: 'one that is gone, and another that is there',
    of,
    seen: listing([speaking(amd64), speaking(arm64), speaking(arm64, no('not-found'))]),
    codes: ['attestation/dangling'],
    is: 'failed',
  },
  { name: 'other bytes', of, seen: arm64Is(no('altered')), codes: ['attestation/altered'], is: 'failed' },
  { name: 'no manifest', of, seen: arm64Is(no('malformed')), codes: ['attestation/malformed'], is: 'failed' },
  {
    name: 'one that states nothing',
    of,
    seen: arm64Is(ok(0)),
    codes: ['attestation/malformed'],
    is: 'failed',
    says: ['in-toto'],
  },
  {
    name: 'what is gone speaks of nobody here',
    of,
    seen: listing([speaking(amd64), speaking(arm64), speaking(undefined, no('not-found'))]),
    is: 'passed',
  },
  ...(['denied', 'rate-limited', 'unavailable', 'timeout', 'cancelled', 'failed'] as const).map((failure) => ({
    name: `one of which nobody knows: ${failure}`,
    of,
    seen: arm64Is(no(failure)),
    is: 'errored' as const,
    says: [`it was ${failure}`, `see to ${failure}`],
  })),
  {
    name: 'one at which nobody looked',
    of,
    seen: listing([speaking(amd64), { ...speaking(arm64), statements: undefined as never }]),
    is: 'errored',
    says: ['not looked at'],
  },
  {
    name: 'a manifest without an index',
    of: anImage({ attestations: true, platforms: [AMD64] }),
    seen: anImageSeen({ index: aSingle() }),
    ...red,
    says: ['a manifest without an index'],
  },
  {
    name: 'a platform missing',
    of: anImage({ attestations: true, platforms: [AMD64, ARM64] }),
    seen: anImageSeen({ index: anIndex([]) }),
    is: 'errored',
    because: 'platforms',
  },
  { name: 'no tag leads anywhere', of, seen: unseenImage(), is: 'errored', because: 'tags' },
  { name: 'no index', of, seen: anImageSeen({ index: no('malformed') }), is: 'errored', because: 'platforms' },
]

describeCheck(attestation, cases)

test('the finding stands where the spec asks for it', () => {
  const at = { file: 'spec.yml', line: 7, column: 5 }
  const judgement = attestation.judge(anImage({ attestations: true, positions: { attestations: at } }), about(amd64))
  expect('findings' in judgement && judgement.findings[0]?.at).toEqual(at)
})
