// Shards put together: what one run would have said, whatever the grouping and the order; and nothing strange is green.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseImageName, parsePlatform } from '../../src/model/image.ts'
import { allChecks, type CheckResult, type Report, verdictOf } from '../../src/model/result.ts'
import { planToken } from '../../src/model/shard.ts'
import { type ImageExpectation, targetKey } from '../../src/model/spec.ts'
import { mergeShards } from '../../src/modes/report/merge.ts'
import type { ShardFile, ShardPart } from '../../src/modes/report/shard-parts.ts'
import { report as merge } from '../../src/modes/report.ts'
import { verify } from '../../src/modes/verify.ts'
import type { Plan } from '../../src/plan.ts'
import { decodeReport } from '../../src/report/decode.ts'
import { AMD64, ARM64, aClock, aLog, anEngine, anImage, OTHER_SHA, type Pushed, SHA, World } from './sightings.ts'
import { jsonOf } from './written.ts'

const VERSION = '0.1.0'
const TOKEN = planToken('a'.repeat(64), 'b'.repeat(32), 1)

const backend = anImage({ imports: [{ module: 'ktrdr' }], absent: ['torch'] })
const worker = anImage({
  id: 'worker',
  name: parseImageName('ghcr.io/acme/worker'),
  imports: [{ module: 'ktrdr' }, { module: 'torch', version: '2.*' }],
  torch: 'cpu',
})
const gpu = anImage({
  id: 'gpu',
  name: parseImageName('ghcr.io/acme/gpu'),
  platforms: [AMD64],
  imports: [{ module: 'torch' }],
  torch: 'cuda',
})
const images = [backend, worker, gpu]
const keysOf = (all: readonly ImageExpectation[]) =>
  all.flatMap(({ id, platforms = [] }) => platforms.map((platform) => targetKey(id, platform)))
const KEYS = keysOf(images)

const aPlan = (given: Partial<Plan> = {}): Plan => ({
  source: { repository: 'acme/ktrdr', sha: SHA, runId: undefined, runAttempt: 2 },
  images,
  execute: 'all',
  derived: false,
  waitMs: 0,
  parallel: 4,
  targets: undefined,
  ...given,
})

const torch = { version: '2.6.0' }
type Shelf = Readonly<Record<string, readonly Pushed[]>>
const on = (platform: Pushed['platform'], contents: Pushed['contents'], revision = SHA): Pushed => ({
  platform,
  revision,
  contents: contents ?? {},
})
const good: Shelf = {
  backend: [on(AMD64, { ktrdr: {} }), on(ARM64, { ktrdr: {} })],
  worker: [on(AMD64, { ktrdr: {}, torch }), on(ARM64, { ktrdr: {}, torch })],
  gpu: [on(AMD64, { torch: { ...torch, cuda: '12.6' } })],
}
const shelves: Readonly<Record<string, Shelf>> = {
  good,
  'torch in the backend': { ...good, backend: [on(AMD64, { ktrdr: {}, torch }), on(ARM64, { ktrdr: {} })] },
  'two versions': { ...good, gpu: [on(AMD64, { torch: { version: '2.5.1', cuda: '12.6' } })] },
  'two commits': { ...good, gpu: [on(AMD64, { torch: { ...torch, cuda: '12.6' } }, OTHER_SHA)] },
  'a platform missing': { ...good, worker: [on(AMD64, { ktrdr: {}, torch })] },
  'an image missing': { backend: good.backend ?? [], worker: good.worker ?? [] },
  'a module that crashes': { ...good, backend: [on(AMD64, { ktrdr: { signal: 11 } }), on(ARM64, { ktrdr: {} })] },
}

function portsOf(shelf: Shelf, given: Parameters<World['ports']>[0] = {}, engine = anEngine({ emulated: [ARM64] })) {
  const world = new World(engine)
  for (const image of images) {
    const pushed = shelf[image.id]
    if (pushed) world.push(image, pushed)
  }
  return world.ports({ clock: aClock(), log: aLog(), ...given } as never)
}

const shard = async (shelf: Shelf, targets: readonly string[], given: Partial<Plan> = {}): Promise<Report> =>
  overTheWire(await verify(aPlan({ targets, shardOf: TOKEN, ...given }), portsOf(shelf), VERSION))

/** As a file of another job: what is written must be read again. */
function overTheWire(report: Report): Report {
  const decoded = decodeReport(jsonOf(report))
  if (!decoded.ok) throw new Error(decoded.problem.message)
  return decoded.report
}

const filed = (reports: readonly Report[]): readonly ShardFile[] =>
  reports.map((report, at) => ({ file: `shard-${at}/report.json`, report }))

const merged = (files: readonly ShardFile[], plan = aPlan()): Promise<Report> =>
  merge(plan, TOKEN, files, portsOf({}), VERSION)

/** Without what no two runs have in common. */
const timeless = (report: Report): unknown =>
  JSON.parse(
    JSON.stringify(report, (key, value) => (/^(seconds|.*Seconds|generated|nonce)$/.test(key) ? undefined : value)),
  )

/** Every way to deal the targets out. */
const partitions = fc
  .tuple(fc.array(fc.nat({ max: 4 }), { minLength: KEYS.length, maxLength: KEYS.length }), fc.nat())
  .map(([hands, turn]) => {
    const groups = Map.groupBy(KEYS, (key) => hands[KEYS.indexOf(key)])
    const dealt = [...groups.values()]
    return dealt.map((_, at) => dealt[(at + turn) % dealt.length] ?? [])
  })

describe('the report on all shards', () => {
  test.each(Object.entries(shelves))('is that of one run: %s', async (_name, shelf) => {
    const whole = overTheWire(await verify(aPlan(), portsOf(shelf), VERSION))
    await fc.assert(
      fc.asyncProperty(partitions, async (partition) => {
        const reports = await Promise.all(partition.map((targets) => shard(shelf, targets)))
        const together = await merged(filed(reports))
        expect(timeless(together)).toEqual(timeless(whole))
        expect(timeless(overTheWire(together))).toEqual(timeless(whole))
      }),
      { numRuns: 12 },
    )
  })

  test('is that of one run also for a platform that no machine runs, and red where the others run nowhere', async () => {
    const s390x = parsePlatform('linux/s390x')
    const odd = { ...backend, platforms: [AMD64, s390x] }
    const plan = { images: [odd], execute: 'native' } as const
    const world = (platform = AMD64) => {
      const here = new World(anEngine({ platform }))
      here.push(odd, [on(AMD64, { ktrdr: {} }), on(s390x, { ktrdr: {} })])
      return here.ports({ clock: aClock(), log: aLog() } as never)
    }
    const whole = await verify(aPlan(plan), world(), VERSION)
    const [amd64, other] = keysOf([odd])
    const shardOn = async (key = '', platform = AMD64) =>
      overTheWire(await verify(aPlan({ ...plan, targets: [key], shardOf: TOKEN }), world(platform), VERSION))
    const together = await merged(filed([await shardOn(amd64), await shardOn(other)]), aPlan(plan))
    expect(together.verdict).toBe('passed')
    expect(timeless(together)).toEqual(timeless(overTheWire(whole)))
    const wrongMachine = await merged(filed([await shardOn(amd64, ARM64), await shardOn(other)]), aPlan(plan))
    expect(wrongMachine.verdict).toBe('errored')
    const alone = { images: [{ ...odd, platforms: [s390x] }], execute: 'native', targets: [other ?? ''] } as const
    expect((await verify(aPlan({ ...alone, shardOf: TOKEN }), world(), VERSION)).verdict).not.toBe('passed')
  })

  test('asks the registries and the engine nothing, and a shard asks of its own images only', async () => {
    const reports = await Promise.all(KEYS.map((key) => shard(good, [key])))
    const world = new World()
    await merge(aPlan(), TOKEN, filed(reports), world.ports({ clock: aClock(), log: aLog() } as never), VERSION)
    expect(world.calls).toEqual([])
    const [first] = reports
    expect(first?.images.map(({ id }) => id)).toEqual(['backend'])
    expect(first?.checks.every(({ status }) => status === 'skipped')).toBe(true)
    expect(first?.verdict).toBe('passed')
  })

  test('says what runners had in common', async () => {
    const one = await shard(good, KEYS.slice(0, 2))
    const onArm = portsOf(good, {}, anEngine({ platform: ARM64, emulated: [AMD64] }))
    const arm = overTheWire(await verify(aPlan({ targets: KEYS.slice(2), shardOf: TOKEN }), onArm, VERSION))
    const together = await merged(filed([one, arm]))
    expect(together.environment).toEqual({ engine: '28.0.4', store: 'classic', buildx: '0.29.1' })
    expect(together.verdict).toBe('passed')
  })

  test('lets a rerun take the place of what it reruns', async () => {
    const first = await shard(shelves['a module that crashes'] ?? good, KEYS, {
      source: { ...aPlan().source, runAttempt: 1 },
    })
    const again = await shard(good, KEYS)
    expect((await merged(filed([first]))).verdict).toBe('failed')
    for (const order of [
      [first, again],
      [again, first],
    ]) {
      expect((await merged(filed(order))).verdict).toBe('passed')
    }
  })
})

describe('what is strange is never green', () => {
  type Spoil = (reports: readonly Report[]) => readonly ShardFile[] | Promise<readonly ShardFile[]>
  const change =
    (at: number, changed: (report: Report) => Report): Spoil =>
    (reports) =>
      filed(reports.map((report, position) => (position === at ? honest(changed(report)) : report)))
  /** With the verdict its parts call for, as a forger would see to. */
  const honest = (report: Report): Report => ({ ...report, verdict: verdictOf(report) })
  const honestOf = (report: Report): Report => {
    try {
      return honest(report)
    } catch {
      return report
    }
  }
  const retoken = (token: Parameters<typeof planToken>) =>
    change(1, (report) => ({
      ...report,
      ...(report.shard && { shard: { ...report.shard, plan: planToken(...token) } }),
    }))
  const [a, b] = ['a'.repeat(64), 'b'.repeat(32)] as [string, string]
  const firstImage = (report: Report, edit: (image: Report['images'][number]) => Report['images'][number]): Report => ({
    ...report,
    images: report.images.map((image, at) => (at === 0 ? edit(image) : image)),
  })
  const without = (check: string, results: readonly CheckResult[]) => results.filter((each) => each.check !== check)

  const pushedAgain: Shelf = {
    ...good,
    backend: (good.backend ?? []).map((each) => ({ ...each, compressedBytes: 99_000_000 })),
  }

  const cases: readonly (readonly [string, Spoil, string])[] = [
    ['absent: none', () => [], ''],
    ['absent: one', (reports) => filed(reports.slice(1)), ''],
    ['a whole verification', change(0, ({ shard: _, ...report }) => report), 'not of a shard'],
    ['foreign: of another commit', change(1, (r) => ({ ...r, source: { ...r.source, sha: OTHER_SHA } })), 'is foreign'],
    ['foreign: of another run', change(1, (r) => ({ ...r, source: { ...r.source, runId: 9 } })), 'is foreign'],
    ['foreign: of another plan', retoken(['c'.repeat(64), b, 1]), 'of another plan'],
    ['foreign: of another making', retoken([a, 'd'.repeat(32), 1]), 'another making'],
    ['foreign: of an attempt to come', change(1, (r) => ({ ...r, source: { ...r.source, runAttempt: 3 } })), 'not yet'],
    ['stale: a plan of an older attempt', retoken([a, b, 0]), 'is stale'],
    ['stale: older than its plan', change(1, (r) => ({ ...r, source: { ...r.source, runAttempt: 0 } })), 'is stale'],
    ['malformed', (reports) => [...filed(reports), { file: 'x', problem: { message: 'x: no JSON' } }], 'no JSON'],
    [
      'altered: a check left out',
      change(0, (r) => firstImage(r, (i) => ({ ...i, checks: without('tags', i.checks) }))),
      'was altered',
    ],
    [
      'altered: a probe left out',
      change(0, (r) => firstImage(r, (i) => ({ ...i, checks: without('import', i.checks) }))),
      'was altered',
    ],
    [
      'altered: a check twice',
      change(0, (r) => firstImage(r, (i) => ({ ...i, checks: [...i.checks, ...i.checks.slice(0, 1)] }))),
      'was altered',
    ],
    [
      'altered: an image of another name',
      change(0, (r) => firstImage(r, (i) => ({ ...i, reference: gpu.name }))),
      'was altered',
    ],
    ['altered: another digest', change(0, (r) => firstImage(r, ({ digest: _, ...i }) => i)), 'was altered'],
    [
      'altered: an unknown target',
      change(0, (r) => ({ ...r, ...(r.shard && { shard: { ...r.shard, targets: ['x'] } }) })),
      'no target of the plan',
    ],
    [
      'altered: no target',
      change(0, (r) => ({ ...r, ...(r.shard && { shard: { ...r.shard, targets: [] } }) })),
      'no target',
    ],
    [
      'altered: claims what it did not look at',
      change(0, (r) => ({ ...r, ...(r.shard && { shard: { ...r.shard, targets: KEYS } }) })),
      'backend/linux/arm64 is reported on 2 times',
    ],
    [
      'a shard that could not begin',
      change(0, (r) => ({ ...r, images: [], problems: [{ message: 'no engine' }] })),
      'no engine',
    ],
    [
      'conflicting: two of one attempt',
      async (reports) => filed([...reports, await shard(shelves['two versions'] ?? good, ['gpu/linux/amd64'])]),
      'gpu/linux/amd64 is reported on 2 times',
    ],
    [
      'conflicting: a tag that moved meanwhile',
      async (reports) => filed([...reports.filter((_, at) => at !== 1), await shard(pushedAgain, KEYS.slice(1, 2))]),
      'on 2 digests',
    ],
  ]

  test.each(cases)('C128 %s', async (_name, spoil, says) => {
    const reports = await Promise.all(KEYS.map((key) => shard(good, [key])))
    const together = await merged(await spoil(reports))
    expect(together.verdict).toBe('errored')
    expect(together.problems.length + together.missing.length).toBeGreaterThan(0)
    if (says !== '') expect(together.problems.map(({ message }) => message).join('\n')).toContain(says)
  })

  // What a report tells once: no other part of it, and nothing in the plan, says whether it is so.
  const TOLD_ONCE =
    /(seconds|Seconds|generated|\.reason|\.hint|compressed|unpacked|accelerator|environment\.(engine|store|buildx)|problems.*)$/

  const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

  /** Every way to change one thing of a report: another word or number, something left out, a check that did not look. */
  function edits(report: Report): readonly (readonly [string, Report])[] {
    const found: (readonly [string, Report])[] = []
    const visit = (at: readonly string[], value: unknown): void => {
      const where = at.join('.')
      const edited = (change: (parent: Record<string, unknown>, key: string) => void): Report => {
        const copy = structuredClone(report)
        const parent = at.slice(0, -1).reduce<unknown>((each, key) => isRecord(each) && each[key], copy)
        const last = at.at(-1)
        if (isRecord(parent) && last !== undefined) change(parent, last)
        return copy
      }
      const put = (other: unknown): Report => edited((parent, key) => Object.assign(parent, { [key]: other }))
      if (typeof value === 'number') found.push([where, put(value + 1)])
      if (typeof value === 'string') {
        found.push([where, put(value.startsWith('sha256:') ? `sha256:${'e'.repeat(64)}` : `${value}x`)])
      }
      if (at.length > 0) {
        const drop = (parent: Record<string, unknown>, key: string): void => {
          if (Array.isArray(parent)) parent.splice(Number(key), 1)
          else delete parent[key]
        }
        found.push([where, edited(drop)])
      }
      // One platform alone has no size to be compared with, and only its index says whether it is alone.
      if (isRecord(value) && value.check === 'size') return
      if (isRecord(value) && value.status === 'passed') {
        const { evidence: _, ...rest } = value
        found.push([`${where} skipped`, put({ ...rest, status: 'skipped', reason: 'r' })])
        found.push([`${where} not asked for`, put({ ...rest, status: 'skipped', reason: 'r', unasked: true })])
      }
      if (isRecord(value) && value.status === 'skipped') {
        const evidence = [{ kind: 'run', runId: 1, attempt: 1 }]
        const { check, target, seconds } = value
        found.push([`${where} passed`, put({ check, target, seconds, findings: [], status: 'passed', evidence })])
      }
      if (isRecord(value)) for (const [key, each] of Object.entries(value)) visit([...at, key], each)
    }
    visit([], report)
    return found
  }

  test.each(['backend/linux/amd64', 'gpu/linux/amd64'])('C128 altered in any one place: %s', async (key) => {
    const own = await shard(good, [key])
    const others = await shard(
      good,
      KEYS.filter((each) => each !== key),
    )
    expect((await merged(filed([own, others]))).verdict).toBe('passed')
    const all = edits(JSON.parse(jsonOf(own)))
    const green: string[] = []
    for (const [where, edit] of all) {
      const isWhole = Array.isArray(edit.images) && Array.isArray(edit.checks) && Array.isArray(edit.missing)
      const decoded = decodeReport(JSON.stringify(isWhole ? honestOf(edit) : edit))
      const mine: ShardFile = decoded.ok
        ? { file: 'own.json', report: decoded.report }
        : { file: 'own.json', problem: decoded.problem }
      const { verdict } = await merged([mine, ...filed([others])])
      if (verdict === 'passed') green.push(where)
    }
    expect(all.length).toBeGreaterThan(200)
    expect(green.filter((where) => where !== 'verdict' && !TOLD_ONCE.test(where))).toEqual([])
  })

  test('an absent shard is missing, and so is what it knew of the set', async () => {
    const together = await merged(filed([await shard(good, KEYS.slice(1))]))
    expect(together.missing).toEqual(KEYS.slice(0, 1))
    expect(together.verdict).toBe('errored')
    const consistency = together.checks.find(({ check }) => check === 'consistency')
    expect(consistency).toMatchObject({ status: 'errored', reason: expect.stringContaining('no shard reported on it') })
  })

  test('what kept shards from looking is told once, with the shards that say it', async () => {
    const late = { message: 'out of time', hint: 'h' }
    const reports = await Promise.all(KEYS.map((key) => shard(good, [key])))
    const all = reports.map((report) => honest({ ...report, problems: [late] }))
    expect((await merged(filed(all))).problems).toEqual([
      { ...late, message: 'out of time (shard-0/report.json, shard-1/report.json, shard-2/report.json, 2 more)' },
    ])
    const [first, ...others] = all
    expect((await merged(filed(first ? [first, ...reports.slice(1)] : others))).problems).toEqual([
      { ...late, message: 'out of time (shard-0/report.json)' },
    ])
  })

  test('an image that no shard reported on is told by its name', async () => {
    const together = await merged(filed([await shard(good, KEYS.slice(0, -1))]))
    expect(together.checks.find(({ check }) => check === 'consistency')).toMatchObject({
      status: 'errored',
      reason: 'not all of the set was seen: gpu: no shard reported on it',
    })
  })

  test('C128 a report that is there twice counts for nothing, though both say the same', async () => {
    const reports = await Promise.all(KEYS.map((key) => shard(good, [key])))
    expect((await merged(filed(reports))).verdict).toBe('passed')
    const together = await merged(filed([...reports, ...reports.slice(0, 1)]))
    expect([together.verdict, together.missing]).toEqual(['errored', KEYS.slice(0, 1)])
    expect(together.problems.map(({ message }) => message)).toEqual([
      `${KEYS[0]} is reported on 2 times: shard-0/report.json, shard-${KEYS.length}/report.json`,
    ])
  })
})

describe('merging', () => {
  const status = fc.constantFrom('passed', 'failed', 'warned', 'errored', 'skipped')
  const template = verify(aPlan(), portsOf(good), VERSION).then(overTheWire)

  /** A whole report in which every check of a target ended in any way. */
  const spoiled = (report: Report, how: readonly CheckResult['status'][]): Report => {
    let at = 0
    const as = (result: CheckResult): CheckResult => {
      const { check, target, seconds } = result
      const next = how[at++ % how.length]
      const finding = { code: `${check}/x`, message: 'm', hint: 'h' }
      if (next === 'failed')
        return { check, target, seconds, status: next, findings: [{ ...finding, severity: 'error' }] }
      if (next === 'warned')
        return { check, target, seconds, status: next, findings: [{ ...finding, severity: 'warning' }] }
      if (next === 'errored') return { check, target, seconds, status: next, findings: [], reason: 'r', hint: 'h' }
      if (next === 'skipped') return { check, target, seconds, status: next, findings: [], reason: 'r' }
      const evidence = { kind: 'run', runId: 1, attempt: 1 } as const
      return { check, target, seconds, status: 'passed', findings: [], evidence: [evidence] }
    }
    return { ...report, images: report.images.map((image) => ({ ...image, checks: image.checks.map(as) })) }
  }

  const cut = (report: Report, targets: readonly string[], seen: Report): Report => {
    const own = report.images.filter(({ id }) => targets.some((key) => key.startsWith(`${id}/`)))
    const parts = own.map((image) => ({
      ...image,
      platforms: image.platforms.filter(({ platform }) => targets.includes(targetKey(image.id, platform))),
      checks: image.checks.filter(({ target }) => target === image.id || targets.includes(target)),
    }))
    const all = seen.shard?.seen ?? { images: [], probes: [] }
    const part = {
      images: all.images.filter(({ id }) => own.some((image) => image.id === id)),
      probes: all.probes.filter(({ target }) => targets.includes(target)),
    }
    const body = { images: parts, checks: [], missing: [], problems: [] }
    return { ...report, ...body, verdict: verdictOf(body), shard: { plan: TOKEN, targets, seen: part } }
  }

  const parted = (reports: readonly Report[]): readonly ShardPart[] =>
    filed(reports).flatMap((each) =>
      'report' in each && each.report.shard ? [{ ...each, shard: each.report.shard }] : [],
    )

  test('gives any report back, from any shards of it in any order, and again from what it gave', async () => {
    const [report, seen] = [await template, await shard(good, KEYS)]
    fc.assert(
      fc.property(fc.array(status, { minLength: 1, maxLength: 40 }), partitions, (how, partition) => {
        const whole = spoiled(report, how)
        const parts = partition.map((targets) => cut(whole, targets, seen))
        const once = mergeShards(aPlan(), parted(parts))
        expect(once.images).toEqual(whole.images)
        expect([once.missing, once.problems, once.set]).toEqual([[], [], seen.shard?.seen])
        const reversed = mergeShards(aPlan(), parted([...parts].reverse()))
        expect(reversed).toEqual(once)
        const again = cut({ ...whole, images: once.images }, KEYS, seen)
        expect(mergeShards(aPlan(), parted([again])).images).toEqual(once.images)
        const body = { images: once.images, checks: [], missing: once.missing, problems: once.problems }
        expect(verdictOf(body)).toBe(verdictOf({ ...whole, checks: [] }))
      }),
      { numRuns: 300 },
    )
  })

  test('takes the worst that shards say of one image, in any order', async () => {
    const one = await shard(good, KEYS.slice(0, 1))
    const other = await shard(good, KEYS.slice(1))
    const down = (report: Report): Report => {
      const images = report.images.map((image) => ({
        ...image,
        checks: image.checks.map(
          (result): CheckResult =>
            result.check === 'tags' && image.id === 'backend'
              ? {
                  check: 'tags',
                  target: image.id,
                  seconds: 1,
                  status: 'errored',
                  findings: [],
                  reason: 'down',
                  hint: 'h',
                }
              : result,
        ),
      }))
      return { ...report, images, verdict: verdictOf({ ...report, images }) }
    }
    for (const files of [
      [down(one), other],
      [other, down(one)],
    ]) {
      const together = await merged(filed(files))
      expect(together.verdict).toBe('errored')
      expect(allChecks(together).find(({ check, target }) => check === 'tags' && target === 'backend')).toMatchObject({
        status: 'errored',
        reason: 'down',
      })
    }
  })
})
