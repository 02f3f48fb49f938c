// Jobs, runs and a GitHub in memory to test with: each builder gives something whole, and takes what the test is about.
import type { Look } from '../../src/model/observation.ts'
import type { AnnotationSeen, ExpectedLeg, JobSeen, LegSeen, OwnJob, WorkflowRunSeen } from '../../src/model/run.ts'
import type { ImageExpectation } from '../../src/model/spec.ts'
import type { BuildRun, Clock, Log } from '../../src/ports.ts'
import { anImageName, aTag } from './builders.ts'

let lastId = 0

export const T0 = '2026-01-22T14:00:00.000Z'
export const minutesLater = (minutes: number, from = T0): string =>
  new Date(Date.parse(from) + minutes * 60_000).toISOString()

/** Finished with success after `minutes` (1), 8 s of them in the queue before that, unless changed. */
export function aJobSeen(changes: Partial<JobSeen> & { minutes?: number } = {}): JobSeen {
  const { minutes = 1, ...given } = changes
  lastId += 1
  const id = given.id ?? String(lastId)
  const createdAt = given.createdAt ?? T0
  const startedAt = given.startedAt ?? minutesLater(8 / 60, createdAt)
  const status = given.status ?? 'completed'
  const isOver = status === 'completed'
  return {
    id,
    attempt: 1,
    name: 'build',
    status,
    conclusion: isOver ? 'success' : undefined,
    createdAt,
    startedAt,
    completedAt: isOver ? minutesLater(minutes, startedAt) : undefined,
    url: `https://github.com/octo-org/octo-repo/actions/runs/1/job/${id}`,
    runnerName: `GitHub Actions ${id}`,
    ...given,
  }
}

export const aRunSeen = (given: Partial<WorkflowRunSeen> = {}): WorkflowRunSeen => ({
  id: 1,
  attempt: 1,
  workflowId: '159038',
  path: '.github/workflows/build.yml',
  event: 'push',
  headSha: '009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d',
  headBranch: 'main',
  fromFork: false,
  status: 'in_progress',
  conclusion: undefined,
  url: 'https://github.com/octo-org/octo-repo/actions/runs/1',
  ...given,
})

export const anExpectedLeg = (imageId: string, given: Partial<ExpectedLeg> = {}): ExpectedLeg => ({
  imageIds: [imageId],
  jobNames: [`build (${imageId})`],
  rowValues: [imageId],
  unexpandedNames: ['build'],
  ...given,
})

export const aLegSeen = (given: Partial<LegSeen> = {}): LegSeen => ({
  name: 'build (backend)',
  imageIds: ['backend'],
  jobs: [aJobSeen({ name: 'build (backend)' })],
  earlierSeconds: [],
  ...given,
})

export const anImage = (id: string, maxMinutes?: number): ImageExpectation => ({
  id,
  name: anImageName(`ghcr.io/acme/ktrdr-${id}`),
  tags: [aTag()],
  platforms: undefined,
  size: {},
  growth: 0.2,
  imports: [],
  absent: [],
  torch: undefined,
  starts: false,
  commands: [],
  files: [],
  config: [],
  attestations: false,
  probe: { timeoutMs: 1, memoryBytes: 1, entrypoint: 'clear' },
  maxDurationMs: maxMinutes === undefined ? undefined : maxMinutes * 60_000,
  severity: {},
  waivers: [],
  positions: { 'max-duration': { file: 'spec.yml', line: 7, column: 3 } },
})

const seen = <Seen>(value: Seen): Look<Seen> => ({ ok: true, seen: value })
export const unseen = (reason = 'GitHub answers 500'): Look<never> => ({
  ok: false,
  failure: 'unavailable',
  reason,
  hint: 'rerun',
})

interface World {
  readonly own?: OwnJob
  readonly run?: Look<WorkflowRunSeen>
  /** One listing after the other; the last stays. */
  readonly listings?: readonly (readonly JobSeen[])[]
  readonly annotations?: Readonly<Record<string, readonly AnnotationSeen[]>> | Look<never>
  readonly earlier?: Look<readonly WorkflowRunSeen[]>
  readonly earlierJobs?: Readonly<Record<number, Look<readonly JobSeen[]>>>
}

/** A GitHub in memory, and a clock that does not wait. */
export function aWorld(world: World = {}) {
  let now = 0
  let asked = 0
  const waits: number[] = []
  const { listings = [[aJobSeen()]], annotations = {}, earlierJobs = {} } = world
  const buildRun: BuildRun = {
    own: world.own,
    run: async () => world.run ?? seen(aRunSeen()),
    jobs: async (runId) => {
      const earlier = earlierJobs[runId]
      if (earlier) return earlier
      asked += 1
      return seen(listings[Math.min(asked, listings.length) - 1] ?? [])
    },
    annotations: async (jobId) => ('ok' in annotations ? (annotations as Look<never>) : seen(annotations[jobId] ?? [])),
    earlierSuccesses: async () => world.earlier ?? seen([]),
    newestRun: async () => seen(undefined),
    file: async () => unseen(),
  }
  const clock: Clock = {
    now: () => now,
    date: () => new Date(now),
    sleep: async (ms) => {
      waits.push(ms)
      now += ms
    },
  }
  const nothing = (): void => {}
  const step = () => ({ update: nothing, done: nothing })
  const log: Log = {
    info: nothing,
    warn: nothing,
    debug: nothing,
    foreign: nothing,
    step,
    announce: nothing,
    settle: nothing,
  }
  return { buildRun, clock, log, waits, asked: () => asked }
}
