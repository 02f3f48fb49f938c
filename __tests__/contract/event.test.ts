import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readEventFile } from '../../src/adapters/event.ts'

const HEAD = 'deadbeefdeadbeefdeadbeefdeadbeefdeadbeef'
const nothing = { defaultBranch: undefined, pullRequest: undefined, workflowRun: undefined, inputs: undefined }

async function read(payload: unknown) {
  const file = join(await mkdtemp(join(tmpdir(), 'event-')), 'event.json')
  await writeFile(file, typeof payload === 'string' ? payload : JSON.stringify(payload))
  return readEventFile(file)
}

const repository = { full_name: 'acme/app', default_branch: 'trunk' }
const workflowRun = {
  id: 7,
  run_attempt: 2,
  path: '.github/workflows/build.yml@refs/heads/trunk',
  event: 'push',
  head_sha: HEAD,
  head_branch: 'trunk',
  head_repository: { full_name: 'Acme/app' },
}

it('tells the default branch', async () => {
  expect(await read({ repository })).toEqual({ ...nothing, defaultBranch: 'trunk' })
})

it.each([
  [
    { channel: 'beta', push: true, count: 3 },
    { channel: 'beta', push: true, count: 3 },
  ],
  [null, undefined],
  [{ channel: { nested: 'x' } }, undefined],
])('tells what was chosen: %j', async (inputs, seen) => {
  expect(await read({ repository, inputs })).toEqual({ ...nothing, defaultBranch: 'trunk', inputs: seen })
})

it('tells which run ended', async () => {
  expect(await read({ repository, workflow_run: workflowRun })).toMatchObject({
    workflowRun: {
      id: 7,
      attempt: 2,
      path: '.github/workflows/build.yml',
      event: 'push',
      headSha: HEAD,
      headBranch: 'trunk',
      fromFork: false,
    },
  })
  const fork = { ...workflowRun, head_repository: { full_name: 'mallory/app' } }
  expect(await read({ repository, workflow_run: fork })).toMatchObject({ workflowRun: { fromFork: true } })
  const gone = { ...workflowRun, head_repository: null }
  expect(await read({ repository, workflow_run: gone })).toMatchObject({ workflowRun: { fromFork: true } })
})

it.each<[string, { full_name: string } | null, boolean]>([
  ['the same repository', { full_name: 'acme/app' }, false],
  ['a fork', { full_name: 'mallory/app' }, true],
  ['a fork that was deleted', null, true],
])('tells a pull request of %s', async (_, repo, fromFork) => {
  const pull_request = { head: { repo }, base: { repo: repository } }
  expect(await read({ repository, pull_request })).toMatchObject({ pullRequest: { fromFork } })
})

it.each([
  ['no JSON', '{'],
  ['a list', []],
  ['null', null],
  ['fields of other types', { repository: 7, pull_request: 'x', workflow_run: [1] }],
  ['a commit that is none', { workflow_run: { ...workflowRun, head_sha: 'main; rm -rf /' } }],
])('knows nothing of %s', async (_, payload) => {
  expect(await read(payload)).toEqual(nothing)
})

it('knows nothing where there is no file', () => {
  expect([readEventFile(undefined), readEventFile('/nowhere'), readEventFile('/')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

it('takes any JSON', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), async (text) => {
      expect(await read(text)).toEqual(nothing)
    }),
    { numRuns: 50 },
  )
})
