// Which images the canary runs on, and for how long they are there: in one run, and where shards are put together.
import { describe, expect, test } from '@jest/globals'
import type { ContainerSeen } from '../../src/model/canary.ts'
import { allChecks, type CheckResult, type Report } from '../../src/model/result.ts'
import { planToken } from '../../src/model/shard.ts'
import type { ImageExpectation } from '../../src/model/spec.ts'
import { report as merge } from '../../src/modes/report.ts'
import { verify } from '../../src/modes/verify.ts'
import type { Plan } from '../../src/plan.ts'
import type { Engine, Files } from '../../src/ports.ts'
import { aCanary, aContainer, backend, worker } from './canary-sightings.ts'
import { AMD64, ARM64, aClock, anEngine, ok, SHA, World } from './sightings.ts'

const TOKEN = planToken('a'.repeat(64), 'b'.repeat(32), 1)
const images = [
  { ...backend, platforms: [AMD64, ARM64] },
  { ...worker, platforms: [AMD64, ARM64] },
]

const aPlan = (given: Partial<Plan> = {}): Plan => ({
  source: { repository: 'acme/ktrdr', sha: SHA, runId: undefined, runAttempt: 2 },
  ...{ images, execute: 'all', derived: false, waitMs: 0, parallel: 4, targets: undefined },
  canary: aCanary(),
  ...given,
})

const files: Files = {
  read: async () => 'services: {}',
  exists: async () => true,
  locate: async (path) => ({ real: `/repo/${path}`, way: path }),
}

/** A world that brings up whatever it is given, on the images that it is given. */
function aWorld(before: (world: World) => void = () => {}, shelf: readonly ImageExpectation[] = images) {
  const world = new World(anEngine({ emulated: [ARM64] }))
  for (const image of shelf) {
    world.push(
      image,
      (image.platforms ?? []).map((platform) => ({ platform, revision: SHA })),
    )
  }
  const engine: Engine = {
    ...world.engine,
    resolveCompose: async () => {
      before(world)
      return ok({ model: { services: { web: { image: 'a' }, queue: { image: 'b' } } }, own: {} })
    },
    compose: ({ services }) => {
      const containers = Object.entries(services).map(
        ([service, { image }]): ContainerSeen =>
          aContainer({ id: service.padEnd(64, '0'), service, image: String(image) }),
      )
      world.calls.push(`compose ${containers.map(({ image }) => image).join(' ')}`)
      return {
        up: async () => ok({ outcome: 'started' } as const),
        containers: async () => ok(containers),
        ask: async () => ok({ status: 200, body: '{}', cut: false }),
        logs: async () => ok({ text: '', cut: false }),
        [Symbol.asyncDispose]: async () => void world.calls.push('removed'),
      }
    },
  }
  return { world, ports: world.ports({ engine, files, clock: aClock() }) }
}

const canaryOf = (report: Report): CheckResult | undefined => allChecks(report).find(({ check }) => check === 'canary')
const pullsOf = ({ calls }: World) => calls.filter((call) => call.startsWith('engine.pull'))
/** Of which platforms each image is told to have run. */
const ranOf = ({ images: all }: Report) =>
  all.map(({ platforms }) => platforms.flatMap(({ platform, executed }) => (executed === 'native' ? [platform] : [])))
const digestsOf = ({ images: all }: Report) =>
  all.map(({ platforms }) => platforms.find(({ platform }) => platform === AMD64)?.digest)

describe('in one run', () => {
  test('it runs on what was pulled and verified, which is there until it is over, and not longer', async () => {
    const there: string[][] = []
    const { world, ports } = aWorld(({ released }) => there.push([...released]))
    const report = await verify(aPlan(), ports, '0.1.0')
    const [api, queue] = digestsOf(report)
    expect(canaryOf(report)).toMatchObject({ status: 'passed', evidence: [{ digest: api }, { digest: queue }, {}, {}] })
    expect(ranOf(report)).toEqual([[AMD64], [AMD64]])
    expect(world.calls).toContain(`compose ${backend.name}@${api} ${worker.name}@${queue}`)
    expect(pullsOf(world)).toHaveLength(4)
    expect(there.flat().filter((reference) => reference.includes(`${api}`) || reference.includes(`${queue}`))).toEqual(
      [],
    )
    expect(there.flat()).toHaveLength(2)
    expect(world.released).toHaveLength(4)
    expect(new Set(world.released).size).toBe(4)
  })
  test('all is put away where it fails, and where it could not look', async () => {
    const { world, ports } = aWorld(() => {
      throw new Error('boom')
    })
    const report = await verify(aPlan(), ports, '0.1.0')
    expect(canaryOf(report)).toMatchObject({ status: 'errored', reason: 'boom' })
    expect(ranOf(report)).toEqual([[], []])
    expect(world.released).toHaveLength(4)
  })
  test.each([
    ['that nobody pushed', [], 'it was not-found'],
    ['of another platform only', [ARM64], 'has no linux/amd64, which this machine is'],
  ])('on an image %s it is errored', async (_, platforms, words) => {
    const only = { ...worker, platforms }
    const { ports, world } = aWorld(() => {}, platforms.length > 0 ? [backend, only] : [backend])
    const report = await verify(aPlan({ images: [backend, only] }), ports, '0.1.0')
    expect(canaryOf(report)).toMatchObject({ status: 'errored', because: 'pull' })
    expect(JSON.stringify(canaryOf(report))).toContain(words)
    expect(world.calls.filter((call) => call.startsWith('compose'))).toEqual([])
    expect(new Set(world.released).size).toBe(pullsOf(world).length)
  })
  test('it is errored where nothing is to run, and not asked for where the spec has none', async () => {
    const { ports, world } = aWorld()
    expect(canaryOf(await verify(aPlan({ execute: 'none' }), ports, '0.1.0'))).toMatchObject({ status: 'errored' })
    expect(world.calls.filter((call) => call.startsWith('compose'))).toEqual([])
    const { canary: _, ...without } = aPlan()
    expect(canaryOf(await verify(without, ports, '0.1.0'))).toMatchObject({ status: 'skipped', unasked: true })
  })
})

describe('of shards', () => {
  test('none brings it up, and their report does, by the digests that they verified', async () => {
    const keys = ['backend/linux/amd64', 'backend/linux/arm64', 'worker/linux/amd64', 'worker/linux/arm64']
    const shards = await Promise.all(
      keys.map(async (key) => {
        const { world, ports } = aWorld()
        const report = await verify(aPlan({ targets: [key], shardOf: TOKEN }), ports, '0.1.0')
        expect(canaryOf(report)).toMatchObject({ status: 'skipped', reason: expect.stringContaining('mode report') })
        expect(world.released).toHaveLength(1)
        return report
      }),
    )
    const shardFiles = shards.map((report, at) => ({ file: `${at}.json`, report }))
    const { world, ports } = aWorld()
    const report = await merge(aPlan({ shardOf: TOKEN }), TOKEN, shardFiles, ports, '0.1.0')
    const [api, queue] = digestsOf(report)
    expect(report.problems).toEqual([])
    expect(ranOf(report)).toEqual([[AMD64], [AMD64]])
    expect(canaryOf(report)).toMatchObject({ status: 'passed', evidence: [{ digest: api }, { digest: queue }, {}, {}] })
    expect(pullsOf(world)).toEqual([
      `engine.pull ${backend.name}@${api} ${AMD64}`,
      `engine.pull ${worker.name}@${queue} ${AMD64}`,
    ])
    expect(world.calls.filter((call) => call.startsWith('registry'))).toEqual([])
    expect(world.released).toHaveLength(2)

    const part = await merge(aPlan({ shardOf: TOKEN }), TOKEN, shardFiles.slice(1), aWorld().ports, '0.1.0')
    const reason = expect.stringContaining('no shard reported on backend/linux/amd64')
    expect(canaryOf(part)).toMatchObject({ status: 'errored', because: 'pull', reason })
  })
})
