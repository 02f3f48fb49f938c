import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type RunCommand, runCommand } from '../../src/adapters/command.ts'
import { readFailure } from '../../src/adapters/imagetools/errors.ts'
import { imagetoolsRegistry } from '../../src/adapters/imagetools.ts'
import { parseDigest, parseImageName, parseTag, pinned, tagged } from '../../src/model/image.ts'
import type { LookFailure } from '../../src/model/observation.ts'
import type { Clock } from '../../src/ports.ts'
import { type BuildxAnswer, fakeBuildx } from '../harness/registry-buildx.ts'

const recorded = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/imagetools', name))
const words = (name: string) => recorded(`${name}.stderr`).toString()
const sha256 = (bytes: Uint8Array | string) => parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)

const name = parseImageName('127.0.0.1:5100/ktrdr-backend')
const tag = tagged(name, parseTag('1.0.7.2'))
const index = recorded('attestations.manifest.json')
const digest = sha256(index)
const byTag = `imagetools inspect -- ${tag}`
const byDigest = `imagetools inspect --raw -- ${pinned(name, digest)}`

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'imagetools-test-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

type Answers = Parameters<typeof fakeBuildx>[1]

async function registryWith(
  answers: Answers,
  options: { run?: RunCommand; signal?: AbortSignal; isOnly?: boolean } = {},
) {
  const buildx = await fakeBuildx(root, answers)
  let slept = 0
  const clock: Clock = {
    now: () => slept,
    date: () => new Date(0),
    sleep: async (ms) => {
      slept += ms
    },
  }
  const { PATH = '' } = process.env
  const env = { PATH: `${buildx.binDir}:${PATH}`, DOCKER_CONFIG: buildx.configDir }
  const { signal = new AbortController().signal, run = runCommand, isOnly = false } = options
  const registry = imagetoolsRegistry({ run, env, clock, signal, isOnly, parallel: 4 })
  return { registry, calls: buildx.calls, slept: () => slept }
}

const headers: BuildxAnswer = { stdout: recorded('attestations.default.stdout') }

describe('what a reference leads to', () => {
  test('a tag is resolved, and the bytes of its digest are hashed here', async () => {
    const { registry, calls } = await registryWith({ [byTag]: headers, [byDigest]: { stdout: index } })
    const look = await registry.manifest(tag)
    const contentType = 'application/vnd.oci.image.index.v1+json'
    expect(look).toEqual({ ok: true, seen: { reference: tag, digest, bytes: index, contentType } })
    expect(await calls()).toEqual([byTag, byDigest])
  })

  test('what is asked for by digest is asked for once, even at the same time', async () => {
    const other = tagged(name, parseTag('latest'))
    const { registry, calls } = await registryWith({
      [byTag]: headers,
      [`imagetools inspect -- ${other}`]: headers,
      [byDigest]: { stdout: index },
    })
    await Promise.all([registry.manifest(tag), registry.manifest(other), registry.manifest(pinned(name, digest))])
    await registry.manifest(pinned(name, digest))
    expect((await calls()).filter((call) => call === byDigest)).toHaveLength(1)
  })

  test('a config comes by its digest', async () => {
    const config = Buffer.from('{"os":"linux","architecture":"amd64"}')
    const asked = `imagetools inspect --raw -- ${pinned(name, sha256(config))}`
    const { registry } = await registryWith({ [asked]: { stdout: config } })
    expect(await registry.config(name, sha256(config))).toEqual({ ok: true, seen: config })
  })

  test('sha512 is compared as sha512', async () => {
    const long = parseDigest(`sha512:${createHash('sha512').update(index).digest('hex')}`)
    const { registry } = await registryWith({
      [`imagetools inspect --raw -- ${pinned(name, long)}`]: { stdout: index },
    })
    expect(await registry.manifest(pinned(name, long))).toMatchObject({ ok: true, seen: { digest: long } })
  })

  test('a buildx that prints no digest still gives the bytes', async () => {
    const raw = `imagetools inspect --raw -- ${tag}`
    const { registry } = await registryWith({ [byTag]: { stdout: 'in other words' }, [raw]: { stdout: index } })
    expect(await registry.manifest(tag)).toEqual({ ok: true, seen: { reference: tag, digest, bytes: index } })
  })

  test('a manifest that buildx cannot print is judged by its bytes', async () => {
    const { registry } = await registryWith({
      [byTag]: { ...headers, stderr: 'ERROR: invalid digest format\n' },
      [byDigest]: { stdout: index },
    })
    expect(await registry.manifest(tag)).toMatchObject({ ok: true })
  })

  test('C91 where buildx itself cannot be started, docker is asked', async () => {
    const answers = { [`buildx ${byTag}`]: headers, [`buildx ${byDigest}`]: { stdout: index } }
    const run: RunCommand = (program, args, options) =>
      runCommand(program === 'docker' ? program : join(root, 'nothing'), args, options)
    const { registry, calls } = await registryWith(answers, { run })
    expect(await registry.manifest(tag)).toMatchObject({ ok: true })
    expect(await calls()).toEqual([`buildx ${byTag}`, `buildx ${byDigest}`])
  })

  test('C130 where it has to be this buildx, docker is not asked for another', async () => {
    const run: RunCommand = (program, args, options) =>
      runCommand(program === 'docker' ? program : join(root, 'nothing'), args, options)
    const { registry, calls } = await registryWith({ [`buildx ${byTag}`]: headers }, { run, isOnly: true })
    expect(await registry.manifest(tag)).toMatchObject({ ok: false, failure: 'no-tool' })
    expect(await calls()).toEqual([])
  })
})

describe('what is not as it should be', () => {
  test('C62 C63 other bytes than the digest says are asked for once more, and are altered', async () => {
    const { registry, calls } = await registryWith({ [byTag]: headers, [byDigest]: { stdout: `${index} ` } })
    expect(await registry.manifest(tag)).toMatchObject({
      ok: false,
      failure: 'altered',
      reason: expect.stringContaining('gives other content, sha256:'),
    })
    expect(await calls()).toEqual([byTag, byDigest, byDigest])
  })

  test('a moment of other bytes heals', async () => {
    const answers = [{ stdout: 'a captive portal' }, { stdout: index }]
    const { registry } = await registryWith({ [byDigest]: answers })
    expect(await registry.manifest(pinned(name, digest))).toMatchObject({ ok: true })
  })

  test('C64 more than 4 MiB is not read', async () => {
    const { registry } = await registryWith({ [byDigest]: { stdout: 'x'.repeat(5 * 1024 * 1024) } })
    const look = await registry.manifest(pinned(name, digest))
    expect(look).toMatchObject({ failure: 'malformed', reason: expect.stringContaining('more than 4 MiB') })
  })

  test('C78 a digest that is none is never asked for', async () => {
    const stdout = 'Name: x\nMediaType: y\nDigest:    sha256:../../etc/passwd\n'
    const { registry, calls } = await registryWith({ [byTag]: { stdout } })
    expect(await registry.manifest(tag)).toMatchObject({ failure: 'malformed' })
    expect(await calls()).toEqual([byTag])
  })

  test('C90 a failure without a word is a failure', async () => {
    const { registry } = await registryWith({ [byTag]: { exitCode: 3 } })
    expect(await registry.manifest(tag)).toMatchObject({ failure: 'failed', reason: expect.stringContaining('word') })
  })

  test('C55 503 heals, and what failed is not remembered', async () => {
    const busy = { stderr: words('status-503') }
    const { registry, slept } = await registryWith({ [byTag]: [busy, busy, headers], [byDigest]: { stdout: index } })
    expect(await registry.manifest(tag)).toMatchObject({ ok: true })
    expect(slept()).toBeGreaterThan(3000)
  })

  test('C56 503 for ever ends after four calls', async () => {
    const { registry, calls } = await registryWith({ [byTag]: { stderr: words('status-503') } })
    const look = await registry.manifest(tag)
    expect(look).toMatchObject({ failure: 'unavailable', reason: expect.stringContaining('asked 4 times') })
    expect(await calls()).toHaveLength(4)
  })

  test('C48 C50 401 and 403 are asked for once', async () => {
    for (const status of ['401', '403']) {
      await rm(root, { recursive: true, force: true })
      const { registry, calls } = await registryWith({ [byTag]: { stderr: words(`status-${status}`) } })
      expect(await registry.manifest(tag)).toMatchObject({ failure: 'denied' })
      expect(await calls()).toHaveLength(1)
    }
  })

  test('C54 a registry that asks for a day is not waited for', async () => {
    const stderr =
      'ERROR: unexpected status from GET request to http://r/v2/x: 429 Too Many Requests\ntoomanyrequests: retry-after: 24h0m0s, allowed: 44000/minute\n'
    const { registry, calls } = await registryWith({ [byTag]: { stderr } })
    expect(await registry.manifest(tag)).toMatchObject({ failure: 'rate-limited' })
    expect(await calls()).toHaveLength(1)
  })

  test('C53 a registry that asks for microseconds is given a second', async () => {
    const stderr =
      'ERROR: unexpected status from GET request to http://r/v2/x: 429 Too Many Requests\ntoomanyrequests: retry-after: 880.092µs, allowed: 44000/minute\n'
    const { registry, slept } = await registryWith({ [byTag]: [{ stderr }, headers], [byDigest]: { stdout: index } })
    expect(await registry.manifest(tag)).toMatchObject({ ok: true })
    expect(slept()).toBeGreaterThanOrEqual(1000)
    expect(slept()).toBeLessThanOrEqual(1200)
  })

  test('cancelling ends a call that does not end', async () => {
    const cancel = new AbortController()
    const { registry } = await registryWith({ [byTag]: { sleepSeconds: 60 } }, { signal: cancel.signal })
    setTimeout(() => cancel.abort(), 300)
    const began = performance.now()
    expect(await registry.manifest(tag)).toMatchObject({ failure: 'cancelled' })
    expect(performance.now() - began).toBeLessThan(30_000)
  })

  test('C87 no buildx and no docker', async () => {
    const clock: Clock = { now: () => 0, date: () => new Date(0), sleep: async () => {} }
    const run: RunCommand = (_program, args, options) => runCommand(join(root, 'nothing'), args, options)
    const { signal } = new AbortController()
    const registry = imagetoolsRegistry({ run, env: { PATH: root, DOCKER_CONFIG: root }, clock, signal, parallel: 1 })
    expect(await registry.manifest(tag)).toMatchObject({
      failure: 'no-tool',
      hint: expect.stringMatching(/^add docker\/setup-buildx-action before this step, .* buildx-version: \d/),
    })
  })
})

describe('what buildx says', () => {
  const read = (stderr: string, reference = '127.0.0.1:5100/ktrdr-backend:9.9.9') =>
    readFailure(stderr, reference, new Date(0))

  test.each<[string, LookFailure, boolean]>([
    ['bad-reference', 'failed', false],
    ['basic-auth-anonymous', 'denied', false],
    ['basic-auth-wrong', 'denied', false],
    ['bearer-private-anonymous', 'denied', false],
    ['bearer-private-wrong', 'denied', false],
    ['body-html', 'malformed', true],
    ['cut-manifest', 'unavailable', true],
    ['digest-gone', 'not-found', false],
    ['empty-manifest', 'malformed', true],
    ['html-manifest', 'malformed', true],
    ['http-by-hostname', 'unavailable', false],
    ['missing-tag', 'not-found', false],
    ['over-size', 'malformed', false],
    ['redirect-loop', 'failed', false],
    ['refused', 'unavailable', true],
    ['reset', 'unavailable', true],
    ['schema-1', 'malformed', true],
    ['status-401', 'denied', false],
    ['status-403', 'denied', false],
    ['status-408', 'unavailable', true],
    ['status-429', 'rate-limited', true],
    ['status-429-retry-after', 'rate-limited', true],
    ['status-500', 'unavailable', true],
    ['status-500-config-blobs', 'unavailable', true],
    ['status-502', 'unavailable', true],
    ['status-503', 'unavailable', true],
    ['status-504', 'unavailable', true],
    ['tls-by-hostname', 'unavailable', false],
    ['tls-on-localhost', 'failed', false],
    ['token-500', 'unavailable', true],
    ['token-html', 'malformed', true],
    ['unknown-host', 'unavailable', true],
    ['unroutable', 'unavailable', true],
  ])('%s is %s', (fixture, failure, heals) => {
    const look = read(words(fixture))
    expect(look).toMatchObject({ ok: false, failure })
    expect('healing' in look).toBe(heals)
  })

  test('not-found of another reference is no answer', () => {
    expect(read('ERROR: 127.0.0.1:5100/other:1: not found')).toMatchObject({ failure: 'failed' })
  })

  test('a token server that is not there does not make an image absent', () => {
    const url = 'https://ghcr.io/token?scope=x'
    const stderr = `ERROR: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to ${url}: 404 Not Found`
    expect(read(stderr)).toMatchObject({ failure: 'failed' })
  })

  test('a status in a name is no status', () => {
    const reference = '127.0.0.1:5100/status-404-not-found:1'
    expect(read(`ERROR: ${reference}: something else`, reference)).toMatchObject({ failure: 'failed' })
  })

  test('C83 a certificate that nobody signed is not waited for', () => {
    expect(read(words('tls-by-hostname'))).toMatchObject({ failure: 'unavailable' })
    expect(read(words('tls-by-hostname'))).not.toHaveProperty('healing')
  })

  test('C51 403 for too many requests is a rate limit', () => {
    const stderr =
      'ERROR: unexpected status from GET request to https://ghcr.io/v2/x: 403 Forbidden\ndenied: You have exceeded a secondary rate limit'
    expect(read(stderr)).toMatchObject({ failure: 'rate-limited', healing: expect.anything() })
  })

  test('denied by ghcr.io tells the three usual causes and where to look', () => {
    const look = read(words('status-403'), 'ghcr.io/kpiteira/ktrdr/backend:latest')
    if (look.ok) throw new Error('there is nothing to see')
    for (const part of ['packages: read', 'kpiteira/packages/container/ktrdr%2Fbackend/settings', 'login']) {
      expect(look.hint).toContain(part)
    }
  })

  test('denied by another registry tells where to log in', () => {
    expect(read(words('status-403'))).toMatchObject({ hint: expect.stringContaining('log in to 127.0.0.1:5100') })
  })

  test('words of others are short, on one line, and without control characters', () => {
    const look = read(
      `WARNING: before\nERROR: \u001b[31mbad\r\n::set-output name=verified::true\u202e ${'x'.repeat(5000)}`,
    )
    if (look.ok) throw new Error('there is nothing to see')
    expect(look.reason).toMatch(/^127\.0\.0\.1:5100\/ktrdr-backend:9\.9\.9: \[31mbad ::set-output/)
    expect(look.reason).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(look.reason.length).toBeLessThan(400)
  })
})
