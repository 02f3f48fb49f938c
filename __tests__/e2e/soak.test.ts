// Generated faults against the built action: SOAK_REAL says how many. Whatever happens, a pass has the evidence of the run
// without a fault, the budget is kept, and nothing stays.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import pLimit from 'p-limit'
import { runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import type { Report } from '../../src/model/result.ts'
import { startBuildRun } from '../harness/build-run.ts'
import { startRegistryProxy } from '../harness/registry-proxy.ts'
import type { RegistryServer } from '../harness/registry-server.ts'
import { type RunOptions, runAction } from '../harness/runner.ts'
import type { RunResult } from '../harness/step.ts'
import { registry, sha, stores } from './stack.ts'

const RUNS = Number(process.env.SOAK_REAL || 10)
const SEED = Number(process.env.SOAK_SEED || 20261121)
const TIMEOUT_S = 25
/** Over the timeout: what a run may take to put things away, and what starting it costs on a busy machine. */
const SLACK_S = 35

jest.setTimeout(RUNS * (TIMEOUT_S + SLACK_S) * 1000)

const { dockerHost = '' } = stores[0] ?? {}
let proxy: RegistryServer
beforeAll(async () => {
  proxy = await startRegistryProxy(registry)
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
})

const fault = fc.oneof(
  fc.constant(''),
  fc
    .tuple(
      fc.constantFrom(
        'status-500',
        'status-503',
        'status-429_retry-1',
        'status-401',
        'status-403',
        'status-404',
        'reset-1',
        'html-1',
        'delay-300',
        'cut-40',
        'cut-2000',
        'stall-40',
        'hang-1',
      ),
      fc.constantFrom('', '_times-1', '_times-2'),
      fc.constantFrom('', '_on-blobs', '_on-tags', '_on-digests'),
      fc.constantFrom('', '_method-get', '_method-head'),
    )
    .map((parts) => parts.join('')),
)
const ending = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  fc.record({ cancelAfterMs: fc.integer({ min: 0, max: 6_000 }) }),
  fc.record({ killAfterMs: fc.integer({ min: 0, max: 6_000 }) }),
)
const image = fc.constantFrom('quick/ktrdr-backend', 'quick/ktrdr-worker-cpu', 'bad/torch-hang')

async function verified(
  name: string,
  options: Partial<RunOptions>,
): Promise<{ run: RunResult; report: Report | undefined }> {
  const workspace = await mkdtemp(join(tmpdir(), 'soak-'))
  await mkdir(join(workspace, '.github'))
  const spec = `version: 1\ntags: [latest]\nimages:\n  app: {image: ${name}, platforms: [linux/amd64, linux/arm64], imports: [ktrdr], timeout: 5s}\n`
  await writeFile(join(workspace, '.github/verify-images.yml'), spec)
  await using github = await startBuildRun({ repository: 'ktrdr/ktrdr', sha, jobs: { 'build (app)': 120 } })
  const run = await runAction({
    action: '.',
    workspace,
    dockerHost,
    apiUrl: github.url,
    ...options,
    inputs: { wait: '2s', timeout: `${TIMEOUT_S}s`, 'github-token': '' },
    github: { sha, repository: 'ktrdr/ktrdr' },
  })
  const text = await readFile(run.outputs.report ?? '', 'utf8').catch(() => undefined)
  await rm(workspace, { recursive: true })
  return { run, report: text === undefined ? undefined : JSON.parse(text) }
}

const digests = (report: Report | undefined) =>
  report?.images.map(({ digest, platforms }) => [digest, platforms.map((each) => each.digest)])

async function leftOf({ state, temp }: RunResult): Promise<readonly string[]> {
  const env = { ...childEnvironment(process.env), DOCKER_HOST: dockerHost }
  const args = ['container', 'ls', '--all', '--quiet', '--filter', `label=${state.label ?? 'verify-images.run=none'}`]
  const { stdout } = await runCommand('docker', args, { timeoutMs: 30_000, env })
  const files = (await readdir(temp)).filter((file) => file.startsWith('verify-images-'))
  return [...Buffer.from(stdout).toString().split('\n').filter(Boolean), ...files]
}

/** Most of a schedule is waiting for what does not come. */
const SIDE_BY_SIDE = 3

it(`is never green with other evidence, never late and leaves nothing, in ${RUNS} runs`, async () => {
  const seen = { passed: 0, failed: 0, errored: 0, ended: 0 }
  const without = new Map<string, Promise<unknown>>()
  const evidence = async (name: string): Promise<unknown> => {
    const { run, report } = await verified(`${registry}/${name}`, {})
    await using _ = run
    return digests(report)
  }
  const schedules = fc.sample(fc.tuple(image, fault, ending), { numRuns: RUNS, seed: SEED })
  const limit = pLimit(SIDE_BY_SIDE)
  const check = async ([name, how, end]: (typeof schedules)[number]): Promise<void> => {
    const began = performance.now()
    const { run, report } = await verified(`${proxy.address}/${how === '' ? '' : `${how}/`}${name}`, end)
    await using _ = run
    const what = JSON.stringify([name, how, end])
    expect([what, (performance.now() - began) / 1000 < TIMEOUT_S + SLACK_S]).toEqual([what, true])
    if (run.outputs.verified === 'true') {
      const known = without.get(name) ?? evidence(name)
      without.set(name, known)
      expect([what, digests(report)]).toEqual([what, await known])
    }
    expect([what, run.outputs.verified === 'true']).toEqual([what, report?.verdict === 'passed'])
    expect([what, await leftOf(run)]).toEqual([what, []])
    seen[report?.verdict ?? 'ended'] += 1
  }
  await Promise.all(schedules.map((each) => limit(() => check(each))))
  process.stdout.write(`soak: ${JSON.stringify(seen)}\n`)
  expect(seen.passed + seen.failed + seen.errored + seen.ended).toBe(RUNS)
  // where nothing passes, nothing was compared
  expect(seen.passed).toBeGreaterThan(0)
})
