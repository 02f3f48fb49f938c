// The whole of a verification over a registry and an engine that are not real: what is looked at, what comes of it, and
// that no fault ever makes it green.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { neverRan } from '../../src/adapters/docker/start-fault.ts'
import { type Platform, parseImageName } from '../../src/model/image.ts'
import type { Look, LookFailure, RunSeen } from '../../src/model/observation.ts'
import { allChecks, countByStatus, type Report, type Verdict, verdictOf } from '../../src/model/result.ts'
import type { ImageExpectation, Waiver } from '../../src/model/spec.ts'
import { verify } from '../../src/modes/verify.ts'
import type { Plan } from '../../src/plan.ts'
import type { Engine, Ports, Registry } from '../../src/ports.ts'
import { aDigest } from './builders.ts'
import {
  AMD64,
  ARM64,
  aClock,
  aLog,
  anEngine,
  anImage,
  fakePorts,
  no,
  OTHER_SHA,
  ok,
  type Pushed,
  SHA,
  World,
} from './sightings.ts'

const VERSION = '0.1.0'

const backend = (given: Partial<ImageExpectation> = {}): ImageExpectation =>
  anImage({ imports: [{ module: 'ktrdr' }], absent: ['torch'], ...given })
const worker = (given: Partial<ImageExpectation> = {}): ImageExpectation =>
  anImage({
    id: 'worker',
    name: parseImageName('ghcr.io/acme/worker'),
    platforms: [AMD64],
    imports: [{ module: 'ktrdr' }, { module: 'torch', version: '2.*' }],
    torch: 'cpu',
    ...given,
  })

const pushed = (given: Partial<Pushed> = {}): Pushed => ({
  platform: AMD64,
  revision: SHA,
  contents: { ktrdr: {} },
  ...given,
})
const goodBackend = [pushed(), pushed({ platform: ARM64 })]
const goodWorker = [pushed({ contents: { ktrdr: {}, torch: { version: '2.6.0' } } })]

function goodWorld(...engine: Parameters<typeof anEngine>): World {
  const world = new World(anEngine(...engine))
  world.push(backend(), goodBackend)
  world.push(worker(), goodWorker)
  return world
}

const aPlan = (given: Partial<Plan> = {}): Plan => ({
  source: { repository: 'acme/ktrdr', sha: SHA, runId: undefined, runAttempt: undefined },
  images: [backend(), worker()],
  execute: 'native',
  derived: false,
  waitMs: 0,
  parallel: 4,
  targets: undefined,
  ...given,
})

/** What is not spotless: the codes that were found, and the checks that could not look or did not, with their targets. */
const told = (report: Report, status: 'failed' | 'warned' | 'errored' | 'skipped'): readonly string[] =>
  allChecks(report)
    .filter((result) => result.status === status)
    .flatMap(({ target, check, findings }) =>
      findings.length > 0 ? findings.map(({ code }) => `${target} ${code}`) : [`${target} ${check}`],
    )
    .filter(
      (line) =>
        !/ (?:run|workflow|start|command|config|file|attestation|deployment|canary|growth|health)$/.test(line) ||
        status !== 'skipped',
    )
    .sort()

interface Case {
  readonly name: string
  readonly plan?: Partial<Plan>
  readonly world?: () => World
  readonly ports?: (world: World) => Parameters<World['ports']>[0]
  readonly verdict: Verdict
  readonly failed?: readonly string[]
  readonly warned?: readonly string[]
  readonly errored?: readonly string[]
  /** Not compared where not given. */
  readonly skipped?: readonly string[]
  readonly missing?: readonly string[]
  readonly problems?: number
  readonly also?: (report: Report, world: World) => void
}

const amd64 = 'backend/linux/amd64'
const arm64 = 'backend/linux/arm64'
const gpu = 'worker/linux/amd64'
const of = (target: string, ...checks: readonly string[]) => checks.map((check) => `${target} ${check}`)

const acceptsMissing: Waiver = { finding: 'platforms/missing', reason: 'comes next month', platform: ARM64 }

const pulls = ({ calls }: World) => calls.filter((call) => call.startsWith('engine.pull'))
const throwing = () => Promise.reject(new Error('boom'))
const worldOf = (image: ImageExpectation, platforms: readonly Pushed[]) => () => {
  const world = goodWorld()
  world.push(image, platforms)
  return world
}

const cases: readonly Case[] = [
  {
    name: 'all as meant',
    verdict: 'passed',
    skipped: [...of(arm64, 'pull', 'import', 'absent', 'torch'), ...of(amd64, 'torch'), ...of(gpu, 'absent', 'size')],
    also: (report, world) => {
      expect(report.images.map(({ id, platforms }) => [id, platforms.map(({ executed }) => executed)])).toEqual([
        ['backend', ['native', 'no']],
        ['worker', ['native']],
      ])
      expect(pulls(world)).toHaveLength(2)
      for (const call of pulls(world)) expect(call).toMatch(/@sha256:[0-9a-f]{64} linux\/amd64$/)
      expect(new Set(world.calls).size).toBe(world.calls.length)
      expect(report.environment).toEqual({ engine: '28.0.4', store: 'classic', platform: AMD64, buildx: '0.29.1' })
      expect(report.images.map(({ expected }) => expected)).toEqual([
        {
          platforms: [AMD64, ARM64],
          modules: [
            { module: 'ktrdr', wanted: 'import' },
            { module: 'torch', wanted: 'absent' },
          ],
        },
        {
          platforms: [AMD64],
          modules: [
            { module: 'ktrdr', wanted: 'import' },
            { module: 'torch', wanted: 'import', version: '2.*', accelerator: 'cpu' },
          ],
        },
      ])
      expect(report.images[1]?.platforms[0]).toMatchObject({
        unpacked: 500_000_000,
        compressed: 100_000_000,
        pullSeconds: 12,
        probeSeconds: 2,
        modules: [
          { module: 'ktrdr', outcome: 'imported', version: '1.0.7', seconds: 0.5 },
          { module: 'torch', outcome: 'imported', version: '2.6.0', accelerator: 'cpu' },
        ],
      })
      expect(Object.values(report.images[0]?.tags ?? {})).toEqual([report.images[0]?.digest, report.images[0]?.digest])
    },
  },
  {
    name: 'the commit asked for in capitals',
    plan: { source: { ...aPlan().source, sha: SHA.toUpperCase() } },
    verdict: 'passed',
  },

  // where it runs
  {
    name: 'execute none: the engine is not even asked',
    plan: { execute: 'none' },
    ports: () => ({ engine: undefined as never }),
    verdict: 'passed',
    also: (report, world) => {
      expect(world.calls.filter((call) => call.startsWith('engine'))).toEqual([])
      expect(report.environment).toEqual({})
      expect(told(report, 'skipped')).toEqual(
        expect.arrayContaining([...of(amd64, 'import', 'pull'), 'set consistency']),
      )
    },
  },
  {
    name: 'execute native on arm64: the amd64-only worker runs nowhere, and that is not green',
    world: () => goodWorld({ platform: ARM64 }),
    verdict: 'errored',
    errored: [...of(gpu, 'import', 'pull', 'torch'), 'set consistency'],
    also: (report, world) => {
      expect(pulls(world)).toHaveLength(1)
      expect(report.images[1]?.platforms[0]).toMatchObject({
        executed: 'no',
        reason: expect.stringContaining('nowhere'),
      })
    },
  },
  {
    name: 'execute all with an emulator',
    plan: { execute: 'all' },
    world: () => goodWorld({ emulated: [ARM64] }),
    verdict: 'passed',
    also: (report) => expect(report.images[0]?.platforms[1]?.executed).toBe('emulated'),
  },
  {
    name: 'execute all without one',
    plan: { execute: 'all' },
    verdict: 'errored',
    errored: [...of(arm64, 'absent', 'import', 'pull'), 'set consistency'],
  },
  {
    name: 'execute all on arm64 with an emulator',
    plan: { execute: 'all' },
    world: () => goodWorld({ platform: ARM64, emulated: [AMD64] }),
    verdict: 'passed',
    also: (report) => expect(report.images[1]?.platforms[0]?.executed).toBe('emulated'),
  },

  // shards
  {
    name: 'one target',
    plan: { targets: [amd64] },
    verdict: 'passed',
    also: (report, world) => {
      expect(pulls(world)).toHaveLength(1)
      expect(report.images.map(({ platforms }) => platforms.map(({ platform }) => platform))).toEqual([[AMD64], []])
      expect(told(report, 'skipped')).toContain('set consistency')
    },
  },
  { name: 'one target twice', plan: { targets: [amd64, amd64] }, verdict: 'passed' },
  {
    name: 'a target of a platform that nobody expects',
    plan: { targets: [amd64, 'backend/linux/s390x'] },
    verdict: 'errored',
    missing: ['backend/linux/s390x'],
  },
  {
    name: 'only a target that does not exist',
    plan: { targets: ['nobody/linux/amd64'] },
    verdict: 'errored',
    missing: ['nobody/linux/amd64'],
  },
  {
    name: 'a target that is an image',
    plan: { targets: [amd64, 'backend'] },
    verdict: 'errored',
    missing: ['backend'],
  },
  { name: 'a target that is the set', plan: { targets: [amd64, 'set'] }, verdict: 'errored', missing: ['set'] },
  {
    name: 'a target in another spelling',
    plan: { targets: ['backend/linux/arm64/v8'] },
    verdict: 'errored',
    missing: ['backend/linux/arm64/v8'],
  },
  {
    name: 'no targets at all',
    plan: { targets: [] },
    verdict: 'passed',
    also: (_, world) => expect(pulls(world)).toEqual([]),
  },
  {
    name: 'a target that runs here only by emulation nobody asked for',
    plan: { targets: [arm64] },
    verdict: 'errored',
    errored: [...of(arm64, 'absent', 'import', 'pull'), 'set consistency'],
  },
  {
    name: 'a target of an image out of reach, whose platforms nobody said',
    plan: { images: [backend({ platforms: undefined })], targets: [amd64] },
    world: () => new World(),
    verdict: 'failed',
    failed: ['backend tags/missing', 'backend tags/missing'],
    errored: of('backend', 'platforms', 'revision'),
    missing: [amd64],
  },

  // what is planned
  { name: 'no images', plan: { images: [] }, verdict: 'errored', also: (_, world) => expect(world.calls).toEqual([]) },
  {
    name: 'two images of one id: neither is judged by what was seen of the other',
    plan: { images: [backend(), worker({ id: 'backend' })] },
    verdict: 'errored',
    problems: 1,
    also: (report) => {
      expect([report.images, report.checks, report.environment]).toEqual([[], [], {}])
      expect(report.problems[0]?.message).toBe('2 images are called backend')
    },
  },
  {
    name: 'platforms that nobody said',
    plan: { images: [backend({ platforms: undefined }), worker({ platforms: undefined })] },
    verdict: 'passed',
    also: (report, world) => {
      expect(report.images[0]?.platforms.map(({ platform }) => platform)).toEqual([AMD64, ARM64])
      expect(pulls(world)).toHaveLength(2)
    },
  },
  {
    name: 'platforms that nobody said, one of them twice',
    plan: { images: [backend({ platforms: undefined })] },
    world: worldOf(backend(), [pushed(), pushed(), pushed({ platform: ARM64 })]),
    verdict: 'failed',
    failed: ['backend platforms/duplicate'],
    also: (report, world) => {
      expect(report.images[0]?.platforms.map(({ platform }) => platform)).toEqual([AMD64, ARM64])
      expect(pulls(world)).toHaveLength(1)
    },
  },
  {
    name: 'platforms listed twice in what is expected',
    plan: { images: [backend({ platforms: [AMD64, ARM64, AMD64] })] },
    verdict: 'passed',
    also: (report, world) => {
      expect(report.images[0]?.platforms).toHaveLength(2)
      expect(pulls(world)).toHaveLength(1)
    },
  },
  {
    name: 'an index of nothing, and no platforms said',
    plan: { images: [backend({ platforms: undefined })] },
    world: worldOf(backend(), []),
    verdict: 'failed',
    failed: ['backend platforms/missing'],
    errored: ['backend revision'],
  },
  {
    name: 'nothing asked of a container: none runs',
    plan: { images: [anImage()] },
    verdict: 'passed',
    also: (report, world) => {
      expect(world.calls.filter((call) => call.startsWith('engine.run'))).toEqual([])
      expect(report.images[0]?.platforms[0]).toMatchObject({ executed: 'no', unpacked: 500_000_000 })
    },
  },

  {
    name: 'to be started, and nothing else',
    plan: { images: [anImage({ starts: true })] },
    verdict: 'passed',
    also: (report, world) => {
      expect(world.calls.filter((call) => call.startsWith('engine.run'))).toHaveLength(1)
      expect(report.images[0]?.platforms.map(({ executed }) => executed)).toEqual(['native', 'no'])
    },
  },
  {
    name: 'to be started, and it does not',
    plan: { images: [anImage({ starts: true })] },
    ports: ({ engine }) => ({ engine: { ...engine, run: async () => ok(neverStarted('exec format error')) } }),
    verdict: 'failed',
    failed: [`${amd64} start/failed`],
    also: (report) =>
      expect(report.images[0]?.platforms[0]).toMatchObject({ executed: 'no', reason: 'exec format error' }),
  },

  {
    name: 'C103 a working directory that leads out of the container: nothing of it is pulled or run',
    world: worldOf(backend(), [
      { platform: AMD64, revision: SHA, contents: { ktrdr: { version: '1.0.7' } }, workdir: '/proc/self/fd/8' },
      { platform: ARM64, revision: SHA },
    ]),
    plan: { images: [backend()] },
    verdict: 'failed',
    failed: ['backend platforms/outside'],
    errored: of(amd64, 'absent', 'import', 'pull'),
    also: (report, world) => {
      expect(pulls(world)).toEqual([])
      const blamed = allChecks(report).flatMap((each) => (each.status === 'errored' ? [each.because] : []))
      expect(new Set(blamed)).toEqual(new Set(['platforms']))
    },
  },
  {
    name: 'a size that is right, measured only where it is asked for',
    plan: { images: [backend({ size: { unpacked: { text: '~500MB', minBytes: 4e8, maxBytes: 6e8 } } }), worker()] },
    verdict: 'passed',
    also: (report) => {
      expect(told(report, 'skipped')).toContain(`${arm64} size`)
      expect(report.images[0]?.platforms[0]?.unpacked).toBe(500_000_000)
    },
  },
  {
    name: 'a size that is wrong',
    plan: { images: [backend({ size: { unpacked: { text: '~50MB', minBytes: 4e7, maxBytes: 6e7 } } })] },
    verdict: 'failed',
    failed: [`${amd64} size/over`],
  },

  // what is wrong
  {
    name: 'torch in the backend',
    world: worldOf(backend(), [pushed({ contents: { ktrdr: {}, torch: {} } }), pushed({ platform: ARM64 })]),
    verdict: 'failed',
    failed: [`${amd64} absent/present`],
    warned: ['set consistency/version'],
  },
  {
    name: 'CUDA in the cpu worker',
    world: worldOf(worker(), [pushed({ contents: { ktrdr: {}, torch: { version: '2.6.0', cuda: '12.6' } } })]),
    verdict: 'failed',
    failed: [`${gpu} torch/accelerator`],
  },
  {
    name: 'a platform of another commit',
    world: worldOf(backend(), [pushed(), pushed({ platform: ARM64, revision: OTHER_SHA })]),
    verdict: 'failed',
    failed: ['backend revision/mismatch', 'set consistency/revision'],
  },
  {
    name: 'a platform missing',
    world: worldOf(backend(), [pushed()]),
    verdict: 'failed',
    failed: ['backend platforms/missing'],
    errored: ['backend revision', ...of(arm64, 'size')],
  },
  {
    name: 'the only platform that runs here missing',
    world: worldOf(backend(), [pushed({ platform: ARM64 })]),
    verdict: 'failed',
    failed: ['backend platforms/missing'],
    errored: ['backend revision', ...of(amd64, 'absent', 'import', 'pull', 'size'), 'set consistency'],
  },
  {
    name: 'a platform missing, which the spec accepts',
    plan: { images: [backend({ waivers: [acceptsMissing] }), worker()] },
    world: worldOf(backend(), [pushed()]),
    verdict: 'passed',
    skipped: [
      'backend platforms/missing',
      'backend revision',
      ...of(arm64, 'size', 'pull', 'import', 'absent', 'torch'),
      ...of(amd64, 'torch'),
      ...of(amd64, 'size'),
      ...of(gpu, 'absent', 'size'),
    ],
    also: (report) =>
      expect(report.images[0]?.checks.find(({ check }) => check === 'revision')).toMatchObject({
        reason: 'ghcr.io/acme/backend has no linux/arm64, which is waived: comes next month',
      }),
  },
  {
    name: 'a platform missing, which the spec accepted until yesterday',
    plan: { images: [backend({ waivers: [{ ...acceptsMissing, until: '2026-11-20' }] }), worker()] },
    world: worldOf(backend(), [pushed()]),
    verdict: 'failed',
    failed: ['backend platforms/missing'],
    errored: ['backend revision', ...of(arm64, 'size')],
  },
  {
    name: 'the only platform that runs here missing, which the spec accepts: it is probed nowhere',
    plan: { images: [backend({ waivers: [{ ...acceptsMissing, platform: AMD64 }] }), worker()] },
    world: worldOf(backend(), [pushed({ platform: ARM64 })]),
    verdict: 'errored',
    errored: [...of(amd64, 'absent', 'import'), 'set consistency'],
  },
  {
    name: 'a warning stays green',
    world: worldOf(worker(), [pushed({ contents: { ktrdr: { version: '2.0.0' }, torch: { version: '2.6.0' } } })]),
    verdict: 'passed',
    warned: ['set consistency/version'],
  },

  // the spec's terms
  {
    name: 'a version in two, which the spec accepts of the set',
    plan: { waivers: [{ finding: 'consistency/version', reason: 'until both move', until: '2026-11-21' }] },
    world: worldOf(worker(), [pushed({ contents: { ktrdr: { version: '2.0.0' }, torch: { version: '2.6.0' } } })]),
    verdict: 'passed',
    also: (report) =>
      expect(report.checks.find(({ check }) => check === 'consistency')).toMatchObject({
        status: 'skipped',
        reason: 'consistency/version is waived: until both move',
        findings: [{ code: 'consistency/version' }],
      }),
  },
  {
    name: 'a version in two, which the spec accepted until yesterday',
    plan: { waivers: [{ finding: 'consistency/*', reason: 'until both move', until: '2026-11-20' }] },
    world: worldOf(worker(), [pushed({ contents: { ktrdr: { version: '2.0.0' }, torch: { version: '2.6.0' } } })]),
    verdict: 'passed',
    warned: ['set consistency/version'],
  },
  {
    name: 'accepted of the set, which accepts nothing of an image',
    plan: { waivers: [{ finding: 'consistency/*', reason: 'known' }] },
    world: worldOf(backend(), [pushed(), pushed({ platform: ARM64, revision: OTHER_SHA })]),
    verdict: 'failed',
    failed: ['backend revision/mismatch'],
  },
  {
    name: 'of one commit each, which one image alone calls a warning: it counts for all',
    plan: { images: [backend({ severity: { 'consistency/*': 'warning' } }), worker()] },
    world: worldOf(worker(), [{ ...(goodWorker[0] as Pushed), revision: OTHER_SHA }]),
    verdict: 'failed',
    failed: ['set consistency/revision', 'worker revision/mismatch'],
  },
  {
    name: 'a version in two, which one image alone calls an error',
    plan: { images: [backend(), worker({ severity: { 'consistency/version': 'error' } })] },
    world: worldOf(worker(), [pushed({ contents: { ktrdr: { version: '2.0.0' }, torch: { version: '2.6.0' } } })]),
    verdict: 'failed',
    failed: ['set consistency/version'],
  },
  {
    name: 'of one commit each, which all call a warning',
    plan: {
      images: [
        backend({ severity: { 'consistency/*': 'warning' } }),
        worker({ severity: { 'consistency/revision': 'warning', 'revision/*': 'warning' } }),
      ],
    },
    world: worldOf(worker(), [{ ...(goodWorker[0] as Pushed), revision: OTHER_SHA }]),
    verdict: 'passed',
    warned: ['set consistency/revision', 'worker revision/mismatch'],
  },
  {
    name: 'waived to this day',
    plan: { images: [worker({ waivers: [{ finding: 'torch/*', reason: 'known', until: '2026-11-21' }] })] },
    world: worldOf(worker(), [pushed({ contents: { ktrdr: {}, torch: { version: '2.6.0', cuda: '12.6' } } })]),
    verdict: 'passed',
    also: (report) => expect(told(report, 'skipped')).toContain(`${gpu} torch/accelerator`),
  },
  {
    name: 'waived until yesterday',
    plan: { images: [worker({ waivers: [{ finding: 'torch/*', reason: 'known', until: '2026-11-20' }] })] },
    world: worldOf(worker(), [pushed({ contents: { ktrdr: {}, torch: { version: '2.6.0', cuda: '12.6' } } })]),
    verdict: 'failed',
    failed: [`${gpu} torch/accelerator`],
  },
  {
    name: 'waived on another platform',
    plan: { images: [worker({ waivers: [{ finding: 'torch/*', reason: 'known', platform: ARM64 }] })] },
    world: worldOf(worker(), [pushed({ contents: { ktrdr: {}, torch: { version: '2.6.0', cuda: '12.6' } } })]),
    verdict: 'failed',
    failed: [`${gpu} torch/accelerator`],
  },
  {
    name: 'an image all waived or not asked is nothing looked at',
    plan: {
      images: [
        anImage({
          platforms: undefined,
          waivers: ['tags/*', 'platforms/*', 'revision/*'].map((finding) => ({ finding, reason: 'known' })),
        }),
      ],
    },
    world: () => new World(),
    verdict: 'errored',
    errored: of('backend', 'platforms', 'revision'),
  },

  // what cannot be seen
  {
    name: 'one image out of reach hides nothing of the other',
    ports: ({ registry }) => ({
      registry: {
        ...registry,
        manifest: async (reference) =>
          reference.startsWith(backend().name) ? no('denied') : await registry.manifest(reference),
      },
    }),
    verdict: 'errored',
    errored: [
      ...of('backend', 'platforms', 'revision', 'tags'),
      ...of(amd64, 'absent', 'import', 'pull', 'size'),
      ...of(arm64, 'size'),
      'set consistency',
    ],
    also: (report) => {
      expect(report.images[1]?.checks.some(({ status }) => status === 'passed')).toBe(true)
      expect(report.images[0]).not.toHaveProperty('digest')
      expect(report.images[0]?.tags).toEqual({ latest: null, 'sha-3f2a1bc': null })
    },
  },
  {
    name: 'a registry that throws',
    ports: () => ({ registry: { manifest: throwing, config: throwing } }),
    plan: { images: [worker()] },
    verdict: 'errored',
    errored: [...of('worker', 'platforms', 'revision', 'tags'), ...of(gpu, 'import', 'pull', 'size', 'torch')],
  },
  {
    name: 'an engine that throws when asked what it is',
    ports: ({ engine }) => ({ engine: { ...engine, describe: throwing } }),
    plan: { images: [worker()] },
    verdict: 'errored',
    errored: of(gpu, 'import', 'pull', 'torch'),
    also: (report) => expect(report.environment).toEqual({}),
  },
  {
    name: 'an engine that throws at a pull',
    ports: ({ engine }) => ({ engine: { ...engine, pull: throwing } }),
    plan: { images: [worker()] },
    verdict: 'errored',
    errored: of(gpu, 'import', 'pull', 'torch'),
  },
  {
    name: 'an engine that throws at a run',
    ports: ({ engine }) => ({ engine: { ...engine, run: throwing } }),
    plan: { images: [worker()] },
    verdict: 'errored',
    errored: of(gpu, 'import', 'torch'),
    also: (_, world) => expect(world.released).toHaveLength(1),
  },
  {
    name: 'no container could be made: that is not to say that there is no Python',
    ports: ({ engine }) => ({ engine: { ...engine, run: async () => no('not-found', 'no such image') } }),
    plan: { images: [worker()] },
    verdict: 'errored',
    errored: of(gpu, 'import', 'torch'),
    also: (report) => expect(JSON.stringify(report)).toContain('no such image'),
  },
  {
    name: 'a layer that is gone: that is not to say that there is no Python',
    ports: ({ engine }) => ({ engine: { ...engine, pull: async () => no('not-found', 'no such blob') } }),
    plan: { images: [worker()] },
    verdict: 'failed',
    failed: [`${gpu} pull/failed`],
    errored: of(gpu, 'import', 'torch'),
  },
  {
    name: 'no Python in the image',
    ports: ({ engine }) => ({
      engine: {
        ...engine,
        run: async ({ entrypoint }) =>
          ok(neverStarted(`unable to start container process: exec: "${entrypoint}": executable file not found`)),
      },
    }),
    plan: { images: [worker()] },
    verdict: 'failed',
    failed: [`${gpu} import/no-python`],
    errored: of(gpu, 'torch'),
  },
  {
    name: 'what cannot be put away',
    ports: ({ engine }) => ({
      engine: {
        ...engine,
        pull: async (...request) => {
          const look = await engine.pull(...request)
          return look.ok ? ok({ ...look.seen, [Symbol.asyncDispose]: throwing }) : look
        },
      },
    }),
    verdict: 'passed',
  },
]

const neverStarted = (error: string): RunSeen => ({
  ...neverRan(error),
  oomKilled: false,
  timedOut: false,
  outputLimited: false,
  marked: [],
  stdout: '',
  stderr: '',
  cut: { stdout: false, stderr: false },
  seconds: 0,
})

const sorted = (lines: readonly string[] = []): readonly string[] => [...lines].sort()

describe('verify', () => {
  test.each(cases)('$name', async (each) => {
    const world = (each.world ?? goodWorld)()
    const plan = aPlan(each.plan)
    const report = await verify(plan, world.ports(each.ports?.(world)), VERSION)
    expect({
      failed: told(report, 'failed'),
      errored: told(report, 'errored'),
      warned: told(report, 'warned'),
    }).toEqual({
      failed: sorted(each.failed),
      errored: sorted(each.errored),
      warned: sorted(each.warned),
    })
    if (each.skipped) expect(told(report, 'skipped')).toEqual(sorted(each.skipped))
    expect(report.missing).toEqual(each.missing ?? [])
    expect(report.problems).toHaveLength(each.problems ?? 0)
    expect(report.verdict).toBe(each.verdict)
    each.also?.(report, world)
    expect(report).toMatchObject({ schema: 1, tool: { version: VERSION }, source: plan.source })
    expect(report.generated).toBe('2026-11-21T10:00:00.000Z')
  })

  test('names the check that tells why', async () => {
    const becauseOf = (report: Report, check: string) =>
      allChecks(report).flatMap((result) =>
        result.target === amd64 && result.check === check && result.status === 'errored' ? [result.because] : [],
      )
    const withoutAmd64 = worldOf(backend(), [pushed({ platform: ARM64 })])()
    const missing = await verify(aPlan(), withoutAmd64.ports(), VERSION)
    expect([becauseOf(missing, 'pull'), becauseOf(missing, 'import')]).toEqual([['platforms'], ['platforms']])
    expect(JSON.stringify(missing)).toContain('has no linux/amd64')

    const unpushed = await verify(aPlan({ images: [backend()] }), new World().ports(), VERSION)
    expect([becauseOf(unpushed, 'pull'), becauseOf(unpushed, 'import')]).toEqual([['tags'], ['tags']])

    const world = goodWorld()
    const registry: Registry = {
      ...world.registry,
      manifest: async (reference) => {
        const [first, second] = [`${backend().name}:latest`, `${backend().name}:sha-3f2a1bc`]
        if (reference === first) return no('not-found')
        if (reference !== second) return world.registry.manifest(reference)
        return ok({ reference, digest: aDigest(3), bytes: new TextEncoder().encode('{}') })
      },
    }
    const hollow = await verify(aPlan({ images: [backend()] }), world.ports({ registry }), VERSION)
    expect(told(hollow, 'failed')).toEqual(['backend platforms/malformed', 'backend tags/missing'])
    expect(becauseOf(hollow, 'import')).toEqual(['platforms'])

    const { engine } = world
    const refused = { ...engine, pull: async () => no('denied') }
    const unpulled = await verify(aPlan({ images: [backend()] }), world.ports({ engine: refused }), VERSION)
    expect([becauseOf(unpulled, 'pull'), becauseOf(unpulled, 'import')]).toEqual([[undefined], ['pull']])
    expect(world.calls.filter((call) => call.startsWith('engine.run'))).toEqual([])
  })

  test('tells the log of every target what has to come for it, what is here, and that it is done', async () => {
    const told: string[] = []
    const log = {
      ...aLog(),
      announce: (target: string, bytes: number) => told.push(`announce ${target} ${bytes}`),
      settle: (target: string) => told.push(`settle ${target}`),
      step: (what: string, of: string) => ({
        update: (text: string, bytes?: number) => told.push(`${what} ${of}: ${text} ${bytes ?? ''}`.trim()),
        done: (text: string) => told.push(`${what} ${of} done: ${text}`),
      }),
    }
    const world = goodWorld()
    const pull: Engine['pull'] = async (reference, platform, content, onProgress) => {
      const manifest = await world.registry.manifest(reference)
      const [layer] = manifest.ok ? JSON.parse(new TextDecoder().decode(manifest.seen.bytes)).layers : []
      onProgress({ here: [], text: 'begun' })
      onProgress({ here: [layer.digest.slice(7, 19)], text: 'downloaded' })
      return world.engine.pull(reference, platform, content, onProgress)
    }
    await verify(aPlan({ images: [backend()] }), world.ports({ engine: { ...world.engine, pull }, log }), VERSION)
    const of = (target: string) => told.filter((line) => line.includes(target))
    expect(of(arm64)).toEqual([`announce ${arm64} 0`, `announce ${arm64} 0`, `settle ${arm64}`])
    expect(of(amd64)).toEqual([
      `announce ${amd64} 0`,
      `announce ${amd64} 100000000`,
      `pull ${amd64}: begun 0`,
      `pull ${amd64}: downloaded 100000000`,
      `pull ${amd64}: here 100000000`,
      `pull ${amd64} done: 100 MB`,
      `probe ${amd64}: ktrdr, torch`,
      `probe ${amd64} done: 2 modules`,
      `settle ${amd64}`,
    ])
  })

  test('pulls nothing that the registry has shown to be wrong, and all that it has not', async () => {
    const pulls = async (platforms: readonly Pushed[], failure?: 'altered' | 'unavailable') => {
      const world = worldOf(backend(), platforms)()
      const config: Registry['config'] = async (...question) =>
        failure === undefined ? world.registry.config(...question) : no(failure)
      const plan = aPlan({ images: [backend()] })
      const report = await verify(plan, world.ports({ registry: { ...world.registry, config } }), VERSION)
      const because = allChecks(report).find(({ check, target }) => check === 'pull' && target === amd64)
      return [report.verdict, because?.status, world.calls.filter((call) => call.startsWith('engine.pull')).length]
    }
    expect(await pulls(goodBackend)).toEqual(['passed', 'passed', 1])
    expect(await pulls([pushed({ says: ARM64 }), pushed({ platform: ARM64 })])).toEqual(['failed', 'errored', 0])
    expect(await pulls(goodBackend, 'altered')).toEqual(['failed', 'errored', 0])
    expect(await pulls(goodBackend, 'unavailable')).toEqual(['errored', 'passed', 1])
  })

  test('says once what would make the pulls of this engine faster, where that is so', async () => {
    const hints = async (unpacksSlowly: boolean) => {
      const said: string[] = []
      const log = { ...aLog(), info: (text: string) => said.push(text) }
      const world = goodWorld()
      const describe: Engine['describe'] = async () => ok({ ...world.engineSeen, unpacksSlowly })
      await verify(aPlan(), world.ports({ log, engine: { ...world.engine, describe } }), VERSION)
      return said.filter((text) => text.startsWith('hint: '))
    }
    expect(await hints(true)).toEqual([expect.stringContaining('pigz')])
    expect(await hints(false)).toEqual([])
  })

  test('hands what a container printed to the log, as foreign', async () => {
    const heard: [string, string][] = []
    const world = goodWorld()
    const run: Engine['run'] = async (request) => {
      const look = await world.engine.run(request)
      return look.ok ? ok({ ...look.seen, stdout: '::set-output name=verified::true' }) : look
    }
    const log = { ...aLog(), foreign: (title: string, text: string) => heard.push([title, text]) }
    await verify(aPlan({ images: [worker()] }), world.ports({ log, engine: { ...world.engine, run } }), VERSION)
    expect(heard).toEqual([['what worker/linux/amd64 printed', '::set-output name=verified::true']])
    heard.length = 0
    await verify(aPlan({ images: [worker()] }), world.ports({ log }), VERSION)
    expect(heard).toEqual([])
  })

  test('warns once of limits that the engine does not enforce, and notes them', async () => {
    const warnings: string[] = []
    const world = goodWorld({ unlimited: 'memory, processes' })
    const report = await verify(aPlan(), world.ports({ log: aLog(warnings) }), VERSION)
    expect(warnings).toEqual([expect.stringContaining('does not limit the memory, processes of containers')])
    expect(report.environment).toMatchObject({ unlimited: 'memory, processes' })
  })

  test('says on the log what it could not put away', async () => {
    const warnings: string[] = []
    const world = goodWorld()
    const engine: Engine = {
      ...world.engine,
      pull: async () =>
        ok({
          pulled: { id: 'x', repoDigests: [], unpackedBytes: 1, seconds: 1 },
          unpacked: async () => ok(1),
          [Symbol.asyncDispose]: throwing,
        }),
    }
    await verify(aPlan({ images: [worker()] }), world.ports({ engine, log: aLog(warnings) }), VERSION)
    expect(warnings).toEqual(['could not remove worker/linux/amd64 from this machine: boom'])
  })

  test('waits for a tag that was just pushed, and no longer than it may', async () => {
    const world = goodWorld()
    const clock = aClock()
    const late: Registry = {
      ...world.registry,
      manifest: async (reference) => (clock.now() < 5000 ? no('not-found') : world.registry.manifest(reference)),
    }
    const patient = await verify(aPlan({ waitMs: 60_000 }), world.ports({ registry: late, clock }), VERSION)
    expect(patient.verdict).toBe('passed')
    const hasty = await verify(aPlan(), world.ports({ registry: late, clock: aClock() }), VERSION)
    expect(hasty.verdict).toBe('passed')
    expect(clock.now()).toBeGreaterThanOrEqual(5000)
  })

  test('pulls as many at once as it may, of those that wait the largest first, and puts each away before the next', async () => {
    for (const parallel of [1, 2]) {
      const world = new World(anEngine({ emulated: [ARM64] }))
      const sizes = { first: 2e6, small: 1e6, large: 3e6 }
      const images = Object.keys(sizes).map((id) =>
        anImage({ id, name: parseImageName(`ghcr.io/acme/${id}`), platforms: [AMD64] }),
      )
      for (const image of images) {
        world.push(image, [pushed({ compressedBytes: sizes[image.id as keyof typeof sizes] })])
      }
      const order: string[] = []
      let [now, most] = [0, 0]
      const engine: Engine = {
        ...world.engine,
        pull: async (...request) => {
          order.push(request[0].replace(/^.*\/|@.*$/g, ''))
          now += 1
          most = Math.max(most, now)
          const look = await world.engine.pull(...request)
          await new Promise((resolve) => setTimeout(resolve, 5))
          const end = async () => {
            now -= 1
          }
          return look.ok ? ok({ ...look.seen, [Symbol.asyncDispose]: end }) : look
        },
      }
      const report = await verify(aPlan({ images, parallel }), world.ports({ engine }), VERSION)
      expect(report.verdict).toBe('passed')
      expect(most).toBe(parallel)
      expect(now).toBe(0)
      expect(order).toEqual(parallel === 1 ? ['first', 'large', 'small'] : ['first', 'small', 'large'])
    }
  })

  test('ports that a test does not give throw by name', () => {
    const ports = fakePorts()
    expect(() => ports.registry.manifest('a:b' as never)).toThrow('unexpected call: registry.manifest')
    expect(() => ports.nonce()).toThrow('unexpected call: nonce')
  })
})

// Whatever fails on the way

const FAILURES: readonly (LookFailure | 'throw')[] = [
  'not-found',
  'denied',
  'rate-limited',
  'unavailable',
  'timeout',
  'altered',
  'malformed',
  'disk-full',
  'no-emulator',
  'no-tool',
  'no-evidence',
  'no-start',
  'cancelled',
  'failed',
  'throw',
]

interface Faults {
  readonly ports: Ports
  readonly hit: readonly string[]
  readonly held: readonly string[]
  readonly released: readonly string[]
}

/** Ports of a world of which some answers are lost: by call, so that asking again does not heal it. */
function withFaults(world: World, faultFor: (call: string) => LookFailure | 'throw' | undefined): Faults {
  const hit: string[] = []
  const held: string[] = []
  const released: string[] = []
  const ask = async <Seen>(call: string, look: () => Promise<Look<Seen>>): Promise<Look<Seen>> => {
    const fault = faultFor(call)
    if (fault === undefined) return look()
    hit.push(`${call}: ${fault}`)
    if (fault === 'throw') throw new Error('boom')
    return no(fault)
  }
  const registry: Registry = {
    manifest: (reference) => ask(`manifest ${reference}`, () => world.registry.manifest(reference)),
    config: (name, config) => ask(`config ${name}@${config}`, () => world.registry.config(name, config)),
  }
  const engine: Engine = {
    describe: () => ask('describe', () => world.engine.describe()),
    serve: (request) => ask(`serve ${request.image}`, () => world.engine.serve(request)),
    resolveCompose: (request) => ask('resolve compose', () => world.engine.resolveCompose(request)),
    compose: (project) => world.engine.compose(project),
    pull: (...request) =>
      ask(`pull ${request[0]}`, async () => {
        const look = await world.engine.pull(...request)
        if (!look.ok) return look
        held.push(request[0])
        const end = async () => {
          released.push(request[0])
          if (faultFor(`release ${request[0]}`) !== undefined) throw new Error('cannot put it away')
        }
        return ok({ ...look.seen, [Symbol.asyncDispose]: end })
      }),
    run: (request) =>
      ask(`run ${request.image}`, async () => {
        const look = await world.engine.run(request)
        if (!look.ok || faultFor(`cut ${request.image}`) === undefined) return look
        hit.push(`cut ${request.image}`)
        // As if the container had been ended before the last module was told.
        const last = ` ${request.args.length - 6} `
        const at = look.seen.marked.findIndex((line) => line.startsWith(last))
        return ok({ ...look.seen, exitCode: 137, marked: look.seen.marked.slice(0, at) })
      }),
    readFiles: (request) => ask(`read ${request.image}`, () => world.engine.readFiles(request)),
  }
  return { ports: world.ports({ registry, engine }), hit, held, released }
}

interface Scene {
  readonly plan: Plan
  readonly world: World
}

const platformSets: readonly (readonly Platform[])[] = [[AMD64], [ARM64], [AMD64, ARM64]]
const MODULES = ['ktrdr', 'torch', 'numpy'] as const

/** An image that is as expected, or in one of many ways is not. */
const imageWith = (id: string) =>
  fc
    .record({
      platforms: fc.constantFrom(...platformSets),
      said: fc.boolean(),
      imports: fc.subarray(['ktrdr', 'numpy']),
      torch: fc.constantFrom('cpu', 'cuda', 'absent', undefined),
      sized: fc.constantFrom('compressed', 'unpacked', undefined),
      waivers: fc.subarray<Waiver>([
        { finding: 'size/skew', reason: 'known' },
        { finding: 'revision/*', reason: 'known' },
        { finding: 'import/version', reason: 'known', platform: AMD64 },
      ]),
      warned: fc.boolean(),
      spoilt: fc.oneof(
        { weight: 6, arbitrary: fc.constant('nothing' as const) },
        fc.constantFrom('revision', 'platform', 'extra', 'module', 'torch', 'size', 'unpushed', 'label' as const),
      ),
    })
    .map(({ platforms, said, imports, torch, sized, waivers, warned, spoilt }) => {
      const range = { text: '~100MB', minBytes: 80_000_000, maxBytes: 120_000_000 }
      const image = anImage({
        id,
        name: parseImageName(`ghcr.io/acme/${id}`),
        platforms: said ? platforms : undefined,
        imports: imports.map((module) => ({ module })),
        absent: torch === 'absent' ? ['torch'] : [],
        torch: torch === 'absent' ? undefined : torch,
        size: sized === undefined ? {} : { [sized]: range },
        waivers,
        severity: warned ? { 'size/skew': 'warning' } : {},
      })
      const contents = Object.fromEntries(
        MODULES.filter((module) => module !== 'torch' || (torch !== undefined && torch !== 'absent')).map((module) => [
          module,
          module === 'torch' ? { version: '2.6.0', ...(torch === 'cuda' && { cuda: '12.6' }) } : {},
        ]),
      )
      const good = platforms.map((platform) => pushed({ platform, contents, unpackedBytes: 100_000_000 }))
      return { image, pushed: spoil(good, spoilt, torch) }
    })

function spoil(good: readonly Pushed[], how: string, torch: string | undefined): readonly Pushed[] | undefined {
  const [first = pushed(), ...rest] = good
  switch (how) {
    case 'revision':
      return [{ ...first, revision: OTHER_SHA }, ...rest]
    case 'label': {
      const { revision: _, ...unlabelled } = first
      return [unlabelled, ...rest]
    }
    case 'platform':
      return rest
    case 'extra':
      return [...good, pushed({ platform: first.platform })]
    case 'module':
      return [{ ...first, contents: { ...first.contents, ktrdr: { signal: 11 }, numpy: { signal: 11 } } }, ...rest]
    case 'torch':
      return [{ ...first, contents: { ...first.contents, torch: torch === 'cpu' ? { cuda: '12.6' } : {} } }, ...rest]
    case 'size':
      return [{ ...first, compressedBytes: 900_000_000, unpackedBytes: 900_000_000 }, ...rest]
    case 'unpushed':
      return undefined
    default:
      return good
  }
}

const scenes: fc.Arbitrary<() => Scene> = fc
  .record({
    images: fc.tuple(imageWith('one'), fc.option(imageWith('two'), { nil: undefined, freq: 2 })),
    execute: fc.constantFrom('native', 'native', 'all', 'none'),
    engine: fc.constantFrom(AMD64, AMD64, ARM64),
    emulated: fc.boolean(),
    parallel: fc.integer({ min: 1, max: 3 }),
    targets: fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      fc.subarray(['one/linux/amd64', 'one/linux/arm64', 'two/linux/amd64', 'three/linux/amd64', 'one']),
    ),
    sha: fc.constantFrom(SHA, SHA, SHA.toUpperCase(), undefined),
  })
  .map(({ images, execute, engine, emulated, parallel, targets, sha }) => () => {
    const given = images.filter((each) => each !== undefined)
    const world = new World(anEngine({ platform: engine, emulated: emulated ? [AMD64, ARM64] : [] }))
    for (const { image, pushed } of given) if (pushed !== undefined) world.push(image, pushed)
    const source = { ...aPlan().source, sha }
    return { world, plan: aPlan({ images: given.map(({ image }) => image), execute, parallel, targets, source }) }
  })

/** Which calls fail: a function of the call, so that the same call fails the same way. */
const faults = fc
  .tuple(fc.func(fc.nat({ max: 999 })), fc.constantFrom(0, 15, 60, 250), fc.constantFrom(...FAILURES))
  .map(([dice, perMille, failure]) => (call: string) => {
    const rolled = dice(call)
    if (rolled >= perMille) return undefined
    return rolled % 3 === 0 ? failure : FAILURES[rolled % FAILURES.length]
  })

describe('whatever fails on the way', () => {
  const outcome = async (scene: () => Scene, fault: (call: string) => LookFailure | 'throw' | undefined) => {
    const { plan, world } = scene()
    const without = await verify(plan, world.ports(), VERSION)
    const broken = withFaults(world, fault)
    const report = await verify(plan, broken.ports, VERSION)
    return { plan, without, report, ...broken }
  }

  test('the scenes are green often, and red in many ways', async () => {
    const seen = { passed: 0, errored: 0, failed: 0 }
    const codes = new Set<string>()
    let spoilt = 0
    for (const [scene, fault] of fc.sample(fc.tuple(scenes, faults), { numRuns: 400, seed: 1 })) {
      const { without, hit } = await outcome(scene, fault)
      seen[without.verdict] += 1
      if (without.verdict === 'passed' && hit.length > 0) spoilt += 1
      for (const { findings } of allChecks(without)) for (const { code } of findings) codes.add(code)
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(30)
    expect(spoilt).toBeGreaterThan(30)
    expect(codes.size).toBeGreaterThan(8)
  })

  test('invariant 8: it is green only if it were without the fault, and every look that was needed succeeded', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, faults, async (scene, fault) => {
        const { plan, without, report, hit, held, released } = await outcome(scene, fault)
        if (report.verdict === 'passed') {
          expect(without.verdict).toBe('passed')
          // Where no target is looked at, the engine is only asked to say in the report what it is.
          const runs = report.images.some(({ platforms }) => platforms.length > 0)
          expect(runs ? hit : hit.filter((call) => !call.startsWith('describe'))).toEqual([])
          expect(report.images.map(({ digest }) => digest)).toEqual(without.images.map(({ digest }) => digest))
        }
        if (hit.length === 0) expect(report).toEqual(without)
        // Whatever happened, all that was pulled is put away, once, and the report agrees with itself.
        expect([...released].sort()).toEqual([...held].sort())
        expect(new Set(held).size).toBe(held.length)
        expect(report.verdict).toBe(verdictOf(report))
        const counts = countByStatus(allChecks(report))
        expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(allChecks(report).length)
        expect(report.images.map(({ id }) => id)).toEqual(plan.images.map(({ id }) => id))
        const keys = plan.images.flatMap(({ id, platforms }) => (platforms ?? []).map((each) => `${id}/${each}`))
        const reported = new Set([...allChecks(report).map(({ target }) => target), ...report.missing])
        for (const key of plan.targets ?? keys) expect(reported).toContain(key)
        for (const key of plan.targets ?? []) {
          if (
            !report.images.some(({ id, platforms }) => platforms.some(({ platform }) => `${id}/${platform}` === key))
          ) {
            expect(report.missing).toContain(key)
          }
        }
      }),
      { numRuns: Number(process.env.SOAK_STUB || 3000) },
    )
  })
})
