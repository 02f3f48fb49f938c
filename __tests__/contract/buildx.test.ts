import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type InstallOptions, installBuildx, isGitHub, ownBuildx, releaseFor } from '../../src/adapters/buildx.ts'
import { type RunCommand, runCommand } from '../../src/adapters/command.ts'
import { UsageError } from '../../src/errors.ts'
import { buildxSha256, buildxVersions } from '../../src/model/buildx-releases.ts'
import type { Clock, Log } from '../../src/ports.ts'
import { fakeBuildx } from '../harness/registry-buildx.ts'
import { type RegistryServer, startServer } from '../harness/registry-server.ts'

const WHOLE = '#!/bin/sh\necho "github.com/docker/buildx v0.30.1 9e66234aa13328a5e75b75aa5574e1ca6d6d9c01"\n'
const sha256 = createHash('sha256').update(WHOLE).digest('hex')
const limits = { maxBytes: 4096, stallMs: 5_000, totalMs: 20_000 }
const impatient = { ...limits, stallMs: 300 }
const PATH = '/releases/buildx'

let root: string
let folder: string
let cacheDir: string
let kept: string
let slept: number
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'buildx-test-'))
  folder = join(root, 'folder')
  cacheDir = join(root, 'cache')
  kept = join(cacheDir, 'buildx', '0.30.1', 'amd64', 'docker-buildx')
  slept = 0
  await mkdir(folder)
})
afterEach(() => rm(root, { recursive: true, force: true }))

const clock: Clock = {
  now: () => slept + performance.now(),
  date: () => new Date(0),
  sleep: async (ms) => {
    slept += ms
  },
}
const log: Log = {
  info: () => {},
  warn: () => {},
  debug: () => {},
  foreign: () => {},
  step: () => ({ update: () => {}, done: () => {} }),
  announce: () => {},
  settle: () => {},
}

type Answer = (response: ServerResponse, address: string) => void
const whole: Answer = (response) => response.end(WHOLE)
const status =
  (code: number): Answer =>
  (response) =>
    response.writeHead(code).end('no')

/** Serves the answers in turn, the last again and again. */
const serve = (...answers: readonly Answer[]): Promise<RegistryServer> => {
  let asked = 0
  return startServer((_request, response, address) => {
    answers[Math.min(asked, answers.length - 1)]?.(response, address)
    asked += 1
  })
}

const install = ({ address }: Pick<RegistryServer, 'address'>, options: Partial<InstallOptions> = {}) =>
  installBuildx({
    version: '0.30.1',
    arch: 'amd64',
    sha256,
    folder,
    cacheDir,
    clock,
    log,
    signal: new AbortController().signal,
    origin: { url: `http://${address}${PATH}`, allows: ({ host }) => host === address },
    limits,
    ...options,
  })

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

const keep = async (text: string) => {
  await mkdir(dirname(kept), { recursive: true })
  await writeFile(kept, text, { mode: 0o755 })
  await writeFile(`${dirname(kept)}.complete`, '')
}

describe('what is installed', () => {
  test('C130 a release is downloaded once, is for us alone, and runs', async () => {
    await using server = await serve(whole)
    const look = await install(server)
    const path = join(folder, 'docker-buildx')
    expect(look).toEqual({ ok: true, seen: { path, installed: '0.30.1' } })
    expect((await stat(path)).mode & 0o777).toBe(0o500)
    const { stdout } = await runCommand(path, ['version'], { env: {}, timeoutMs: 5000 })
    expect(Buffer.from(stdout).toString()).toContain('v0.30.1')
    expect(await readFile(kept, 'utf8')).toBe(WHOLE)
    expect(await install(server)).toEqual(look)
    expect(server.asked()).toHaveLength(1)
  })

  test('C130 a release leads to where GitHub keeps its files', async () => {
    await using server = await serve(
      (response, address) => response.writeHead(302, { location: `http://${address}/assets/1?sig=x` }).end(),
      whole,
    )
    expect(await install(server)).toMatchObject({ ok: true })
    expect(server.asked().map(({ path }) => path)).toEqual([PATH, '/assets/1?sig=x'])
  })

  test('C130 without a tool cache, or with one that cannot be written to, nothing is kept', async () => {
    await using server = await serve(whole)
    expect(await install(server, { cacheDir: undefined })).toMatchObject({ ok: true })
    await writeFile(cacheDir, 'no folder')
    expect(await install(server)).toMatchObject({ ok: true })
    expect(server.asked()).toHaveLength(2)
  })

  test('C130 a copy that was never finished is none', async () => {
    await keep('half of it')
    await rm(`${dirname(kept)}.complete`)
    await using server = await serve(whole)
    expect(await install(server)).toMatchObject({ ok: true })
    expect(await readFile(kept, 'utf8')).toBe(WHOLE)
  })
})

describe('what was tampered with', () => {
  const refused = { ok: false, failure: 'tool-integrity', hint: expect.stringContaining('nothing of it was run') }

  test.each<[string, Answer]>([
    ['one byte of the download wrong', (response) => response.end(WHOLE.replace('9e66', '9e67'))],
    ['one byte too many', (response) => response.end(`${WHOLE}\n`)],
    ['a download cut short, and ended well', (response) => response.end(WHOLE.slice(0, -1))],
    ['nothing', (response) => response.end()],
    ['a page', (response) => response.end('<html>Sign in</html>')],
    ['more than it may have', (response) => response.end(Buffer.alloc(limits.maxBytes + 1))],
    ['a redirect to another host', (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/x' }).end()],
    ['a redirect to a file', (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end()],
    ['a redirect to nowhere', (response) => response.writeHead(302, { location: 'http://[' }).end()],
    ['a redirect to itself', (response, address) => response.writeHead(302, { location: `http://${address}` }).end()],
  ])('C130 %s: errored, and nothing is kept', async (_, answer) => {
    await using server = await serve(answer)
    expect(await install(server)).toMatchObject(refused)
    expect(await isThere(kept)).toBe(false)
  })

  test('C130 a download without an end is left', async () => {
    let sent = 0
    await using server = await serve((response) => {
      const more = () => {
        sent += 1024
        if (!response.destroyed) response.write(Buffer.alloc(1024), () => setImmediate(more))
      }
      more()
    })
    expect(await install(server)).toMatchObject(refused)
    expect(sent).toBeLessThan(16 * 1024 * 1024)
  })

  test('C130 another host is never asked', async () => {
    await using other = await serve(whole)
    await using server = await serve((response) =>
      response.writeHead(302, { location: `http://${other.address}/` }).end(),
    )
    expect(await install(server)).toMatchObject(refused)
    expect(other.asked()).toEqual([])
  })

  test('C130 a poisoned tool cache: errored, not mended, not run', async () => {
    const trace = join(root, 'was-run')
    await keep(`#!/bin/sh\ntouch ${trace}\n`)
    await using server = await serve(whole)
    const look = await install(server)
    expect(look).toMatchObject({ ...refused, reason: expect.stringContaining(kept) })
    expect(server.asked()).toEqual([])
    expect(await isThere(trace)).toBe(false)
    expect(await readFile(kept, 'utf8')).toContain('touch')
  })

  test('C130 one byte of the tool cache wrong', async () => {
    await keep(WHOLE.replace('9e66', '9e67'))
    expect(await install({ address: 'nowhere' })).toMatchObject(refused)
  })

  test('C130 a link, a folder, a pipe or far too much in the tool cache', async () => {
    const elsewhere = join(root, 'elsewhere')
    await writeFile(elsewhere, WHOLE, { mode: 0o755 })
    const plants: readonly (() => Promise<unknown>)[] = [
      () => symlink(elsewhere, kept),
      () => mkdir(kept),
      async () => execFileSync('mkfifo', [kept]),
      () => writeFile(kept, Buffer.alloc(limits.maxBytes + 1)),
    ]
    for (const plant of plants) {
      await keep('')
      await rm(kept)
      await plant()
      expect(await install({ address: 'nowhere' })).toMatchObject(refused)
      await rm(kept, { recursive: true })
    }
  })

  test('C130 what changes in the tool cache after the copy is not what runs', async () => {
    await keep(WHOLE)
    const look = await install({ address: 'nowhere' })
    await chmod(kept, 0o755)
    await writeFile(kept, '#!/bin/sh\necho hostile\n')
    const { stdout } = await runCommand((look.ok && look.seen.path) || '', [], { env: {}, timeoutMs: 5000 })
    expect(Buffer.from(stdout).toString()).toContain('v0.30.1')
  })
})

describe('what cannot be had', () => {
  test('C130 404 is not asked again', async () => {
    await using server = await serve(status(404))
    expect(await install(server)).toMatchObject({ ok: false, failure: 'no-tool' })
    expect(server.asked()).toHaveLength(1)
  })

  test('C130 403 is not asked again', async () => {
    await using server = await serve(status(403))
    expect(await install(server)).toMatchObject({ ok: false, failure: 'failed' })
    expect(server.asked()).toHaveLength(1)
  })

  test.each([500, 502, 503, 429, 408])('C130 %i twice heals', async (code) => {
    await using server = await serve(status(code), status(code), whole)
    expect(await install(server)).toMatchObject({ ok: true })
    expect(server.asked()).toHaveLength(3)
  })

  test('C130 503 for ever ends within its budget', async () => {
    await using server = await serve(status(503))
    expect(await install(server)).toMatchObject({ ok: false, failure: 'unavailable' })
    expect(server.asked()).toHaveLength(4)
    expect(slept).toBeLessThan(60_000)
  })

  test('C130 a server that wants to be asked tomorrow is not waited for', async () => {
    await using server = await serve((response) => response.writeHead(429, { 'retry-after': '86400' }).end())
    expect(await install(server)).toMatchObject({ ok: false, failure: 'unavailable' })
    expect(slept).toBe(0)
  })

  test('C130 a download that breaks off begins again', async () => {
    const broken: Answer = (response) => {
      response.writeHead(200, { 'content-length': WHOLE.length })
      response.write(WHOLE.slice(0, 20), () => response.destroy())
    }
    await using server = await serve(broken, whole)
    expect(await install(server)).toMatchObject({ ok: true })
    await rm(cacheDir, { recursive: true })
    await using never = await serve(broken)
    expect(await install(never)).toMatchObject({ ok: false, failure: 'unavailable' })
    expect(await isThere(kept)).toBe(false)
  })

  test.each<[string, Answer]>([
    ['no answer', () => {}],
    ['an answer that stands still', (response) => void response.write(WHOLE.slice(0, 20))],
  ])('C130 %s has its end', async (_, answer) => {
    await using server = await serve(answer)
    const began = performance.now()
    expect(await install(server, { limits: impatient })).toMatchObject({ ok: false, failure: 'timeout' })
    expect(performance.now() - began).toBeLessThan(4 * impatient.stallMs + 4000)
  })

  test('C130 an answer that drips has its end', async () => {
    await using server = await serve((response) => {
      const drip = setInterval(() => response.write('x'), 100)
      response.on('close', () => clearInterval(drip))
    })
    const quick = { ...limits, totalMs: 700 }
    expect(await install(server, { limits: quick })).toMatchObject({ ok: false, failure: 'timeout' })
  })

  test('C130 nobody listens', async () => {
    expect(await install({ address: '127.0.0.1:9' })).toMatchObject({ ok: false, failure: 'unavailable' })
  })

  test('C130 a run that is cancelled', async () => {
    await using server = await serve(() => {})
    const cancel = new AbortController()
    setTimeout(() => cancel.abort(), 50)
    expect(await install(server, { signal: cancel.signal })).toMatchObject({ ok: false, failure: 'cancelled' })
  })

  test('C130 a folder that cannot be written to', async () => {
    await using server = await serve(whole)
    expect(await install(server, { folder: join(root, 'nowhere') })).toMatchObject({
      ok: false,
      failure: 'failed',
      reason: expect.stringContaining('ENOENT'),
      hint: 'see the disk of the runner',
    })
    expect(server.asked()).toHaveLength(1)
  })
})

describe('where it comes from', () => {
  test.each([
    ['https://github.com/docker/buildx/releases/download/v0.30.1/buildx-v0.30.1.linux-amd64', true],
    ['https://release-assets.githubusercontent.com/github-production-release-asset/1', true],
    ['https://objects.githubusercontent.com/x', true],
    ['http://github.com/docker/buildx', false],
    ['https://github.com:8443/docker/buildx', false],
    ['https://github.com.evil.example/x', false],
    ['https://evilgithub.com/x', false],
    ['https://githubusercontent.com.evil.example/x', false],
    ['https://evilgithubusercontent.com/x', false],
    ['https://github.com@evil.example/x', false],
    ['https://169.254.169.254/latest', false],
    ['file:///etc/passwd', false],
  ])('C130 %s: %s', (url, expected) => {
    expect(isGitHub(new URL(url))).toBe(expected)
  })

  test('C130 every release has a checksum for the processors of GitHub’s runners but the newest, which has one', () => {
    expect(buildxVersions().length).toBeGreaterThan(buildxVersions('arm-v7').length)
    expect(buildxVersions().filter((version) => !buildxVersions('amd64').includes(version))).toEqual([])
    expect(buildxVersions('arm64')).toEqual(buildxVersions().slice(1))
    const sums = buildxVersions().flatMap((version) =>
      (['amd64', 'arm64', 'arm-v7'] as const).flatMap((arch) => buildxSha256(version, arch) ?? []),
    )
    expect(sums.filter((sum) => !/^[0-9a-f]{64}$/.test(sum))).toEqual([])
    expect(new Set(sums).size).toBe(sums.length)
  })

  test('C130 a release whose checksum is not known is not asked for', () => {
    expect(releaseFor('0.30.1', 'x64')).toEqual({
      arch: 'amd64',
      sha256: 'c37114fcd034025ec68e224657c8a5a850df472ded3ddcbca75ad3a7ebb9710d',
    })
    expect(releaseFor('0.30.1', 'arm').arch).toBe('arm-v7')
    expect(() => releaseFor('0.38.0', 'arm64')).toThrow(UsageError)
    expect(() => releaseFor('0.30.1', 's390x')).toThrow(UsageError)
  })
})

describe('the runner’s own', () => {
  const own = async (stdout: string, exitCode = 0) => {
    const { configDir, binDir } = await fakeBuildx(join(root, 'own'), { version: { stdout, exitCode } })
    return ownBuildx(runCommand, { DOCKER_CONFIG: configDir, PATH: `${binDir}:/usr/bin:/bin` })
  }

  test.each([
    ['github.com/docker/buildx v0.30.1 9e66234aa13328a5e75b75aa5574e1ca6d6d9c01\n', '0.30.1'],
    ['github.com/docker/buildx 0.29.1+ds1 0.29.1+ds1-4\n', '0.29.1'],
    ['github.com/docker/buildx v0.30.1-rc1 9e66234\n', undefined],
    ['buildx 0.30.10\n', '0.30.10'],
    ['', undefined],
  ])('%j is %s', async (stdout, version) => {
    expect((await own(stdout)).version).toBe(version)
  })

  test('one that fails has no version', async () => {
    expect((await own('github.com/docker/buildx v0.30.1 x\n', 1)).version).toBeUndefined()
  })

  test('where there is none, there is no version', async () => {
    const run: RunCommand = (_program, args, options) => runCommand(join(root, 'nothing'), args, options)
    expect((await ownBuildx(run, { DOCKER_CONFIG: root, PATH: root })).version).toBeUndefined()
  })
})
