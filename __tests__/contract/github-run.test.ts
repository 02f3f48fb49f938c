// From GitHub's API to a judgement: what the check says of a run that the local API serves.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { githubBuildRun } from '../../src/adapters/github.ts'
import { run } from '../../src/checks/run.ts'
import { settle } from '../../src/checks/settle.ts'
import type { OwnJob } from '../../src/model/run.ts'
import type { ImageExpectation } from '../../src/model/spec.ts'
import { lookAtBuildRun, type RunQuestion } from '../../src/observe/build-run.ts'
import { aJob, anAnnotation, aRun, type GitHub, startGitHub } from '../harness/github-api.ts'
import { mostly } from '../harness/mostly.ts'
import { anExpectedLeg, anImage, aWorld } from '../unit/run-seen.ts'

const ID = 30433642
const own: OwnJob = { runId: ID, jobId: 'verify', runnerName: 'GitHub Actions 9', checkRunId: undefined }
const ours = aJob({ name: 'verify', status: 'in_progress', runner_name: 'GitHub Actions 9' })
const images = [anImage('backend', 10), anImage('worker-cpu', 20), anImage('worker-gpu', 20)]
const legs = images.map(({ id }) => anExpectedLeg(id))
const expected = { workflow: '.github/workflows/build.yml', legs }

/** The recorded run: 4.5, 21 and 36 minutes. */
const recorded = [
  aJob({ name: 'build (backend)', seconds: 270 }),
  aJob({ name: 'build (worker-cpu)', seconds: 21 * 60 }),
  aJob({ name: 'build (worker-gpu)', seconds: 36 * 60 }),
]

async function judge(github: GitHub, of: readonly ImageExpectation[], changes: Partial<RunQuestion> = {}) {
  const { clock, log, waits } = aWorld()
  const buildRun = githubBuildRun({
    apiUrl: github.url,
    token: 'ghs_token',
    repository: 'octo-org/octo-repo',
    own,
    clock,
    log,
    signal: new AbortController().signal,
  })
  const look = await lookAtBuildRun(
    { runId: ID, attempt: undefined, expected: undefined, workflows: [], images: of, ...changes },
    { buildRun, clock, log },
  )
  const identity = { check: 'run', target: 'set', seconds: 0 }
  const terms = { severity: {}, waivers: [], today: '2026-01-22' }
  return { result: settle(identity, run.codes, run.judge(of, look), terms), look, waits }
}

const codesOf = ({ result }: Awaited<ReturnType<typeof judge>>) => result.findings.map(({ code }) => code)

describe('the recorded run', () => {
  test.each([
    ['by its workflow', expected],
    ['by its names alone', undefined],
  ])('is judged %s: the two legs over budget are warnings', async (_, known) => {
    const earlier = aRun({ id: 7, created_at: '2026-01-20T00:00:00Z' })
    const jobs = [...recorded, ours, aJob({ run_id: 7, name: 'build (worker-gpu)', seconds: 2100 })]
    await using github = await startGitHub({ runs: [aRun({ status: 'in_progress' }), earlier], jobs })
    const judged = await judge(github, images, { expected: known })
    expect(judged.result).toMatchObject({
      status: 'warned',
      findings: [
        { code: 'run/over-budget', message: 'worker-cpu: job "build (worker-cpu)" took 21m', expected: '20m at most' },
        {
          code: 'run/over-budget',
          message: 'worker-gpu: job "build (worker-gpu)" took 36m',
          actual: '36m, after 8s in the queue; the last successful run: 35m',
        },
      ],
    })
    expect(judged.waits).toEqual([])
  })

  test('passes within its budgets, by the run as evidence', async () => {
    await using github = await startGitHub({ runs: [aRun()], jobs: [...recorded, ours] })
    const { result } = await judge(github, [anImage('backend', 10)], {
      expected: { ...expected, legs: legs.slice(0, 1) },
    })
    expect(result).toMatchObject({ status: 'passed', evidence: [{ kind: 'run', runId: ID, attempt: 1 }] })
  })
})

describe('runs', () => {
  test('C116 attempt 2 re-ran the failed job alone', async () => {
    const jobs = [
      aJob({ name: 'build (backend)' }),
      aJob({ name: 'build (worker-cpu)', conclusion: 'failure' }),
      aJob({ name: 'build (worker-cpu)', run_attempt: 2 }),
      aJob({ name: 'build (worker-gpu)' }),
      { ...ours, run_attempt: 2 },
    ]
    await using github = await startGitHub({ runs: [aRun({ run_attempt: 2 })], jobs })
    expect((await judge(github, images, { expected, attempt: 2 })).result.status).toBe('passed')
    expect(codesOf(await judge(github, images, { expected, attempt: 1 }))).toEqual(['run/job-failed'])
  })

  test('a matrix whose need failed was skipped: every image is told', async () => {
    const jobs = [aJob({ name: 'test', conclusion: 'failure' }), aJob({ name: 'build', conclusion: 'skipped' }), ours]
    await using github = await startGitHub({ runs: [aRun()], jobs })
    const judged = await judge(github, [], { expected })
    expect(judged.result).toMatchObject({
      status: 'failed',
      findings: [{ code: 'run/job-skipped', message: expect.stringContaining('(backend, worker-cpu, worker-gpu)') }],
    })
  })

  test('C115 a leg among 150 on the second page', async () => {
    const many = Array.from({ length: 149 }, (_, at) => aJob({ name: `build (${at})` }))
    const jobs = [...many, aJob({ name: 'build (last)', conclusion: 'failure' }), ours]
    await using github = await startGitHub({ runs: [aRun()], jobs })
    expect(codesOf(await judge(github, []))).toEqual(['run/job-failed'])
  })

  test('C119 without actions: read it is errored, and says what to grant', async () => {
    await using github = await startGitHub({ runs: [aRun()], jobs: recorded, permissions: { actions: false } })
    const { result } = await judge(github, images)
    expect(result).toMatchObject({ status: 'errored', hint: expect.stringContaining('actions: read') })
  })

  test('without checks: read only annotations are missing, which is said', async () => {
    const annotations = { [recorded[0]?.id ?? 0]: [anAnnotation()] }
    await using github = await startGitHub({ runs: [aRun()], jobs: recorded, annotations })
    expect(codesOf(await judge(github, []))).toEqual(['run/annotation'])
    github.state.permissions = { checks: false }
    const { result, look } = await judge(github, [])
    expect(result.status).toBe('passed')
    expect(look).toMatchObject({ seen: { notes: [expect.stringContaining('checks: read')] } })
  })

  test('no unknown ends green', async () => {
    await using github = await startGitHub({ runs: [aRun()] })
    const job = fc.record({
      name: fc.constantFrom('build (backend)', 'build', 'lint', 'x / build (backend)', `build \${{ matrix.x }}`),
      status: mostly('completed', 'in_progress', 'queued', 'waiting', 'dreaming'),
      conclusion: mostly('success', 'failure', 'neutral', 'skipped', 'cancelled', 'brilliant', null),
      run_attempt: fc.integer({ min: 1, max: 2 }),
    })
    let green = 0
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 5 }), fc.boolean(), async (jobs, known) => {
        github.state.jobs = jobs.map((fields) => ({ ...aJob(), ...fields }) as ReturnType<typeof aJob>)
        const changes = { attempt: 2, ...(known && { expected: { ...expected, legs: legs.slice(0, 1) } }) }
        const { result } = await judge(github, [anImage('backend')], changes)
        if (result.status !== 'passed') return
        green += 1
        const isGood = (name: string) => {
          const [newest, ...others] = jobs
            .filter((each) => each.name === name)
            .toSorted((one, other) => other.run_attempt - one.run_attempt)
          const isUnique = new Set([newest, ...others].map((each) => each?.run_attempt)).size === others.length + 1
          return isUnique && newest?.status === 'completed' && newest.conclusion === 'success'
        }
        const wasSkippedBeforeRows = (name: string) =>
          /^build( \$.*)?$/.test(name) &&
          jobs.some((each) => each.run_attempt === 2 && each.name.startsWith('build ')) &&
          jobs.every((each) => each.name !== name || ['skipped', 'cancelled'].includes(each.conclusion ?? ''))
        const names = new Set(jobs.map((each) => each.name))
        const wanted = names.has('build (backend)') ? 'build (backend)' : 'x / build (backend)'
        const bad = [...(known ? [wanted] : names)].filter((name) => !isGood(name) && !wasSkippedBeforeRows(name))
        expect(bad).toEqual([])
      }),
      { numRuns: 500 },
    )
    expect(green).toBeGreaterThan(0)
  })
})
