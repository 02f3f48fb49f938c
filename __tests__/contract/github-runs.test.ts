import { describe, expect, it } from '@jest/globals'
import { systemClock } from '../../src/adapters/clock.ts'
import { githubBuildRun } from '../../src/adapters/github.ts'
import type { RunFilter } from '../../src/ports.ts'
import { aRun, type GitHub, startGitHub } from '../harness/github-api.ts'

const quiet = () => {}
const log = { info: quiet, warn: quiet, debug: quiet, foreign: quiet, step: () => ({ update: quiet, done: quiet }) }
const connect = ({ url }: GitHub) =>
  githubBuildRun({
    apiUrl: url,
    token: 'ghs_token',
    repository: 'octo-org/octo-repo',
    own: undefined,
    clock: systemClock(AbortSignal.timeout(60_000)),
    log,
    signal: AbortSignal.timeout(60_000),
  })

const PATH = '.github/workflows/build.yml'

it('finds the newest run of a workflow by branch, commit and success', async () => {
  const [one, other] = ['1'.repeat(40), '2'.repeat(40)]
  const runs = [
    aRun({ id: 1, head_sha: one, created_at: '2026-01-01T00:00:00Z' }),
    aRun({ id: 2, head_sha: other, created_at: '2026-01-02T00:00:00Z', head_branch: 'feature' }),
    aRun({ id: 3, head_sha: one, created_at: '2026-01-03T00:00:00Z', conclusion: 'failure' }),
    aRun({ id: 4, head_sha: one, created_at: '2026-01-04T00:00:00Z', path: '.github/workflows/other.yml' }),
  ]
  await using github = await startGitHub({ runs })
  const buildRun = connect(github)
  const newest = async (filter: RunFilter) => {
    const look = await buildRun.newestRun(PATH, filter)
    return look.ok ? look.seen?.id : look
  }
  expect(await newest({ headSha: one })).toBe(3)
  expect(await newest({ headSha: one, status: 'success' })).toBe(1)
  expect(await newest({ branch: 'main', status: 'success' })).toBe(1)
  expect(await newest({ branch: 'feature' })).toBe(2)
  expect(await newest({})).toBe(3)
  expect(await newest({ headSha: '3'.repeat(40) })).toBeUndefined()
  expect(await buildRun.newestRun('.github/workflows/none.yml', {})).toMatchObject({ ok: false, failure: 'hidden' })
  github.state.permissions = { actions: false }
  expect(await buildRun.newestRun(PATH, {})).toMatchObject({
    ok: false,
    hint: expect.stringContaining('actions: read'),
  })
})

describe('the newest run', () => {
  const sha = '1'.repeat(40)
  const good = aRun({ id: 1, head_sha: sha, created_at: '2026-01-01T00:00:00Z' })
  const later = (id: number, changes: Parameters<typeof aRun>[0]) =>
    aRun({ id, head_sha: sha, created_at: `2026-01-${String(id).padStart(2, '0')}T00:00:00Z`, ...changes })
  const gone = { ...later(4, {}), head_repository: null } as unknown as ReturnType<typeof aRun>
  const requests = [
    later(2, { event: 'pull_request' }),
    later(3, { event: 'push', headRepositoryName: 'mallory/octo-repo' }),
    gone,
    later(5, { event: 'pull_request_target', headRepositoryName: 'mallory/octo-repo' }),
  ]
  const filters: readonly RunFilter[] = [{ headSha: sha }, { branch: 'main', status: 'success' }]

  it.each(filters)('is of no pull request and of no fork: %j', async (filter) => {
    await using github = await startGitHub({ runs: [good, ...requests] })
    expect(await connect(github).newestRun(PATH, filter)).toMatchObject({ ok: true, seen: { id: 1 } })
    github.state.runs = requests
    expect(await connect(github).newestRun(PATH, filter)).toEqual({ ok: true, seen: undefined })
  })

  it('is found behind many of pull requests', async () => {
    const many = Array.from({ length: 25 }, (_, index) => later(index + 2, { event: 'pull_request' }))
    await using github = await startGitHub({ runs: [...many, good] })
    expect(await connect(github).newestRun(PATH, { headSha: sha })).toMatchObject({ ok: true, seen: { id: 1 } })
    expect(github.requests.map(({ query }) => [query.page, query.per_page])).toEqual([
      ['1', '10'],
      ['2', '10'],
      ['3', '10'],
    ])
  })

  it('may be named whatever it is of', async () => {
    await using github = await startGitHub({ runs: requests })
    const look = await connect(github).run(5)
    expect(look).toMatchObject({ ok: true, seen: { event: 'pull_request_target', fromFork: true } })
  })
})

it('tells a file that is not there from one that is hidden', async () => {
  await using github = await startGitHub({ files: { [PATH]: 'on: push\n' } })
  const buildRun = connect(github)
  expect(await buildRun.file(PATH, 'abc')).toEqual({ ok: true, seen: 'on: push\n' })
  expect(await buildRun.file('spec.yml', 'abc')).toMatchObject({ ok: false, failure: 'not-found' })
  github.state.permissions = { contents: false }
  expect(await buildRun.file('spec.yml', 'abc')).toMatchObject({
    ok: false,
    failure: 'denied',
    hint: expect.stringContaining('contents: read'),
  })
})
