import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { runCommand } from '../../src/adapters/command.ts'
import { removeLeftovers } from '../../src/adapters/leftovers.ts'
import { parsePlatform } from '../../src/model/image.ts'
import type { RunRequest } from '../../src/ports.ts'
import { fakeDocker, fakeEngine, type Rules, untilCalled } from '../harness/docker-fake.ts'

const info = JSON.stringify({ ServerVersion: '28', OSType: 'linux', Architecture: 'x86_64', Name: 'elsewhere' })
const started = { Running: false, StartedAt: '2026-01-02T03:04:05.6Z', ExitCode: 0, OOMKilled: false, Error: '' }
const state = (given: Partial<typeof started> = {}) => ({ stdout: JSON.stringify({ ...started, ...given }) })
const never = (error: string) => state({ StartedAt: '0001-01-01T00:00:00Z', ExitCode: 127, Error: error })

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'docker-test-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const good: Rules = {
  'info ': { stdout: info },
  'buildx inspect': { exitCode: 1 },
  'container create ': { stdout: 'abc\n' },
  'container start ': { stdout: 'noise\nM4RK one\n', stderr: 'M4RK two\nwarning\n', exitCode: 0 },
  'container inspect ': state(),
  'container rm ': { stdout: 'vi\n' },
}

async function runWith(
  rules: Rules,
  request: Partial<RunRequest> = {},
  given: { signal?: AbortSignal; env?: Record<string, string> } = {},
) {
  const { engine, calls } = await fakeEngine(root, { ...good, ...rules }, given)
  const look = await engine.run({
    image: 'sha256:abc',
    platform: parsePlatform('linux/amd64'),
    entrypoint: 'python',
    args: ['-c', 'pass'],
    timeoutMs: 20_000,
    memoryBytes: 1_000_000_000,
    marker: 'M4RK',
    ...request,
  })
  return { look, calls: await calls() }
}

const removals = (calls: readonly string[]) => calls.filter((call) => call.startsWith('container rm --force --volumes'))

describe('running a container', () => {
  it('creates, starts, inspects and removes it, by its name', async () => {
    const { look, calls } = await runWith({})
    const name = / --name (vi-[0-9a-f-]{36}) /.exec(calls[0] ?? '')?.[1]
    expect(calls).toEqual([
      expect.stringContaining('container create --pull never'),
      `container start --attach -- ${name}`,
      `container inspect --format {{json .State}} -- ${name}`,
      `container rm --force --volumes -- ${name}`,
    ])
    expect(look).toMatchObject({
      ok: true,
      seen: { startedAt: started.StartedAt, exitCode: 0, marked: expect.arrayContaining([' one', ' two']) },
    })
  })

  it('gives it no network, no privileges and limits, and nothing of ours', async () => {
    const { calls } = await runWith({})
    for (const words of [
      '--label verify-images.run=test',
      '--platform linux/amd64',
      '--network none',
      '--cap-drop ALL',
      '--security-opt no-new-privileges',
      '--memory 1000000000 --memory-swap 1000000000',
      '--pids-limit 1024',
      '--no-healthcheck',
      '--log-driver none',
      '--entrypoint python -- sha256:abc -c pass',
    ])
      expect(calls[0]).toContain(words)
    expect(calls[0]).not.toMatch(/--env|--volume|--mount|--privileged|--gpus/)
  })

  it('gives it GPUs only where asked to', async () => {
    const { calls } = await runWith({}, { gpus: 'all' })
    expect(calls[0]).toMatch(/ --gpus all .*-- sha256:abc/)
  })

  it('keeps the image’s entrypoint where asked to', async () => {
    const { calls } = await runWith({}, { entrypoint: undefined })
    expect(calls[0]).not.toContain('--entrypoint')
  })

  it('C109 keeps the user’s proxies and their passwords out of it', async () => {
    await writeFile(join(root, 'config.json'), '{"proxies":{"default":{"httpProxy":"http://me:secret@proxy"}}}')
    const env = { DOCKER_CONFIG: root, HTTPS_PROXY: 'http://me:secret@proxy' }
    const script = 'env | grep -qi proxy && exit 1'
    const { calls, look } = await runWith({ 'container create ': { script } }, {}, { env })
    expect(calls[0]).toContain('--env HTTP_PROXY --env http_proxy')
    expect(look.ok).toBe(true)
  })

  it('keeps what is marked and the last of what is not, of any flood', async () => {
    const flood = `head -c 15000000 /dev/zero | tr '\\0' x; printf 'M4RK kept\\n'; head -c 15000000 /dev/zero | tr '\\0' y`
    const before = process.memoryUsage().rss
    const { look } = await runWith({ 'container start ': { script: flood } })
    if (!look.ok) throw new Error(look.reason)
    expect(look.seen).toMatchObject({ marked: [' kept'], outputLimited: false })
    expect(look.seen.stdout).toMatch(/^y{65536}$/)
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6)
  })

  it('ends what prints without end', async () => {
    const { look, calls } = await runWith({ 'container start ': { stdout: 'M4RK early\n', script: 'exec yes' } })
    expect(look).toMatchObject({ ok: true, seen: { outputLimited: true, marked: [' early'], exitCode: undefined } })
    expect(removals(calls)).toHaveLength(1)
  })

  it('ends what does not end', async () => {
    const { look, calls } = await runWith(
      { 'container start ': { stdout: 'M4RK early\n', sleepSeconds: 60 } },
      { timeoutMs: 4_000 },
    )
    expect(look).toMatchObject({ ok: true, seen: { timedOut: true, marked: [' early'], exitCode: undefined } })
    expect(removals(calls)).toHaveLength(1)
  })

  it('ends and removes it with the run', async () => {
    const controller = new AbortController()
    const soFar = async () => (await readFile(join(root, 'calls'), 'utf8').catch(() => '')).split('\n')
    void untilCalled(soFar, 'container start ').then(() => controller.abort())
    const { look, calls } = await runWith(
      { 'container start ': { sleepSeconds: 60 } },
      {},
      { signal: controller.signal },
    )
    expect(look).toMatchObject({ ok: false, failure: 'cancelled' })
    expect(removals(calls)).toHaveLength(1)
  })

  it('C94 says why it did not start', async () => {
    const error = 'unable to start container process: exec: "python": executable file not found in $PATH'
    const { look } = await runWith({
      'container start ': { stderr: `Error response from daemon: ${error}` },
      'container inspect ': never(error),
    })
    expect(look).toMatchObject({
      ok: true,
      seen: { startedAt: undefined, exitCode: undefined, error, refusedBy: 'image', missing: 'python' },
    })
  })

  it('says that the engine is why it did not start, also where that does not say so', async () => {
    const gpu = 'could not select device driver "" with capabilities: [[gpu]]'
    for (const error of [gpu, '']) {
      await rm(root, { recursive: true })
      const { look } = await runWith({ 'container start ': { exitCode: 1 }, 'container inspect ': never(error) })
      expect(look).toMatchObject({ ok: true, seen: { startedAt: undefined, error, refusedBy: 'engine' } })
    }
  })

  it('C97 tells what ran out of memory', async () => {
    const rules = {
      'container start ': { exitCode: 137 },
      'container inspect ': state({ ExitCode: 137, OOMKilled: true }),
    }
    expect((await runWith(rules)).look).toMatchObject({ ok: true, seen: { exitCode: 137, oomKilled: true } })
  })

  it.each([
    ['the engine is gone', 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.', 'unavailable'],
    ['the image is gone', 'Error response from daemon: No such image: sha256:abc', 'not-found'],
    ['the disk is full', 'Error response from daemon: mkdir /var/lib/docker: no space left on device', 'disk-full'],
    ['nobody knows why', 'Error response from daemon: oops', 'failed'],
  ] as const)('has a name for it when %s', async (_what, stderr, failure) => {
    const { look, calls } = await runWith({ 'container create ': { stderr } })
    expect(look).toMatchObject({ ok: false, failure })
    expect(removals(calls)).toHaveLength(1)
  })

  it('C89 does not believe an inspect that failed, whatever it printed', async () => {
    const { look, calls } = await runWith({
      'container inspect ': { stdout: '[]', stderr: 'error during connect: EOF', exitCode: 1 },
    })
    expect(look).toMatchObject({ ok: false, failure: 'unavailable' })
    expect(removals(calls)).toHaveLength(1)
  })

  it.each([
    ['no JSON', { stdout: 'State' }],
    ['nothing', { stdout: '' }],
    ['null', { stdout: 'null' }],
    ['no exit code', { stdout: JSON.stringify({ ...started, ExitCode: undefined }) }],
    ['an exit code that is none', { stdout: JSON.stringify({ ...started, ExitCode: '0' }) }],
  ])('C89 does not make up what an inspect that says %s leaves out', async (_what, answer) => {
    const { look, calls } = await runWith({ 'container inspect ': answer })
    expect(look).toMatchObject({ ok: false, failure: 'malformed' })
    expect(removals(calls)).toHaveLength(1)
  })

  it.each([
    ['still runs', { exitCode: 125 }, state({ Running: true }), 'docker exited 125, and the container still runs'],
    ['still runs', { exitCode: 0 }, state({ Running: true }), 'docker exited 0, and the container still runs'],
    ['ended meanwhile', { exitCode: 125 }, state(), 'docker exited 125, and the container exited 0'],
    ['ended meanwhile', { script: 'kill -9 $$' }, state(), 'docker was ended by SIGKILL, and the container exited 0'],
  ])(
    'C89 makes up no end of a container that docker lost sight of, and that %s',
    async (_what, answer, state, words) => {
      const { look, calls } = await runWith({ 'container start ': answer, 'container inspect ': state })
      expect(look).toMatchObject({ ok: false, failure: 'unavailable', reason: expect.stringContaining(words) })
      expect(removals(calls)).toHaveLength(1)
    },
  )

  it('knows a container that we end as it still runs', async () => {
    const rules = { 'container start ': { sleepSeconds: 60 }, 'container inspect ': state({ Running: true }) }
    const { look } = await runWith(rules, { timeoutMs: 700 })
    expect(look).toMatchObject({ ok: true, seen: { timedOut: true, exitCode: undefined } })
  })

  const cannotExec = {
    'container start ': { stderr: 'exec /usr/bin/python3: exec format error\n' },
    'container inspect ': state({ ExitCode: 1 }),
  }

  it('C111 knows a missing emulator from a broken program', async () => {
    const foreign = await runWith(cannotExec, { platform: parsePlatform('linux/arm64') })
    expect(foreign.look).toMatchObject({ ok: false, failure: 'no-emulator' })
  })

  it('knows a broken program from a missing emulator', async () => {
    const error = 'exec /usr/bin/python3: exec format error'
    const { look } = await runWith(cannotExec)
    expect(look).toMatchObject({
      ok: true,
      seen: { startedAt: undefined, exitCode: undefined, error, refusedBy: 'image' },
    })
  })

  it.each([
    ['says more', { 'container start ': { stderr: 'hello\nexec /usr/bin/python3: exec format error\n' } }],
    [
      'ends with 0',
      {
        'container start ': { stderr: 'exec /usr/bin/python3: exec format error\n', exitCode: 0 },
        'container inspect ': state(),
      },
    ],
  ])('takes a program for one that ran if it %s', async (_what, rules) => {
    const { look } = await runWith({ ...cannotExec, ...rules })
    expect(look).toMatchObject({ ok: true, seen: { startedAt: started.StartedAt } })
  })

  it.each([
    'Error response from daemon: no command specified',
    'Error response from daemon: Cannot mkdir: /app is not a directory',
  ])('C94 knows an image of which no container can be made: %s', async (error) => {
    const { look, calls } = await runWith({ 'container create ': { stderr: error } })
    expect(look).toMatchObject({
      ok: true,
      seen: { startedAt: undefined, exitCode: undefined, error, refusedBy: 'image' },
    })
    expect(removals(calls)).toHaveLength(1)
  })
})

describe('removing what a killed run left', () => {
  const remove = async (rules: Rules) => {
    const docker = await fakeDocker(root, rules)
    const removed = await removeLeftovers(runCommand, { PATH: `${docker.binDir}:${process.env.PATH}` }, 'a=b')
    return { removed, calls: await docker.calls() }
  }

  it('removes what carries the label, and counts it', async () => {
    const { removed, calls } = await remove({
      'container ls ': { stdout: '1111\n2222\n' },
      'container rm ': { stdout: '1111\n2222\n' },
      'network ls ': { stdout: '3333\n' },
      'network rm ': { stdout: '3333\n' },
      'volume ls ': { stdout: 'data\n' },
      'volume rm ': { stdout: 'data\n' },
    })
    expect(removed).toEqual({ containers: 2, networks: 1, volumes: 1 })
    expect(calls.slice(0, 2)).toEqual([
      'container ls --all --no-trunc --quiet --filter label=a=b',
      'container rm --force --volumes -- 1111 2222',
    ])
    expect(calls.slice(2).sort()).toEqual([
      'network ls --no-trunc --quiet --filter label=a=b',
      'network rm -- 3333',
      'volume ls --quiet --filter label=a=b',
      'volume rm --force -- data',
    ])
  })

  it.each([
    ['nothing is left', { 'container ls ': {}, 'network ls ': {}, 'volume ls ': {} }],
    [
      'no engine answers',
      Object.fromEntries(
        ['container ls ', 'network ls ', 'volume ls '].map((rule) => [rule, { stdout: '1', stderr: 'Cannot connect' }]),
      ),
    ],
  ])('removes nothing when %s', async (_what, rules) => {
    const { removed, calls } = await remove(rules)
    expect(removed).toEqual({ containers: 0, networks: 0, volumes: 0 })
    expect(calls.map((call) => call.split(' ').slice(0, 2).join(' ')).sort()).toEqual([
      'container ls',
      'network ls',
      'volume ls',
    ])
  })
})
