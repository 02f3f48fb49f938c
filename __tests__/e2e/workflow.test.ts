// The build workflow as the source of what should exist, and its run as the first thing verified.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { node24 } from '../harness/environment.ts'
import { aJob, anAnnotation, missingPermission } from '../harness/github-api.ts'
import {
  buildWorkflow,
  findings,
  type JobChanges,
  legNames,
  PATH,
  spec,
  theJobs,
  verifiedWorkflow,
  verifyRepository,
} from './build-workflow.ts'
import { codes, errored, registry, results, sha } from './stack.ts'

const MINUTES = 60_000

it(
  'is green, without a warning, where workflow, run and registry agree with the spec',
  async () => {
    const { run, report } = await verifyRepository({ options: { inputs: { execute: 'native' } } })
    await using _ = run
    expect([report.problems, codes(report), errored(report)]).toEqual([[], [], []])
    expect(run.outputs).toMatchObject({ verified: 'true', warned: '0' })
    expect(run.annotations).toEqual([])
    const byId = new Map(report.checks.map((result) => [result.check, result.status]))
    expect([byId.get('run'), byId.get('workflow')]).toEqual(['passed', 'passed'])
    expect(report.legs?.jobs.map(({ job, images }) => [job, images])).toEqual([
      [legNames.backend, ['backend']],
      [legNames.cpu, ['worker-cpu']],
      [legNames.gpu, ['worker-gpu']],
    ])
    expect(run.summary).toContain('gantt')
  },
  5 * MINUTES,
)

it(
  'warns of the two legs over budget of 4.5, 21 and 36 minutes, and stays green',
  async () => {
    const jobs = theJobs({ backend: { seconds: 270 }, cpu: { seconds: 21 * 60 }, gpu: { seconds: 36 * 60 } })
    const { run, report } = await verifyRepository({ jobs })
    await using _ = run
    expect(findings(report).map(({ code, message, severity }) => [code, severity, message])).toEqual([
      ['run/over-budget', 'warning', expect.stringMatching(/^worker-cpu: .* took 21m/)],
      ['run/over-budget', 'warning', expect.stringMatching(/^worker-gpu: .* took 36m/)],
    ])
    expect(run.outputs.verified).toBe('true')
    expect(run.annotations.map(({ level }) => level)).toEqual(['warning', 'warning'])
  },
  3 * MINUTES,
)

describe('a leg that did not plainly succeed is red by its own code', () => {
  const cases: readonly (readonly [string, JobChanges | undefined, string])[] = [
    ['unfinished', { status: 'queued', conclusion: null }, 'run/job-unfinished'],
    ['missing', undefined, 'run/job-missing'],
    ['skipped', { conclusion: 'skipped' }, 'run/job-skipped'],
    ['cancelled', { conclusion: 'cancelled' }, 'run/job-cancelled'],
    ['failed', { conclusion: 'failure' }, 'run/job-failed'],
    ['out of time', { conclusion: 'timed_out' }, 'run/job-failed'],
    ['neutral', { conclusion: 'neutral' }, 'run/job-failed'],
  ]
  it.concurrent.each(cases)(
    '%s',
    async (_, change, code) => {
      const { run, report } = await verifyRepository({ jobs: theJobs({ gpu: change }) })
      await using _run = run
      expect(codes(report)).toEqual([code])
      expect(findings(report)[0]).toMatchObject({ at: { file: PATH, line: 28 } })
      expect([run.outcome, run.outputs.verified, run.outputs.verdict]).toEqual(['failure', 'false', 'failed'])
    },
    3 * MINUTES,
  )

  it.concurrent(
    'ambiguous: two jobs of one name',
    async () => {
      const jobs = [...theJobs(), aJob({ name: legNames.gpu, head_sha: sha })]
      const { run, report } = await verifyRepository({ jobs })
      await using _ = run
      expect(codes(report)).toEqual(['run/job-ambiguous'])
      expect(run.outputs.verified).toBe('false')
    },
    3 * MINUTES,
  )

  it.concurrent(
    'skipped whole, though another matrix of the same rows succeeded',
    async () => {
      const [verify] = theJobs({ backend: undefined, cpu: undefined, gpu: undefined })
      const tests = theJobs().map((job) => ({ ...job, name: job.name.replace('build', 'test') }))
      const skipped = aJob({ name: 'build', head_sha: sha, conclusion: 'skipped', runner_name: null })
      const jobs = [...tests.filter(({ name }) => name !== 'verify'), skipped, ...(verify ? [verify] : [])]
      const { run, report } = await verifyRepository({ jobs })
      await using _ = run
      expect([codes(report), errored(report)]).toEqual([['run/job-skipped'], []])
      expect(run.outputs.verified).toBe('false')
    },
    3 * MINUTES,
  )

  it.concurrent.each<[string, JobChanges]>([
    ['that nobody knows', { conclusion: 'splendid' } as unknown as JobChanges],
    ['that is not there', { status: 'completed', conclusion: null }],
  ])(
    'with a conclusion %s',
    async (_, gpu) => {
      const { run, report } = await verifyRepository({ jobs: theJobs({ gpu }) })
      await using _run = run
      expect(errored(report)).toEqual([expect.stringContaining('GitHub does not say how job')])
      expect([run.outputs.verified, run.outputs.verdict]).toEqual(['false', 'errored'])
    },
    3 * MINUTES,
  )

  it.concurrent(
    'the newest attempt counts: what failed at first and was rerun is green',
    async () => {
      const first = aJob({ name: legNames.gpu, head_sha: sha, conclusion: 'failure', run_attempt: 1 })
      const jobs = theJobs({ gpu: { run_attempt: 2 } }).map((job) =>
        job.name === 'verify' ? { ...job, run_attempt: 2 } : job,
      )
      const { run, report } = await verifyRepository({
        jobs: [first, ...jobs],
        github: ({ state }) => {
          state.runs = state.runs.map((each) => ({ ...each, run_attempt: 2 }))
        },
        options: { github: { run_attempt: '2' } },
      })
      await using _ = run
      expect([codes(report), errored(report), run.outputs.verified]).toEqual([[], [], 'true'])
    },
    3 * MINUTES,
  )
})

describe('GitHub’s API', () => {
  it(
    'without actions: read is errored, and names it',
    async () => {
      const refused = missingPermission('actions')
      const { run, report } = await verifyRepository({ faults: [{ match: '/actions/', times: 99, ...refused }] })
      await using _ = run
      const check = results(report).find(({ check }) => check === 'run')
      expect(check).toMatchObject({ status: 'errored', hint: expect.stringContaining('actions: read') })
      expect([run.outputs.verified, run.outputs.verdict]).toEqual(['false', 'errored'])
      expect(run.summary).toContain('actions: read')
    },
    3 * MINUTES,
  )

  it(
    'that answers 502 twice is asked again',
    async () => {
      const { run, report } = await verifyRepository({ faults: [{ match: '/jobs', status: 502, times: 2 }] })
      await using _ = run
      expect([codes(report), errored(report), run.outputs.verified]).toEqual([[], [], 'true'])
    },
    3 * MINUTES,
  )
})

it(
  'names the checks of ktrdr’s present workflow that cannot fail, by line',
  async () => {
    const { run, report } = await verifyRepository({
      workflow: await buildWorkflow('ktrdr-present'),
      jobs: theJobs({ backend: { seconds: 270 }, cpu: { seconds: 21 * 60 }, gpu: { seconds: 36 * 60 } }).map((job) =>
        job.name === 'verify' ? { ...job, name: 'merge' } : job,
      ),
      options: { github: { job: 'merge' } },
    })
    await using _ = run
    const fakes = findings(report).filter(({ code }) => code === 'workflow/fake-check')
    expect(fakes.map(({ at }) => [at?.file, at?.line])).toEqual([93, 94, 95].map((line) => [PATH, line]))
    expect(findings(report).filter(({ code }) => code === 'run/over-budget')).toHaveLength(2)
    expect(run.annotations).toContainEqual(expect.objectContaining({ file: PATH, line: 93 }))
  },
  3 * MINUTES,
)

describe('a difference between workflow and spec has its code', () => {
  const withoutGpu = spec.slice(0, spec.indexOf('  worker-gpu:'))
  const more = `  canary:\n    image: ${registry}/bad/user\n    platforms: [linux/amd64, linux/arm64]\n`
  const both = 'platforms: [linux/amd64, linux/arm64]'
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['an image that the spec does not know', withoutGpu, ['workflow/image-unexpected']],
    ['an image that nobody builds', `${spec}${more}`, ['workflow/image-not-built']],
    ['other platforms', spec.replace(both, 'platforms: [linux/amd64]'), ['workflow/platform-drift']],
    ['other tags', spec.replace("[latest, 'sha-{sha7}']", '[latest]'), ['workflow/tags-drift']],
  ]
  it.each(cases)(
    '%s',
    async (_, text, expected) => {
      const { run, report } = await verifyRepository({ spec: text })
      await using _run = run
      expect(codes(report).filter((code) => code.startsWith('workflow/'))).toEqual(expected)
      expect(run.outputs.verified).toBe('false')
      expect(findings(report).every(({ code, at }) => !code.startsWith('workflow/') || at !== undefined)).toBe(true)
    },
    3 * MINUTES,
  )

  it(
    'a Dockerfile that is not there',
    async () => {
      const { run, report } = await verifyRepository({ dockerfiles: ['backend', 'worker-cpu'] })
      await using _ = run
      expect(codes(report)).toEqual(['workflow/dockerfile-missing'])
      expect(findings(report)[0]).toMatchObject({ message: expect.stringContaining('Dockerfile.worker-gpu') })
      expect(run.outputs.verified).toBe('false')
    },
    3 * MINUTES,
  )
})

it(
  'goes red for a build whose failure leaves its job a success',
  async () => {
    const build = '        uses: docker/build-push-action@v5\n'
    const workflow = (await verifiedWorkflow()).replace(build, `${build}        continue-on-error: true\n`)
    const { run, report } = await verifyRepository({ workflow })
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([['workflow/failure-ignored'], []])
    expect(findings(report)[0]?.at).toMatchObject({ file: PATH, line: 65 })
    expect(run.outputs.verified).toBe('false')
  },
  3 * MINUTES,
)

it(
  'warns of a cache that builds share, a build that nobody can start, and a right that nobody needs',
  async () => {
    const workflow = (await verifiedWorkflow()).replace('  workflow_dispatch:\n', '').replaceAll(/,scope=.*$/gm, '')
    const idle = '  notify: {runs-on: ubuntu-latest, permissions: {packages: write}, steps: [{run: date}]}\n'
    const { run, report } = await verifyRepository({
      workflow: `${workflow}${idle}`,
      jobs: [...theJobs(), aJob({ name: 'notify' })],
    })
    await using _ = run
    const expected = ['workflow/cache-scope-shared', 'workflow/permission-missing', 'workflow/trigger-missing']
    expect([codes(report).toSorted(), errored(report)]).toEqual([expected, []])
    expect(findings(report).every(({ severity, at }) => severity === 'warning' && at?.file === PATH)).toBe(true)
    expect(run.outputs.verified).toBe('true')
  },
  3 * MINUTES,
)

it(
  'goes red for a workflow that GitHub would not start',
  async () => {
    const workflow = (await verifiedWorkflow()).replace('    needs: build\n', '    needs: [biuld\n')
    const { run, report } = await verifyRepository({ workflow })
    await using _ = run
    expect(codes(report)).toContain('workflow/invalid')
    expect(run.outputs.verified).toBe('false')
  },
  3 * MINUTES,
)

it(
  'warns of what steps of the build left on the run',
  async () => {
    const { run, report } = await verifyRepository({
      github: ({ state }) => {
        state.annotations = { [state.jobs[0]?.id ?? 0]: [anAnnotation({ message: 'the cache could not be saved' })] }
      },
    })
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([['run/annotation'], []])
    expect(findings(report)[0]?.actual).toContain('the cache could not be saved')
    expect(run.outputs.verified).toBe('true')
  },
  3 * MINUTES,
)

describe('without a spec', () => {
  it(
    'what the workflow builds is verified and started, and a spec with its sizes is offered',
    async () => {
      const { run, report } = await verifyRepository({ spec: undefined, options: { inputs: { execute: 'native' } } })
      await using _ = run
      expect([report.problems, errored(report)]).toEqual([[], []])
      expect(codes(report).filter((code) => code !== 'start/exited')).toEqual([])
      expect(run.outputs.verified).toBe('true')
      expect(report.images.map(({ id, platforms }) => [id, platforms.map(({ platform }) => platform)])).toEqual([
        ['backend', ['linux/amd64', 'linux/arm64']],
        ['worker-cpu', ['linux/amd64', 'linux/arm64']],
        ['worker-gpu', ['linux/amd64']],
      ])
      const started = results(report).filter(({ check, status }) => check === 'start' && status !== 'skipped')
      expect(started.map(({ target }) => target).sort()).toEqual(
        ['backend', 'worker-cpu', 'worker-gpu'].map((id) => `${id}/linux/amd64`),
      )
      expect(run.summary).toContain('.github/verify-images.yml')
      expect(run.summary.match(/size: '?~[\d.]+ ?[kMG]B/g)).toHaveLength(3)
    },
    5 * MINUTES,
  )

  it(
    'a matrix that only the run knows is not green: what is known is printed as a spec to complete',
    async () => {
      const workflow = await buildWorkflow('dynamic-needs')
      const { run, report } = await verifyRepository({ workflow, spec: undefined })
      await using _ = run
      expect([run.outcome, run.outputs.verified, run.outputs.verdict]).toEqual(['failure', 'false', 'errored'])
      expect(report.problems[0]?.message).toContain('needs.plan.outputs.images')
      expect(report.starter).toContain('version: 1')
      expect(run.summary).toContain('version: 1')
    },
    2 * MINUTES,
  )
})

it('lists three images and five targets from the file alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plan-'))
  await mkdir(dirname(join(folder, PATH)), { recursive: true })
  const [build] = (await verifiedWorkflow()).replaceAll(registry, 'ghcr.io').split(/^ {2}verify:/m)
  await writeFile(join(folder, PATH), build ?? '')
  const flags = ['plan', '--workflow', PATH, '--sha', sha]
  const { stdout } = await promisify(execFile)(await node24(), [resolve('dist/cli.js'), ...flags], {
    cwd: folder,
    env: { PATH: process.env.PATH, GITHUB_REPOSITORY: 'kpiteira/ktrdr' },
  })
  for (const id of ['backend', 'worker-cpu', 'worker-gpu']) {
    expect(stdout).toContain(`ghcr.io/quick/ktrdr-${id}`)
  }
  expect(stdout.match(/linux\/(amd64|arm64)/g)).toHaveLength(5)
  expect(stdout).toContain(`sha-${sha.slice(0, 7)}`)
  expect(stdout).toContain('latest')
})
