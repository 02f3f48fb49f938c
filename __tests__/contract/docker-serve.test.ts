import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { KEPT_LOG } from '../../src/adapters/docker/logs.ts'
import { parsePlatform } from '../../src/model/image.ts'
import type { Serving } from '../../src/ports.ts'
import { fakeEngine, type Rules } from '../harness/docker-fake.ts'

const recorded = readFileSync(join(import.meta.dirname, '../fixtures/docker/info.classic.stdout'), 'utf8')

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'serve-test-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const running = { Running: true, StartedAt: '2026-01-02T03:04:05Z', ExitCode: 0, OOMKilled: false, Error: '' }
const inspected = (state: object = {}, ports: object | null = { '8000/tcp': [{ HostPort: '32768' }] }) => ({
  stdout: JSON.stringify({ State: { ...running, ...state }, NetworkSettings: { Ports: ports } }),
})

const good: Rules = {
  'container create ': { stdout: 'abc\n' },
  'container start ': { stdout: 'vi\n' },
  'container inspect ': inspected(),
  'container logs ': { stdout: 'listening\n', script: 'echo "a warning" >&2' },
  'container rm ': { stdout: 'vi\n' },
}

async function serve(rules: Rules = {}, signal = new AbortController().signal) {
  const { engine, calls } = await fakeEngine(root, { ...good, ...rules }, { signal })
  const look = await engine.serve({
    image: 'sha256:abc',
    platform: parsePlatform('linux/amd64'),
    env: {},
    port: 8000,
    healthcheck: true,
    memoryBytes: 1_000_000_000,
  })
  return { look, calls }
}

async function served(
  rules: Rules = {},
  signal?: AbortSignal,
): Promise<Serving & { readonly calls: () => Promise<string[]> }> {
  const { look, calls } = await serve(rules, signal)
  if (!look.ok) throw new Error(look.reason)
  return { ...look.seen, calls }
}

describe('the log of a container that serves', () => {
  it('is both of its streams', async () => {
    const look = await (await served()).logs()
    expect(look).toMatchObject({ ok: true, seen: { cut: false } })
    expect(look.ok && look.seen.text.split('\n').sort()).toEqual(['', 'a warning', 'listening'])
  })

  it('is kept so that what is left where something is dropped is more than is read, even of empty lines', async () => {
    const { options } = KEPT_LOG
    const leastLeft = (Number(options['max-file']) - 1) * Number(options['max-size'].replace(/m$/, '000000'))
    const line = '{"log":"\\n","stream":"stdout","time":"2026-01-02T03:04:05.123456789Z"}\n'
    const script = `yes '' | head -n ${Math.floor(leastLeft / line.length)}`
    const serving = await served({ 'container logs ': { script } })
    expect(await serving.logs()).toMatchObject({ ok: true, seen: { cut: true } })
    const [create] = await serving.calls()
    expect(create).toContain(
      '--log-driver json-file --log-opt mode=blocking --log-opt max-size=10m --log-opt max-file=3',
    )
  })

  it.each([
    ['the engine does not answer', { stderr: 'Cannot connect to the Docker daemon at unix:///x' }, 'unavailable'],
    ['it ends without a word', { stdout: 'listening\n', exitCode: 1 }, 'failed'],
    ['the container is gone', { stderr: 'Error response from daemon: No such container: vi' }, 'failed'],
  ] as const)('is not taken for an empty one where %s', async (_, answer, failure) => {
    expect(await (await served({ 'container logs ': answer })).logs()).toMatchObject({ ok: false, failure })
  })
})

describe('how a container that serves is', () => {
  const never = { Running: false, StartedAt: '0001-01-01T00:00:00Z', ExitCode: 128 }
  const ill = { Status: 'unhealthy', Log: [{ Output: 'first' }, { Output: 'last' }] }
  it.each<[string, object, object]>([
    ['that goes on', {}, { running: true, exitCode: 0, oomKilled: false, error: '', health: 'none' }],
    [
      'that ended',
      { Running: false, ExitCode: 137, OOMKilled: true },
      { running: false, exitCode: 137, oomKilled: true },
    ],
    ['that is ill', { Health: ill }, { health: 'unhealthy', healthOutput: 'last' }],
    ['that is well', { Health: { Status: 'healthy', Log: null } }, { health: 'healthy', healthOutput: '' }],
    ['without a health check', { Health: { Status: 'none' } }, { health: 'none' }],
    ['whose health is in no word we know', { Health: { Status: 'fine' } }, { health: 'starting' }],
    [
      'that never started',
      { ...never, Error: 'no such file' },
      { running: false, error: 'no such file', refusedBy: 'engine' },
    ],
    ['that is not started yet', never, { running: false, error: '' }],
    [
      'that has no program',
      { ...never, Error: 'unable to start container process: exec: "a": not found' },
      { running: false, refusedBy: 'image' },
    ],
  ])('is told as it is: one %s', async (_, state, seen) => {
    expect(await (await served({ 'container inspect ': inspected(state) })).state()).toMatchObject({ ok: true, seen })
  })

  it('is told in the words of its start, where inspect has none', async () => {
    const serving = await served({
      'container start ': { stderr: 'Error response from daemon: port is already allocated\n' },
      'container inspect ': inspected(never),
    })
    expect(serving.startedAt).toBeUndefined()
    expect(await serving.state()).toMatchObject({
      ok: true,
      seen: { error: expect.stringContaining('allocated'), refusedBy: 'engine' },
    })
  })

  const unreadable = [
    ['prints nothing', { stdout: '' }],
    ['prints null', { stdout: 'null' }],
    ['leaves out whether it runs', inspected({ Running: undefined })],
    ['has a number for a word', inspected({ Health: { Status: 1 } })],
  ] as const

  it.each(unreadable)('C89 is never made up where inspect %s', async (_, answer) => {
    const { look, calls } = await serve({ 'container inspect ': answer })
    expect(look).toMatchObject({ ok: false, failure: 'malformed', reason: expect.stringContaining('sha256:abc') })
    expect((await calls()).at(-1)).toMatch(/^container rm --force --volumes -- vi-/)
    await rm(root, { recursive: true })
    const later = await served({ 'container inspect ': [inspected(), answer] })
    expect(await later.state()).toMatchObject({ ok: false, failure: 'malformed' })
  })
})

it.each([{}, null, { '8000/tcp': null }, { '8000/tcp': [] }])('has no port where it publishes %j', async (ports) => {
  const serving = await served({ 'container inspect ': inspected({}, ports) })
  expect(await serving.get('/', 1_000)).toMatchObject({ ok: false, reason: expect.stringContaining('8000') })
})

it.each([
  [256 * 1024, false],
  [256 * 1024 + 1, true],
  [3_000_000, true],
])('answers with %i bytes, of which no more than 256 KiB are read', async (bytes, cut) => {
  const server = createServer((_, response) => response.end('x'.repeat(bytes)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const ports = { '8000/tcp': [{ HostPort: `${(server.address() as AddressInfo).port}` }] }
  const serving = await served({ 'container inspect ': inspected({}, ports) })
  const look = await serving.get('/', 10_000)
  server.closeAllConnections()
  server.close()
  expect(look).toEqual({ ok: true, seen: { status: 200, body: 'x'.repeat(Math.min(bytes, 256 * 1024)), cut } })
})

it.each([
  ['here', hostname(), 'unavailable', 'ECONNREFUSED'],
  ['on another machine', 'far', 'out-of-reach', 'ECONNREFUSED 127.0.0.1:1; the engine is on far, and so are its ports'],
])('says whose silence it is where the engine is %s', async (_, name, failure, reason) => {
  const info = JSON.stringify({ ...JSON.parse(recorded), Name: name })
  const serving = await served({
    ...{ 'info ': { stdout: info }, 'buildx inspect': { exitCode: 1 } },
    'container inspect ': inspected({}, { '8000/tcp': [{ HostPort: '1' }] }),
  })
  expect(await serving.get('/', 1_000)).toMatchObject({ ok: false, failure, reason: expect.stringContaining(reason) })
})

it('says of an answer that the run did not wait for that the run was ended', async () => {
  const server = createServer(() => {})
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const ports = { '8000/tcp': [{ HostPort: `${(server.address() as AddressInfo).port}` }] }
  const run = new AbortController()
  const serving = await served({ 'container inspect ': inspected({}, ports) }, run.signal)
  server.once('request', () => run.abort())
  expect(await serving.get('/', 10_000)).toMatchObject({ ok: false, failure: 'cancelled' })
  server.closeAllConnections()
  server.close()
})

it('is removed, by its name, by who disposes of it', async () => {
  const serving = await served()
  const [name] = /vi-[0-9a-f-]{36}/.exec((await serving.calls())[0] ?? '') ?? []
  await serving[Symbol.asyncDispose]()
  expect((await serving.calls()).at(-1)).toBe(`container rm --force --volumes -- ${name}`)
})

it.each([
  'Error response from daemon: no command specified',
  'Error response from daemon: Cannot mkdir: /app is not a directory',
])('C94 an image of which no container can be made never ran: %s', async (error) => {
  const serving = await served({ 'container create ': { stderr: error } })
  expect(serving.startedAt).toBeUndefined()
  expect(await serving.state()).toMatchObject({ ok: true, seen: { running: false, error, refusedBy: 'image' } })
  expect(await serving.logs()).toEqual({ ok: true, seen: { text: '', cut: false } })
})
