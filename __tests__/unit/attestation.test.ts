import { expect, test } from '@jest/globals'
import { attestation } from '../../src/checks/attestation.ts'
import type { ImageSeen } from '../../src/model/observation.ts'
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
  unseenImage,
} from './sightings.ts'

const of = anImage({ attestations: true })
const [amd64, arm64] = [aChild(AMD64).descriptor.digest, aChild(ARM64).descriptor.digest]
const about = (...subjects: readonly (typeof amd64 | undefined)[]): ImageSeen => {
  const { index } = anImageSeen()
  if (!index.ok) throw new Error('no index')
  const attestations = subjects.map((subject, at) => ({ digest: aDigest(0xf0 + at), subject }))
  return anImageSeen({ index: { ok: true, seen: { ...index.seen, attestations } } })
}
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
