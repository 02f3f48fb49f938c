// The checks of the whole set, and what all checks have in common.
import { expect, test } from '@jest/globals'
import { imageInSet, targetInSet } from '../../src/checks/agreement.ts'
import { consistency } from '../../src/checks/consistency.ts'
import { allChecks, checksFor } from '../../src/checks/index.ts'
import type { Execution, ImageSeen, ModuleSeen } from '../../src/model/observation.ts'
import type { ImageExpectation } from '../../src/model/spec.ts'
import {
  AMD64,
  ARM64,
  aChild,
  anImage,
  anImageSeen,
  anIndex,
  aProbe,
  aTarget,
  type Case,
  cannotRun,
  describeCheck,
  imported,
  judged,
  native,
  no,
  notAskedToRun,
  OTHER_SHA,
  ok,
  REVISION,
  SHA,
  unseenImage,
  unseenModule,
} from './sightings.ts'

type Seen = Parameters<typeof consistency.judge>[1]
type Probed = Seen['probes'][number] | undefined
interface Given {
  readonly probes?: readonly Probed[]
  readonly images?: Seen['images']
  readonly sharded?: boolean
}

const ktrdr = { imports: [{ module: 'ktrdr' }] }
const plain: readonly ImageExpectation[] = [anImage({ id: 'api' }), anImage({ id: 'worker' })]
const probed: readonly ImageExpectation[] = [anImage({ id: 'api', ...ktrdr }), anImage({ id: 'worker', ...ktrdr })]

const probe = (id: string, modules: Readonly<Record<string, ModuleSeen>>, platform = AMD64): Probed =>
  targetInSet(aTarget({ id, ...ktrdr }, platform), native, ok(aProbe({ modules })))
const unrun = (id: string, execution: Execution, platform = AMD64): Probed =>
  targetInSet(aTarget({ id, ...ktrdr }, platform), execution, undefined)
const dark = (id: string): Probed => targetInSet(aTarget({ id, ...ktrdr }), native, no('timeout'))
const alike = [probe('api', { ktrdr: imported() }), probe('worker', { ktrdr: imported() })]
const unlike = [probe('api', { ktrdr: imported('1.0.7') }), probe('worker', { ktrdr: imported('1.0.6') })]

const from = (...shas: readonly (string | undefined)[]): ImageSeen =>
  anImageSeen({
    index: anIndex(
      shas.map((sha, at) => aChild(at === 0 ? AMD64 : ARM64, { labels: sha === undefined ? {} : { [REVISION]: sha } })),
    ),
  })
const seen = (
  { probes = [], images, sharded = false }: Given = {},
  api: ImageSeen = from(SHA, SHA),
  worker: ImageSeen = from(SHA, SHA),
): Seen => ({
  probes: probes.filter((each) => each !== undefined),
  images: images ?? [imageInSet('api', api), imageInSet('worker', worker)],
  sharded,
})
const warnings = { severity: { 'consistency/revision': 'warning' } } as const

const mixed: readonly ImageExpectation[] = [anImage({ id: 'api', ...ktrdr }), anImage({ id: 'worker' })]

const cases: readonly Case<'set', Seen>[] = [
  { name: 'one image alone', of: [anImage()], seen: undefined, is: 'skipped' },
  { name: 'no image', of: [], seen: undefined, is: 'skipped' },
  { name: 'of one commit, nothing to probe', of: plain, seen: seen(), is: 'passed' },
  {
    name: 'one that says its commit, and no module that two have: nothing was compared',
    of: probed,
    seen: seen(
      { probes: [probe('api', { ktrdr: imported() }), probe('worker', { torch: imported('2.6.0') })] },
      from(SHA, SHA),
      from(undefined, undefined),
    ),
    is: 'skipped',
    says: ['no two'],
  },
  {
    name: 'one that says its commit, and a module that two have',
    of: probed,
    seen: seen({ probes: alike }, from(SHA, SHA), from(undefined, undefined)),
    is: 'passed',
  },
  { name: 'of one commit and one version', of: probed, seen: seen({ probes: alike }), is: 'passed' },
  {
    name: 'one commit in two spellings',
    of: plain,
    seen: seen({}, from(SHA), from(SHA.toUpperCase())),
    is: 'passed',
  },
  {
    name: 'builds of one version',
    of: probed,
    seen: seen({
      probes: [probe('api', { torch: imported('2.6.0+cpu') }), probe('worker', { torch: imported('2.6.0+cu126') })],
    }),
    is: 'passed',
  },
  {
    name: 'a module that only one of them has, or that tells no version',
    of: probed,
    seen: seen({
      probes: [
        probe('api', { ktrdr: imported(), torch: { outcome: 'absent' } }),
        probe('worker', { ktrdr: { outcome: 'imported', version: undefined, seconds: 1 }, torch: imported('2.6.0') }),
      ],
    }),
    is: 'passed',
  },
  {
    name: 'another platform is not to run here',
    of: probed,
    seen: seen({ probes: [...alike, unrun('api', notAskedToRun, ARM64), unrun('worker', notAskedToRun, ARM64)] }),
    is: 'passed',
  },
  {
    name: 'no labels, but one version',
    of: probed,
    seen: seen({ probes: alike }, from(undefined), from(undefined)),
    is: 'passed',
  },
  {
    name: 'two versions in two images',
    of: probed,
    seen: seen({ probes: unlike }),
    codes: ['consistency/version'],
    is: 'warned',
    says: ['1.0.7 in api/linux/amd64; 1.0.6 in worker/linux/amd64'],
  },
  {
    name: 'two versions on two platforms of one image',
    of: probed,
    seen: seen({ probes: [...alike, probe('worker', { ktrdr: imported('2.0.0') }, ARM64)] }),
    codes: ['consistency/version'],
    is: 'warned',
  },
  {
    name: 'two modules, each in two versions',
    of: probed,
    seen: seen({
      probes: [
        probe('api', { ktrdr: imported('1'), torch: imported('2') }),
        probe('worker', { ktrdr: imported('2'), torch: imported('3') }),
      ],
    }),
    codes: ['consistency/version', 'consistency/version'],
    is: 'warned',
  },
  ...(
    [
      ['builds of one version for other accelerators', ['2.6.0+cpu', '2.6.0+cu126'], 'passed'],
      ['of one commit', ['2.7.0a0+git1234abc', '2.7.0a0+git1234abc'], 'passed'],
      ['of one commit for other accelerators', ['1.2.dev5+g8f3c2ab.cpu', '1.2.dev5+g8f3c2ab.cu126'], 'passed'],
      ['of one version, of two commits', ['1.2.dev5+g8f3c2ab', '1.2.dev5+g0123abc'], 'warned'],
      ['of two versions, both for one accelerator', ['2.6.0+cpu', '2.6.1+cpu'], 'warned'],
    ] as const
  ).map(([name, [api, worker], is]) => ({
    name,
    of: probed,
    seen: seen({
      probes: [probe('api', { ktrdr: imported(api) }), probe('worker', { ktrdr: imported(worker) })],
    }),
    ...(is === 'warned' && { codes: ['consistency/version'] }),
    is,
  })),
  {
    name: 'two versions, and a probe that did not answer: a warning hides nothing unknown',
    of: probed,
    seen: seen({ probes: [...unlike, dark('worker')] }),
    is: 'errored',
    because: 'import',
    says: ['besides, consistency/version'],
  },
  {
    name: 'two commits',
    of: plain,
    seen: seen({}, from(SHA), from(OTHER_SHA)),
    codes: ['consistency/revision'],
    is: 'failed',
    says: ['3f2a1bc: api; 0123456: worker'],
  },
  {
    name: 'two commits on two platforms of one image',
    of: plain,
    seen: seen({}, from(SHA, OTHER_SHA)),
    codes: ['consistency/revision'],
    is: 'failed',
    says: ['3f2a1bc: api, worker; 0123456: api'],
  },
  {
    name: 'two commits as a warning, and an image out of reach',
    of: [...plain, anImage({ id: 'gpu' })],
    seen: seen({
      images: [...seen({}, from(SHA), from(OTHER_SHA)).images, imageInSet('gpu', unseenImage())],
    }),
    terms: warnings,
    is: 'errored',
    because: 'tags',
  },
  {
    name: 'an image out of reach',
    of: plain,
    seen: seen({}, from(SHA), unseenImage()),
    is: 'errored',
    because: 'tags',
    says: ['worker: it was unavailable'],
  },
  {
    name: 'an image that is none',
    of: plain,
    seen: seen({}, from(SHA), anImageSeen({ index: no('malformed') })),
    is: 'errored',
    because: 'platforms',
  },
  {
    name: 'a config out of reach',
    of: plain,
    seen: seen({}, from(SHA), anImageSeen({ index: anIndex([aChild(), aChild(ARM64, { config: no() })]) })),
    is: 'errored',
    because: 'platforms',
  },
  {
    name: 'an image that nobody looked at',
    of: plain,
    seen: seen({ images: seen().images.slice(1) }),
    is: 'errored',
    because: 'tags',
    says: ['api was not looked at'],
  },
  {
    name: 'a probe that did not answer',
    of: probed,
    seen: seen({ probes: [alike[0], dark('worker')] }),
    is: 'errored',
    because: 'import',
    says: ['worker/linux/amd64: it was timeout'],
  },
  {
    name: 'a probe that was to run and could not, others did',
    of: probed,
    seen: seen({ probes: [...alike, unrun('worker', cannotRun, ARM64)] }),
    is: 'errored',
    because: 'pull',
  },
  {
    name: 'a target that runs, and that nobody probed',
    of: probed,
    seen: seen({ probes: [...alike, unrun('worker', native, ARM64)] }),
    is: 'errored',
    because: 'import',
  },
  {
    name: 'no probe could run',
    of: probed,
    seen: seen({ probes: [unrun('api', cannotRun), unrun('worker', cannotRun)] }),
    is: 'errored',
    because: 'pull',
  },
  {
    name: 'no probe was to run',
    of: probed,
    seen: seen({ probes: [unrun('api', notAskedToRun), unrun('worker', notAskedToRun)] }),
    is: 'skipped',
  },
  {
    name: 'two commits, and no probe was to run',
    of: probed,
    seen: seen({ probes: [unrun('api', notAskedToRun)] }, from(SHA), from(OTHER_SHA)),
    codes: ['consistency/revision'],
    is: 'failed',
  },
  {
    name: 'no labels, and nothing to probe',
    of: plain,
    seen: seen({}, from(undefined), from(undefined)),
    is: 'skipped',
  },
  {
    name: 'other targets are looked at elsewhere',
    of: probed,
    seen: seen({ probes: alike, sharded: true }),
    is: 'skipped',
  },
  {
    name: 'other targets are looked at elsewhere, and some images have nothing to probe',
    of: mixed,
    seen: seen({ probes: alike, sharded: true }),
    is: 'skipped',
  },
  {
    name: 'no probe was to run, and some images have none',
    of: mixed,
    seen: seen({ probes: [unrun('api', notAskedToRun)].filter((probe) => probe !== undefined) }),
    is: 'skipped',
    says: ['no probe ran'],
  },
  {
    name: 'two versions in what is looked at here',
    of: probed,
    seen: seen({ probes: unlike, sharded: true }),
    codes: ['consistency/version'],
    is: 'warned',
  },
  { name: 'other targets elsewhere, and nothing to probe', of: plain, seen: seen({ sharded: true }), is: 'passed' },
  {
    name: 'waived',
    of: plain,
    seen: seen({}, from(SHA), from(OTHER_SHA)),
    terms: { waivers: [{ finding: 'consistency/*', reason: 'known' }] },
    codes: ['consistency/revision'],
    is: 'skipped',
  },
  {
    name: 'a module that was not reached may have another version',
    of: probed,
    seen: seen({ probes: [probe('api', { ktrdr: imported() }), probe('worker', { ktrdr: unseenModule })] }),
    is: 'errored',
    because: 'import',
  },
]
describeCheck(consistency, cases)

test('every check has one id, and codes of its own with a severity', () => {
  const ids = allChecks.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const { id, title, codes } of allChecks) {
    expect(title).not.toBe('')
    expect(Object.keys(codes).length).toBeGreaterThan(0)
    for (const [code, severity] of Object.entries(codes)) {
      expect(code).toMatch(new RegExp(`^${id}/[a-z][a-z-]*$`))
      expect(['error', 'warning']).toContain(severity)
    }
  }
})

test('checks come by scope', () => {
  for (const scope of ['image', 'platform', 'set'] as const) {
    for (const check of checksFor(scope)) expect(check.scope).toBe(scope)
  }
})

test('what the set stands on: every index, and every container that was compared', () => {
  const result = judged(consistency, { of: probed, seen: seen({ probes: alike }) })
  expect(result.status === 'passed' && result.evidence.map(({ kind }) => kind)).toEqual([
    'digest',
    'digest',
    'container',
    'container',
  ])
})
