// The example's system on the real engines: a backend that hands backtests to workers, which need the real torch.
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, jest } from '@jest/globals'
import { runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import type { Report } from '../../src/model/result.ts'
import { startBuildRun } from '../harness/build-run.ts'
import { type RunOptions, runAction } from '../harness/runner.ts'
import type { RunResult } from '../harness/step.ts'
import { codes, errored, registry, results, sha, stores, verifyWorkspace } from './stack.ts'

jest.setTimeout(4 * 60_000)

const EXAMPLE = 'examples/ktrdr'
const FILE = 'deploy/environments/canary/docker-compose.yml'
const { dockerHost = '' } = stores[0] ?? {}

const images = `version: 1
platforms: [linux/amd64, linux/arm64]
images:
  backend: { image: '${registry}/ktrdr/ktrdr-backend' }
  worker-cpu: { image: '${registry}/ktrdr/ktrdr-worker-cpu' }
`
const canary = await readFile(join(EXAMPLE, '.github/verify-images.yml'), 'utf8').then((text) =>
  text.slice(text.indexOf('\ncanary:') + 1),
)
const compose = (await readFile(join(EXAMPLE, FILE), 'utf8')).replaceAll('ghcr.io/acme', `${registry}/ktrdr`)

interface Changes extends Partial<RunOptions> {
  readonly images?: (text: string) => string
  readonly canary?: (text: string) => string
  readonly compose?: (text: string) => string
}

const same = (text: string): string => text

/** A change to one line. */
const replaced = (from: string | RegExp, to: string) => (text: string) => {
  const changed = text.replace(from, to)
  if (changed === text) throw new Error(`there is no ${from}`)
  return changed
}

/** Without a backtest all services can be of one image, which is pulled in no time. */
const light: Changes = {
  images: (text) => replaced(/ {2}worker-cpu: .*\n/, `  hangs: { image: '${registry}/bad/health-hangs' }\n`)(text),
  canary: (text) => text.slice(0, text.indexOf('    - name: a backtest')).replaceAll('worker-cpu', 'backend'),
}

async function workspaceOf(changes: Pick<Changes, 'images' | 'canary' | 'compose'>): Promise<string> {
  const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
  const files = {
    '.github/verify-images.yml': `${(changes.images ?? same)(images)}${(changes.canary ?? same)(canary)}`,
    [FILE]: (changes.compose ?? same)(compose),
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true })
    await writeFile(join(workspace, path), text)
  }
  return workspace
}

async function verify({ images = same, canary = same, compose = same, ...options }: Changes = {}) {
  return verifyWorkspace(await workspaceOf({ images, canary, compose }), options)
}

const after =
  (first: (text: string) => string = same, ...others: readonly ((text: string) => string)[]) =>
  (text: string): string =>
    others.reduce((changed, change) => change(changed), first(text))

async function docker(host: string, ...args: string[]): Promise<readonly string[]> {
  const env = { ...childEnvironment(process.env), DOCKER_HOST: host }
  const { exitCode, stdout, stderr } = await runCommand('docker', args, { timeoutMs: 60_000, env })
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`)
  return Buffer.from(stdout).toString().split('\n').filter(Boolean)
}

const messages = (report: Report): readonly string[] =>
  results(report).flatMap(({ findings }) => findings.map(({ message }) => message))

/** That no container, network or volume of a run is left. */
async function expectGone({ state }: Pick<RunResult, 'state'>, host = dockerHost): Promise<void> {
  const filter = ['--quiet', '--filter', `label=${state.label}`]
  expect(state.label).toMatch(/^verify-images\.run=/)
  expect(await docker(host, 'container', 'ls', '--all', ...filter)).toEqual([])
  expect(await docker(host, 'network', 'ls', ...filter)).toEqual([])
  expect(await docker(host, 'volume', 'ls', ...filter)).toEqual([])
}

/** What the engine told of since a run began. */
const events = (host: string, since: number, format: string, ...filters: readonly string[]) => {
  const until = `${Math.ceil(Date.now() / 1000)}`
  const of = filters.flatMap((filter) => ['--filter', filter])
  return docker(host, 'events', '--since', `${since}`, '--until', until, '--format', format, ...of)
}

/** The containers that were made for a run. */
const containersOf = ({ state }: Pick<RunResult, 'state'>, since: number, host = dockerHost) =>
  events(host, since, '{{.Actor.ID}}', 'type=container', 'event=create', `label=${state.label}`)

/** Every volume that a container of these had, also those without a name. */
async function volumesOf(containers: readonly string[], since: number, host: string): Promise<readonly string[]> {
  const mounts = await events(
    host,
    since,
    '{{.Actor.ID}} {{.Actor.Attributes.container}}',
    'type=volume',
    'event=mount',
  )
  const pairs = mounts.map((line) => line.split(' '))
  return pairs.flatMap(([volume = '', container = '']) => (containers.includes(container) ? [volume] : []))
}

describe.each(stores)('on the $store store', ({ dockerHost: host }) => {
  it('a backtest completes, and everything is gone afterwards', async () => {
    const withVolumes = (text: string) =>
      `${replaced("ports: ['127.0.0.1:18000:8000']", "ports: ['127.0.0.1:18000:8000']\n    volumes: [data:/data, /scratch]")(text)}volumes:\n  data:\n`
    const since = Math.floor(Date.now() / 1000)
    const { run, report } = await verify({ dockerHost: host, compose: withVolumes })
    await using _ = run
    expect([messages(report), errored(report)]).toEqual([[], []])
    expect(results(report).find(({ check }) => check === 'canary')).toMatchObject({ status: 'passed' })
    expect(run.outputs).toMatchObject({ verified: 'true', verdict: 'passed' })
    expect(run.problems).toEqual([])
    await expectGone(run, host)
    const containers = await containersOf(run, since, host)
    expect(containers).toHaveLength(3)
    const volumes = await volumesOf(containers, since, host)
    expect(volumes).toHaveLength(2)
    const left = await docker(host, 'volume', 'ls', '--quiet')
    expect(volumes.filter((volume) => left.includes(volume))).toEqual([])
  })

  it('goes red where a worker runs the image of the backend: it starts, is healthy, registers, and has no torch', async () => {
    const { run, report } = await verify({
      dockerHost: host,
      canary: replaced('backtest-worker: worker-cpu', 'backtest-worker: backend'),
    })
    await using _ = run
    expect([codes(report).toSorted(), errored(report)]).toEqual([['canary/log', 'canary/step'], []])
    const said = JSON.stringify(results(report).find(({ check }) => check === 'canary'))
    expect(said).toContain('the worker completes it, with torch')
    expect(said).toContain('backtest-worker')
    expect(run.log).toContain("ModuleNotFoundError: No module named 'torch'")
    expect(run.outcome).toBe('failure')
    for (const code of ['canary/log', 'canary/step']) expect(run.summary).toContain(code)
    expect(run.problems).toEqual([])
    await expectGone(run, host)
  })
})

const training = 'training-worker:\n    <<: *worker'
const dead = (exitCode: number) =>
  replaced(training, `${training}\n    restart: always\n    command: [python3, -c, 'raise SystemExit(${exitCode})']`)
const sick = replaced(
  /test: .*api\/v1\/health.*/,
  'interval: 500ms\n      retries: 1\n      start_period: 0s\n      test: [CMD, python3, -c, "raise SystemExit(\'no database\')"]',
)
const silent = replaced('  backtest-worker:', `  hangs: { image: '${registry}/bad/health-hangs' }\n  backtest-worker:`)

it.each<[string, string, Pick<Changes, 'canary' | 'compose'>, string]>([
  ['ends at once', 'canary/exited', { compose: dead(3) }, 'exit code 3'],
  ['ends at once, as if all were well', 'canary/exited', { compose: dead(0) }, 'exit code 0'],
  ['says unhealthy', 'canary/unhealthy', { compose: sick }, 'no database'],
  [
    'never comes to say healthy',
    'canary/timeout',
    {
      compose: silent,
      canary: (text) =>
        replaced('{ backend: backend,', '{ hangs: hangs, backend: backend,')(replaced('3m', '8s')(text)),
    },
    'hangs',
  ],
  [
    'prints what it must not',
    'canary/log',
    { canary: replaced('[Traceback,', "['POST /api/v1/workers',") },
    'backend prints',
  ],
  [
    'is not as a step says',
    'canary/step',
    { canary: after(replaced('total: 2', 'total: 3'), replaced('60s', '3s')) },
    'total is 2',
  ],
  ['is not there', 'canary/invalid', { canary: replaced('{ backend: backend,', '{ api: backend,') }, 'api'],
])('goes red for a service that %s', async (_, code, changes, said) => {
  const { run, report } = await verify({ ...light, ...changes, canary: after(light.canary, changes.canary ?? same) })
  await using _run = run
  expect([codes(report), errored(report)]).toEqual([[code], []])
  expect(JSON.stringify(results(report))).toContain(said)
  expect(run.outcome).toBe('failure')
  expect(run.summary).toContain(code)
  expect(run.problems).toEqual([])
  await expectGone(run)
})

describe('C113 a compose file that asks for too much', () => {
  const asks = [
    ['privileged: true', 'privileged'],
    ['volumes: [/var/run/docker.sock:/var/run/docker.sock]', 'docker.sock'],
    ['volumes: [/:/host:ro]', '/'],
    ['network_mode: host', 'network_mode'],
    ['pid: host', 'pid'],
    ['devices: [/dev/kvm]', 'devices'],
    ['cap_add: [SYS_ADMIN]', 'SYS_ADMIN'],
    ['security_opt: [seccomp:unconfined]', 'security_opt'],
    ['use_api_socket: true', 'use_api_socket'],
    ['provider: { type: sh }', 'provider'],
    ['build: .', 'build'],
  ] as const

  it('is refused with all that it asks for, before anything starts', async () => {
    const since = Math.floor(Date.now() / 1000)
    const services = asks.map(([line], at) => `  extra${at}: { image: '${registry}/bad/no-python', ${line} }`)
    const { run, report } = await verify({ ...light, compose: (text) => `${text}${services.join('\n')}\n` })
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([['canary/policy'], []])
    for (const [at, [, word]] of asks.entries()) {
      expect(messages(report).filter((each) => new RegExp(`extra${at}\\b`).test(each))).toEqual([
        expect.stringContaining(word),
      ])
    }
    expect(run.outcome).toBe('failure')
    expect(run.problems).toEqual([])
    expect(await containersOf(run, since)).toEqual([])
    await expectGone(run)
  })

  it.each([
    ['takes in a file from elsewhere', 'include: [https://example.com/compose.yml]\n'],
    ['takes in a file outside of the repository', 'include: [../../../../../../etc/passwd]\n'],
  ])('%s', async (_, line) => {
    const since = Math.floor(Date.now() / 1000)
    const { run, report } = await verify({ ...light, compose: (text) => `${line}${text}` })
    await using _run = run
    expect([codes(report).length, errored(report)]).toEqual([1, []])
    expect(codes(report)[0]).toMatch(/^canary\/(?:policy|invalid)$/)
    expect(run.outputs.verified).toBe('false')
    expect(await containersOf(run, since)).toEqual([])
  })
})

describe('nothing stays', () => {
  /** A backtest that does not end: what comes later comes in the middle of it. */
  const endless = replaced('symbol: AAPL', 'symbol: AAPL, epochs: 1000000000')
  const start = async (onLine: NonNullable<RunOptions['onLine']>): Promise<RunResult> => {
    await using github = await startBuildRun({ repository: 'ktrdr/ktrdr', sha, jobs: { 'build (app)': 120 } })
    return await runAction({
      action: '.',
      apiUrl: github.url,
      workspace: await workspaceOf({ canary: endless }),
      dockerHost,
      inputs: { wait: '0s' },
      github: { sha, repository: 'ktrdr/ktrdr' },
      onLine,
    })
  }
  type OnLine = NonNullable<RunOptions['onLine']>
  const once = (afterMs: number, end: (phase: Parameters<OnLine>[1]) => () => void): OnLine => {
    let seen = false
    return (line, phase) => {
      if (seen || phase.name !== 'main' || !/^canary /.test(line)) return
      seen = true
      setTimeout(end(phase), afterMs)
    }
  }

  it.each([0, 300, 1_000, 2_500, 8_000])('C121 of a canary that is cancelled after %i ms', async (afterMs) => {
    let began = 0
    await using ended = await start(
      once(afterMs, ({ cancel }) => () => {
        began = performance.now()
        cancel()
      }),
    )
    const post = ended.phases.find(({ name }) => name === 'post')?.ms ?? 0
    expect(performance.now() - began).toBeLessThan(5_000 + post)
    const main = ended.phases.find(({ name }) => name === 'main')
    expect(ended.outcome).toBe('cancelled')
    expect([main?.signal, main?.exitCode]).toEqual([null, 3])
    expect(ended.outputs).toMatchObject({ verified: 'false', verdict: 'errored' })
    expect(ended.summary).toContain('the run was cancelled')
    await expectGone(ended)
  })

  it.each([300, 1_000, 2_500, 8_000])('C122 of a canary that is killed after %i ms', async (afterMs) => {
    await using ended = await start(once(afterMs, ({ kill }) => kill))
    expect(ended.phases.find(({ name }) => name === 'main')?.signal).toBe('SIGKILL')
    expect(ended.outputs.verified).toBe('false')
    expect(ended.phases.find(({ name }) => name === 'post')).toMatchObject({ exitCode: 0, signal: null })
    if (afterMs > 2_000) expect(ended.log).toMatch(/^removed 3 containers .*\n(?:.*\n)*removed 1 networks /m)
    await expectGone(ended)
  })
})
