import { describe, expect, test } from '@jest/globals'
import { type BuildRunOptions, githubBuildRun } from '../../src/adapters/github.ts'
import {
  aJob,
  anAnnotation,
  aRun,
  type Fault,
  type GitHub,
  type GitHubOptions,
  missingPermission,
  primaryLimit,
  secondaryLimit,
  startGitHub,
} from '../harness/github-api.ts'

const ID = 30433642

/** The adapter over a GitHub of its own; waits pass at once, and are written down. */
async function connect(github: GitHub, changes: Partial<BuildRunOptions> = {}) {
  let now = Date.now()
  const waits: number[] = []
  const controller = new AbortController()
  const clock = {
    now: () => now,
    date: () => new Date(now),
    sleep: async (ms: number) => {
      if (controller.signal.aborted) throw new Error('aborted')
      waits.push(Math.round(ms / 1000))
      now += ms
    },
  }
  const said: string[] = []
  const buildRun = githubBuildRun({
    apiUrl: github.url,
    token: 'ghs_token',
    repository: 'octo-org/octo-repo',
    own: undefined,
    clock,
    log: { info: (text) => said.push(text) },
    signal: controller.signal,
    ...changes,
  })
  return { buildRun, waits, said, cancel: () => controller.abort('cancelled') }
}

const startWith = (options: GitHubOptions) => startGitHub({ runs: [aRun()], ...options })
const askedFor = (github: GitHub, part: string) => github.requests.filter(({ path }) => path.includes(part))

describe('a run', () => {
  test('is what GitHub says of it', async () => {
    const run = aRun({ run_attempt: 2, path: '.github/workflows/build.yml@refs/heads/main' })
    await using github = await startGitHub({ runs: [run], private: true, token: 'ghs_token' })
    const { buildRun } = await connect(github)
    expect(await buildRun.run(ID)).toEqual({
      ok: true,
      seen: {
        id: ID,
        attempt: 2,
        workflowId: '159038',
        path: '.github/workflows/build.yml',
        event: 'push',
        headSha: '009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d',
        headBranch: 'main',
        fromFork: false,
        status: 'completed',
        conclusion: 'success',
        url: `https://github.com/octo-org/octo-repo/actions/runs/${ID}`,
      },
    })
    expect(github.requests[0]?.headers).toMatchObject({
      authorization: 'token ghs_token',
      'user-agent': expect.stringMatching(/^verify-images\//),
    })
  })

  test('can be seen without a token where everybody may see it', async () => {
    await using github = await startWith({})
    const { buildRun } = await connect(github, { token: undefined, apiUrl: `${github.url}/` })
    expect((await buildRun.run(ID)).ok).toBe(true)
    expect(github.requests[0]?.headers).not.toHaveProperty('authorization')
  })
})

describe('jobs', () => {
  test('C115 all 150 are found on two pages, of all attempts', async () => {
    const jobs = Array.from({ length: 150 }, (_, at) => aJob({ name: `build (${at})`, run_attempt: at < 100 ? 1 : 2 }))
    await using github = await startWith({ jobs, runs: [aRun({ run_attempt: 2 })] })
    const { buildRun } = await connect(github)
    const look = await buildRun.jobs(ID)
    expect(look.ok && look.seen.map(({ name }) => name)).toEqual(jobs.map(({ name }) => name))
    expect(askedFor(github, '/jobs').map(({ query }) => query)).toEqual([
      { filter: 'all', per_page: '100', page: '1' },
      { filter: 'all', per_page: '100', page: '2' },
    ])
  })

  test('exactly one page is asked for once', async () => {
    await using github = await startWith({ jobs: Array.from({ length: 100 }, () => aJob()) })
    const { buildRun } = await connect(github)
    expect(await buildRun.jobs(ID)).toMatchObject({ ok: true, seen: { length: 100 } })
    expect(github.requests).toHaveLength(1)
  })

  const drifted = (total: number): Partial<Fault> => ({
    match: '/jobs',
    status: 200,
    body: { total_count: total, jobs: [aJob()] },
  })

  test('C115 a list that does not have what it counts is asked for once more', async () => {
    const jobs = [aJob({ name: 'a' }), aJob({ name: 'b' })]
    await using github = await startWith({ jobs, faults: [drifted(2) as Fault] })
    const { buildRun } = await connect(github)
    expect(await buildRun.jobs(ID)).toMatchObject({ ok: true, seen: [{ name: 'a' }, { name: 'b' }] })
  })

  test('C115 and is an error when it stays so, nothing less', async () => {
    await using github = await startWith({ faults: [{ ...drifted(2), times: 9 } as Fault] })
    const { buildRun } = await connect(github)
    expect(await buildRun.jobs(ID)).toEqual({
      ok: false,
      failure: 'unavailable',
      reason: `GitHub says there are 2 of the jobs of run ${ID} of octo-org/octo-repo, and lists 1`,
      hint: expect.stringContaining('rerun'),
    })
    expect(github.requests).toHaveLength(2)
  })

  test('C118 words that GitHub has learned since are unknown, and so is no word', async () => {
    const odd = [
      { ...aJob(), status: 'dreaming', conclusion: null },
      { ...aJob(), conclusion: 'brilliant' },
      { ...aJob(), conclusion: null },
      {
        ...aJob(),
        status: 'in_progress',
        conclusion: null,
        started_at: 'soon',
        runner_name: '',
        html_url: 'javascript:x',
      },
    ]
    await using github = await startWith({
      faults: [{ match: '/jobs', status: 200, body: { total_count: 4, jobs: odd } }],
    })
    const { buildRun } = await connect(github)
    expect(await buildRun.jobs(ID)).toMatchObject({
      ok: true,
      seen: [
        { status: 'unknown', conclusion: undefined },
        { status: 'completed', conclusion: 'unknown' },
        { status: 'completed', conclusion: 'unknown' },
        { status: 'in_progress', conclusion: undefined, startedAt: undefined, runnerName: undefined, url: '' },
      ],
    })
  })

  test('an id that no number holds stays what it is', async () => {
    const body = JSON.stringify({ total_count: 1, jobs: [{ ...aJob(), id: 0 }] }).replace(
      '"id":0',
      '"id":9007199254740993',
    )
    const headers = { 'content-type': 'application/json' }
    await using github = await startWith({ faults: [{ match: '/jobs', status: 200, headers, body }] })
    const { buildRun } = await connect(github)
    expect(await buildRun.jobs(ID)).toMatchObject({ ok: true, seen: [{ id: '9007199254740993' }] })
  })

  test('what is no list of jobs is malformed', async () => {
    await using github = await startWith({ faults: [{ match: '/jobs', status: 200, body: { jobs: [{}] } }] })
    const { buildRun } = await connect(github)
    expect(await buildRun.jobs(ID)).toMatchObject({ ok: false, failure: 'malformed' })
  })
})

describe('faults', () => {
  const path = `/runs/${ID}`
  const withFaults = (...faults: Fault[]) => startWith({ faults })

  test('C117 two bad gateways are waited out', async () => {
    const html = { status: 502, body: '<html>', headers: { 'content-type': 'text/html' } }
    await using github = await withFaults({ match: path, times: 2, ...html })
    const { buildRun, waits, said } = await connect(github)
    expect(await buildRun.run(ID)).toMatchObject({ ok: true })
    const [first, second, ...more] = waits
    expect([first, more]).toEqual([1, []])
    expect([3, 4, 5]).toContain(second)
    expect(said[0]).toMatch(/^asking GitHub again in \d s for run/)
  })

  test('four failures in a row are the last', async () => {
    await using github = await withFaults({ match: path, times: 9, status: 503 })
    const { buildRun } = await connect(github)
    expect(await buildRun.run(ID)).toMatchObject({ ok: false, failure: 'unavailable' })
    expect(github.requests).toHaveLength(4)
  })

  test('a broken connection and a broken answer are asked for again', async () => {
    const headers = { 'content-type': 'application/json' }
    await using github = await withFaults(
      { match: path, reset: true },
      { match: path, status: 200, body: '{"id": 3', headers },
    )
    const { buildRun } = await connect(github)
    expect(await buildRun.run(ID)).toMatchObject({ ok: true })
    expect(github.requests).toHaveLength(3)
  })

  test('an answer that never comes is a timeout', async () => {
    await using github = await withFaults({ match: path, times: 9, hang: true })
    const { buildRun } = await connect(github, { timeoutMs: 500 })
    expect(await buildRun.run(ID)).toMatchObject({
      ok: false,
      failure: 'timeout',
      reason: expect.stringContaining('nothing within 0.5 s'),
    })
    expect(github.requests).toHaveLength(4)
  })

  test('the end of the run ends a question', async () => {
    await using github = await withFaults({ match: path, hang: true })
    const { buildRun, cancel } = await connect(github)
    setTimeout(cancel, 50)
    expect(await buildRun.run(ID)).toMatchObject({ ok: false, failure: 'cancelled' })
  })

  test('C117 a primary limit that resets in half an hour is an error at once', async () => {
    await using github = await withFaults({ match: path, times: 9, ...primaryLimit(1800) })
    const { buildRun, waits } = await connect(github)
    expect(await buildRun.run(ID)).toMatchObject({
      ok: false,
      failure: 'rate-limited',
      reason: expect.stringMatching(/^no requests to GitHub are left until \d{4}-/),
    })
    expect(waits).toEqual([])
  })

  test('a primary limit that resets within a minute is waited for, once', async () => {
    await using github = await withFaults()
    const { buildRun, waits } = await connect(github)
    github.fail({ match: path, ...primaryLimit(20) })
    expect(await buildRun.run(ID)).toMatchObject({ ok: true })
    expect(waits).toHaveLength(1)
    expect(waits[0]).toBeGreaterThanOrEqual(20)
    github.fail({ match: path, times: 9, ...primaryLimit(20) })
    expect(await buildRun.run(ID)).toMatchObject({ ok: false, failure: 'rate-limited' })
  })

  test('C117 a secondary limit is waited for as long as GitHub says, twice', async () => {
    await using github = await withFaults({ match: path, times: 2, ...secondaryLimit(30) })
    const { buildRun, waits } = await connect(github)
    expect(await buildRun.run(ID)).toMatchObject({ ok: true })
    expect(waits).toHaveLength(2)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(30)
    github.fail({ match: path, times: 3, ...secondaryLimit(30) })
    expect(await buildRun.run(ID)).toMatchObject({ ok: false, failure: 'rate-limited' })
  })

  test('a secondary limit without a time is a minute, and one of an hour is none to wait for', async () => {
    const { headers, ...untimed } = secondaryLimit()
    await using github = await withFaults({ match: path, ...untimed })
    const { buildRun, waits } = await connect(github)
    expect(await buildRun.run(ID)).toMatchObject({ ok: true })
    expect(waits[0]).toBeGreaterThanOrEqual(60)
    github.fail({ match: path, ...secondaryLimit(3600) })
    expect(await buildRun.run(ID)).toMatchObject({ ok: false, failure: 'rate-limited' })
    expect(waits).toHaveLength(1)
  })

  test('bad gateways take nothing from the patience with limits', async () => {
    await using github = await withFaults(
      { match: path, times: 3, status: 502 },
      { match: path, times: 2, ...secondaryLimit(1) },
    )
    const { buildRun } = await connect(github)
    expect(await buildRun.run(ID)).toMatchObject({ ok: true })
  })
})

describe('permissions', () => {
  test('C119 the one that is missing is named', async () => {
    await using github = await startWith({
      jobs: [aJob({ id: 7 })],
      permissions: { actions: false, checks: false, contents: false },
    })
    const { buildRun } = await connect(github)
    const denied = (permission: string) => ({
      ok: false,
      failure: 'denied',
      reason: expect.stringContaining('Resource not accessible by integration'),
      hint: expect.stringContaining(`grant the token ${permission}`),
    })
    expect(await buildRun.run(ID)).toEqual(denied('actions: read'))
    expect(await buildRun.jobs(ID)).toEqual(denied('actions: read'))
    expect(await buildRun.annotations('7')).toEqual(denied('checks: read'))
    expect(await buildRun.file('a.yml', 'main')).toEqual(denied('contents: read'))
    expect(github.requests).toHaveLength(4)
  })

  test('so it is where GitHub does not say which', async () => {
    const { headers, ...answer } = missingPermission('actions')
    await using github = await startWith({ faults: [{ match: '/runs/', ...answer }] })
    const { buildRun } = await connect(github)
    expect(await buildRun.run(ID)).toMatchObject({ failure: 'denied', hint: expect.stringContaining('actions: read') })
  })

  test('what is not there may be hidden', async () => {
    await using github = await startGitHub()
    const { buildRun } = await connect(github)
    expect(await buildRun.run(5)).toMatchObject({
      failure: 'hidden',
      reason: 'GitHub has no run 5 of octo-org/octo-repo, or hides it from this token',
      hint: expect.stringContaining('actions: read'),
    })
  })

  test('a wrong token is called one', async () => {
    await using github = await startWith({ token: 'right' })
    const { buildRun } = await connect(github)
    expect(await buildRun.run(ID)).toMatchObject({
      failure: 'denied',
      hint: expect.stringContaining('the token is wrong'),
    })
  })
})

test('annotations carry what the step said', async () => {
  const annotation = anAnnotation({ title: 'T', message: 'M', start_line: 3 })
  await using github = await startWith({
    jobs: [aJob({ id: 7 })],
    annotations: { 7: [annotation, anAnnotation({ annotation_level: 'strange' })] },
  })
  const { buildRun } = await connect(github)
  expect(await buildRun.annotations('7')).toMatchObject({
    ok: true,
    seen: [{ level: 'warning', title: 'T', message: 'M', path: '.github', line: 3 }, { level: 'unknown' }],
  })
})

describe('earlier runs', () => {
  const on = (day: number) => ({ created_at: `2026-01-${day}T00:00:00Z` })
  const runs = [
    aRun({ id: 1, ...on(21) }),
    aRun({ id: 2, ...on(20), conclusion: 'failure' }),
    aRun({ id: 3, ...on(19), head_branch: 'topic' }),
    aRun({ id: 4, ...on(18) }),
    aRun({ id: 5, ...on(17) }),
    aRun({ id: 6, ...on(16) }),
  ]

  test('are those that succeeded on the default branch', async () => {
    await using github = await startGitHub({
      runs,
      faults: [{ match: /^\/repos\/octo-org\/octo-repo$/, status: 200, body: { default_branch: 'main' } }],
    })
    const { buildRun } = await connect(github)
    const run = await buildRun.run(3)
    const earlier = run.ok && (await buildRun.earlierSuccesses(run.seen, 2))
    expect(earlier).toMatchObject({ ok: true, seen: [{ id: 1 }, { id: 4 }] })
  })

  test('are of no pull request and of no fork', async () => {
    const others = [
      aRun({ id: 7, ...on(23), event: 'pull_request' }),
      aRun({ id: 8, ...on(22), headRepositoryName: 'mallory/octo-repo' }),
    ]
    await using github = await startGitHub({ runs: [...others, ...runs] })
    const { buildRun } = await connect(github)
    const run = await buildRun.run(1)
    const earlier = run.ok && (await buildRun.earlierSuccesses(run.seen, 2))
    expect(earlier).toMatchObject({ ok: true, seen: [{ id: 4 }, { id: 5 }] })
  })

  test('leave out the run itself; where the default branch is not to be had, its own branch is taken', async () => {
    await using github = await startGitHub({ runs })
    const { buildRun } = await connect(github)
    const run = await buildRun.run(1)
    const earlier = run.ok && (await buildRun.earlierSuccesses(run.seen, 2))
    expect(earlier).toMatchObject({ ok: true, seen: [{ id: 4 }, { id: 5 }] })
  })
})

describe('a file', () => {
  test('is read as it was at a commit', async () => {
    const name = '.github/workflows/bü ild#1.yml'
    await using github = await startWith({ files: { [`abc:${name}`]: 'on: push\n', [name]: 'now' } })
    const { buildRun } = await connect(github)
    expect(await buildRun.file(name, 'abc')).toEqual({ ok: true, seen: 'on: push\n' })
  })

  test('is not a folder', async () => {
    await using github = await startWith({ files: { 'a/b': '' } })
    const { buildRun } = await connect(github)
    expect(await buildRun.file('a', 'main')).toMatchObject({ ok: false, failure: 'malformed' })
  })

  test('has an end', async () => {
    await using github = await startWith({ files: { big: 'x'.repeat(1024 * 1024 + 1) } })
    const { buildRun } = await connect(github)
    expect(await buildRun.file('big', 'main')).toMatchObject({ ok: false, failure: 'malformed' })
  })
})
