import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { runCommand } from '../../src/adapters/command.ts'
import { removeImage } from '../../src/adapters/docker/anchor.ts'
import { dockerCommand } from '../../src/adapters/docker/command.ts'
import { describeEngine } from '../../src/adapters/docker/describe.ts'
import { type Disk, engineDisk, freeBytes, type Room, type RoomRequest } from '../../src/adapters/docker/disk.ts'
import { dockerEngine } from '../../src/adapters/docker.ts'
import { parseDigest, parseImageName, parsePlatform, pinned } from '../../src/model/image.ts'
import type { Descriptor, Look } from '../../src/model/observation.ts'
import type { PulledImage, PullProgress } from '../../src/ports.ts'
import { type DockerAnswer, fakeDocker, type Rules, untilCalled } from '../harness/docker-fake.ts'
import { tar } from '../harness/tar.ts'

const recorded = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/docker', name), 'utf8')
const digest = parseDigest('sha256:86a1ecfeb3dd58210f0105ee41f682d51f3c4bfae73564ff6ad12fbaa3289b33')
const reference = pinned(parseImageName('127.0.0.1:5000/quick/ktrdr-worker-gpu'), digest)
const amd64 = parsePlatform('linux/amd64')

/** What takes so much of the disk, of layers that are not told. */
const wanting = (compressedBytes: number): RoomRequest => ({
  ...{ compressedBytes, layers: [], what: 'an image', isHere: false },
  onWait: () => {},
})
const aLayer = (letter: string, sizeBytes: number): Descriptor => ({
  ...{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', sizeBytes, annotations: {} },
  digest: parseDigest(`sha256:${letter.repeat(64)}`),
})

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'docker-test-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const absent: DockerAnswer = { stderr: `Error response from daemon: No such image: ${reference}\n` }
const made: DockerAnswer = { stdout: 'c0ffee\n' }
const good: Rules = {
  'info ': { stdout: recorded('info.classic.stdout') },
  'image inspect --format {{json .Id}}': absent,
  'container create ': [absent, made],
  'container rm ': {},
  'container ls ': {},
  'image pull ': { stdout: recorded('pull-ok.classic.stdout') },
  'image inspect --format {{json .}}': { stdout: recorded('inspect.classic.stdout') },
  'image rm ': { stdout: `Untagged: ${reference}\n` },
}
/** The engine has the image, and a pull brings nothing. */
const there: Rules = {
  ...good,
  'container create ': made,
  'image pull ': { stdout: `Status: Image is up to date for ${reference}\n` },
}

async function engineWith(rules: Rules, given: { keepImages?: boolean; signal?: AbortSignal; stallMs?: number } = {}) {
  const docker = await fakeDocker(root, rules)
  const { signal = new AbortController().signal, keepImages = false, stallMs = 60_000 } = given
  const clock = { now: () => performance.now(), date: () => new Date(), sleep: async () => {} }
  const engine = dockerEngine({
    run: runCommand,
    env: { PATH: `${docker.binDir}:${process.env.PATH}` },
    label: 'verify-images.run=test',
    keepImages,
    clock,
    signal,
    pullLimits: { timeoutMs: 20_000, stallMs, backoffMs: 1 },
  })
  const progress: PullProgress[] = []
  const pull = (compressedBytes = 1_000) =>
    engine.pull(reference, amd64, { compressedBytes, layers: [] }, (each) => progress.push(each))
  return { engine, pull, progress, calls: docker.calls }
}

const pulls = (calls: readonly string[]) => calls.filter((call) => call.startsWith('image pull'))
const removals = (calls: readonly string[]) => calls.filter((call) => call.startsWith('image rm'))

describe('describing the engine', () => {
  it.each([
    ['classic', 'info.classic.stdout'],
    ['containerd', 'info.containerd.stdout'],
  ])('knows the %s store', async (store, name) => {
    const rules = {
      'info ': { stdout: recorded(name) },
      'buildx inspect': { stdout: 'Platforms: linux/amd64*, linux/arm64' },
    }
    const { engine } = await engineWith(rules)
    expect(await engine.describe()).toEqual({
      ok: true,
      seen: {
        version: '28.5.2+dfsg4',
        store,
        platform: 'linux/amd64',
        emulated: ['linux/arm64'],
        buildx: '0.29.1+ds1',
      },
    })
  })

  it.each<readonly [string, string, string, string]>([
    ['its own folder', 'containerd', '/run/docker/containerd/containerd.sock', '/var/lib/docker'],
    ['its own folder', 'classic', '/run/containerd/containerd.sock', '/var/lib/docker'],
    ['that of the machine’s containerd', 'containerd', '/run/containerd/containerd.sock', '/var/lib/containerd'],
  ])('knows that images are kept in %s: %s store, %s', async (_, store, Address, rootDir) => {
    const info = JSON.parse(recorded(`info.${store}.stdout`))
    const stdout = JSON.stringify({ ...info, Name: hostname(), Containerd: { Address } })
    const { binDir } = await fakeDocker(root, { 'info ': { stdout } })
    const docker = dockerCommand({ run: runCommand, env: { PATH: `${binDir}:${process.env.PATH}` } })
    expect(await describeEngine(docker, '')).toMatchObject({ ok: true, seen: { rootDir } })
  })

  it.each([
    [{ MemoryLimit: false, PidsLimit: false, SecurityOptions: ['name=rootless'] }, 'memory, processes'],
    [{ MemoryLimit: false, PidsLimit: true }, 'memory'],
    [{ MemoryLimit: true, PidsLimit: true }, undefined],
  ])('knows which limits an engine does not enforce: %j', async (limits, unlimited) => {
    const stdout = JSON.stringify({ ...JSON.parse(recorded('info.classic.stdout')), ...limits })
    const { engine } = await engineWith({ 'info ': { stdout }, 'buildx inspect': { exitCode: 1 } })
    const look = await engine.describe()
    expect(look.ok && look.seen.unlimited).toBe(unlimited)
  })

  it('knows podman by another command’s name', async () => {
    const stdout = '{"host":{"arch":"amd64","os":"linux"},"store":{},"version":{"Version":"4.9.3"}}'
    const { engine } = await engineWith({
      'info ': { stdout, stderr: 'Emulate Docker CLI using podman.', exitCode: 0 },
    })
    expect(await engine.describe()).toMatchObject({
      ok: false,
      failure: 'no-tool',
      reason: expect.stringContaining('podman'),
    })
  })

  it.each([
    [
      'no engine',
      { stdout: recorded('info-no-engine.stdout'), stderr: recorded('info-no-engine.stderr') },
      'unavailable',
    ],
    ['an engine that prints and fails', { stdout: recorded('info.classic.stdout'), exitCode: 1 }, 'failed'],
    ['half an answer', { stdout: '{"ServerVersion":"28"}' }, 'unavailable'],
    ['no answer', { stdout: 'null' }, 'malformed'],
    ['an answer of another kind', { stdout: '{"ServerVersion":28}' }, 'malformed'],
    ['an unknown architecture', { stdout: '{"ServerVersion":"28","OSType":"linux","Architecture":"vax"}' }, 'failed'],
  ] as const)('says so when there is %s', async (_what, answer, failure) => {
    const { engine } = await engineWith({ 'info ': answer })
    expect(await engine.describe()).toMatchObject({ ok: false, failure })
  })

  it('C87 says that there is no docker', async () => {
    const options = {
      label: 'a=b',
      keepImages: false,
      clock: { now: () => 0, date: () => new Date(), sleep: async () => {} },
    }
    const engine = dockerEngine({ run: runCommand, env: { PATH: root }, ...options })
    expect(await engine.describe()).toMatchObject({ ok: false, failure: 'no-tool' })
  })
})

describe('pulling', () => {
  it('pulls by digest, tells how far it is, and removes it at the end, once', async () => {
    const { pull, progress, calls } = await engineWith(good)
    const look = await pull()
    if (!look.ok) throw new Error(look.reason)
    const inspected = JSON.parse(recorded('inspect.classic.stdout'))
    expect(look.seen.pulled).toMatchObject({ id: inspected.Id, unpackedBytes: inspected.Size })
    expect(look.seen.pulled.repoDigests).toContain(reference)
    expect(pulls(await calls())).toEqual([`image pull --platform linux/amd64 -- ${reference}`])
    expect(progress.at(-1)).toMatchObject({ text: '10 layers downloaded, 10 unpacked' })
    expect(progress.at(-1)?.here).toHaveLength(10)
    await look.seen[Symbol.asyncDispose]()
    await look.seen[Symbol.asyncDispose]()
    expect(removals(await calls())).toEqual([`image rm -- ${reference}`])
  })

  it('leaves what was there before', async () => {
    const { pull, calls } = await engineWith(there)
    const look = await pull()
    if (look.ok) await look.seen[Symbol.asyncDispose]()
    expect(look.ok).toBe(true)
    expect(removals(await calls())).toEqual([])
  })

  it('leaves what is to be kept', async () => {
    const { pull, calls } = await engineWith(good, { keepImages: true })
    const look = await pull()
    if (look.ok) await look.seen[Symbol.asyncDispose]()
    expect(removals(await calls())).toEqual([])
  })

  it('removes what two hold with the second of them', async () => {
    const { pull, calls } = await engineWith(good)
    const [one, two] = await Promise.all([pull(), pull()])
    if (!one?.ok || !two?.ok) throw new Error('not pulled')
    await one.seen[Symbol.asyncDispose]()
    expect(removals(await calls())).toEqual([])
    await two.seen[Symbol.asyncDispose]()
    expect(removals(await calls())).toHaveLength(1)
  })

  it('does not throw when the removal fails', async () => {
    const { pull } = await engineWith({ ...good, 'image rm ': { stderr: 'conflict: unable to remove' } })
    const look = await pull()
    if (!look.ok) throw new Error(look.reason)
    await expect(look.seen[Symbol.asyncDispose]()).resolves.toBeUndefined()
  })

  it('heals once what can heal', async () => {
    const answers = [{ stderr: recorded('pull-status-503.classic.stderr') }, good['image pull '] as DockerAnswer]
    const { pull, calls } = await engineWith({ ...good, 'image pull ': answers })
    expect((await pull()).ok).toBe(true)
    expect(pulls(await calls())).toHaveLength(2)
  })

  it.each([
    ['pull-status-503', 'unavailable', 2],
    ['pull-status-429', 'rate-limited', 2],
    ['pull-status-403', 'denied', 1],
    ['pull-missing', 'not-found', 1],
    ['pull-unknown-host', 'unavailable', 1],
  ] as const)('%s is %s after %i tries, and leaves nothing', async (name, failure, tries) => {
    const { pull, calls } = await engineWith({ ...good, 'image pull ': { stderr: recorded(`${name}.classic.stderr`) } })
    expect(await pull()).toMatchObject({ ok: false, failure })
    expect(pulls(await calls())).toHaveLength(tries)
    expect(removals(await calls())).toHaveLength(1)
  })

  it('C93 does not retry a full disk', async () => {
    const stderr = 'failed to register layer: write /usr/lib/libtorch.so: no space left on device'
    const { pull, calls } = await engineWith({ ...good, 'image pull ': { stderr } })
    expect(await pull()).toMatchObject({ ok: false, failure: 'disk-full' })
    expect(pulls(await calls())).toHaveLength(1)
  })

  it('C92 takes a prompt for the refusal that it is, at once', async () => {
    const prompt = { stdout: recorded('pull-status-401.classic.stdout'), sleepSeconds: 30 }
    const { pull } = await engineWith({ ...good, 'image pull ': prompt })
    const began = performance.now()
    expect(await pull()).toMatchObject({
      ok: false,
      failure: 'denied',
      hint: expect.stringContaining('packages: read'),
    })
    expect(performance.now() - began).toBeLessThan(20_000)
  })

  it('tells what the disk says where docker says nothing of layers', async () => {
    // A disk that nobody else writes to meanwhile.
    const disk = await mkdtemp('/dev/shm/docker-test-')
    const info = JSON.stringify({
      ...JSON.parse(recorded('info.classic.stdout')),
      Name: hostname(),
      DockerRootDir: disk,
    })
    const script = `sleep 0.5; head -c 20000000 /dev/zero > '${disk}/blob'; sleep 2.5`
    const rules = { ...good, 'info ': { stdout: info }, 'image pull ': { script } }
    const { pull, progress } = await engineWith(rules, { stallMs: 4_000 })
    expect((await pull()).ok).toBe(true)
    await rm(disk, { recursive: true })
    expect(progress.at(-1)).toEqual({
      here: undefined,
      text: '20 MB less free on the engine’s disk',
    })
  })

  it('ends a pull that stands still', async () => {
    const hang = { stdout: 'a: Pulling from b\n4c47fe825601: Pulling fs layer\n', sleepSeconds: 30 }
    const { pull } = await engineWith({ ...good, 'image pull ': hang }, { stallMs: 500 })
    expect(await pull()).toMatchObject({
      ok: false,
      failure: 'timeout',
      reason: expect.stringContaining('stood still'),
    })
  })

  it('ends with the run', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const { pull, calls } = await engineWith({ ...good, 'image pull ': { sleepSeconds: 30 } }, { signal })
    void untilCalled(calls, 'image pull ').then(() => controller.abort())
    expect(await pull()).toMatchObject({ ok: false, failure: 'cancelled' })
  })

  it('C93 does not begin where the disk is too small', async () => {
    const here = JSON.stringify({
      ...JSON.parse(recorded('info.classic.stdout')),
      Name: hostname(),
      DockerRootDir: root,
    })
    const { pull, calls } = await engineWith({ ...good, 'info ': { stdout: here } })
    const look = await pull(1e15)
    expect(look).toMatchObject({
      ok: false,
      failure: 'disk-full',
      reason: expect.stringMatching(/3000000000 MB.* MB are free/),
    })
    expect(pulls(await calls())).toEqual([])
  })

  it('C89 does not believe an inspect that failed, whatever it printed', async () => {
    const { pull } = await engineWith({ ...good, 'image inspect --format {{json .}}': { stdout: '[]', exitCode: 1 } })
    expect(await pull()).toMatchObject({ ok: false, failure: 'failed' })
  })

  it.each(['', 'null', '{"Id":""}', '{"Id":"sha256:1","Os":"linux","Architecture":"amd64"}'])(
    'C89 does not make up what an inspect leaves out, nor blames the image for it: %j',
    async (stdout) => {
      const { pull } = await engineWith({ ...good, 'image inspect --format {{json .}}': { stdout } })
      expect(await pull()).toMatchObject({ ok: false, failure: 'failed', reason: expect.stringContaining(reference) })
    },
  )

  it('notices that the image is of another platform than asked for', async () => {
    const image = { ...JSON.parse(recorded('inspect.classic.stdout')), Architecture: 'arm64' }
    const { pull } = await engineWith({
      ...good,
      'image inspect --format {{json .}}': { stdout: JSON.stringify(image) },
    })
    expect(await pull()).toMatchObject({
      ok: false,
      failure: 'malformed',
      reason: expect.stringContaining('linux/arm64'),
    })
  })
})

describe('C124 an image that other runs hold', () => {
  const conflict = {
    stderr: 'conflict: unable to delete (must be forced) - container abc is using its referenced image',
  }
  const noContainer = { stderr: 'Error response from daemon: No such container: vi-1' }
  const dispose = async ({ pull, calls }: Awaited<ReturnType<typeof engineWith>>): Promise<readonly string[]> => {
    const look = await pull()
    if (!look.ok) throw new Error(look.reason)
    await look.seen[Symbol.asyncDispose]()
    const said = await calls()
    return said.slice(said.findIndex((call) => call.startsWith('container rm')))
  }

  it('is held by a container that never starts, before the pull where it is there', async () => {
    const { pull, calls } = await engineWith(there)
    await pull()
    const [, , create = '', pulled] = await calls()
    expect(create).toContain('--label verify-images.run=test ')
    expect(create).toContain(`--label verify-images.image=${reference} `)
    expect(create).toContain('--network none')
    expect(pulled).toContain('image pull')
    expect((await calls()).filter((call) => /container (?:start|create)/.test(call))).toHaveLength(1)
  })

  it('is pulled again where another run took it away before it was held', async () => {
    const { pull, calls } = await engineWith({ ...good, 'container create ': [absent, absent, absent, made] })
    expect(await pull()).toMatchObject({ ok: true })
    expect(pulls(await calls())).toHaveLength(2)
  })

  it('is an error where that never ends', async () => {
    const { pull, calls } = await engineWith({ ...good, 'container create ': absent })
    expect(await pull()).toMatchObject({ ok: false, failure: 'failed', reason: expect.stringContaining('5 times') })
    expect(pulls(await calls())).toHaveLength(5)
  })

  const remove = async (rules: Rules) => {
    const rest = { 'container ls ': {}, 'container rename ': {}, 'container inspect ': {} }
    const docker = await fakeDocker(root, { ...rules, ...rest, ...rules })
    const env = { PATH: `${docker.binDir}:${process.env.PATH}` }
    const isSettled = await removeImage(dockerCommand({ run: runCommand, env }), reference)
    return { isSettled, calls: (await docker.calls()).map((call) => call.replace(/ --(?:all|format) .*/, '')) }
  }

  it('is left to one of them', async () => {
    const rules = {
      'image rm ': conflict,
      'container ls ': { stdout: 'vi-2\nvi-3\n' },
      'container rename vi-2': noContainer,
      'container rename ': {},
    }
    expect(await remove(rules)).toEqual({
      isSettled: true,
      calls: [
        `image rm -- ${reference}`,
        'container ls',
        'container rename vi-2 vi-2-heir',
        'container rename vi-3 vi-3-heir',
        'container inspect',
      ],
    })
  })

  it.each([
    ['they end meanwhile', { 'container rename ': noContainer }],
    ['the heir was about to end', { 'container inspect ': noContainer }],
  ])('is removed after all where %s', async (_what, rules) => {
    const listed = { 'container ls ': [{ stdout: 'vi-2\n' }, {}] }
    const { isSettled, calls } = await remove({ 'image rm ': [conflict, {}], ...listed, ...rules })
    expect([isSettled, removals(calls).length]).toEqual([true, 2])
  })

  it.each([
    ['has an heir already', { stdout: 'vi-2-heir\nvi-3\n' }, true],
    ['is used by somebody else', {}, false],
  ])('stays where it %s', async (_what, listed, isSettled) => {
    const ended = await remove({ 'image rm ': conflict, 'container ls ': listed })
    expect(ended).toEqual({ isSettled, calls: [`image rm -- ${reference}`, 'container ls'] })
  })

  it('is left to who holds it even after it is removed, since he may bring it back', async () => {
    const { calls } = await remove({ 'image rm ': {}, 'container ls ': { stdout: 'vi-2\n' } })
    expect(calls).toContain('container rename vi-2 vi-2-heir')
  })

  it('is removed by the heir, who had not brought it', async () => {
    const said = await dispose(await engineWith({ ...there, 'container rm ': [noContainer, {}] }))
    expect(said.slice(1, 3)).toEqual(['container rm --volumes -- c0ffee', `image rm -- ${reference}`])
  })

  it('is removed by who brought it back', async () => {
    const said = await dispose(await engineWith({ ...good, 'container create ': made }))
    expect(removals(said)).toHaveLength(1)
  })

  it('is not removed by who lost his hold to a clean-up', async () => {
    expect(removals(await dispose(await engineWith({ ...there, 'container rm ': noContainer })))).toEqual([])
  })
})

describe('removing an image that takes its time', () => {
  const present: DockerAnswer = { stdout: '"sha256:abc"' }
  const slow = (...inspections: DockerAnswer[]): Rules => ({
    ...good,
    'image inspect --format {{json .Id}}': inspections,
    'image rm ': { sleepSeconds: 20 },
  })

  it('is not waited for, only that the engine has forgotten it', async () => {
    const { engine, pull, calls } = await engineWith(slow(present, absent))
    const look = await pull()
    if (!look.ok) throw new Error(look.reason)
    const began = performance.now()
    await look.seen[Symbol.asyncDispose]()
    await engine[Symbol.asyncDispose]()
    expect(performance.now() - began).toBeLessThan(10_000)
    const said = await calls()
    expect(said.slice(said.indexOf(`image rm -- ${reference}`))).toEqual([
      `image rm -- ${reference}`,
      `image inspect --format {{json .Id}} -- ${reference}`,
      `image inspect --format {{json .Id}} -- ${reference}`,
      expect.stringContaining('container ls --all'),
    ])
  })

  it('is not asked about once the engine has said that it is gone', async () => {
    const { engine, pull, calls } = await engineWith({ ...good, 'container ls ': { sleepSeconds: 1 } })
    const look = await pull()
    if (!look.ok) throw new Error(look.reason)
    await look.seen[Symbol.asyncDispose]()
    await engine[Symbol.asyncDispose]()
    const said = await calls()
    expect(said.slice(said.indexOf(`image rm -- ${reference}`))).toEqual([
      `image rm -- ${reference}`,
      expect.stringContaining('container ls --all'),
    ])
  })

  it('is waited for before the same image is pulled again', async () => {
    const { engine, pull, calls } = await engineWith({ ...good, 'image rm ': [{ sleepSeconds: 6 }, {}] })
    for (let time = 0; time < 2; time += 1) {
      const look = await pull()
      if (!look.ok) throw new Error(look.reason)
      const began = performance.now()
      await look.seen[Symbol.asyncDispose]()
      if (time === 0) expect(performance.now() - began).toBeLessThan(5_900)
    }
    await engine[Symbol.asyncDispose]()
    expect(pulls(await calls())).toHaveLength(2)
  })

  it('is waited for where its room is wanted, and nowhere else', async () => {
    let waits = 0
    const disk = engineDisk(
      async () => root,
      async () => {
        waits += 1
      },
    )
    const first = await disk.reserve(wanting(1))
    expect(first).not.toHaveProperty('failure')
    expect(waits).toBe(0)
    const small = await disk.reserve(wanting(1))
    const refused = disk.reserve(wanting(1e15))
    while (waits === 0) await delay(10)
    expect(waits).toBe(1)
    for (const room of [first, small]) if (!('failure' in room)) room[Symbol.dispose]()
    expect(await refused).toMatchObject({ ok: false, failure: 'disk-full' })
  })
})

describe('room on the disk', () => {
  const most = async (share: number) => Math.floor((((await freeBytes(root)) ?? 0) / 3) * share)
  const half = async () => wanting(await most(0.6))
  let ended: AbortController
  beforeEach(() => {
    ended = new AbortController()
  })
  afterEach(() => ended.abort())
  const open = (signal = ended.signal, patienceMs?: number) =>
    engineDisk(
      async () => root,
      async () => {},
      signal,
      patienceMs,
    )
  const isRoom = (given: object): given is Room => !('failure' in given)
  async function roomFor(disk: Disk, request: RoomRequest): Promise<Room> {
    const room = await disk.reserve(request)
    if (!isRoom(room)) throw new Error(room.reason)
    return room
  }
  /** Whether it is there without a change. */
  async function isGiven(asked: Promise<unknown>): Promise<boolean> {
    return Promise.race([asked.then(() => true), delay(50).then(() => false)])
  }

  it('is waited for while another image comes, and taken as soon as it is here, looked at or not', async () => {
    const disk = open()
    const first = await roomFor(disk, await half())
    const told: string[] = []
    const second = roomFor(disk, { ...(await half()), onWait: (reason) => told.push(reason) })
    expect(await isGiven(second)).toBe(false)
    expect(told).toEqual([
      expect.stringMatching(/needs about \d+ MB of disk, and other pulls \d+ MB, and \d+ MB are free/),
    ])
    first.filled() // and nothing is missing on the disk
    await expect(second).resolves.toHaveProperty('filled')
  })

  it('is waited for as long as another image is looked at that takes it', async () => {
    const disk = open()
    const first = await roomFor(disk, await half())
    const second = disk.reserve(wanting(1e15))
    first.filled()
    expect(await isGiven(second)).toBe(false)
    first[Symbol.dispose]()
    expect(await second).toMatchObject({ failure: 'disk-full' })
  })

  it('is waited for however long a pull takes, and not as long where who has it gives it to nobody', async () => {
    const disk = open(ended.signal, 100)
    const first = await roomFor(disk, await half())
    const second = disk.reserve(wanting(1e15))
    await delay(300)
    expect(await isGiven(second)).toBe(false)
    first.filled()
    expect(await second).toMatchObject({ failure: 'disk-full' })
  })

  it('is not needed for an image that is here already, however full the disk is', async () => {
    const disk = open()
    await roomFor(disk, await half())
    expect(await isGiven(roomFor(disk, { ...wanting(1e15), isHere: true }))).toBe(true)
  })

  it.each<readonly [string, string, boolean]>([
    ['nothing where all its layers are here', 'ab', true],
    ['what lies above the layers that are here', 'abc', true],
    ['all above a layer that is not here, as layers are kept by what lies below', 'cb', false],
    ['all where none of it is here', 'cd', false],
  ])('is needed for %s', async (_, letters, isEnough) => {
    const disk = open()
    const each = await most(0.55)
    const layersOf = (text: string) => Array.from(text, (letter) => aLayer(letter, each))
    const first = await roomFor(disk, { ...wanting(0), layers: layersOf('ab') })
    first.filled()
    const asked = disk.reserve({ ...wanting(letters.length * each), layers: layersOf(letters) })
    expect(await isGiven(asked)).toBe(isEnough)
    first[Symbol.dispose]()
    expect(isRoom(await asked)).toBe(isEnough)
  })

  it('is not waited for where nobody is left who could give it', async () => {
    const disk = open()
    const first = await roomFor(disk, await half())
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    expect(await disk.reserve(wanting(1e15))).toMatchObject({ failure: 'disk-full' })
  })

  it('is not waited for beyond the end of the run', async () => {
    const disk = open()
    await roomFor(disk, await half())
    const second = disk.reserve(await half())
    ended.abort()
    expect(await second).toMatchObject({ failure: 'disk-full', reason: expect.stringContaining('and other pulls') })
  })
})

describe('unpacked size on the containerd store', () => {
  const containerd: Rules = {
    ...good,
    'info ': { stdout: recorded('info.containerd.stdout') },
    'buildx inspect': { exitCode: 1 },
    'image inspect --format {{json .}}': { stdout: recorded('inspect.containerd.stdout') },
  }
  const layer = tar([
    { name: 'app/', type: '5' },
    { name: 'app/model.py', body: Buffer.alloc(3_000_000, 'x') },
    { name: 'app/link', type: '2', target: 'model.py' },
    { name: 'app/hard', type: '1', target: 'app/model.py' },
    { name: 'app/empty' },
  ])
  const small = tar([{ name: 'hello', body: Buffer.from('hello') }])
  const saved = (layers: readonly string[], blobs: Readonly<Record<string, Buffer>>) =>
    tar([
      ...Object.entries(blobs).map(([name, body]) => ({ name, body })),
      { name: 'manifest.json', body: Buffer.from(JSON.stringify([{ Config: 'blobs/sha256/c', Layers: layers }])) },
    ])
  const measure = async (stdout: Buffer, exitCode = 0) => {
    const { pull } = await engineWith({ ...containerd, 'image save ': { stdout, exitCode } })
    return sizeOf(await pull())
  }
  const sizeOf = async (look: Look<PulledImage>) => {
    if (!look.ok) throw new Error(look.reason)
    return look.seen.unpacked()
  }

  it('is the length of all files of all layers, however they are packed', async () => {
    const look = await measure(
      saved(['blobs/sha256/1', 'blobs/sha256/2', 'blobs/sha256/3', 'blobs/sha256/2'], {
        'blobs/sha256/1': gzipSync(layer),
        'blobs/sha256/2': zstdCompressSync(small),
        'blobs/sha256/3': small,
        'blobs/sha256/c': Buffer.from('{"architecture":"amd64"}'),
      }),
    )
    expect(look).toMatchObject({ ok: true, seen: 3_000_000 + 8 + 5 + 5 + 5 })
  })

  it.each([
    ['fails', saved([], {}), 1],
    ['ends early', saved(['blobs/sha256/1'], { 'blobs/sha256/1': gzipSync(layer) }).subarray(0, 1_000), 0],
    ['lacks a layer', saved(['blobs/sha256/1'], {}), 0],
    ['has a broken layer', saved(['blobs/sha256/1'], { 'blobs/sha256/1': gzipSync(layer).fill(0, 40) }), 0],
  ] as const)('is unknown when what docker saves %s', async (_what, stdout, exitCode) => {
    expect(await measure(stdout, exitCode)).toMatchObject({ ok: false, reason: expect.stringContaining('measured') })
  })

  const walking = (said: string): Rules => ({
    'image history ': { stdout: '600000\n0\n400000\n' },
    'container create ': { script: `echo "$*" | tr ' ' '\\n' | tail -n 1 > '${root}/marker'` },
    'container start ': { script: `echo "$(cat '${root}/marker') ${said}"` },
    'container inspect ': {
      stdout: '{"Running":false,"StartedAt":"2026-01-01T00:00:00Z","ExitCode":0,"OOMKilled":false,"Error":""}',
    },
    'container rm ': {},
  })

  it('is what a walk through the files makes of the layers on the disk, and no layer is read', async () => {
    const { pull, calls } = await engineWith({ ...containerd, ...walking('855000 950000') })
    const look = await pull()
    const walks = async () => (await calls()).filter((call) => /^container create .* --cap-drop/.test(call))
    expect(await walks()).toEqual([])
    expect(await sizeOf(look)).toEqual({ ok: true, seen: 900_000 })
    expect(await walks()).toEqual([expect.stringMatching(/ --cap-drop ALL .* --network none /)])
    expect(await calls()).toContainEqual(expect.stringMatching(/^container rm --force/))
  })

  it.each([
    ['saw too little of the disk', '800000 890000'],
    ['saw more than there is', '1100000 1200000'],
    ['saw blocks too empty to be sure', '700000 950000'],
    ['saw files with holes', '960000 950000'],
    ['said something else', 'many files'],
  ])('is read from the layers when the walk %s', async (_what, said) => {
    const layers = saved(['blobs/sha256/3'], { 'blobs/sha256/3': small })
    const { pull } = await engineWith({ ...containerd, ...walking(said), 'image save ': { stdout: layers } })
    expect(await sizeOf(await pull())).toEqual({ ok: true, seen: 5 })
  })
})
