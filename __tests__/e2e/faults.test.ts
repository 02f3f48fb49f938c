// Engines, images and inputs that are wrong, and the built action: a clear word, the right verdict, in time, never green.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import type { Report } from '../../src/model/result.ts'
import { startBuildRun } from '../harness/build-run.ts'
import { fakeDocker, type Rules } from '../harness/docker-fake.ts'
import { startRegistryProxy } from '../harness/registry-proxy.ts'
import type { RegistryServer } from '../harness/registry-server.ts'
import { type RunOptions, runAction } from '../harness/runner.ts'
import type { RunResult } from '../harness/step.ts'
import { pushFresh } from './push.ts'
import { codes, errored, registry, sha, stores } from './stack.ts'

const { dockerHost = '' } = stores[0] ?? {}
let proxy: RegistryServer
let home: string
beforeAll(async () => {
  proxy = await startRegistryProxy(registry)
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
})
afterEach(() => rm(home, { recursive: true, force: true }))

/** Of the stack, images are for two platforms; fresh ones for one. */
const spec = (image: string, ...more: readonly string[]) =>
  `version: 1\ntags: [latest]\nimages:\n  app:\n    image: ${image}\n    platforms: [${image.includes('/fresh/') ? 'linux/amd64' : 'linux/amd64, linux/arm64'}]\n${more.map((line) => `    ${line}\n`).join('')}`

interface Ended {
  readonly run: RunResult
  readonly report: Report
}

/** A run that may be anything but green, cut off, without a summary, or a stack trace; and its report. */
async function runBadly(text: string | undefined, options: Partial<RunOptions> = {}, seconds = 60): Promise<Ended> {
  const run = await endBadly(text, options, seconds)
  const report: Report = JSON.parse(await readFile(run.outputs.report ?? '', 'utf8'))
  expect(run.outputs.verdict).toBe(report.verdict)
  return { run, report }
}

async function endBadly(text: string | undefined, options: Partial<RunOptions>, seconds = 60): Promise<RunResult> {
  home = await mkdtemp(join(tmpdir(), 'faults-'))
  const workspace = join(home, 'workspace')
  await mkdir(join(workspace, '.github'), { recursive: true })
  if (text !== undefined) await writeFile(join(workspace, '.github/verify-images.yml'), text)
  await using github = await startBuildRun({ repository: 'ktrdr/ktrdr', sha, jobs: { 'build (app)': 120 } })
  const run = await runAction({
    apiUrl: github.url,
    action: '.',
    workspace,
    dockerHost,
    ...options,
    inputs: { wait: '0s', 'github-token': '', ...options.inputs },
    github: { sha, repository: 'ktrdr/ktrdr', ...options.github },
  })
  const main = run.phases.find(({ name }) => name === 'main')
  expect(main?.signal).toBeNull()
  expect(main?.exitCode).toBeGreaterThan(0)
  expect(main?.ms).toBeLessThan(seconds * 1000)
  expect(run.outcome).toBe('failure')
  expect(run.outputs).toMatchObject({ verified: 'false', verdict: expect.stringMatching(/^(?:failed|errored)$/) })
  expect(run.summary.length).toBeGreaterThan(20)
  expect(run.annotations.some(({ level }) => level === 'error')).toBe(true)
  expect(run.raw).not.toMatch(/^\s+at .*[/(]|node:internal|UnhandledPromise/m)
  return run
}

describe('bad input', () => {
  it('C26 C27 a spec with typing errors: each is told at its line', async () => {
    const { run, report } = await runBadly(
      'version: 1\nimages:\n  app:\n    image: ghcr.io/acme/app\n    platfroms: [linux/amd64]\n    size: 5 bananas\n    imports: [os;system]\n',
    )
    await using _ = run
    expect(report.problems.length).toBeGreaterThanOrEqual(3)
    const lines = run.annotations.filter(({ file }) => file?.endsWith('verify-images.yml')).map(({ line }) => line)
    expect(lines).toEqual(expect.arrayContaining([5, 6, 7]))
    expect(run.summary).toContain('platforms')
  })

  it('C28 a spec that is no YAML', async () => {
    const { run, report } = await runBadly('{{{')
    await using _ = run
    expect([report.verdict, report.images]).toEqual(['errored', []])
  })

  it('C29 no images at all', async () => {
    const { run, report } = await runBadly('version: 1\nimages: {}\n')
    await using _ = run
    expect(report.verdict).toBe('errored')
  })

  it('C39 a spec outside of the workspace', async () => {
    const { run, report } = await runBadly(undefined, { inputs: { spec: '../../../../etc/passwd' } })
    await using _ = run
    expect(report.verdict).toBe('errored')
    expect(JSON.stringify(report)).not.toContain('root:')
  })

  it('C43 inputs that mean nothing, all at once', async () => {
    const { run, report } = await runBadly(spec(`${registry}/quick/ktrdr-backend`), {
      inputs: { execute: 'sometimes', timeout: 'soon', parallel: '-1', 'keep-images': 'yes' },
    })
    await using _ = run
    expect(report.problems).toHaveLength(4)
  })

  it('a place where no report can be written', async () => {
    const inputs = { 'report-file': '/proc/version/report.json' }
    await using run = await endBadly(spec(`${registry}/quick/ktrdr-backend`, 'imports: [ktrdr]'), { inputs })
    expect(run.outputs).toMatchObject({ verdict: 'errored', report: '' })
    expect(run.summary).toContain('the report could not be written: EEXIST')
  })

  it('C83 a registry that refuses', async () => {
    const { run, report } = await runBadly(spec('127.0.0.1:9/app', 'imports: [ktrdr]'))
    await using _ = run
    expect(report.verdict).toBe('errored')
    expect(run.summary).toContain('refused')
  })

  it('C58 a registry that hangs, and a run that has not all the time', async () => {
    const { run, report } = await runBadly(spec(`${proxy.address}/hang-1/quick/ktrdr-backend`, 'imports: [ktrdr]'), {
      inputs: { timeout: '10s' },
    })
    await using _ = run
    expect(report.verdict).toBe('errored')
    expect(run.summary).toContain('out of time')
    expect(run.phases[0]?.ms).toBeLessThan(45_000)
  })
})

describe('engines', () => {
  const asked = spec(`${registry}/quick/ktrdr-backend`, 'imports: [ktrdr]')

  it('C87 no docker and no buildx', async () => {
    const { run, report } = await runBadly(asked, { env: { PATH: '/nonexistent', HOME: '/nonexistent' } })
    await using _ = run
    expect(report.verdict).toBe('errored')
    expect(run.summary).toMatch(/there is (?:neither|no) /)
  })

  it('C88 no daemon: what is in the registry is checked all the same', async () => {
    const { run, report } = await runBadly(asked, { dockerHost: 'unix:///nonexistent.sock' })
    await using _ = run
    expect([report.verdict, codes(report)]).toEqual(['errored', []])
    expect(errored(report).join()).toContain('import: ')
    expect(report.images[0]?.checks.some(({ check, status }) => check === 'tags' && status === 'passed')).toBe(true)
  })

  const info = JSON.stringify({ ServerVersion: '28', OSType: 'linux', Architecture: 'x86_64', Name: 'elsewhere' })
  const gone = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n'
  const image = JSON.stringify({ Id: `sha256:${'1'.repeat(64)}`, Size: 1, Os: 'linux', Architecture: 'amd64' })
  const good = {
    'info ': { stdout: info },
    'buildx ': { exitCode: 1 },
    'image inspect --format {{json .Id}}': { stderr: 'No such image\n' },
    'image inspect ': { stdout: image },
    'image pull ': { stdout: 'Status: Downloaded newer image\n' },
    'image rm ': {},
    'context ': {},
    'container ls ': {},
    'container create ': { stdout: 'abc\n' },
    'container start ': {},
    'container inspect ': { stderr: gone },
    'container rm ': {},
  } satisfies Rules

  it.each<[string, Rules]>([
    ['C88 a daemon that goes during the pull', { 'image pull ': { stderr: gone } }],
    ['C88 a daemon that goes before the container', { 'container create ': { stderr: gone } }],
    ['C88 a daemon that goes while the container runs', { 'container start ': { stderr: gone } }],
    ['C89 inspect prints nothing and fails', { 'image inspect ': { stdout: '[]\n', exitCode: 1 } }],
    ['C90 a pull that fails without a word', { 'image pull ': { exitCode: 1 } }],
    ['C93 a full disk', { 'image pull ': { stderr: 'write /var/lib/x: no space left on device\n' } }],
    ['C111 no emulator and no start', { 'container start ': { stderr: 'exec format error\n' } }],
    [
      'C95 exit 0 and not a word',
      {
        'container inspect ': {
          stdout: '{"Running":false,"StartedAt":"2026-01-02T03:04:05.6Z","ExitCode":0,"OOMKilled":false,"Error":""}',
        },
      },
    ],
  ])('%s', async (_, rules) => {
    const root = await mkdtemp(join(tmpdir(), 'fake-'))
    const { binDir, calls } = await fakeDocker(root, { ...good, ...rules })
    const { run, report } = await runBadly(asked, { env: { PATH: `${binDir}:${process.env.PATH}` } })
    await using _run = run
    expect(['errored', 'failed']).toContain(report.verdict)
    const results = report.images[0]?.checks ?? []
    expect(results.filter(({ check, status }) => check === 'import' && status === 'passed')).toEqual([])
    expect((await calls()).length).toBeGreaterThan(0)
    await rm(root, { recursive: true })
  })
})

describe('images', () => {
  const docker = (...args: string[]) =>
    runCommand('docker', args, {
      timeoutMs: 60_000,
      env: { ...childEnvironment(process.env), DOCKER_HOST: dockerHost },
    })

  it('C100 a fork bomb ends, and this machine goes on', async () => {
    const bomb = '# b0mb\\nimport os, time\\nwhile True:\\n try: os.fork()\\n except OSError: time.sleep(1)'
    const { run, report } = await runBadly(
      spec(`${registry}/quick/ktrdr-backend`, `commands: [{run: [python, -c, "${bomb}"], timeout: 8s}]`),
    )
    await using _ = run
    expect(codes(report)).toEqual(['command/timeout'])
    expect((await runCommand('true', [], { timeoutMs: 10_000, env: childEnvironment(process.env) })).exitCode).toBe(0)
    const left = await runCommand('pgrep', ['-fc', '^python -c # b0mb'], {
      timeoutMs: 30_000,
      env: { PATH: process.env.PATH ?? '' },
    })
    expect(Buffer.from(left.stdout).toString().trim()).toBe('0')
  })

  const asksAll = [
    'imports: [ktrdr]',
    'starts: true',
    'commands: [{run: [python, -V]}]',
    'health: {port: 8000, timeout: 2s}',
  ]
  const unstarted = ['command/exit-code', 'health/exited', 'import/no-start', 'start/failed']

  it.each<[string, Readonly<Record<string, unknown>>, readonly string[], readonly string[]]>([
    ['C103 a user that nobody knows', { User: 'nosuch' }, asksAll, unstarted],
    ['C103 a group that nobody knows', { User: 'root:nosuch' }, ['torch: cpu'], ['torch/missing']],
    ['C103 a folder that is a file', { WorkingDir: '/etc/passwd' }, asksAll, unstarted],
    [
      'C94 no command at all',
      { Entrypoint: [], Cmd: [] },
      ['starts: true', 'health: {port: 1}'],
      ['health/exited', 'start/failed'],
    ],
    ['C94 an entrypoint that is missing', { Entrypoint: ['/nope'] }, ['starts: true'], ['start/failed']],
    ['C94 an entrypoint nobody may execute', { Entrypoint: ['/etc/passwd'] }, ['starts: true'], ['start/failed']],
    [
      'C94 one that is kept and missing',
      { Entrypoint: ['/no'] },
      ['entrypoint: keep', 'imports: [ktrdr]'],
      ['import/no-start'],
    ],
  ])('%s', async (_, settings, asked, expected) => {
    const { name } = await pushFresh('quick/ktrdr-backend', settings)
    const { run, report } = await runBadly(spec(`${registry}/${name}`, ...asked))
    await using _run = run
    expect([report.verdict, codes(report).toSorted(), errored(report)]).toEqual(['failed', expected, []])
  })

  it.each(['/proc/self/fd/8', '/app/../sys/fs'])(
    'C103 a folder that leads out of the container: %s',
    async (folder) => {
      const { name } = await pushFresh('quick/ktrdr-backend', { WorkingDir: folder })
      const { run, report } = await runBadly(spec(`${registry}/${name}`))
      await using _run = run
      expect([report.verdict, codes(report)]).toEqual(['failed', ['platforms/outside']])
    },
  )

  it('C102 a volume is gone with its container', async () => {
    const { name } = await pushFresh('quick/ktrdr-backend', { Volumes: { '/data': {} } })
    const before = Buffer.from((await docker('volume', 'ls', '--quiet')).stdout).toString()
    const { run } = await runBadly(spec(`${registry}/${name}`, 'imports: [not_there]'))
    await using _ = run
    const after = Buffer.from((await docker('volume', 'ls', '--quiet')).stdout).toString()
    expect(after.split('\n').filter((volume) => !before.includes(volume))).toEqual([])
  })

  it('C110 C25 a container is told nothing of the runner', async () => {
    const print = "import os; print(sorted(os.environ.items()), open('/proc/1/environ').read())"
    const { run, report } = await runBadly(
      spec(
        `${registry}/quick/ktrdr-backend`,
        `commands: [{run: [python, -c, "${print}"], stdout: {matches: ["(?:TOKEN|INPUT_|ACTIONS_|GITHUB_|RUNNER_|VERIFY_IMAGES)"]}}]`,
      ),
      { inputs: { 'github-token': 'ghs_given' } },
    )
    await using _ = run
    expect(codes(report)).toEqual(['command/output'])
    expect(errored(report)).toEqual([])
  })
})
