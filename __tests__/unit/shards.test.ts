// A plan spread over runners.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Platform, parsePlatform } from '../../src/model/image.ts'
import { identityOf, MOST_SHARDS, parsePlanToken, planToken } from '../../src/model/shard.ts'
import { targetKey } from '../../src/model/spec.ts'
import { assertSamePlan, planDigest } from '../../src/modes/plan/identity.ts'
import { listTargets } from '../../src/modes/plan/list.ts'
import { shardsOf } from '../../src/modes/plan/shards.ts'
import type { ListedTarget, Plan } from '../../src/plan.ts'
import { renderMatrix } from '../../src/render/plan.ts'
import { anImage, OTHER_SHA, SHA } from './sightings.ts'

const aPlan = (given: Partial<Plan> = {}): Plan => ({
  source: { repository: 'acme/ktrdr', sha: SHA, runId: 7, runAttempt: 1 },
  images: [anImage()],
  execute: 'native',
  derived: false,
  waitMs: 0,
  parallel: 4,
  targets: undefined,
  ...given,
})

const listed = (count: number, platform: Platform, runner: string): readonly ListedTarget[] =>
  Array.from({ length: count }, (_, at) => ({
    key: targetKey(`app-${at}`, platform),
    image: `app-${at}`,
    platform,
    runner,
  }))

const AMD64 = parsePlatform('linux/amd64')
const ARM64 = parsePlatform('linux/arm64')

describe('a matrix', () => {
  test('has a row for every target where there are runners enough', () => {
    expect(JSON.parse(renderMatrix(shardsOf(listTargets(aPlan()), MOST_SHARDS)))).toEqual({
      include: [
        {
          shard: 'linux-amd64-1',
          runner: 'ubuntu-latest',
          platform: 'linux/amd64',
          targets: 'backend/linux/amd64',
          key: 'backend/linux/amd64',
          image: 'backend',
        },
        {
          shard: 'linux-arm64-1',
          runner: 'ubuntu-24.04-arm',
          platform: 'linux/arm64',
          targets: 'backend/linux/arm64',
          key: 'backend/linux/arm64',
          image: 'backend',
        },
      ],
    })
  })

  test('has the runner that the spec names', () => {
    const images = [anImage({ runners: { [AMD64]: 'gpu-t4' } })]
    expect(listTargets(aPlan({ images })).map(({ runner }) => runner)).toEqual(['gpu-t4', 'ubuntu-24.04-arm'])
  })

  test('runs every variant where its family runs, and the rest by emulation', () => {
    const platforms = ['linux/amd64/v3', 'linux/arm64', 'linux/arm/v7', 'linux/s390x'].map(parsePlatform)
    expect(listTargets(aPlan({ images: [anImage({ platforms })] })).map(({ runner }) => runner)).toEqual([
      'ubuntu-latest',
      'ubuntu-24.04-arm',
      'ubuntu-latest',
      'ubuntu-latest',
    ])
  })

  test('groups neighbours where there are not', () => {
    const rows = shardsOf(listed(5, AMD64, 'ubuntu-latest'), 2)
    expect(rows.map(({ targets }) => targets.split(',').length)).toEqual([3, 2])
    expect(rows[0]?.targets).toBe('app-0/linux/amd64,app-1/linux/amd64,app-2/linux/amd64')
    expect(rows[0]).not.toHaveProperty('key')
  })

  test('has a row for every kind of runner, and is refused where it has no room for them', () => {
    const kinds = (count: number) => listed(count, AMD64, '').map((each, at) => ({ ...each, runner: `box-${at}` }))
    expect(shardsOf(kinds(3), 1)).toHaveLength(3)
    expect(shardsOf(kinds(256), 1)).toHaveLength(256)
    expect(() => shardsOf(kinds(257), MOST_SHARDS)).toThrow('257 kinds of runners are more than the 256 rows')
  })

  test('holds every target once, on its own kind of runner, in no more rows than there may be', () => {
    const sizes = fc.record({ amd: fc.nat({ max: 700 }), arm: fc.nat({ max: 700 }), gpu: fc.nat({ max: 9 }) })
    fc.assert(
      fc.property(sizes, fc.integer({ min: 3, max: MOST_SHARDS }), ({ amd, arm, gpu }, most) => {
        const targets = [
          ...listed(amd, AMD64, 'ubuntu-latest'),
          ...listed(arm, ARM64, 'ubuntu-24.04-arm'),
          ...listed(gpu, AMD64, 'gpu').map((each) => ({ ...each, key: `gpu-${each.key}` })),
        ]
        const rows = shardsOf(targets, most)
        expect(rows.length).toBeLessThanOrEqual(most)
        expect(new Set(rows.map(({ shard }) => shard)).size).toBe(rows.length)
        expect(rows.flatMap((row) => row.targets.split(',')).sort()).toEqual(targets.map(({ key }) => key).sort())
        for (const { targets: keys, runner, platform } of rows) {
          for (const key of keys.split(',')) {
            expect(targets.find((each) => each.key === key)).toMatchObject({ runner, platform })
          }
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('the identity of a plan', () => {
  test('is the same for the same, whatever the attempt', async () => {
    const other = aPlan({ source: { ...aPlan().source, runAttempt: 2 }, targets: ['backend/linux/amd64'], parallel: 1 })
    expect(await planDigest(other, '1', '7')).toBe(await planDigest(aPlan(), '1', '7'))
  })

  test('is another where the build of another run ran again', async () => {
    const again = aPlan({ source: { ...aPlan().source, runAttempt: 2 } })
    expect(await planDigest(again, '1', '99')).not.toBe(await planDigest(aPlan(), '1', '99'))
    expect(await planDigest(again, '1')).not.toBe(await planDigest(aPlan(), '1'))
  })

  test.each<[string, Partial<Plan>, string]>([
    ['another commit', { source: { ...aPlan().source, sha: OTHER_SHA } }, '1'],
    ['another run', { source: { ...aPlan().source, runId: 8 } }, '1'],
    ['another repository', { source: { ...aPlan().source, repository: 'acme/other' } }, '1'],
    ['another spec', { images: [anImage({ absent: ['torch'] })] }, '1'],
    ['another waiver', { waivers: [{ finding: 'consistency/*', reason: 'known' }] }, '1'],
    ['another reach', { execute: 'none' }, '1'],
    ['another release', {}, '2'],
  ])('is another for %s', async (_, given, version) => {
    const digest = await planDigest(aPlan(given), version)
    const ours = await planDigest(aPlan(), '1')
    expect(digest).not.toBe(ours)
    expect(() => assertSamePlan(planToken(ours, 'f'.repeat(32), 1), digest)).toThrow('is not the one this job reads')
    expect(() => assertSamePlan(planToken(ours, 'f'.repeat(32), 1), ours)).not.toThrow()
  })

  test('is read back, and nothing else is', () => {
    const token = planToken('a'.repeat(64), 'b'.repeat(32), undefined)
    expect(identityOf(parsePlanToken(token))).toEqual({ digest: 'a'.repeat(64), nonce: 'b'.repeat(32), attempt: 0 })
    for (const text of ['', 'x', `${token}\n`, token.slice(1), `${'a'.repeat(64)}..1`]) {
      expect(() => parsePlanToken(text)).toThrow('is no output plan of mode plan')
    }
  })
})

test('a plan of more targets than a run should have is refused', () => {
  const images = Array.from({ length: 2049 }, (_, at) => anImage({ id: `app-${at}` }))
  expect(() => listTargets(aPlan({ images }))).toThrow('4098 targets are more than the 4096')
})
