import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { systemClock } from '../../src/adapters/clock.ts'
import { runCommand } from '../../src/adapters/command.ts'
import { dockerEngine } from '../../src/adapters/docker.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import { removeLeftovers } from '../../src/adapters/leftovers.ts'
import {
  type Digest,
  type Platform,
  parseDigest,
  parseImageName,
  parsePlatform,
  pinned,
  type Reference,
} from '../../src/model/image.ts'
import type { Look, ProbeSeen } from '../../src/model/observation.ts'
import type { Accelerator, ProbeSettings, Target } from '../../src/model/spec.ts'
import { readProbeLines } from '../../src/observe/probe/lines.ts'
import { outcomes } from '../../src/observe/probe/outcome.ts'
import { PROBE_SCRIPT } from '../../src/observe/probe/script.ts'
import { probe } from '../../src/observe/probe.ts'
import type { PulledImage, RunRequest } from '../../src/ports.ts'
import { authRegistry, registry, stores } from './stack.ts'

const amd64 = parsePlatform('linux/amd64')
const arm64 = parsePlatform('linux/arm64')
const signal = new AbortController().signal
const nonce = () => randomUUID().replaceAll('-', '')
/** The label of what only holds an image says which image that is. */
const FORMAT = '{{.ID}} {{.Label "verify-images.image"}}'

/** The digest a platform has in a tag's index, and what its layers come to. */
async function childOf(image: string, platform: Platform): Promise<Digest> {
  const args = ['buildx', 'imagetools', 'inspect', '--raw', `${registry}/${image}:latest`]
  const result = await runCommand('docker', args, { timeoutMs: 30_000, env: childEnvironment(process.env) })
  if (result.exitCode !== 0) throw new Error(`${result.stderr}: run script/stack/up and script/stack/images`)
  const index: { manifests: { digest: string; platform: { os: string; architecture: string } }[] } = JSON.parse(
    Buffer.from(result.stdout).toString(),
  )
  const child = index.manifests.find((each) => `${each.platform.os}/${each.platform.architecture}` === platform)
  if (child === undefined) throw new Error(`${image} has no ${platform}`)
  return parseDigest(child.digest)
}

const referenceOf = async (image: string, platform: Platform): Promise<Reference> =>
  pinned(parseImageName(`${registry}/${image}`), await childOf(image, platform))

/** A way to an engine on which each connection breaks after some time. */
async function breakingLine(socket: string, ms: number): Promise<{ dockerHost: string } & AsyncDisposable> {
  const ends = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(socket)
    const end = () => void [near, far].map((each) => each.destroy())
    setTimeout(end, ms).unref()
    for (const each of [near, far]) ends.add(each.on('error', end).on('close', end))
    near.pipe(far).pipe(near)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    dockerHost: `tcp://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      for (const each of ends) each.destroy()
    },
  }
}

const unpacked = new Map<string, number[]>()

describe.each(stores)('the engine with the $store store', ({ store, dockerHost }) => {
  const env = { ...childEnvironment(process.env), DOCKER_HOST: dockerHost }
  const label = `verify-images.run=${randomUUID()}`
  const options = { run: runCommand, env, label, keepImages: false, clock: systemClock(signal), signal }
  const engine = dockerEngine(options)
  const docker = (...args: string[]) => runCommand('docker', args, { timeoutMs: 60_000, env })
  const hasImage = async (reference: string) => (await docker('image', 'inspect', '--', reference)).exitCode === 0
  /** Those that ran or were to run. */
  const containers = async () =>
    Buffer.from((await docker('ps', '-a', '--filter', `label=${label}`, '--format', FORMAT)).stdout)
      .toString()
      .split('\n')
      .filter((line) => line.endsWith(' '))

  async function pull(image: string, platform: Platform): Promise<PulledImage> {
    const look = await engine.pull(
      await referenceOf(image, platform),
      platform,
      { compressedBytes: 1_000_000, layers: [] },
      () => {},
    )
    if (!look.ok) throw new Error(`${look.failure}: ${look.reason}`)
    return look.seen
  }

  async function probeImage(
    image: string,
    {
      platform = amd64,
      torch,
      ...settings
    }: { platform?: Platform; torch?: Accelerator } & Partial<ProbeSettings> = {},
  ): Promise<Look<ProbeSeen>> {
    const pulled = await pull(image, platform)
    const target: Target = {
      key: `${image}/${platform}`,
      platform,
      image: {
        id: image,
        name: parseImageName(`${registry}/${image}`),
        tags: [],
        platforms: undefined,
        size: {},
        growth: 0.2,
        imports: [{ module: 'ktrdr' }],
        absent: torch === undefined ? ['torch'] : [],
        torch,
        starts: false,
        commands: [],
        files: [],
        config: [],
        attestations: false,
        probe: { timeoutMs: 20_000, memoryBytes: 4e9, entrypoint: 'clear', ...settings },
        maxDurationMs: undefined,
        severity: {},
        waivers: [],
        positions: {},
      },
    }
    const look = await probe(target, pulled.pulled, { engine, nonce })
    await pulled[Symbol.asyncDispose]()
    return look
  }

  afterAll(async () => {
    expect(await containers()).toEqual([])
    await removeLeftovers(runCommand, env, label)
  })

  it('is described', async () => {
    expect(await engine.describe()).toMatchObject({
      ok: true,
      seen: { store, platform: 'linux/amd64', emulated: ['linux/arm64'], buildx: expect.stringMatching(/^v?\d/) },
    })
  })

  it.each([
    ['quick/ktrdr-backend', amd64],
    ['quick/ktrdr-backend', arm64],
    ['quick/ktrdr-worker-gpu', amd64],
    ['ktrdr/ktrdr-backend', amd64],
  ])('C114 pulls %s for %s, measures it as the other store does, and removes it', async (image, platform) => {
    const reference = await referenceOf(image, platform)
    await docker('image', 'rm', '--', reference)
    const texts: string[] = []
    const look = await engine.pull(reference, platform, { compressedBytes: 1_000_000, layers: [] }, ({ text }) =>
      texts.push(text),
    )
    if (!look.ok) throw new Error(`${look.failure}: ${look.reason}`)
    expect(look.seen.pulled.repoDigests).toContain(reference)
    expect(await hasImage(reference)).toBe(true)
    const measured = await look.seen.unpacked()
    if (!measured.ok) throw new Error(measured.reason)
    await look.seen[Symbol.asyncDispose]()
    for (const end = performance.now() + 30_000; performance.now() < end && (await hasImage(reference)); )
      await delay(100)
    expect(await hasImage(reference)).toBe(false)
    const sizes = unpacked.get(`${image} ${platform}`) ?? []
    unpacked.set(`${image} ${platform}`, [...sizes, measured.seen])
    for (const other of sizes) expect(Math.abs(measured.seen / other - 1)).toBeLessThan(0.005)
  })

  it('leaves an image that was there before', async () => {
    const reference = await referenceOf('quick/ktrdr-backend', amd64)
    await docker('image', 'pull', '--platform', amd64, '--', reference)
    const pulled = await pull('quick/ktrdr-backend', amd64)
    await pulled[Symbol.asyncDispose]()
    expect(await hasImage(reference)).toBe(true)
    await docker('image', 'rm', '--', reference)
  })

  it.each([
    ['a digest that nobody pushed', registry, 'not-found'],
    ['a registry that wants a login', authRegistry, 'denied'],
    ['a registry that is not there', '127.0.0.1:1', 'unavailable'],
  ])('says why for %s', async (_what, host, failure) => {
    const reference = pinned(parseImageName(`${host}/quick/ktrdr-backend`), parseDigest(`sha256:${'0'.repeat(64)}`))
    expect(await engine.pull(reference, amd64, { compressedBytes: 1_000, layers: [] }, () => {})).toMatchObject({
      ok: false,
      failure,
    })
  })

  describe('probes', () => {
    const ktrdr = { outcome: 'imported', version: '1.0.7.2' }
    const torch = (reason: string) => ({ outcome: 'broken', reason: expect.stringContaining(reason) })

    it('a good image, on its own platform and emulated', async () => {
      const modules = { ktrdr, torch: { outcome: 'absent' } }
      for (const platform of [amd64, arm64])
        expect(await probeImage('quick/ktrdr-backend', { platform })).toMatchObject({ ok: true, seen: { modules } })
    })

    it('a worker and its torch', async () => {
      expect(await probeImage('quick/ktrdr-worker-cpu', { torch: 'cpu' })).toMatchObject({
        ok: true,
        seen: { modules: { torch: { outcome: 'imported' } }, torch: { cuda: null, vendorPackages: [] } },
      })
      expect(await probeImage('bad/torch-cuda-amd64', { torch: 'cpu' })).toMatchObject({
        ok: true,
        seen: { torch: { cuda: expect.any(String), vendorPackages: expect.arrayContaining(['cublas']) } },
      })
    })

    it.each([
      ['bad/torch-in-backend', undefined, { outcome: 'imported' }],
      ['bad/torch-broken', undefined, torch("ModuleNotFoundError: No module named 'numpy'")],
      ['bad/torch-missing', 'cpu', { outcome: 'absent' }],
      ['bad/torch-crash', 'cpu', torch('ended by signal 6 (SIGABRT)')],
      ['bad/torch-exits', 'cpu', torch('exited 0 during import')],
      ['bad/torch-osexits', 'cpu', torch('exited 0 during import')],
    ] as const)('C98 C104 %s, and the rest of it', async (image, accelerator, expected) => {
      const look = await probeImage(image, accelerator && { torch: accelerator })
      expect(look).toMatchObject({ ok: true, seen: { modules: { ktrdr, torch: expected } } })
    })

    it('C99 a torch that hangs', async () => {
      expect(await probeImage('bad/torch-hang', { torch: 'cpu', timeoutMs: 4_000 })).toMatchObject({
        ok: true,
        seen: { modules: { ktrdr, torch: torch('did not return within 4 s') } },
      })
    })

    it('C107 no Python', async () => {
      expect(await probeImage('bad/no-python')).toMatchObject({ ok: false, failure: 'not-found' })
    })

    it('C95 an entrypoint that swallows what it is to run, when it is kept', async () => {
      expect(await probeImage('bad/swallow', { entrypoint: 'keep' })).toMatchObject({
        ok: false,
        failure: 'no-evidence',
      })
      expect(await probeImage('bad/swallow')).toMatchObject({ ok: true, seen: { modules: { ktrdr } } })
    })

    it('C03 C12 workflow commands, as mere output', async () => {
      const look = await probeImage('bad/commands')
      expect(look).toMatchObject({ ok: true, seen: { modules: { ktrdr } } })
      if (look.ok) expect(look.seen.output.length).toBeLessThanOrEqual(64 * 1024)
    })
  })

  describe('runs', () => {
    let image: PulledImage
    beforeAll(async () => {
      image = await pull('quick/ktrdr-backend', amd64)
    })
    afterAll(async () => {
      await image[Symbol.asyncDispose]()
    })

    const python = (script: string, given: Partial<RunRequest> = {}) =>
      engine.run({
        image: image.pulled.id,
        platform: amd64,
        entrypoint: 'python',
        args: ['-c', script],
        timeoutMs: 60_000,
        memoryBytes: 1e9,
        marker: 'M4RK',
        ...given,
      })

    it('C110 with nothing of ours, no network and no privileges', async () => {
      const look = await python(
        'import os, sys; print("M4RK", sorted(os.environ), os.listdir("/sys/class/net"),' +
          ' [l.split()[1] for l in open("/proc/self/status") if l.startswith(("CapEff", "NoNewPrivs"))])',
      )
      const marked = look.ok ? look.seen.marked[0] : ''
      expect(marked).toContain("['lo']")
      expect(marked).toContain("['0000000000000000', '1']")
      expect(marked).not.toMatch(/TOKEN|INPUT_|ACTIONS_|GITHUB_|STACK_/)
    })

    it('C09 a flood of one line, in little memory, up to a limit', async () => {
      const before = process.memoryUsage().rss
      const look = await python('print("M4RK early"); [print("x" * 1000000, end="") for _ in range(200)]')
      expect(look).toMatchObject({ ok: true, seen: { outputLimited: true, marked: [' early'] } })
      expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
    })

    it('C99 what ignores being ended', async () => {
      const script =
        'import signal, time; signal.signal(15, signal.SIG_IGN); print("M4RK up", flush=True); time.sleep(60)'
      const began = performance.now()
      const look = await python(script, { timeoutMs: 8_000 })
      expect(look).toMatchObject({ ok: true, seen: { timedOut: true, startedAt: expect.stringMatching(/^20/) } })
      expect(performance.now() - began).toBeLessThan(30_000)
      expect(await containers()).toEqual([])
    })

    it('C98 what crashes, as the first process, by the signal that ends even that', async () => {
      const look = await python('import os; os.abort()')
      expect(look).toMatchObject({ ok: true, seen: { exitCode: 139, oomKilled: false, timedOut: false } })
    })

    it('C97 what needs more memory than it may have', async () => {
      const look = await python('x = bytearray(1 << 30); print(len(x))', { memoryBytes: 64e6 })
      expect(look).toMatchObject({ ok: true, seen: { exitCode: 137, oomKilled: true } })
    })

    it('a probe of which one module needs too much memory and one prints too much, and hears of the others', async () => {
      const modules = { greedy: 'x = bytearray(1 << 30); print(len(x))', loud: 'while True: print("x" * 100000)' }
      const prelude = Object.entries(modules).map(
        ([name, text]) => `open("/tmp/${name}.py", "w").write(${JSON.stringify(text)})`,
      )
      const script = [...prelude, 'import sys; sys.path.append("/tmp")', PROBE_SCRIPT].join('\n')
      const asked = { modules: ['ktrdr', 'greedy', 'loud', 'json'], timeoutMs: 30_000, memoryBytes: 256e6 }
      const look = await python('', { memoryBytes: 256e6, args: ['-c', script, 'M4RK', '30', '-', ...asked.modules] })
      if (!look.ok) throw new Error(look.reason)
      expect(outcomes(asked, readProbeLines(look.seen.marked), look.seen)).toMatchObject({
        ktrdr: { outcome: 'imported', version: '1.0.7.2' },
        greedy: { outcome: 'broken', reason: expect.stringContaining('ran out of its 256 MB of memory') },
        loud: { outcome: 'unseen', reason: expect.stringContaining('printed more than it may') },
        json: { outcome: 'unseen' },
      })
    })

    it('C101 what leaves a child with its output behind', async () => {
      const look = await python('import os, time; os.fork() or time.sleep(60); print("M4RK done")')
      expect(look).toMatchObject({ ok: true, seen: { exitCode: 0, timedOut: false, marked: [' done'] } })
    })

    it('C96 what exits as docker itself does', async () => {
      for (const code of [125, 126, 127])
        expect(await python(`raise SystemExit(${code})`)).toMatchObject({
          ok: true,
          seen: { exitCode: code, error: '' },
        })
    })

    it('C94 nothing where there is no such program, or one that cannot be run', async () => {
      expect(await python('', { entrypoint: '/nowhere/python' })).toMatchObject({
        ok: true,
        seen: {
          ...{ startedAt: undefined, error: expect.stringContaining('exec: "/nowhere/python"') },
          ...{ refusedBy: 'image', missing: '/nowhere/python' },
        },
      })
      expect(await python('', { entrypoint: '/app/ktrdr/__init__.py' })).toMatchObject({
        ok: true,
        seen: { startedAt: undefined, error: expect.stringContaining('permission denied'), refusedBy: 'image' },
      })
    })

    it('nothing of an image that is not there', async () => {
      const look = await python('', { image: `sha256:${'0'.repeat(64)}` })
      expect(look).toMatchObject({ ok: false, failure: 'not-found' })
    })

    it('C89 to no end that nobody saw, where the line to the engine breaks', async () => {
      const runFor = async (seconds: number, breaksAfterMs: number) => {
        await using line = await breakingLine(dockerHost.replace('unix://', ''), breaksAfterMs)
        const far = dockerEngine({ ...options, env: { ...env, DOCKER_HOST: line.dockerHost } })
        return await far.run({
          image: image.pulled.id,
          platform: amd64,
          entrypoint: 'python',
          args: ['-c', `import time; time.sleep(${seconds}); raise SystemExit(7)`],
          timeoutMs: 60_000,
          memoryBytes: 1e9,
          marker: 'M4RK',
        })
      }
      expect(await runFor(0, 30_000)).toMatchObject({ ok: true, seen: { exitCode: 7 } })
      expect(await runFor(30, 6_000)).toMatchObject({ ok: false, failure: 'unavailable' })
      expect(await containers()).toEqual([])
    })

    it('until the run is ended, and leaves nothing', async () => {
      const controller = new AbortController()
      const ending = dockerEngine({ ...options, signal: controller.signal })
      setTimeout(() => controller.abort(), 2_000)
      const look = await ending.run({
        image: image.pulled.id,
        platform: amd64,
        entrypoint: 'python',
        args: ['-c', 'import time; time.sleep(60)'],
        timeoutMs: 60_000,
        memoryBytes: 1e9,
        marker: 'M4RK',
      })
      expect(look).toMatchObject({ ok: false, failure: 'cancelled' })
      expect(await containers()).toEqual([])
    })

    it('and removes by their label what a killed run left', async () => {
      const left = `verify-images.run=${randomUUID()}`
      await docker(
        'container',
        'create',
        '--label',
        left,
        '--entrypoint',
        'python',
        '--',
        image.pulled.id,
        '-c',
        'pass',
      )
      expect(await removeLeftovers(runCommand, env, left)).toMatchObject({ containers: 1 })
      expect(await removeLeftovers(runCommand, env, left)).toMatchObject({ containers: 0 })
    })
  })
})
