// Every example gives the targets that its workflow builds, and its spec says nothing else than its workflow.
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from '@jest/globals'
import { workspaceFiles } from '../../src/adapters/files.ts'
import { run } from '../../src/app.ts'
import { parseOptions, type RawOptions } from '../../src/options.ts'
import { lintWorkflow } from '../../src/workflow/lint.ts'
import { aClock, aLog } from './sightings.ts'
import { namedDockerfiles } from './workflows.ts'

const targets: Readonly<Record<string, readonly string[]>> = {
  ktrdr: [
    'backend/linux/amd64',
    'backend/linux/arm64',
    'worker-cpu/linux/amd64',
    'worker-cpu/linux/arm64',
    'worker-gpu/linux/amd64',
  ],
  shards: ['api', 'worker-cpu']
    .flatMap((id) => [`${id}/linux/amd64`, `${id}/linux/arm64`])
    .concat('worker-gpu/linux/amd64'),
  'single-list': ['api/linux/amd64', 'api/linux/arm64', 'web/linux/amd64', 'web/linux/arm64'],
  'cross-product': ['api-alpine', 'api-debian', 'worker-alpine', 'worker-debian'].map((id) => `${id}/linux/amd64`),
  'dynamic-matrix': ['billing', 'search'].flatMap((id) => [`${id}/linux/amd64`, `${id}/linux/arm64`]),
  'github-enterprise': ['api/linux/amd64', 'web/linux/amd64'],
}

const buildWorkflow = (example: string): string =>
  globSync('.github/workflows/{build,build-images,images}.yml', { cwd: `examples/${example}` }).sort()[0] ?? ''

async function planOf(example: string, raw: RawOptions = {}) {
  const parsed = parseOptions(
    { mode: 'plan', workflow: buildWorkflow(example), ...raw },
    {
      repository: 'Acme/app',
      sha: 'c0ffee254729296a45a3885639ac7e10f9d54979',
      ref: 'refs/heads/main',
      eventName: 'push',
      runId: undefined,
      runAttempt: undefined,
      tempDir: '/tmp',
    },
  )
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  const desk = {
    files: workspaceFiles(resolve(`examples/${example}`)),
    clock: aClock(),
    log: aLog(),
    shardFiles: async () => [],
  }
  const outcome = await run(parsed.options, desk, () => Promise.reject(new Error('nothing is to be opened')))
  if (outcome.kind !== 'plan') throw new Error(JSON.stringify(outcome))
  return outcome
}

function lint({ plan: { workflow, images } }: Awaited<ReturnType<typeof planOf>>) {
  if (!workflow?.ok) throw new Error('no workflow was read')
  const { seen } = workflow
  return lintWorkflow({ ...seen, dockerfiles: namedDockerfiles(seen.derived) }, images)
}

it('there is a plan for every example', () => {
  expect(globSync('examples/*').sort()).toEqual(
    Object.keys(targets)
      .map((name) => `examples/${name}`)
      .sort(),
  )
})

it.each(Object.keys(targets))('%s', async (example) => {
  const outcome = await planOf(example)
  expect(outcome.targets.map(({ key }) => key)).toEqual(targets[example])
  expect(lint(outcome)).toEqual([])
})

it('ktrdr, an older commit: what its tag leads to, whatever latest is by now', async () => {
  const outcome = await planOf('ktrdr', { spec: '.github/verify-commit.yml' })
  expect(outcome.targets.map(({ key }) => key)).toEqual(targets.ktrdr)
  expect(new Set(outcome.plan.images.flatMap(({ tags }) => tags))).toEqual(new Set(['sha-c0ffee2']))
  const waived = outcome.plan.waivers?.map(({ finding }) => finding)
  expect([...new Set(lint(outcome).map(({ code }) => code))]).toEqual(waived)
})
