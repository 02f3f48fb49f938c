import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import { temporaryLogin } from '../../src/adapters/login.ts'
import { type LookSettings, look, outcomeOf } from '../harness/registry-look.ts'
import { startRegistryProxy } from '../harness/registry-proxy.ts'
import type { RegistryServer } from '../harness/registry-server.ts'
import { authRegistry, registry } from './stack.ts'

const IMAGE = 'quick/ktrdr-backend'

let proxy: RegistryServer
let temp: string
beforeAll(async () => {
  proxy = await startRegistryProxy(registry)
  temp = await mkdtemp(join(tmpdir(), 'registry-e2e-'))
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await rm(temp, { recursive: true, force: true })
})

/** A fault of its own for each test: the same words may be counted only once. */
const at = (fault: string) => `${proxy.address}/${fault}/${IMAGE}`
const failureOf = async (fault: string, settings: LookSettings = {}) => {
  const { seen, ...rest } = await look(at(fault), { faster: 5, ...settings })
  if (seen.index.ok) throw new Error(`nothing is wrong with ${fault}`)
  return { ...seen.index, ...rest }
}

/** Children of ours that still run and were asked about this. */
async function stillRunning(reference: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(reference))
}

async function logInto(host: string, username: string, password: string) {
  const env = childEnvironment(process.env)
  return temporaryLogin({ tempDir: temp, registry: host, username, password, env, run: runCommand })
}

describe('nothing is wrong', () => {
  test('through the proxy', async () => {
    expect(outcomeOf((await look(`${proxy.address}/${IMAGE}`)).seen)).toBe('ok')
  })

  test('C59 five seconds for every request', async () => {
    const { seen, seconds } = await look(at('delay-5000'))
    expect(outcomeOf(seen)).toBe('ok')
    expect(seconds).toBeLessThan(100)
  })
})

describe('what heals', () => {
  test.concurrent('C46 a tag that is there at the fourth time', async () => {
    const { seen, lines } = await look(at('status-404_times-3_on-tags'), { faster: 5, waitMs: 60_000 })
    expect(outcomeOf(seen)).toBe('ok')
    expect(seen.tags[0]?.attempts).toBe(4)
    expect(lines.join('\n')).toContain('not there yet, asked 3 times')
  })

  test.concurrent.each<[string, string]>([
    ['C49 tokens that live shorter than the look', 'auth-brief_delay-350'],
    ['C55 503 more often than buildx asks', 'status-503_times-3'],
    ['C57 a reset', 'reset-1_times-1'],
    ['C52 429 once: buildx asks again by itself', 'status-429_retry-2_times-1'],
  ])('%s', async (_, fault) => {
    expect(outcomeOf((await look(at(fault), { faster: 5 })).seen)).toBe('ok')
  })

  test.concurrent('C52 429 more often than buildx asks', async () => {
    const { seen, waitsMs } = await look(at('status-429_retry-2_times-7_on-tags'), { faster: 5 })
    expect(outcomeOf(seen)).toBe('ok')
    expect(waitsMs[0]).toBeGreaterThanOrEqual(1600)
  })

  test.concurrent('C51 403 for a secondary rate limit', async () => {
    const { seen, waitsMs } = await look(at('status-403_method-get_say-secondary_times-1'), { faster: 5 })
    expect(outcomeOf(seen)).toBe('ok')
    expect(waitsMs[0]).toBeGreaterThanOrEqual(1600)
  })

  test.concurrent('C53 429 that asks for microseconds', async () => {
    const { seen, waitsMs } = await look(at('status-429_method-get_say-880.092us_times-6_on-digests'), { faster: 5 })
    expect(outcomeOf(seen)).toBe('ok')
    for (const ms of waitsMs) expect(ms).toBeGreaterThanOrEqual(1000)
    for (const ms of waitsMs) expect(ms).toBeLessThanOrEqual(1200)
  })

  test.concurrent('503 for configs only', async () => {
    expect(outcomeOf((await look(at('status-503_on-blobs_times-3'), { faster: 5 })).seen)).toBe('ok')
  })
})

describe('what does not', () => {
  test.concurrent('C47 a tag that never appears', async () => {
    const { failure, reason } = await failureOf('status-404')
    expect({ failure, reason }).toMatchObject({ failure: 'not-found', reason: expect.stringContaining(IMAGE) })
    const waited = await look(at('status-404'), { faster: 20, waitMs: 60_000 })
    expect(waited.seen.index).toMatchObject({ failure: 'not-found' })
    expect(waited.waitsMs.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(60_000)
    expect(waited.seen.tags[0]?.attempts).toBeGreaterThan(4)
  })

  test.concurrent.each<[string, string, string]>([
    ['C48 401 without a challenge', 'status-401', 'denied'],
    ['C50 403', 'status-403', 'denied'],
    ['a token for nobody but others', 'auth-private', 'denied'],
    ['a token that is never good enough', 'auth-never', 'denied'],
    ['C54 429 that asks for a day', 'status-429_method-get_say-24h0m0s', 'rate-limited'],
  ])('%s is not asked again', async (_, fault, expected) => {
    const before = proxy.asked(fault).length
    const { failure, waitsMs, hint } = await failureOf(fault)
    expect(failure).toBe(expected)
    expect(waitsMs).toEqual([])
    // one call of buildx: of the tag, its token, and once more by itself
    expect(proxy.asked(fault).length - before).toBeLessThanOrEqual(8)
    expect(hint).not.toBe('')
  })

  test.concurrent.each<[string, string]>([
    ['500', 'status-500'],
    ['502', 'status-502'],
    ['503', 'status-503'],
    ['504', 'status-504'],
    ['C57 resets', 'reset-1'],
    ['C60 half of every body', 'cut-100'],
  ])('C56 %s for ever ends after four tries, within its budget', async (_, fault) => {
    const { failure, reason, waitsMs, seconds } = await failureOf(fault)
    expect({ failure, reason }).toMatchObject({
      failure: 'unavailable',
      reason: expect.stringContaining('asked 4 times'),
    })
    expect(waitsMs).toHaveLength(3)
    expect(seconds).toBeLessThan(30)
  })

  test.concurrent('429 for ever', async () => {
    const { failure, waitsMs, seconds } = await failureOf('status-429_retry-2')
    expect(failure).toBe('rate-limited')
    expect(waitsMs).toHaveLength(3)
    expect(seconds).toBeLessThan(120)
  })

  test.concurrent.each<[string, string]>([
    ['no answer', 'hang-1'],
    ['an answer that stops', 'stall-20'],
  ])('C58 %s: the child is ended, and so are we', async (_, fault) => {
    const { failure, seconds } = await failureOf(fault, { isImpatient: true })
    expect(failure).toBe('timeout')
    // a minute, and what it takes to end two children, which counts five times; a third try would take half a minute
    expect(seconds).toBeLessThan(85)
    expect(await stillRunning(at(fault))).toEqual([])
  })

  test.concurrent('C65 a page', async () => {
    expect(await failureOf('html-1')).toMatchObject({ failure: 'malformed' })
  })

  test.concurrent('503 for configs only: the manifests are seen', async () => {
    const { seen } = await look(at('status-503_on-blobs'), { faster: 5 })
    expect(outcomeOf(seen)).toBe('config unavailable, config unavailable')
  })

  test.concurrent('C83 a host that nobody knows, and a port where nobody listens', async () => {
    for (const host of ['no-such-host.invalid', '127.0.0.1:9']) {
      const { seen } = await look(`${host}/app`, { faster: 5 })
      expect(seen.index).toMatchObject({ failure: 'unavailable' })
    }
  })
})

describe('credentials', () => {
  test('C92 the right ones, for a password and for a token', async () => {
    for (const [host, name] of [
      [authRegistry, `${authRegistry}/${IMAGE}`],
      [proxy.address, at('auth-private')],
    ] as const) {
      const login = await logInto(host, 'ktrdr', 'secret')
      expect(outcomeOf((await look(name, { env: login.env })).seen)).toBe('ok')
      await login.dispose()
      expect(outcomeOf((await look(name)).seen)).toBe('denied')
    }
  })

  test('C92 the wrong ones are said to be', async () => {
    for (const [host, name] of [
      [authRegistry, `${authRegistry}/${IMAGE}`],
      [proxy.address, at('auth-private')],
    ] as const) {
      const login = await logInto(host, 'ktrdr', 'wrong-password')
      const { seen, lines } = await look(name, { env: login.env })
      expect(outcomeOf(seen)).toBe('denied')
      expect(JSON.stringify([seen, lines])).not.toContain('wrong-password')
      await login.dispose()
    }
  })

  test('C91 a login of our own still finds buildx', async () => {
    const login = await logInto(authRegistry, 'ktrdr', 'secret')
    const env = { ...childEnvironment(process.env), ...login.env }
    const version = await runCommand('docker', ['buildx', 'version'], { env, timeoutMs: 10_000 })
    expect(version.exitCode).toBe(0)
    await login.dispose()
  })
})
