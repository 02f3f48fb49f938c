// The checks of one platform: its size, its pull, and what its container says.
import { expect, test } from '@jest/globals'
import { neverRan } from '../../src/adapters/docker/start-fault.ts'
import { absent } from '../../src/checks/absent.ts'
import { imports } from '../../src/checks/import.ts'
import { pull } from '../../src/checks/pull.ts'
import { size } from '../../src/checks/size.ts'
import { start } from '../../src/checks/start.ts'
import { describeTorch, torch } from '../../src/checks/torch.ts'
import type { ChildSeen, IndexSeen, ModuleSeen, ProbeSeen, TorchSeen } from '../../src/model/observation.ts'
import type { ImageExpectation, SizeRange } from '../../src/model/spec.ts'
import { aDigest, aReport } from './builders.ts'
import {
  AMD64,
  ARM64,
  absentModule,
  aChild,
  anImageSeen,
  anIndex,
  aProbe,
  aPulled,
  aSingle,
  aTarget,
  broken,
  type Case,
  cannotRun,
  cannotRunBecause,
  describeCheck,
  imported,
  NONCE,
  native,
  no,
  notAskedToRun,
  ok,
  speak,
  unseenImage,
  unseenModule,
} from './sightings.ts'

const waived = (finding: string) => ({ waivers: [{ finding, reason: 'known' }] })
const range = (minBytes: number, maxBytes: number): SizeRange => ({ text: 'the range', minBytes, maxBytes })

// size

type Sized = Parameters<typeof size.judge>[1]
const sized = (given: Partial<Sized> = {}): Sized => ({
  image: anImageSeen(),
  execution: native,
  pulled: undefined,
  unpacked: undefined,
  ...given,
})
const weighing = (amd64: number, arm64: number): Partial<Sized> => ({
  image: anImageSeen({
    index: anIndex([aChild(AMD64, { compressedBytes: amd64 }), aChild(ARM64, { compressedBytes: arm64 })]),
  }),
})
const alone = anImageSeen({ index: anIndex([aChild()]) })
const compressed = { size: { compressed: range(100, 200) } }
const unpacked = { size: { unpacked: range(100, 200) } }
const unpackedTo = (unpackedBytes: number) => sized({ pulled: ok(aPulled()), unpacked: ok(unpackedBytes) })

const sizeCases: readonly Case<'platform', Sized>[] = [
  { name: 'nothing said of sizes, and platforms alike', of: aTarget(), seen: sized(), is: 'passed' },
  { name: 'compressed at the least', of: aTarget(compressed), seen: sized(weighing(100, 100)), is: 'passed' },
  { name: 'compressed at the most', of: aTarget(compressed), seen: sized(weighing(200, 200)), is: 'passed' },
  {
    name: 'compressed a byte over',
    of: aTarget(compressed),
    seen: sized(weighing(201, 201)),
    codes: ['size/over'],
    is: 'failed',
    says: ['backend/linux/amd64 is 201 B compressed, more than the range'],
  },
  {
    name: 'compressed a byte under',
    of: aTarget(compressed),
    seen: sized(weighing(99, 99)),
    codes: ['size/under'],
    is: 'failed',
    says: ['99 B compressed, less than the range'],
  },
  {
    name: 'over where only the most is said',
    of: aTarget({ size: { compressed: range(0, 200) } }),
    seen: sized(weighing(250, 250)),
    codes: ['size/over'],
    is: 'failed',
  },
  {
    name: 'under where only the least is said',
    of: aTarget({ size: { compressed: range(100, Number.POSITIVE_INFINITY) } }),
    seen: sized(weighing(50, 50)),
    codes: ['size/under'],
    is: 'failed',
    says: ['100 B to any'],
  },
  { name: 'unpacked at the least', of: aTarget(unpacked), seen: unpackedTo(100), is: 'passed' },
  { name: 'unpacked at the most', of: aTarget(unpacked), seen: unpackedTo(200), is: 'passed' },
  { name: 'unpacked over', of: aTarget(unpacked), seen: unpackedTo(201), codes: ['size/over'], is: 'failed' },
  { name: 'unpacked under', of: aTarget(unpacked), seen: unpackedTo(99), codes: ['size/under'], is: 'failed' },
  { name: 'unpacked to nothing known', of: aTarget(unpacked), seen: unpackedTo(Number.NaN), is: 'errored' },
  {
    name: 'compressed over, unpacked under',
    of: aTarget({ size: { compressed: range(0, 50), unpacked: range(100, 200) } }),
    seen: sized({ ...weighing(60, 60), pulled: ok(aPulled()), unpacked: ok(9) }),
    codes: ['size/over', 'size/under'],
    is: 'failed',
  },
  {
    name: 'larger than it was',
    of: aTarget(),
    seen: { ...sized(weighing(121, 121)), compressedThen: 100 },
    codes: ['size/growth'],
    is: 'warned',
    says: ['1.2 times as large'],
  },
  {
    name: 'a baseline that cannot be read, and nothing else that says so',
    of: aTarget(),
    seen: { ...sized(weighing(100, 100)), baseline: no('failed') },
    is: 'errored',
  },
  {
    name: 'a baseline that cannot be read, where the check of growth says so',
    of: aTarget({ imports: [{ module: 'ktrdr' }] }),
    seen: { ...sized(weighing(100, 100)), baseline: no('failed') },
    is: 'passed',
  },
  {
    name: 'no baseline yet',
    of: aTarget(),
    seen: { ...sized(weighing(100, 100)), baseline: no('not-found') },
    is: 'skipped',
    says: ['it was not-found'],
  },
  {
    name: 'no baseline yet, which the check of growth says',
    of: aTarget({ imports: [{ module: 'ktrdr' }] }),
    seen: { ...sized(weighing(100, 100)), baseline: no('not-found') },
    is: 'passed',
  },
  ...[aTarget(), aTarget({ imports: [{ module: 'ktrdr' }] }), aTarget({ platforms: [AMD64], ...compressed })].map(
    (of) => ({
      name: 'a baseline without the image',
      of,
      seen: { ...sized(weighing(100, 100)), baseline: ok(aReport({ images: [] })) },
      is: 'skipped' as const,
      says: ['does not know a size of backend/linux/amd64'],
    }),
  ),
  {
    name: 'a baseline without the image, and it is over',
    of: aTarget(compressed),
    seen: { ...sized(weighing(201, 201)), baseline: ok(aReport({ images: [] })) },
    codes: ['size/over'],
    is: 'failed',
  },
  {
    name: 'a baseline with the image',
    of: aTarget(),
    seen: { ...sized(weighing(100, 100)), baseline: ok(aReport()), compressedThen: 100 },
    is: 'passed',
  },
  {
    name: 'larger than it was by a fifth',
    of: aTarget(),
    seen: { ...sized(weighing(120, 120)), compressedThen: 100 },
    is: 'passed',
  },
  { name: 'larger by half exactly', of: aTarget(), seen: sized(weighing(150, 100)), is: 'passed' },
  {
    name: 'larger by more than half',
    of: aTarget(),
    seen: sized(weighing(151, 100)),
    codes: ['size/skew'],
    is: 'failed',
    says: ['1.5 times as large as linux/arm64'],
  },
  {
    name: 'the cpu worker with all of CUDA on amd64',
    of: aTarget({ id: 'worker-cpu' }),
    seen: sized(weighing(3_900_000_000, 400_000_000)),
    codes: ['size/skew'],
    is: 'failed',
    says: ['worker-cpu/linux/amd64 is 9.8 times as large', 'download.pytorch.org/whl/cpu'],
  },
  { name: 'the smaller one is not told too', of: aTarget({}, ARM64), seen: sized(weighing(400, 100)), is: 'passed' },
  {
    name: 'alone, with nothing to compare with',
    of: aTarget({ platforms: [AMD64] }),
    seen: sized({ image: alone }),
    is: 'skipped',
    says: ['nothing to compare it with', '"unasked":true'],
  },
  {
    name: 'alone, beside what names no platform',
    of: aTarget({ platforms: [AMD64] }),
    seen: sized({ image: anImageSeen({ index: anIndex([aChild(), aChild('none')]) }) }),
    is: 'skipped',
  },
  {
    name: 'alone, and of the size it is to be',
    of: aTarget({ platforms: [AMD64], size: { compressed: range(100_000_000, 100_000_000) } }),
    seen: sized({ image: alone }),
    is: 'passed',
  },
  {
    name: 'alone, and as it was',
    of: aTarget({ platforms: [AMD64] }),
    seen: sized({ image: alone, compressedThen: 100_000_000 }),
    is: 'passed',
  },
  {
    name: 'larger than one of no bytes',
    of: aTarget(),
    seen: sized(weighing(10, 0)),
    codes: ['size/skew'],
    is: 'failed',
  },
  {
    name: 'skew as a warning',
    of: aTarget(),
    seen: sized(weighing(200, 100)),
    terms: { severity: { 'size/*': 'warning' } },
    codes: ['size/skew'],
    is: 'warned',
  },
  {
    name: 'skew as a warning, but not pulled',
    of: aTarget(unpacked),
    seen: sized({ ...weighing(200, 100), pulled: no() }),
    terms: { severity: { 'size/skew': 'warning' } },
    is: 'errored',
    because: 'pull',
    says: ['besides, size/skew'],
  },
  {
    name: 'skew waived, and unpacked not asked for here',
    of: aTarget(unpacked),
    seen: sized({ ...weighing(200, 100), execution: notAskedToRun }),
    terms: waived('size/skew'),
    codes: ['size/skew'],
    is: 'skipped',
    says: ['size/skew is waived: known; execute is none'],
  },
  {
    name: 'unpacked expected, and nothing runs here',
    of: aTarget(unpacked),
    seen: sized({ execution: notAskedToRun }),
    is: 'skipped',
  },
  {
    name: 'compressed over, and nothing runs here',
    of: aTarget({ size: { ...unpacked.size, compressed: range(1, 2) } }),
    seen: sized({ execution: notAskedToRun }),
    codes: ['size/over'],
    is: 'failed',
  },
  {
    name: 'unpacked expected, and it cannot run',
    of: aTarget(unpacked),
    seen: sized({ execution: cannotRun }),
    is: 'errored',
    because: 'pull',
  },
  {
    name: 'unpacked expected, pulled, and not measured',
    of: aTarget(unpacked),
    seen: sized({ pulled: ok(aPulled()), unpacked: no('timeout') }),
    is: 'errored',
    says: ['it was timeout'],
  },
  {
    name: 'unpacked expected, pulled, and nobody measured',
    of: aTarget(unpacked),
    seen: sized({ pulled: ok(aPulled()) }),
    is: 'errored',
    because: 'pull',
  },
  {
    name: 'unpacked expected, measured, and not pulled',
    of: aTarget(unpacked),
    seen: sized({ pulled: no('denied'), unpacked: ok(150) }),
    is: 'errored',
    because: 'pull',
  },
  {
    name: 'unpacked expected, and not pulled',
    of: aTarget(unpacked),
    seen: sized({ pulled: no('denied') }),
    is: 'errored',
    because: 'pull',
  },
  {
    name: 'unpacked expected, and nobody pulled',
    of: aTarget(unpacked),
    seen: sized(),
    is: 'errored',
    because: 'pull',
  },
  {
    name: 'nothing said of unpacked: whether it runs is no matter',
    of: aTarget(compressed),
    seen: sized({ ...weighing(150, 150), execution: cannotRun }),
    is: 'passed',
  },
  {
    name: 'no tag leads anywhere',
    of: aTarget(),
    seen: sized({ image: unseenImage() }),
    is: 'errored',
    because: 'tags',
  },
  {
    name: 'the platform is not there',
    of: aTarget(),
    seen: sized({ image: anImageSeen({ index: anIndex([aChild(ARM64)]) }) }),
    is: 'errored',
    because: 'platforms',
    says: ['has no linux/amd64'],
  },
  ...[
    ['and need not be', aTarget(), anIndex([aChild(ARM64)]), native, 'skipped'] as const,
    ['nor is any', aTarget(), anIndex([]), native, 'errored'] as const,
    ['or so it seems', aTarget(), aSingle(aChild(AMD64, { config: no() })), native, 'errored'] as const,
    ['where it was to be measured', aTarget(unpacked), anIndex([aChild(ARM64)]), native, 'errored'] as const,
    ['where it cannot be measured', aTarget(unpacked), anIndex([aChild(ARM64)]), cannotRun, 'errored'] as const,
    ['where it was not to be', aTarget(unpacked), anIndex([aChild(ARM64)]), notAskedToRun, 'skipped'] as const,
  ].map(([words, of, index, execution, is]) => ({
    name: `the platform is not there, which is accepted, ${words}`,
    ...{ of, is, seen: sized({ image: anImageSeen({ index }), execution }), terms: waived('platforms/missing') },
    ...(is === 'errored' && { because: 'platforms' }),
  })),
  {
    name: 'its manifest is out of reach',
    of: aTarget(),
    seen: sized({ image: anImageSeen({ index: anIndex([aChild(AMD64, { manifest: no() })]) }) }),
    is: 'errored',
    because: 'platforms',
    says: ['it was unavailable'],
  },
  {
    name: 'the size of the other platform is not known',
    of: aTarget(),
    seen: sized({ image: anImageSeen({ index: anIndex([aChild(), aChild(ARM64, { manifest: no('timeout') })]) }) }),
    is: 'errored',
    because: 'platforms',
    says: ['the size of linux/arm64 is not known'],
  },
]
describeCheck(size, sizeCases)

// pull

type Pulled = Parameters<typeof pull.judge>[1]
const pulled = (given: Partial<Pulled> = {}): Pulled => ({
  execution: native,
  pulled: ok(aPulled()),
  index: undefined,
  digest: aDigest(0xa1),
  ...given,
})

const listed = (children: readonly ChildSeen[]): IndexSeen => {
  const index = anIndex(children)
  if (!index.ok) throw new Error(index.reason)
  return index.seen
}

const notThere = { execution: cannotRunBecause('platforms'), pulled: undefined, digest: undefined }

const pullCases: readonly Case<'platform', Pulled>[] = [
  { name: 'pulled by its digest', of: aTarget(), seen: pulled(), is: 'passed' },
  { name: 'by emulation', of: aTarget(), seen: pulled({ execution: { executed: 'emulated' } }), is: 'passed' },
  {
    name: 'known by several digests, this one among them',
    of: aTarget(),
    seen: pulled({ pulled: ok(aPulled({ repoDigests: [`a/b@${aDigest(5)}`, `a/b@${aDigest(0xa1)}`] })) }),
    is: 'passed',
  },
  {
    name: 'something else',
    of: aTarget(),
    seen: pulled({ digest: aDigest(9) }),
    codes: ['pull/digest-mismatch'],
    is: 'failed',
    says: [aDigest(9), aDigest(0xa1)],
  },
  {
    name: 'something without a digest',
    of: aTarget(),
    seen: pulled({ pulled: ok(aPulled({ repoDigests: [] })) }),
    codes: ['pull/digest-mismatch'],
    is: 'failed',
    says: ['no digest'],
  },
  ...(['not-found', 'altered', 'malformed'] as const).map((failure) => ({
    name: `a layer is ${failure}`,
    of: aTarget(),
    seen: pulled({ pulled: no(failure) }),
    codes: ['pull/failed'],
    is: 'failed' as const,
    says: [`it was ${failure}`],
  })),
  ...(['denied', 'rate-limited', 'unavailable', 'timeout', 'disk-full', 'no-tool', 'cancelled', 'failed'] as const).map(
    (failure) => ({
      name: `the pull is ${failure}`,
      of: aTarget(),
      seen: pulled({ pulled: no(failure) }),
      is: 'errored' as const,
      says: [`it was ${failure}`, `see to ${failure}`],
    }),
  ),
  { name: 'nobody pulled', of: aTarget(), seen: pulled({ pulled: undefined }), is: 'errored' },
  {
    name: 'the platform is not there',
    of: aTarget(),
    seen: pulled({ digest: undefined }),
    is: 'errored',
    because: 'platforms',
  },
  {
    name: 'the platform is not there, and need not be',
    of: aTarget(),
    seen: pulled({ ...notThere, index: listed([aChild(ARM64)]) }),
    terms: waived('platforms/missing'),
    is: 'skipped',
    says: ['has no linux/amd64, which is waived: known'],
  },
  {
    name: 'nobody knows whether the platform is there, which need not be',
    of: aTarget(),
    seen: pulled(notThere),
    terms: waived('platforms/missing'),
    is: 'errored',
    because: 'platforms',
  },
  {
    name: 'no engine: told here',
    of: aTarget(),
    seen: pulled({ execution: cannotRun, pulled: undefined }),
    is: 'errored',
  },
  {
    name: 'no tag leads anywhere: told there',
    of: aTarget(),
    seen: pulled({ execution: cannotRunBecause('tags'), pulled: undefined, digest: undefined }),
    is: 'errored',
    because: 'tags',
  },
  {
    name: 'not asked to run',
    of: aTarget(),
    seen: pulled({ execution: notAskedToRun, pulled: undefined }),
    is: 'skipped',
  },
  {
    name: 'waived',
    of: aTarget(),
    seen: pulled({ digest: aDigest(9) }),
    terms: waived('pull/*'),
    codes: ['pull/digest-mismatch'],
    is: 'skipped',
  },
]
describeCheck(pull, pullCases)

// start

type Started = Parameters<typeof start.judge>[1]
type StartSeen = Extract<NonNullable<Started['run']>, { ok: true }>['seen']
const started = (given: Partial<StartSeen> = {}): Started => ({
  execution: native,
  pulled: true,
  run: ok({ ...speak({ args: [] }, {}), marked: [], nonce: NONCE, ...given }),
})
const starts = aTarget({ starts: true })

const startCases: readonly Case<'platform', Started>[] = [
  { name: 'nobody asks', of: aTarget(), seen: undefined, is: 'skipped' },
  { name: 'not asked to run', of: starts, seen: { ...started(), execution: notAskedToRun }, is: 'skipped' },
  { name: 'cannot run', of: starts, seen: { ...started(), execution: cannotRun }, is: 'errored', because: 'pull' },
  {
    name: 'not pulled',
    of: starts,
    seen: { execution: native, pulled: false, run: no('denied') },
    is: 'errored',
    because: 'pull',
  },
  { name: 'no container could be made', of: starts, seen: { ...started(), run: no('failed') }, is: 'errored' },
  { name: 'no emulator after all', of: starts, seen: { ...started(), run: no('no-emulator') }, is: 'errored' },
  { name: 'nobody started it', of: starts, seen: { ...started(), run: undefined }, is: 'errored' },
  { name: 'ends well', of: starts, seen: started(), is: 'passed' },
  { name: 'still runs', of: starts, seen: started({ exitCode: undefined, timedOut: true }), is: 'passed' },
  {
    name: 'never starts',
    of: starts,
    seen: started(neverRan('unable to start container process: exec: "serve": not found')),
    codes: ['start/failed'],
    is: 'failed',
    says: ['serve'],
  },
  {
    name: 'never starts, and the engine does not say why',
    of: starts,
    seen: started(neverRan('')),
    is: 'errored',
  },
  {
    name: 'never starts, and the engine is why',
    of: starts,
    seen: started(neverRan('runc create failed: cgroup: no such file')),
    is: 'errored',
    says: ['cgroup'],
  },
  {
    name: 'out of memory',
    of: starts,
    seen: started({ exitCode: 137, oomKilled: true }),
    codes: ['start/failed'],
    is: 'failed',
  },
  {
    name: 'exits 3',
    of: starts,
    seen: started({ exitCode: 3 }),
    codes: ['start/exited'],
    is: 'warned',
    says: ['exit code 3'],
  },
  {
    name: 'ended since it printed too much',
    of: starts,
    seen: started({ exitCode: undefined, outputLimited: true }),
    is: 'errored',
  },
  { name: 'nobody knows how it ended', of: starts, seen: started({ exitCode: undefined }), is: 'errored' },
  {
    name: 'at the engine’s zero time',
    of: starts,
    seen: started({ startedAt: '0001-01-01T00:00:00Z' }),
    is: 'errored',
  },
  {
    name: 'exits 3, which the spec calls an error',
    of: starts,
    seen: started({ exitCode: 3 }),
    terms: { severity: { 'start/*': 'error' } },
    codes: ['start/exited'],
    is: 'failed',
  },
]
describeCheck(start, startCases)

// import, absent, torch

type Probed = Parameters<typeof imports.judge>[1]
const said = (modules: Readonly<Record<string, ModuleSeen>>, given: Partial<ProbeSeen> = {}): Probed => ({
  execution: native,
  probe: ok(aProbe({ modules, ...given })),
  pulled: true,
})
const silent: Probed = { execution: native, probe: no('no-evidence'), pulled: true }
const unstartable: Probed = {
  execution: native,
  probe: no('no-start', 'the container did not start: unable to find user app'),
  pulled: true,
}
const noPython: Probed = {
  execution: native,
  probe: no('not-found', 'there is no python; there is no python3'),
  pulled: true,
}

/** What comes of a probe that did not answer, the same for each check that asks it. */
const withoutProbe = (
  given: Partial<ImageExpectation>,
  because: string | undefined,
): readonly Case<'platform', Probed>[] => [
  {
    name: 'not asked to run',
    of: aTarget(given),
    seen: { execution: notAskedToRun, probe: undefined, pulled: false },
    is: 'skipped',
  },
  {
    name: 'cannot run',
    of: aTarget(given),
    seen: { execution: cannotRun, probe: undefined, pulled: false },
    is: 'errored',
    because: 'pull',
    says: ['the engine does not answer', 'start it'],
  },
  {
    name: 'cannot run, whatever a probe may say',
    of: aTarget(given),
    seen: { ...said({ ktrdr: imported(), torch: absentModule }), execution: cannotRun },
    is: 'errored',
    because: 'pull',
  },
  {
    name: 'nobody probed',
    of: aTarget(given),
    seen: { execution: native, probe: undefined, pulled: true },
    is: 'errored',
  },
  ...(['not-found', 'denied', 'disk-full'] as const).map((failure) => ({
    name: `not pulled, ${failure}`,
    of: aTarget(given),
    seen: { execution: native, probe: no(failure), pulled: false },
    is: 'errored' as const,
    because: 'pull',
    says: [`it was ${failure}`],
  })),
  ...(['timeout', 'no-emulator', 'cancelled', 'failed'] as const).map((failure) => ({
    name: `the container is ${failure}`,
    of: aTarget(given),
    seen: { execution: native, probe: no(failure), pulled: true },
    is: 'errored' as const,
    ...(because !== undefined && { because }),
    says: [`it was ${failure}`],
  })),
]

const notAsked = { name: 'nothing of it in the spec', of: aTarget(), seen: undefined, is: 'skipped' } as const
const ktrdr = { imports: [{ module: 'ktrdr' }] }
const both = { imports: [{ module: 'ktrdr' }, { module: 'torch' }] }
const version = (range: string) => ({ imports: [{ module: 'torch', version: range }] })

const importCases: readonly Case<'platform', Probed>[] = [
  notAsked,
  ...withoutProbe(ktrdr, undefined),
  { name: 'imports', of: aTarget(ktrdr), seen: said({ ktrdr: imported() }), is: 'passed' },
  {
    name: 'imports, and tells no version',
    of: aTarget(ktrdr),
    seen: said({ ktrdr: imported(undefined) }),
    is: 'passed',
  },
  {
    name: 'imports by emulation',
    of: aTarget(ktrdr),
    seen: { ...said({ ktrdr: imported() }), execution: { executed: 'emulated' } },
    is: 'passed',
  },
  {
    name: 'is not there',
    of: aTarget(ktrdr),
    seen: said({ ktrdr: absentModule }),
    codes: ['import/missing'],
    is: 'failed',
    says: ['there is no ktrdr'],
  },
  {
    name: 'crashes',
    of: aTarget(ktrdr),
    seen: said({ ktrdr: broken }),
    codes: ['import/broken'],
    is: 'failed',
    says: ['SIGSEGV'],
  },
  {
    name: 'one crashes, the other is not there',
    of: aTarget(both),
    seen: said({ ktrdr: broken, torch: absentModule }),
    codes: ['import/broken', 'import/missing'],
    is: 'failed',
  },
  {
    name: 'the second was not reached',
    of: aTarget(both),
    seen: said({ ktrdr: imported(), torch: unseenModule }),
    is: 'errored',
    says: ['torch was not reached'],
  },
  { name: 'the second was not spoken of', of: aTarget(both), seen: said({ ktrdr: imported() }), is: 'errored' },
  { name: 'nothing was spoken of', of: aTarget(ktrdr), seen: said({}), is: 'errored' },
  {
    name: 'a module called like a method',
    of: aTarget({ imports: [{ module: 'toString' }] }),
    seen: said({}),
    is: 'errored',
  },
  {
    name: 'the first crashes, the second was not reached: what is wrong comes first',
    of: aTarget(both),
    seen: said({ ktrdr: broken, torch: unseenModule }),
    codes: ['import/broken'],
    is: 'failed',
  },
  {
    name: 'the first crashes and is waived, the second was not reached',
    of: aTarget(both),
    seen: said({ ktrdr: broken, torch: unseenModule }),
    terms: waived('import/broken'),
    is: 'errored',
  },
  {
    name: 'crashes, and is waived',
    of: aTarget(ktrdr),
    seen: said({ ktrdr: broken }),
    terms: waived('import/broken'),
    codes: ['import/broken'],
    is: 'skipped',
  },
  ...[
    ['2.*', '2.6.0'],
    ['2.*', '2.6.0+cpu'],
    ['^2.4', '2.4'],
    ['>=2.1 <3', '2.9.1rc2'],
    ['1.2 || 1.4', '1.4.7'],
    ['>=1.0.7', '1.0.7.2'],
    ['>=2.6 <2.7', '2.6.0+cpu'],
    ['>=2.7.0rc1', '2.7.0rc2'],
    ['2.*', '2.7.0a0+gitabc'],
    ['2.*', '2.7.0.dev20250101+cu126'],
    ['1.*', '1.0.post3'],
    ['>=2.9.9', '2.9.9 (dt dec pq3 ext lo64)'],
  ].map(([wanted = '', told]) => ({
    name: `${told} is ${wanted}`,
    of: aTarget(version(wanted)),
    seen: said({ torch: imported(told) }),
    is: 'passed' as const,
  })),
  ...[
    ['2.*', '1.13.1'],
    ['2.*', '3.0.0'],
    ['>=2.1 <3', '2.0.9'],
    ['2.*', 'unknown'],
    ['2.*', ''],
    ['*', 'no number'],
    ['>=2.0', 'main-20241126'],
    ['>=8', 'g8f3c2ab'],
    ['>=7', '8f3c2ab'],
    ['>=2.7.0', '2.7.0.dev20250101'],
    ['>=2.7', '2.7.0.dev20250101+cu126'],
    ['<2.7', '2.7.0a0+gitabc'],
    ['2.*', '2!1.0'],
    ['2.*', '1.0.post3'],
  ].map(([wanted = '', told]) => ({
    name: `${JSON.stringify(told)} is not ${wanted}`,
    of: aTarget(version(wanted)),
    seen: said({ torch: imported(told) }),
    codes: ['import/version'],
    is: 'failed' as const,
  })),
  {
    name: 'a version wanted, and none told',
    of: aTarget(version('2.*')),
    seen: said({ torch: { outcome: 'imported', version: undefined, seconds: 1 } }),
    codes: ['import/version'],
    is: 'failed',
    says: ['no __version__'],
  },
  {
    name: 'no Python in it',
    of: aTarget(ktrdr),
    seen: noPython,
    codes: ['import/no-python'],
    is: 'failed',
    says: ['there is no python3', 'see to not-found'],
  },
  { name: 'nothing said', of: aTarget(ktrdr), seen: silent, codes: ['import/no-evidence'], is: 'failed' },
  {
    name: 'C103 a user that nobody knows',
    of: aTarget(ktrdr),
    seen: unstartable,
    codes: ['import/no-start'],
    is: 'failed',
    says: ['unable to find user app'],
  },
  {
    name: 'an image that was never pulled is not why',
    of: aTarget(ktrdr),
    seen: { ...unstartable, pulled: false },
    is: 'errored',
    because: 'pull',
  },
  {
    name: 'imported, but the probe never came to its own end',
    of: aTarget(ktrdr),
    seen: said({ ktrdr: imported() }, { unended: 'the container did not end by itself within 60 s' }),
    is: 'errored',
    says: ['never came to its own end'],
  },
  {
    name: 'missing, and the probe never came to its own end: what is wrong comes first',
    of: aTarget(ktrdr),
    seen: said({ ktrdr: absentModule }, { unended: 'the container did not end by itself within 60 s' }),
    codes: ['import/missing'],
    is: 'failed',
  },
]
describeCheck(imports, importCases)

const without = { absent: ['torch'] }
const absentCases: readonly Case<'platform', Probed>[] = [
  notAsked,
  ...withoutProbe(without, undefined),
  { name: 'ModuleNotFoundError', of: aTarget(without), seen: said({ torch: absentModule }), is: 'passed' },
  {
    name: 'imports',
    of: aTarget(without),
    seen: said({ torch: imported('2.6.0') }),
    codes: ['absent/present'],
    is: 'failed',
    says: ['imports, version 2.6.0'],
  },
  {
    name: 'imports, and tells no version',
    of: aTarget(without),
    seen: said({ torch: { outcome: 'imported', version: undefined, seconds: 1 } }),
    codes: ['absent/present'],
    is: 'failed',
    says: ['version unknown'],
  },
  {
    name: 'C105 there, and broken: a broken torch is still torch',
    of: aTarget(without),
    seen: said({ torch: broken }),
    codes: ['absent/present'],
    is: 'failed',
    says: ['there, and broken'],
  },
  { name: 'not reached', of: aTarget(without), seen: said({ torch: unseenModule }), is: 'errored' },
  { name: 'not spoken of', of: aTarget(without), seen: said({ ktrdr: imported() }), is: 'errored' },
  {
    name: 'the second not reached',
    of: aTarget({ absent: ['torch', 'pytest'] }),
    seen: said({ torch: absentModule, pytest: unseenModule }),
    is: 'errored',
    says: ['pytest was not reached'],
  },
  {
    name: 'the first there, the second not reached: what is wrong comes first',
    of: aTarget({ absent: ['torch', 'pytest'] }),
    seen: said({ torch: imported(), pytest: unseenModule }),
    codes: ['absent/present'],
    is: 'failed',
  },
  {
    name: 'the first there and waived, the second not reached',
    of: aTarget({ absent: ['torch', 'pytest'] }),
    seen: said({ torch: imported(), pytest: unseenModule }),
    terms: waived('absent/present'),
    is: 'errored',
  },
  {
    name: 'absent, but the probe never came to its own end',
    of: aTarget(without),
    seen: said({ torch: absentModule }, { unended: 'the container was ended: it printed more than it may' }),
    is: 'errored',
    says: ['never came to its own end', 'printed more than it may'],
  },
  { name: 'C106 no Python to ask: not seen, and so not absent', of: aTarget(without), seen: noPython, is: 'errored' },
  { name: 'C106 it cannot start: not seen, and so not absent', of: aTarget(without), seen: unstartable, is: 'errored' },
  { name: 'C106 nothing said: not seen, and so not absent', of: aTarget(without), seen: silent, is: 'errored' },
  {
    name: 'no Python to ask, which import tells',
    of: aTarget({ ...without, ...ktrdr }),
    seen: noPython,
    is: 'errored',
    because: 'import',
  },
]
describeCheck(absent, absentCases)

const build = (given: Partial<TorchSeen> = {}): TorchSeen => ({ cuda: null, hip: null, vendorPackages: [], ...given })
const torchSaid = (given: Partial<TorchSeen> = {}): Probed =>
  said({ torch: imported('2.6.0') }, { torch: build(given) })
const [cpu, cuda, any] = (['cpu', 'cuda', 'any'] as const).map((torch) => aTarget({ torch })) as [
  ReturnType<typeof aTarget>,
  ReturnType<typeof aTarget>,
  ReturnType<typeof aTarget>,
]

const torchCases: readonly Case<'platform', Probed>[] = [
  notAsked,
  ...withoutProbe({ torch: 'cpu' }, undefined),
  { name: 'cpu, as meant', of: cpu, seen: torchSaid(), is: 'passed' },
  { name: 'cpu, with triton beside it', of: cpu, seen: torchSaid({ vendorPackages: ['triton'] }), is: 'passed' },
  { name: 'cuda, as meant', of: cuda, seen: torchSaid({ cuda: '12.6', vendorPackages: ['cublas'] }), is: 'passed' },
  { name: 'any: cpu', of: any, seen: torchSaid(), is: 'passed' },
  { name: 'any: cuda', of: any, seen: torchSaid({ cuda: '12.6' }), is: 'passed' },
  { name: 'any, and it does not say for what', of: any, seen: said({ torch: imported() }), is: 'passed' },
  {
    name: 'cuda where cpu is meant',
    of: cpu,
    seen: torchSaid({ cuda: '12.6', vendorPackages: ['cublas', 'cudnn'] }),
    codes: ['torch/accelerator'],
    is: 'failed',
    says: ['torch is built for cuda 12.6, with cublas, cudnn beside it', 'whl/cpu', '"expected":"torch built for cpu"'],
  },
  {
    name: 'cpu with the packages of NVIDIA beside it',
    of: cpu,
    seen: torchSaid({ vendorPackages: ['cublas', 'triton'] }),
    codes: ['torch/accelerator'],
    is: 'failed',
    says: ['cpu; cublas, triton'],
  },
  {
    name: 'rocm where cpu is meant',
    of: cpu,
    seen: torchSaid({ hip: '6.1' }),
    codes: ['torch/accelerator'],
    is: 'failed',
    says: ['rocm 6.1'],
  },
  {
    name: 'cpu where cuda is meant',
    of: cuda,
    seen: torchSaid(),
    codes: ['torch/accelerator'],
    is: 'failed',
    says: ['whl/cu126'],
  },
  {
    name: 'rocm where cuda is meant',
    of: cuda,
    seen: torchSaid({ hip: '6.1' }),
    codes: ['torch/accelerator'],
    is: 'failed',
  },
  {
    name: 'C103 it cannot start',
    of: cpu,
    seen: unstartable,
    codes: ['torch/missing'],
    is: 'failed',
    says: ['unable to find user app'],
  },
  {
    name: 'it cannot start, which the check of its imports says',
    of: aTarget({ torch: 'cpu', imports: [{ module: 'ktrdr' }] }),
    seen: unstartable,
    is: 'errored',
    because: 'import',
  },
  { name: 'never pulled', of: cpu, seen: { ...unstartable, pulled: false }, is: 'errored', because: 'pull' },
  {
    name: 'not there',
    of: any,
    seen: said({ torch: absentModule }),
    codes: ['torch/missing'],
    is: 'failed',
    says: ['ModuleNotFoundError'],
  },
  {
    name: 'does not import',
    of: cuda,
    seen: said({ torch: broken }),
    codes: ['torch/missing'],
    is: 'failed',
    says: ['SIGSEGV'],
  },
  {
    name: 'cuda, and a GPU to use',
    of: aTarget({ torch: 'cuda', gpus: 'all' }),
    seen: torchSaid({ cuda: '12.6', gpu: { available: true, reason: '' } }),
    is: 'passed',
  },
  {
    name: 'cuda, and no GPU that it finds',
    of: aTarget({ torch: 'cuda', gpus: '1' }),
    seen: torchSaid({ cuda: '12.6', gpu: { available: false, reason: 'Found no NVIDIA driver on your system.' } }),
    codes: ['torch/accelerator'],
    is: 'failed',
    says: ['finds no GPU', 'Found no NVIDIA driver', 'that finds a GPU'],
  },
  {
    name: 'cuda with GPUs, and it does not say whether it finds one',
    of: aTarget({ torch: 'cuda', gpus: 'all' }),
    seen: torchSaid({ cuda: '12.6' }),
    is: 'errored',
  },
  {
    name: 'no GPU, where none is given',
    of: cuda,
    seen: torchSaid({ cuda: '12.6', gpu: { available: false, reason: '' } }),
    is: 'passed',
  },
  { name: 'not reached', of: any, seen: said({ torch: unseenModule }), is: 'errored' },
  { name: 'not spoken of', of: any, seen: said({}), is: 'errored' },
  { name: 'cpu is meant, and it does not say for what', of: cpu, seen: said({ torch: imported() }), is: 'errored' },
  { name: 'cuda is meant, and it does not say for what', of: cuda, seen: said({ torch: imported() }), is: 'errored' },
  { name: 'no Python to ask', of: cpu, seen: noPython, is: 'errored' },
  {
    name: 'nothing said, which import tells',
    of: aTarget({ torch: 'cpu', ...ktrdr }),
    seen: silent,
    is: 'errored',
    because: 'import',
  },
  {
    name: 'cuda where cpu is meant, waived',
    of: cpu,
    seen: torchSaid({ cuda: '12.6' }),
    terms: { waivers: [{ finding: 'torch/*', reason: 'known', platform: AMD64 }], platform: AMD64 },
    codes: ['torch/accelerator'],
    is: 'skipped',
  },
  {
    name: 'told, but the probe never came to its own end',
    of: aTarget({ torch: 'any' }),
    seen: said({ torch: imported() }, { unended: 'the container did not end by itself within 60 s' }),
    is: 'errored',
  },
]
describeCheck(torch, torchCases)

test.each([
  [build(), 'cpu'],
  [build({ cuda: '12.6' }), 'cuda 12.6'],
  [build({ hip: '6.1' }), 'rocm 6.1'],
])('describes %o as %s', (seen, words) => expect(describeTorch(seen)).toBe(words))
