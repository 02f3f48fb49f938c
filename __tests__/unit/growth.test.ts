import { describe, expect, test } from '@jest/globals'
import { growth } from '../../src/checks/growth.ts'
import { imports } from '../../src/checks/import.ts'
import { revert } from '../../src/checks/probe.ts'
import { size } from '../../src/checks/size.ts'
import { tags } from '../../src/checks/tags.ts'
import type { Report } from '../../src/model/result.ts'
import { readBaseline } from '../../src/modes/plan/baseline.ts'
import { aDigest } from './builders.ts'
import { passedReport } from './samples.ts'
import {
  AMD64,
  absentModule,
  anImage,
  anImageSeen,
  aProbe,
  aTagSeen,
  aTarget,
  type Case,
  cannotRun,
  describeCheck,
  imported,
  judged,
  native,
  no,
  notAskedToRun,
  ok,
  SHA_TAG,
} from './sightings.ts'
import { jsonOf } from './written.ts'

type Seen = Parameters<typeof growth.judge>[1]

const target = aTarget({ imports: [{ module: 'ktrdr' }] })

/** A report of the target, with what its platform says of itself. */
const then = (platform: Partial<Report['images'][number]['platforms'][number]> = {}): Report => {
  const report = passedReport()
  const [first] = report.images
  if (first === undefined) throw new Error('no sample')
  const modules = [{ module: 'ktrdr', outcome: 'imported', version: '1.0.7', seconds: 0.5 }] as const
  const said = { platform: AMD64, executed: 'native', modules, ...platform } as const
  return {
    ...report,
    images: [{ ...first, id: target.image.id, reference: target.image.name, digest: aDigest(7), platforms: [said] }],
  }
}
const seen = (given: Partial<Seen> = {}): Seen => ({
  execution: native,
  probe: ok(aProbe({ modules: { ktrdr: imported() } })),
  pulled: true,
  baseline: ok(then()),
  ...given,
})
const slow = ok(aProbe({ modules: { ktrdr: { outcome: 'imported', version: '1.0.7', seconds: 2.1 } } }))

const cases: readonly Case<'platform', Seen>[] = [
  { name: 'nothing to probe', of: aTarget(), seen: undefined, is: 'skipped' },
  { name: 'no baseline', of: target, seen: seen({ baseline: undefined }), is: 'skipped', says: ['the input baseline'] },
  { name: 'no baseline yet', of: target, seen: seen({ baseline: no('not-found') }), is: 'skipped' },
  { name: 'a baseline that cannot be read', of: target, seen: seen({ baseline: no('failed') }), is: 'errored' },
  { name: 'as it was', of: target, seen: seen(), is: 'passed' },
  { name: 'not to run', of: target, seen: seen({ execution: notAskedToRun }), is: 'skipped' },
  { name: 'cannot run', of: target, seen: seen({ execution: cannotRun }), is: 'errored', because: 'pull' },
  {
    name: 'a baseline without it',
    of: target,
    seen: seen({ baseline: ok({ ...then(), images: [] }) }),
    is: 'skipped',
    says: ['was not looked into'],
  },
  {
    name: 'a baseline that did not run it',
    of: target,
    seen: seen({ baseline: ok(then({ executed: 'no' })) }),
    is: 'skipped',
  },
  {
    name: 'another version',
    of: target,
    seen: seen({ probe: ok(aProbe({ modules: { ktrdr: imported('1.0.8') } })) }),
    is: 'warned',
    codes: ['growth/version'],
    says: ['ktrdr 1.0.8', 'ktrdr 1.0.7'],
  },
  {
    name: 'slower',
    of: target,
    seen: seen({ probe: slow }),
    is: 'warned',
    codes: ['growth/import-time'],
    says: ['2.1 s'],
  },
  {
    name: 'slower, by less than half',
    of: target,
    seen: seen({
      probe: slow,
      baseline: ok(then({ modules: [{ ...then().images[0]!.platforms[0]!.modules[0]!, seconds: 1.5 }] })),
    }),
    is: 'passed',
  },
  {
    name: 'slower, by emulation',
    of: target,
    seen: seen({ probe: slow, execution: { executed: 'emulated' } }),
    is: 'passed',
  },
  {
    name: 'gone, which others tell',
    of: target,
    seen: seen({ probe: ok(aProbe({ modules: { ktrdr: absentModule } })) }),
    is: 'skipped',
    says: ['no module that was imported in the run of the baseline as well'],
  },
  {
    name: 'a baseline without modules',
    of: target,
    seen: seen({ baseline: ok(then({ modules: [] })) }),
    is: 'skipped',
  },
  {
    name: 'a baseline with other modules',
    of: target,
    seen: seen({ baseline: ok(then({ modules: [{ module: 'other', outcome: 'imported', seconds: 1 }] })) }),
    is: 'skipped',
  },
  {
    name: 'a baseline with the module among others',
    of: target,
    seen: seen({
      baseline: ok(
        then({ modules: [{ module: 'other', outcome: 'imported' }, ...then().images[0]!.platforms[0]!.modules] }),
      ),
    }),
    is: 'passed',
  },
  {
    name: 'nothing but modules that must not be there',
    of: aTarget({ absent: ['torch'] }),
    seen: seen({
      probe: ok(aProbe({ modules: { torch: absentModule } })),
      baseline: ok(then({ modules: [{ module: 'torch', outcome: 'absent' }] })),
    }),
    is: 'skipped',
  },
]

describeCheck(growth, cases)

describe('an image that has grown', () => {
  const look = { image: anImageSeen(), execution: native, pulled: undefined, unpacked: undefined }
  test.each([
    [undefined, 0.2, []],
    [100_000_000, 0.2, []],
    [84_000_000, 0.2, []],
    [83_000_000, 0.2, ['size/growth']],
    [83_000_000, 0.5, []],
    [0, 0.2, ['size/growth']],
  ])('from %s by more than %s', (compressedThen, growth, codes) => {
    const result = judged(size, { of: aTarget({ growth }), seen: { ...look, compressedThen } })
    expect(result.findings.map(({ code }) => code)).toEqual(codes)
    expect(result.status).toBe(codes.length === 0 ? 'passed' : 'warned')
    expect(JSON.stringify(result)).not.toMatch(/NaN|Infinity/)
  })
})

describe('where to go back to', () => {
  test('is the digest of the last run that passed, where that is known', () => {
    expect(revert(target)).toContain('@<digest of the last passed report>')
    expect(revert(target, aDigest(7))).toContain(`${target.image.name}@${aDigest(7)}`)
    const probe = ok(aProbe({ modules: { ktrdr: absentModule } }))
    const broken = judged(imports, {
      of: target,
      seen: { execution: native, probe, pulled: true, previous: aDigest(7) },
    })
    expect(broken.findings[0]?.hint).toContain(aDigest(7))
    const apart = { ...anImageSeen({ tags: [aTagSeen(), aTagSeen(SHA_TAG, ok(aDigest(3)))] }), previous: aDigest(7) }
    expect(judged(tags, { of: anImage(), seen: apart }).findings[0]?.hint).toContain(aDigest(7))
  })
})

describe('a baseline is read', () => {
  const read = (text: string | undefined) =>
    readBaseline('last/report.json', { read: async () => text, exists: async () => true })

  test('as it was written', async () => {
    expect(await read(jsonOf(passedReport()))).toEqual({ ok: true, seen: passedReport() })
  })

  test.each([
    ['none', undefined, 'not-found', 'is not there'],
    ['no report', '{}', 'failed', 'cannot be used'],
    [
      'one that failed',
      jsonOf({ ...passedReport(), verdict: 'errored', missing: ['a/linux/amd64'] }),
      'failed',
      'errored',
    ],
  ])('but not %s', async (_, text, failure, words) => {
    expect(await read(text)).toMatchObject({ ok: false, failure, reason: expect.stringContaining(words) })
  })

  test('and never throws', async () => {
    const files = { read: () => Promise.reject(new Error('it leads out')), exists: async () => true }
    expect(await readBaseline('../x', files)).toMatchObject({ ok: false, reason: expect.stringContaining('leads out') })
  })
})
