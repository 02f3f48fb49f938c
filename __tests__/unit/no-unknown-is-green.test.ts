// Whatever the workflow, its run and GitHub's answers look like: what is not known to be right is never green.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { run as runApp } from '../../src/app.ts'
import { run } from '../../src/checks/run.ts'
import { settle } from '../../src/checks/settle.ts'
import { parseImageName, parseTag } from '../../src/model/image.ts'
import type { Report } from '../../src/model/result.ts'
import type { Conclusion, JobSeen, JobStatus, LegSeen } from '../../src/model/run.ts'
import { parseOptions } from '../../src/options.ts'
import type { BuildRun, Files } from '../../src/ports.ts'
import { mostly } from '../harness/mostly.ts'
import { aJobSeen, aLegSeen, anImage, aRunSeen } from './run-seen.ts'
import { AMD64, aClock, aLog, SHA, World } from './sightings.ts'

const WORKFLOW = '.github/workflows/build.yml'
const SPEC = '.github/verify-images.yml'

// How a leg went, and whether that is good

const states = [
  'succeeded',
  ...(['missing', 'twice', 'failure', 'skipped', 'cancelled', 'neutral', 'timed_out'] as const),
  ...(['queued', 'in_progress', 'unknown word', 'no conclusion'] as const),
] as const
type State = (typeof states)[number]

function jobsOf(name: string, state: State): readonly JobSeen[] {
  const job = (status: JobStatus, conclusion: Conclusion | undefined) => aJobSeen({ name, status, conclusion })
  switch (state) {
    case 'succeeded':
      return [aJobSeen({ name })]
    case 'missing':
      return []
    case 'twice':
      return [aJobSeen({ name }), aJobSeen({ name })]
    case 'queued':
    case 'in_progress':
      return [job(state, undefined)]
    case 'unknown word':
    case 'no conclusion':
      return [job('completed', 'unknown')]
    default:
      return [job('completed', state)]
  }
}

// How a workflow is written, and whether the file says all

const knownShapes = ['list', 'include', 'named'] as const
const unknownShapes = ['matrix', 'tag', 'name', 'platforms', 'condition'] as const
type Shape = (typeof knownShapes)[number] | (typeof unknownShapes)[number]

interface Case {
  readonly ids: readonly string[]
  readonly shape: Shape
  readonly file: 'there' | 'gone' | 'malformed' | 'unreadable'
  /** In the workspace. */
  readonly spec: boolean
  /** Whether the commit has a spec, by GitHub: as the workspace, or though that lacks it. */
  readonly committed: 'the same' | 'a spec' | 'no answer'
  readonly states: readonly State[]
  readonly api: 'answers' | 'no run' | 'no jobs' | 'throws' | 'a run of another workflow'
}

const expression = (inner: string): string => `${'$'}{{ ${inner} }}`

function workflowText({ ids, shape }: Case): string {
  const output = (name: string) => expression(`steps.more.outputs.${name}`)
  const rows = ids.map((image) => `          - image: ${image}\n            platforms: linux/amd64`).join('\n')
  const matrix = {
    list: `        image: [${ids.join(', ')}]`,
    include: `        include:\n${rows}`,
    matrix: `        image: ${expression('fromJSON(needs.plan.outputs.images)')}`,
  }
  return `on:
  push:
    branches: [main]
  workflow_dispatch:
permissions: {}
jobs:
  build:
${shape === 'named' ? `    name: Image ${expression('matrix.image')}\n` : ''}    runs-on: ubuntu-latest
    permissions: { contents: read, packages: write }
    strategy:
      matrix:
${shape === 'include' || shape === 'matrix' ? matrix[shape] : matrix.list}
    steps:
      - id: more
        run: ./more
      - uses: docker/login-action@v3
        with: { registry: ghcr.io, username: a, password: '${expression('secrets.GITHUB_TOKEN')}' }
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: ghcr.io/acme/${shape === 'name' ? output('name') : ''}${expression('matrix.image')}
          tags: |
            type=sha
            type=raw,value=latest
${shape === 'tag' ? `            type=raw,value=${output('tag')}\n` : ''}      - uses: docker/build-push-action@v6
${shape === 'condition' ? `        if: steps.more.outputs.changed == 'true'\n` : ''}        with:
          context: .
          platforms: ${shape === 'platforms' ? output('platforms') : 'linux/amd64'}
          push: true
          tags: ${expression('steps.meta.outputs.tags')}
          cache-to: type=gha,scope=${expression('matrix.image')}
  verify:
    needs: build
    runs-on: ubuntu-latest
    permissions: { contents: read, packages: read, actions: read }
    steps:
      - uses: verify-images/verify-images@v1
`
}

function jobName(image: string, shape: Shape): string {
  if (shape === 'named') return `Image ${image}`
  return shape === 'include' ? `build (${image}, linux/amd64)` : `build (${image})`
}

const specText = (ids: readonly string[]): string =>
  `version: 1\nplatforms: [linux/amd64]\nimages:\n${ids.map((id) => `  ${id}: { image: ghcr.io/acme/${id} }`).join('\n')}\n`

function filesOf(given: Case): Files {
  const text = given.file === 'malformed' ? 'jobs: [' : workflowText(given)
  const read = async (path: string) => {
    if (path === SPEC) return given.spec ? specText(given.ids) : undefined
    if (path !== WORKFLOW || given.file === 'gone') return undefined
    if (given.file === 'unreadable') throw new Error('it cannot be read')
    return text
  }
  return { read, exists: async () => true }
}

function gitHubOf({ ids, shape, states, api, spec, committed }: Case): BuildRun {
  const ours = aJobSeen({ name: 'verify', status: 'in_progress', conclusion: undefined, runnerName: 'ours' })
  const legs = ids.flatMap((id, at) => jobsOf(jobName(id, shape), states[at] ?? 'missing'))
  const unseen = { ok: false, failure: 'unavailable', reason: 'GitHub answers 500', hint: 'rerun' } as const
  return {
    own: { runId: 1, jobId: 'verify', runnerName: 'ours', checkRunId: undefined },
    run: async () => {
      if (api === 'throws') throw new Error('nobody thought of this')
      const path = api === 'a run of another workflow' ? '.github/workflows/other.yml' : WORKFLOW
      return api === 'no run' ? unseen : { ok: true, seen: aRunSeen({ path }) }
    },
    jobs: async () => (api === 'no jobs' ? unseen : { ok: true, seen: [...legs, ours] }),
    annotations: async () => unseen,
    earlierSuccesses: async () => unseen,
    newestRun: async () => unseen,
    file: async () => {
      if (committed === 'no answer') return unseen
      if (spec || committed === 'a spec') return { ok: true, seen: specText(ids) }
      return { ok: false, failure: 'not-found', reason: 'there is none', hint: '' }
    },
  }
}

async function reportOf(given: Case): Promise<Report> {
  const parsed = parseOptions(
    {},
    {
      repository: 'acme/app',
      sha: SHA,
      ref: 'refs/heads/main',
      eventName: 'push',
      workflowPath: WORKFLOW,
      runId: '1',
      runAttempt: '1',
      tempDir: '/tmp',
    },
  )
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  const world = new World()
  given.ids.forEach((id, at) => {
    // What an older run pushed is there; where no leg is expected by name, only the registry knows of one that is missing.
    if (given.states[at] === 'missing' && !legsAreKnown(given)) return
    const image = { name: parseImageName(`ghcr.io/acme/${id}`), tags: ['latest', 'sha-3f2a1bc'].map(parseTag) }
    world.push(image, [{ platform: AMD64, revision: SHA, contents: {} }])
  })
  const buildRun = gitHubOf(given)
  const desk = { files: filesOf(given), clock: aClock(), log: aLog(), buildRun, shardFiles: async () => [] }
  const outcome = await runApp(parsed.options, desk, async () => world.ports({ buildRun }))
  if (outcome.kind !== 'report') throw new Error('no report')
  return outcome.report
}

const isKnown = ({ shape, file }: Case): boolean => file === 'there' && knownShapes.some((each) => each === shape)
const legsAreKnown = ({ shape, file, api }: Case): boolean =>
  file === 'there' && shape !== 'matrix' && api !== 'a run of another workflow'
const specIsKnown = ({ spec, committed }: Case): boolean => spec || committed === 'the same'
const ranWell = ({ states, api }: Case): boolean =>
  (api === 'answers' || api === 'a run of another workflow') && states.every((state) => state === 'succeeded')

const cases: fc.Arbitrary<Case> = fc
  .uniqueArray(fc.constantFrom('api', 'web', 'worker-cpu', 'worker-gpu'), { minLength: 1, maxLength: 3 })
  .chain((ids) =>
    fc.record({
      ids: fc.constant(ids),
      shape: fc.oneof(fc.constantFrom<Shape>(...knownShapes), fc.constantFrom<Shape>(...unknownShapes)),
      file: mostly<Case['file']>('there', 'gone', 'malformed', 'unreadable'),
      spec: fc.boolean(),
      committed: mostly<Case['committed']>('the same', 'a spec', 'no answer'),
      states: fc.array(mostly<State>(...states), { minLength: ids.length, maxLength: ids.length }),
      api: mostly<Case['api']>('answers', 'no run', 'no jobs', 'throws', 'a run of another workflow'),
    }),
  )

const statusOf = (report: Report, check: string): string | undefined =>
  report.checks.find((result) => result.check === check)?.status

const wrong = (report: Report): readonly string[] =>
  [...report.checks, ...report.images.flatMap(({ checks }) => checks)].flatMap((result) => {
    if (result.status === 'errored') return [`${result.check}: ${result.reason}`]
    return result.status === 'failed' || result.status === 'warned'
      ? result.findings.map(({ code, message }) => `${code}: ${message}`)
      : []
  })

describe('a whole verification', () => {
  const good: Case = {
    ids: ['api', 'worker-cpu'],
    shape: 'list',
    file: 'there',
    spec: true,
    committed: 'the same',
    states: ['succeeded', 'succeeded'],
    api: 'answers',
  }

  it.each(knownShapes)('is green where all is known and right: %s', async (shape) => {
    for (const spec of [true, false]) {
      const report = await reportOf({ ...good, shape, spec })
      expect([report.problems, wrong(report), report.verdict]).toEqual([[], [], 'passed'])
      expect([statusOf(report, 'run'), statusOf(report, 'workflow')]).toEqual(['passed', 'passed'])
    }
  })

  it.each(unknownShapes)('is not green without a spec where the file does not say: %s', async (shape) => {
    const report = await reportOf({ ...good, shape, spec: false })
    expect(report.verdict).not.toBe('passed')
    expect(report.problems.length).toBeGreaterThan(0)
    expect(report.starter).toContain('version: 1')
  })

  it('is never green by what is unknown, missing, unfinished or unreadable', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (given) => {
        const report = await reportOf(given)
        const [ofRun, ofWorkflow] = [statusOf(report, 'run'), statusOf(report, 'workflow')]
        if (!isKnown(given)) {
          expect(ofWorkflow).not.toBe('passed')
          if (!given.spec) expect(report.verdict).not.toBe('passed')
        }
        if (!ranWell(given)) {
          expect(report.verdict).not.toBe('passed')
          if (legsAreKnown(given)) expect(ofRun).not.toBe('passed')
        }
        if (given.api === 'a run of another workflow' && given.file === 'there' && given.shape !== 'matrix') {
          expect(ofRun).not.toBe('passed')
        }
        if (!specIsKnown(given)) expect(report.verdict).not.toBe('passed')
        if (isKnown(given) && ranWell(given) && specIsKnown(given)) expect(report.verdict).toBe('passed')
      }),
      {
        numRuns: 300,
        examples: [
          [{ ...good, shape: 'condition', states: ['succeeded', 'missing'] }],
          [{ ...good, shape: 'matrix', states: ['missing', 'succeeded'] }],
        ],
      },
    )
  })
})

describe('the check run', () => {
  const statuses = ['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending', 'unknown'] as const
  const conclusions = [
    ...(['success', 'failure', 'neutral', 'cancelled', 'skipped', 'timed_out'] as const),
    ...(['action_required', 'stale', 'startup_failure', 'unknown', undefined] as const),
  ]
  const job = fc
    .record({ status: fc.constantFrom(...statuses), conclusion: fc.constantFrom(...conclusions) })
    .map((changes) => aJobSeen(changes))
  const leg: fc.Arbitrary<LegSeen> = fc.array(job, { maxLength: 2 }).map((jobs) => aLegSeen({ jobs }))

  it('passes only by legs that are one job each, over and a success', () => {
    fc.assert(
      fc.property(
        fc.array(leg, { maxLength: 4 }),
        fc.boolean(),
        mostly(undefined, 'it builds nothing'),
        (legs, isOurs, doubt) => {
          const seen = { run: aRunSeen(), attempt: 1, isOurs, legs, doubt, annotations: [], notes: [] }
          const identity = { check: 'run', target: 'set', seconds: 0 }
          const terms = { severity: {}, waivers: [], today: '2026-01-22' }
          const { status } = settle(identity, run.codes, run.judge([anImage('backend')], { ok: true, seen }), terms)
          const isGood = ({ jobs: [one, ...others] }: LegSeen): boolean =>
            one?.status === 'completed' && one.conclusion === 'success' && others.length === 0
          expect(status === 'passed').toBe(legs.length > 0 && legs.every(isGood) && doubt === undefined)
        },
      ),
      { numRuns: 500 },
    )
  })
})
