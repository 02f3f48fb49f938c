// The example's system on the real engines: a backend that hands backtests to workers, which need the real torch.
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import type { Report } from '../../src/model/result.ts'
import { startBuildRun } from '../harness/build-run.ts'
import { type RunOptions, runAction } from '../harness/runner.ts'
import type { RunResult } from '../harness/step.ts'
import { specOf, workspaceWith } from './canary-workspace.ts'
import { type EngineEvent, listenTo } from './engine-events.ts'
import { codes, errored, registry, results, sha, stores, verifyWorkspace } from './stack.ts'

const EXAMPLE = 'examples/ktrdr'
const FILE = 'deploy/environments/canary/docker-compose.yml'
const { dockerHost = '' } = stores[0] ?? {}

const images = `version: 1
platforms: [linux/amd64, linux/arm64]
images:
  backend: { image: '${registry}/ktrdr/ktrdr-backend' }
  worker-cpu: { image: '${registry}/ktrdr/ktrdr-worker-cpu' }
`
const [, canary = ''] = (await readFile(join(EXAMPLE, '.github/verify-images.yml'), 'utf8')).split(/^(?=canary:)/m)
const compose = (await readFile(join(EXAMPLE, FILE), 'utf8')).replaceAll('ghcr.io/acme', `${registry}/ktrdr`)

/** The example in a workspace, each text with a change. */
async function exampleWith(change: (text: string) => string): Promise<string> {
  const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
  const files = { '.github/verify-images.yml': `${images}${change(canary)}`, [FILE]: change(compose) }
  expect(Object.values(files)).not.toEqual([`${images}${canary}`, compose])
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true })
    await writeFile(join(workspace, path), text)
  }
  return workspace
}

async function docker(host: string, ...args: string[]): Promise<readonly string[]> {
  const env = { ...childEnvironment(process.env), DOCKER_HOST: host }
  const { exitCode, stdout, stderr } = await runCommand('docker', args, { timeoutMs: 60_000, env })
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`)
  return Buffer.from(stdout).toString().split('\n').filter(Boolean)
}

/** The containers that compose made for a run. */
function containersOf({ state }: Pick<RunResult, 'state'>, events: readonly EngineEvent[]): readonly string[] {
  const [key = '', value] = state.label?.split('=') ?? []
  const isOurs = ({ Attributes }: EngineEvent['Actor']) =>
    Attributes[key] === value && Attributes['com.docker.compose.service'] !== undefined
  return events.flatMap(({ Type, Action, Actor }) =>
    Type === 'container' && Action === 'create' && isOurs(Actor) ? [Actor.ID] : [],
  )
}

/** Every volume that a container of these had, also those without a name. */
const volumesOf = (containers: readonly string[], events: readonly EngineEvent[]): readonly string[] =>
  events.flatMap(({ Type, Action, Actor }) =>
    Type === 'volume' && Action === 'mount' && containers.includes(Actor.Attributes.container ?? '') ? [Actor.ID] : [],
  )

/** That no container, network or volume of a run is left. */
async function expectGone({ state }: Pick<RunResult, 'state'>, host = dockerHost): Promise<void> {
  const filter = ['--quiet', '--filter', `label=${state.label}`]
  expect(state.label).toMatch(/^verify-images\.run=/)
  expect(await docker(host, 'container', 'ls', '--all', ...filter)).toEqual([])
  expect(await docker(host, 'network', 'ls', ...filter)).toEqual([])
  expect(await docker(host, 'volume', 'ls', ...filter)).toEqual([])
}

const messages = (report: Report): readonly string[] =>
  results(report).flatMap(({ findings }) => findings.map(({ message }) => message))

describe.each(stores)('on the $store store', ({ dockerHost: host }) => {
  it('a backtest completes, and everything is gone afterwards', async () => {
    await using engine = await listenTo(host)
    const withVolumes = compose
      .replace(/ports: .*18000.*/, 'volumes: [data:/data, /scratch]')
      .concat('volumes: { data: {} }\n')
    const workspace = await exampleWith((text) => (text === compose ? withVolumes : text))
    const { run, report } = await verifyWorkspace(workspace, { dockerHost: host })
    await using _ = run
    expect([messages(report), errored(report)]).toEqual([[], []])
    expect(results(report).find(({ check }) => check === 'canary')).toMatchObject({ status: 'passed' })
    expect(run.outputs).toMatchObject({ verified: 'true', verdict: 'passed' })
    expect(run.problems).toEqual([])
    await expectGone(run, host)
    const events = await engine.soFar()
    const containers = containersOf(run, events)
    expect(containers).toHaveLength(3)
    const volumes = volumesOf(containers, events)
    expect(volumes).toHaveLength(2)
    const left = await docker(host, 'volume', 'ls', '--quiet')
    expect(volumes.filter((volume) => left.includes(volume))).toEqual([])
  })

  it('goes red where a worker runs the image of the backend: it starts, is healthy, registers, and has no torch', async () => {
    const workspace = await exampleWith((text) =>
      text.replace('backtest-worker: worker-cpu', 'backtest-worker: backend'),
    )
    const { run, report } = await verifyWorkspace(workspace, { dockerHost: host })
    await using _ = run
    expect([codes(report).toSorted(), errored(report)]).toEqual([['canary/log', 'canary/step'], []])
    expect(messages(report)).toEqual([
      expect.stringContaining('the worker completes it, with torch'),
      expect.stringContaining('backtest-worker prints what must not be in its log'),
      expect.stringContaining('backtest-worker prints what must not be in its log'),
    ])
    expect(run.log).toContain("ModuleNotFoundError: No module named 'torch'")
    expect(run.outcome).toBe('failure')
    for (const code of ['canary/log', 'canary/step']) expect(run.summary).toContain(code)
    expect(run.problems).toEqual([])
    await expectGone(run, host)
  })
})

it.concurrent.each<[string, readonly string[], string, string?]>([
  ['shapes/healthcheck', [], ''],
  ['bad/unhealthy', ['canary/unhealthy'], 'no database'],
  ['bad/health-hangs', ['canary/timeout'], 'app is starting', '20s'],
  ['bad/swallow', ['canary/exited'], 'exit code 0'],
  ['bad/no-python', ['canary/exited'], 'exit code 0'],
])('by the health check of its image, %s is judged %j', async (image, expected, said, timeout = '90s') => {
  const spec = specOf(`  timeout: ${timeout}\n`, { image, services: '{ app: app }' })
  const workspace = await workspaceWith(spec, 'services: { app: { image: app, restart: always } }\n')
  const { run, report } = await verifyWorkspace(workspace)
  await using _ = run
  expect([codes(report), errored(report)]).toEqual([expected, []])
  expect(JSON.stringify(results(report))).toContain(said)
  expect(run.outputs.verified).toBe(`${expected.length === 0}`)
  await expectGone(run)
})

it('C113 refuses a compose file by all that it asks for, before anything is made', async () => {
  const asks = [
    ['privileged: true', 'privileged'],
    ['volumes: [/var/run/docker.sock:/var/run/docker.sock]', 'docker.sock'],
    ['network_mode: host', 'network_mode'],
    ['devices: [/dev/kvm]', 'devices'],
    ['cap_add: [SYS_ADMIN]', 'SYS_ADMIN'],
    ['security_opt: [seccomp:unconfined]', 'security_opt'],
  ] as const
  await using engine = await listenTo(dockerHost)
  const services = asks.map(([line], at) => `  asks-${at}: { image: '${registry}/bad/no-python', ${line} }`)
  const { run, report } = await verifyWorkspace(
    await exampleWith((text) => (text === compose ? `${text}${services.join('\n')}\n` : text)),
  )
  await using _ = run
  expect([codes(report), errored(report)]).toEqual([['canary/policy'], []])
  expect(messages(report)).toEqual(asks.map(([, word], at) => expect.stringMatching(`${word}.* for asks-${at}$`)))
  expect(run.outcome).toBe('failure')
  expect(run.problems).toEqual([])
  expect(containersOf(run, await engine.soFar())).toEqual([])
})

describe('in the middle of a backtest', () => {
  /** Long after all of it is up. */
  const BY_THEN_MS = 15_000
  type OnLine = NonNullable<RunOptions['onLine']>

  /** Ends a run while the worker learns, which it does for hours. */
  async function endIn(end: 'cancel' | 'kill'): Promise<RunResult> {
    const workspace = await exampleWith((text) => text.replace('symbol: AAPL', 'symbol: AAPL, epochs: 1000000000'))
    await using github = await startBuildRun({ repository: 'ktrdr/ktrdr', sha, jobs: { 'build (app)': 120 } })
    let seen = false
    const onLine: OnLine = (line, phase) => {
      if (seen || phase.name !== 'main' || !line.startsWith('canary ')) return
      seen = true
      setTimeout(() => phase[end](), BY_THEN_MS)
    }
    const run = { action: '.', apiUrl: github.url, workspace, dockerHost, onLine, inputs: { wait: '0s' } }
    return await runAction({ ...run, github: { sha, repository: 'ktrdr/ktrdr' } })
  }

  it('C121 a run is cancelled, and leaves nothing', async () => {
    await using ended = await endIn('cancel')
    expect(ended.outcome).toBe('cancelled')
    expect(ended.phases.find(({ name }) => name === 'main')).toMatchObject({ signal: null, exitCode: 3 })
    expect(ended.outputs).toMatchObject({ verified: 'false', verdict: 'errored' })
    await expectGone(ended)
  })

  it('C122 a run is killed, and the post step leaves nothing', async () => {
    await using ended = await endIn('kill')
    expect(ended.phases.find(({ name }) => name === 'main')?.signal).toBe('SIGKILL')
    expect(ended.outputs.verified).toBe('false')
    expect(ended.log).toMatch(/^removed [3-9] containers /m)
    expect(ended.log).toMatch(/^removed 1 network /m)
    await expectGone(ended)
  })
})
