// Earlier builds, and what other events than a push mean: the build that is meant, and whose files are read.
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { aJob, aRun, startGitHub } from '../harness/github-api.ts'
import { type RunOptions, runAction } from '../harness/runner.ts'
import { findings, legNames, PATH, spec, verifiedWorkflow } from './build-workflow.ts'
import { codes, errored, registry, results, sha, verifyWorkspace } from './stack.ts'

const MINUTES = 60_000
const REPOSITORY = 'ktrdr/ktrdr'
const NOW = 'beefbeefbeefbeefbeefbeefbeefbeefbeefbeef'
const VERIFY = '.github/workflows/verify-images.yml'
const BUILD_RUN = 7

const dockerfiles = ['backend', 'worker-cpu', 'worker-gpu'].map((name) => `deploy/docker/Dockerfile.${name}`)

/** A GitHub that knows the build of the stack's commit as an earlier run, and the repository's files at every commit. */
async function aGitHub(files: Readonly<Record<string, string>> = {}) {
  const workflow = await verifiedWorkflow()
  const build = aRun({ repositoryName: REPOSITORY, id: BUILD_RUN, path: PATH, head_sha: sha })
  const own = aRun({ repositoryName: REPOSITORY, path: VERIFY, head_sha: NOW, status: 'in_progress' })
  const jobs = Object.values(legNames).map((name) => aJob({ name, run_id: BUILD_RUN, head_sha: sha }))
  return startGitHub({
    repository: REPOSITORY,
    runs: [build, own],
    jobs: [...jobs, aJob({ name: 'verify', run_id: BUILD_RUN, head_sha: sha })],
    files: {
      [PATH]: workflow,
      '.github/verify-images.yml': spec,
      ...Object.fromEntries(dockerfiles.map((path) => [path, 'FROM scratch\n'])),
      ...files,
    },
  })
}

/** Verifies from a workflow that builds nothing, on a later commit whose checkout is what is given. */
async function verifyLater(
  github: Awaited<ReturnType<typeof aGitHub>>,
  checkout: Readonly<Record<string, string>>,
  options: Partial<RunOptions>,
) {
  const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
  for (const [path, text] of Object.entries(checkout)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true })
    await writeFile(join(workspace, path), text)
  }
  return verifyWorkspace(workspace, {
    ...options,
    apiUrl: github.url,
    inputs: { execute: 'none', ...options.inputs },
    github: { sha: NOW, workflow_ref: `${REPOSITORY}/${VERIFY}@refs/heads/main`, ...options.github },
  })
}

const withSpec = { '.github/verify-images.yml': spec }
const repository = { full_name: REPOSITORY, default_branch: 'main' }
const workflowRun = {
  id: BUILD_RUN,
  run_attempt: 1,
  path: PATH,
  event: 'push',
  head_sha: sha,
  head_branch: 'main',
  head_repository: { full_name: REPOSITORY },
}

const builds: readonly (readonly [string, Partial<RunOptions>])[] = [
  ['its commit', { event: { name: 'workflow_dispatch' }, inputs: { sha, workflow: PATH } }],
  ['its run', { event: { name: 'workflow_dispatch' }, inputs: { 'run-id': String(BUILD_RUN) } }],
  ['the event that it ended', { event: { name: 'workflow_run', payload: { repository, workflow_run: workflowRun } } }],
  ['a schedule', { event: { name: 'schedule', payload: { repository } }, inputs: { workflow: PATH } }],
]

describe('an earlier build is verified by its own tags, run and workflow, named by', () => {
  it.each(builds)(
    '%s',
    async (_, options) => {
      await using github = await aGitHub()
      const { run, report } = await verifyLater(github, withSpec, options)
      await using _run = run
      expect([report.problems, codes(report), errored(report)]).toEqual([[], [], []])
      expect(run.outputs.verified).toBe('true')
      expect(report.source).toMatchObject({ sha, runId: BUILD_RUN })
      const ofSet = new Map(report.checks.map(({ check, status }) => [check, status]))
      expect([ofSet.get('run'), ofSet.get('workflow')]).toEqual(['passed', 'passed'])
      expect(Object.keys(report.images[0]?.tags ?? {})).toContain(`sha-${sha.slice(0, 7)}`)
      const asked = github.requests.filter(({ path }) => path.endsWith('/build-images.yml'))
      expect(asked.map(({ query }) => query.ref)).toEqual([sha])
    },
    3 * MINUTES,
  )
})

it(
  'a schedule is red where latest is not the newest good build any more',
  async () => {
    await using github = await aGitHub()
    const text = spec.replaceAll('/quick/ktrdr-backend', '/bad/latest-behind')
    const { run, report } = await verifyLater(
      github,
      { '.github/verify-images.yml': text },
      {
        event: { name: 'schedule', payload: { repository } },
        inputs: { workflow: PATH },
      },
    )
    await using _ = run
    expect(codes(report)).toContain('tags/disagree')
    expect(run.outputs.verified).toBe('false')
  },
  3 * MINUTES,
)

describe('an older commit, by the example’s spec of its own tag', () => {
  const aSpec = async () => {
    const example = await readFile('examples/ktrdr/.github/verify-commit.yml', 'utf8')
    return example.replaceAll('ghcr.io/{owner}/ktrdr', `${registry}/quick/ktrdr`).replaceAll(/^ +size: .*\n/gm, '')
  }
  const verify = async (text: string) => {
    await using github = await aGitHub()
    const inputs = { sha, workflow: PATH, spec: '.github/verify-commit.yml' }
    return await verifyLater(
      github,
      { '.github/verify-commit.yml': text },
      { event: { name: 'workflow_dispatch' }, inputs },
    )
  }

  it(
    'is verified, and what the build pushes beside it is waived',
    async () => {
      const { run, report } = await verify(await aSpec())
      await using _ = run
      expect([report.problems, codes(report), errored(report)]).toEqual([[], [], []])
      expect(run.outputs.verified).toBe('true')
      expect(report.checks.find(({ check }) => check === 'workflow')?.status).toBe('skipped')
    },
    3 * MINUTES,
  )

  it(
    'is not asked where latest is by now',
    async () => {
      const { run, report } = await verify((await aSpec()).replace('/quick/ktrdr-backend', '/bad/latest-behind'))
      await using _ = run
      // Nothing but that this workflow does not build that image.
      expect(new Set(codes(report))).toEqual(new Set(['workflow/image-unexpected', 'workflow/image-not-built']))
    },
    3 * MINUTES,
  )
})

it(
  'a failed leg of the earlier run is red',
  async () => {
    await using github = await aGitHub()
    github.state.jobs = github.state.jobs.map((job) =>
      job.name === legNames.gpu ? { ...job, conclusion: 'cancelled' } : job,
    )
    const { run, report } = await verifyLater(github, withSpec, { inputs: { 'run-id': String(BUILD_RUN) } })
    await using _ = run
    expect(codes(report)).toEqual(['run/job-cancelled'])
  },
  3 * MINUTES,
)

it(
  'a file that GitHub does not hand out is named with the permission it takes',
  async () => {
    await using github = await aGitHub()
    github.state.permissions = { contents: false }
    const { run, report } = await verifyLater(github, withSpec, { inputs: { 'run-id': String(BUILD_RUN) } })
    await using _ = run
    expect(run.outputs).toMatchObject({ verified: 'false', verdict: 'errored' })
    expect(JSON.stringify(report.problems)).toContain('contents: read')
  },
  2 * MINUTES,
)

it.each(builds.filter(([, { event }]) => event?.name !== 'workflow_run'))(
  'the spec of the repository is not passed over where nothing is checked out: %s',
  async (_, options) => {
    await using github = await aGitHub()
    const { run, report } = await verifyLater(github, {}, options)
    await using _run = run
    expect(report.problems).toEqual([
      {
        message: `there is no .github/verify-images.yml in the workspace, and there is one in commit ${NOW.slice(0, 7)}`,
        hint: 'is it checked out?',
      },
    ])
    expect([run.outcome, run.outputs.verified]).toEqual(['failure', 'false'])
  },
  2 * MINUTES,
)

describe('nothing of a fork is trusted', () => {
  const tame = `version: 1\nimages:\n  anything:\n    image: ${registry}/quick/ktrdr-backend\n`

  it(
    'on pull_request_target: the spec of the base counts, not the one that is checked out',
    async () => {
      await using github = await aGitHub()
      const pull_request = { head: { repo: { full_name: 'mallory/ktrdr' } }, base: { repo: repository } }
      const { run, report } = await verifyLater(
        github,
        { '.github/verify-images.yml': tame, [PATH]: 'jobs: {}' },
        {
          event: { name: 'pull_request_target', payload: { repository, pull_request } },
          inputs: { sha, workflow: PATH },
        },
      )
      await using _ = run
      expect(report.images.map(({ id }) => id)).toEqual(['backend', 'worker-cpu', 'worker-gpu'])
      const asked = github.requests.filter(({ path }) => path.includes('/contents/'))
      expect(asked.length).toBeGreaterThan(0)
      expect(new Set(asked.map(({ query }) => query.ref))).toEqual(new Set([NOW]))
      expect(results(report).find(({ check }) => check === 'workflow')?.status).toBe('passed')
      expect(findings(report)).toEqual([])
    },
    3 * MINUTES,
  )

  it(
    'on pull_request_target: nor are deployments read from what is checked out',
    async () => {
      const compose = (image: string) => `services:\n  web:\n    image: ${registry}/quick/ktrdr-${image}:latest\n`
      const file = 'deploy/compose.yml'
      const text = `${spec}deployments:\n  - file: ${file}\n    services: { web: worker-cpu }\n`
      await using github = await aGitHub({ '.github/verify-images.yml': text, [file]: compose('backend') })
      const pull_request = { head: { repo: { full_name: 'mallory/ktrdr' } }, base: { repo: repository } }
      const { run, report } = await verifyLater(
        github,
        { [file]: compose('worker-cpu') },
        {
          event: { name: 'pull_request_target', payload: { repository, pull_request } },
          inputs: { sha, workflow: PATH },
        },
      )
      await using _ = run
      expect(codes(report)).toEqual(['deployment/wrong-image'])
    },
    3 * MINUTES,
  )

  it(
    'on pull_request_target: the canary is the one of the base, and has nothing of what is checked out',
    async () => {
      const sleeping = `[python3, -c, 'import time; time.sleep(900)']`
      const compose = (more: string) =>
        `services:\n  web:\n    image: web\n    entrypoint: ${sleeping}\n${more}    labels: { of: base }\n`
      const file = 'deploy/compose.yml'
      const text = `${spec}canary:\n  file: ${file}\n  services: { web: backend }\n`
      const pull_request = { head: { repo: { full_name: 'mallory/ktrdr' } }, base: { repo: repository } }
      const verifyWith = async (more: string) => {
        await using github = await aGitHub({ '.github/verify-images.yml': text, [file]: compose(more) })
        return await verifyLater(
          github,
          { [file]: 'services: { web: { image: web, privileged: true } }', 'deploy/more.env': 'A=b' },
          {
            event: { name: 'pull_request_target', payload: { repository, pull_request } },
            inputs: { sha, workflow: PATH, execute: 'native' },
          },
        )
      }
      const plain = await verifyWith('')
      await using _plain = plain.run
      expect(results(plain.report).find(({ check }) => check === 'canary')?.status).toBe('passed')
      const needy = await verifyWith('    env_file: more.env\n')
      await using _needy = needy.run
      expect(errored(needy.report)).toEqual([
        expect.stringContaining('canary: deploy/compose.yml takes in other files'),
      ])
      const mounting = await verifyWith('    volumes: ["./more.env:/a"]\n')
      await using _mounting = mounting.run
      expect(errored(mounting.report)).toEqual([expect.stringMatching(/canary: .* only the file itself is at hand/)])
    },
    3 * MINUTES,
  )

  it('C45 a pull request of a fork pushed nothing: green, said so, and not verified', async () => {
    const pull_request = { head: { repo: { full_name: 'mallory/ktrdr' } }, base: { repo: repository } }
    await using run = await runAction({
      action: '.',
      event: { name: 'pull_request', payload: { repository, pull_request } },
      github: { repository: REPOSITORY },
    })
    expect([run.outcome, run.outputs.verified, run.outputs.verdict]).toEqual(['success', 'false', 'skipped'])
    expect(run.annotations).toEqual([expect.objectContaining({ level: 'notice' })])
    expect(run.summary).toContain('Not verified')
  })
})
