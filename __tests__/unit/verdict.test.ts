// The algebra of verdicts: what must hold whatever was found. 10,000 generated cases each.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Judgement, Unlooked } from '../../src/checks/define.ts'
import { checksFor } from '../../src/checks/index.ts'
import { settle, type Terms } from '../../src/checks/settle.ts'
import {
  allChecks,
  type CheckResult,
  countByStatus,
  type Evidence,
  exitCodes,
  type ImageReport,
  isEvidence,
  type Report,
  type UnweighedFinding,
  type Verdict,
  verdictOf,
} from '../../src/model/result.ts'
import { missingTargets } from '../../src/modes/verify.ts'
import { renderOutputs } from '../../src/render/outputs.ts'
import { aDigest, aFailed, aFinding, anErrored, anImage, aPassed, aReport, aSkipped, aWarned } from './builders.ts'
import { AMD64, ARM64, NONCE, STARTED } from './sightings.ts'

const RUNS = { numRuns: 10_000 }

type Body = Pick<Report, 'images' | 'checks' | 'missing' | 'problems'>

const EVIDENCE: readonly Evidence[] = [
  { kind: 'digest', digest: aDigest(1) },
  { kind: 'container', startedAt: STARTED, nonce: NONCE },
  { kind: 'run', runId: 4711, attempt: 2 },
  { kind: 'file', path: '.github/workflows/build.yml', sha256: 'a'.repeat(64) },
]
/** What a report from elsewhere may claim to stand on. */
const NO_EVIDENCE = [
  { kind: 'digest', digest: '' },
  { kind: 'digest', digest: 'sha256:12' },
  { kind: 'container', startedAt: '0001-01-01T00:00:00Z', nonce: NONCE },
  { kind: 'container', startedAt: STARTED, nonce: '' },
  { kind: 'run', runId: 0, attempt: 1 },
  { kind: 'file', path: '', sha256: 'a'.repeat(64) },
  { kind: 'promise' },
  {},
] as unknown as readonly Evidence[]

const passed = fc
  .array(fc.constantFrom(...EVIDENCE), { minLength: 1, maxLength: 3 })
  .map((evidence) => aPassed({ evidence: evidence as [Evidence] }))
const sound = fc.oneof(
  { weight: 3, arbitrary: passed },
  fc.constant(aWarned()),
  fc.constant(aSkipped()),
  fc.constant(anErrored()),
  fc.constant(aFailed()),
)
/** Results that are not worth their status: green without evidence, yellow without a finding, a status nobody knows. */
const unsound = fc.constantFrom<CheckResult>(
  aPassed({ evidence: [] as never }),
  ...NO_EVIDENCE.map((evidence) => aPassed({ evidence: [evidence] })),
  aPassed({ evidence: [EVIDENCE[0] as Evidence, NO_EVIDENCE[0] as Evidence] }),
  aWarned({ findings: [] as never }),
  aWarned({ findings: [aFinding({ severity: 'error' })] }),
  aWarned({ findings: [aFinding({ severity: 'warning' }), aFinding({ severity: 'error' })] }),
  { ...aPassed(), status: 'great' as never },
  { ...aPassed(), status: 'PASSED' as never },
  { ...aPassed(), status: undefined as never },
)
const result = fc.oneof({ weight: 9, arbitrary: sound }, unsound)

const imageOf = (checks: fc.Arbitrary<CheckResult>, least = 0): fc.Arbitrary<ImageReport> =>
  fc.array(checks, { minLength: least, maxLength: 4 }).map((checks) => anImage({ checks }))
const few = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant<T[]>([]) }, fc.array(arbitrary, { maxLength: 2 }))
const bodyOf = (checks: fc.Arbitrary<CheckResult>): fc.Arbitrary<Body> =>
  fc.record({
    images: fc.array(imageOf(checks), { maxLength: 3 }),
    checks: fc.array(checks, { maxLength: 2 }),
    missing: few(fc.constantFrom('backend/linux/amd64', 'worker/linux/arm64')),
    problems: few(fc.constant({ message: 'the spec has no images' })),
  })
const body = bodyOf(result)
/** Mostly green, so that what spoils it is tried often. */
const green: fc.Arbitrary<Body> = fc.record({
  images: fc.array(
    fc
      .tuple(
        fc.oneof(passed, fc.constant(aWarned())),
        imageOf(fc.oneof(passed, fc.constant(aWarned()), fc.constant(aSkipped()))),
      )
      .map(([first, image]) => ({ ...image, checks: [first, ...image.checks] })),
    { minLength: 1, maxLength: 3 },
  ),
  checks: fc.array(fc.oneof(passed, fc.constant(aSkipped())), { maxLength: 2 }),
  missing: fc.constant([]),
  problems: fc.constant([]),
})
const any = fc.oneof(body, green)
const place = fc.nat({ max: 99 })

const VERDICTS: readonly Verdict[] = ['passed', 'errored', 'failed']
const badness = (verdict: Verdict): number => VERDICTS.indexOf(verdict)
const worst = (...verdicts: readonly Verdict[]): Verdict => VERDICTS[Math.max(...verdicts.map(badness))] as Verdict

const STATUSES = ['passed', 'warned', 'skipped', 'errored', 'failed'] as const
const isSound = (result: CheckResult): boolean =>
  result.status === 'passed'
    ? result.evidence.length > 0 && result.evidence.every((each) => EVIDENCE.includes(each))
    : result.status === 'warned'
      ? result.findings.length > 0 && result.findings.every(({ severity }) => severity === 'warning')
      : STATUSES.includes(result.status)
const rank = (result: CheckResult): number =>
  isSound(result) ? STATUSES.indexOf(result.status) : STATUSES.indexOf('errored')

/** Puts another result, or none, in the place of one. */
function replace(body: Body, at: number, by: readonly CheckResult[]): { body: Body; was: CheckResult | undefined } {
  const all = allChecks(body)
  const was = all[at % Math.max(1, all.length)]
  const swap = (checks: readonly CheckResult[], from: number) =>
    checks.flatMap((check, position) => (from + position === at % all.length ? by : [check]))
  let from = body.checks.length
  const images = body.images.map((image) => {
    const checks = swap(image.checks, from)
    from += image.checks.length
    return { ...image, checks }
  })
  return { body: { ...body, images, checks: swap(body.checks, 0) }, was }
}

const shuffled = <T>(items: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length })

describe('a verdict', () => {
  test.each<[string, Partial<Body>, Verdict]>([
    ['of nothing', {}, 'errored'],
    ['of images without a check', { images: [anImage({ checks: [] })] }, 'errored'],
    ['of the set alone', { checks: [aPassed()] }, 'errored'],
    ['of checks that passed', { images: [anImage({ checks: [aPassed()] })] }, 'passed'],
    ['of one that passed and one skipped', { images: [anImage({ checks: [aPassed(), aSkipped()] })] }, 'passed'],
    ['of checks all skipped', { images: [anImage({ checks: [aSkipped(), aSkipped()] })] }, 'errored'],
    [
      'of an image all skipped beside one that passed',
      { images: [anImage({ checks: [aPassed()] }), anImage({ checks: [aSkipped()] })] },
      'errored',
    ],
    [
      'of an image all skipped in a set that passed',
      { images: [anImage({ checks: [aSkipped()] })], checks: [aPassed()] },
      'errored',
    ],
    ['of a warning', { images: [anImage({ checks: [aWarned()] })] }, 'passed'],
    ['of one errored', { images: [anImage({ checks: [aPassed(), anErrored()] })] }, 'errored'],
    ['of one failed', { images: [anImage({ checks: [aPassed(), aFailed()] })] }, 'failed'],
    ['of one failed and one errored', { images: [anImage({ checks: [anErrored(), aFailed()] })] }, 'failed'],
    ['of a set that failed', { images: [anImage()], checks: [aFailed()] }, 'failed'],
    ['of a target that never reported', { images: [anImage()], missing: ['backend/linux/arm64'] }, 'errored'],
    ['of a target missing and one failed', { images: [anImage({ checks: [aFailed()] })], missing: ['a'] }, 'failed'],
    ['of a problem', { images: [anImage()], problems: [{ message: 'no' }] }, 'errored'],
    ['of green without evidence', { images: [anImage({ checks: [aPassed({ evidence: [] as never })] })] }, 'errored'],
  ])('%s', (_, given, verdict) => {
    expect(verdictOf({ images: [], checks: [], missing: [], problems: [], ...given })).toBe(verdict)
  })

  test('the generators give every verdict, each often', () => {
    const seen = { passed: 0, errored: 0, failed: 0 }
    for (const each of fc.sample(any, { numRuns: 2000, seed: 1 })) seen[verdictOf(each)] += 1
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(200)
  })

  test('invariant 3: is free of order', () => {
    const both = any.chain((body) =>
      fc
        .tuple(
          shuffled(body.images),
          shuffled(body.checks),
          fc.tuple(...body.images.map(({ checks }) => shuffled(checks))),
        )
        .map(([images, checks, inner]) => {
          const reordered = images.map((image) => ({ ...image, checks: inner[body.images.indexOf(image)] ?? [] }))
          return [body, { ...body, images: reordered, checks }] as const
        }),
    )
    fc.assert(
      fc.property(both, ([one, other]) => verdictOf(one) === verdictOf(other)),
      RUNS,
    )
  })

  test('invariant 3: is free of grouping: that of two reports is the worse of the two', () => {
    const shards = fc.tuple(any, any).filter(([one, other]) => one.images.length * other.images.length > 0)
    fc.assert(
      fc.property(shards, ([one, other]) => {
        const merged = {
          images: [...one.images, ...other.images],
          checks: [...one.checks, ...other.checks],
          missing: [...one.missing, ...other.missing],
          problems: [...one.problems, ...other.problems],
        }
        return verdictOf(merged) === worst(verdictOf(one), verdictOf(other))
      }),
      RUNS,
    )
  })

  test('invariant 3: does not change when a result is there twice', () => {
    fc.assert(
      fc.property(any, place, (body, at) => {
        const { was } = replace(body, at, [])
        if (was === undefined) return true
        return verdictOf(replace(body, at, [was, was]).body) === verdictOf(body)
      }),
      RUNS,
    )
  })

  test('invariant 2: is monotone: what makes a result worse never makes the verdict better', () => {
    fc.assert(
      fc.property(any, place, result, (body, at, by) => {
        const { body: changed, was } = replace(body, at, [by])
        fc.pre(was !== undefined && rank(by) >= rank(was))
        expect(badness(verdictOf(changed))).toBeGreaterThanOrEqual(badness(verdictOf(body)))
      }),
      RUNS,
    )
  })

  test('invariant 2: is monotone: one more failed, errored or warned never makes it better', () => {
    const worse = fc.constantFrom(aFailed(), anErrored())
    fc.assert(
      fc.property(any, place, worse, (body, at, by) => {
        const { body: changed, was } = replace(body, at, [by])
        fc.pre(was !== undefined)
        const more = { ...body, checks: [...body.checks, by] }
        expect(badness(verdictOf(more))).toBeGreaterThanOrEqual(badness(verdictOf(body)))
        expect(verdictOf(changed)).not.toBe('passed')
      }),
      RUNS,
    )
  })

  test('invariant 1: of anything unknown is never passed', () => {
    const unknown = fc.oneof(unsound, fc.constant(anErrored()))
    fc.assert(
      fc.property(any, place, unknown, (body, at, by) => {
        const { body: changed, was } = replace(body, at, [by])
        fc.pre(was !== undefined)
        expect(verdictOf(changed)).not.toBe('passed')
      }),
      RUNS,
    )
  })

  test('invariant 6: takes evidence: without any part of it, green is not green', () => {
    const strip = fc.constantFrom<(evidence: Evidence, key: string) => readonly unknown[]>(
      () => [],
      (evidence, key) => [Object.fromEntries(Object.entries(evidence).filter(([name]) => name !== key))],
      (evidence, key) => [{ ...evidence, [key]: '' }],
      (evidence, key) => [{ ...evidence, [key]: null }],
    )
    fc.assert(
      fc.property(green, place, strip, place, (body, at, strip, which) => {
        expect(verdictOf(body)).toBe('passed')
        const { was } = replace(body, at, [])
        fc.pre(was?.status === 'passed')
        const evidence = was?.status === 'passed' ? was.evidence : []
        const bare = evidence.flatMap((each, position) => {
          const keys = Object.keys(each)
          return position === at % evidence.length ? strip(each, keys[which % keys.length] as string) : [each]
        })
        fc.pre(bare.length === 0 || bare.length === evidence.length)
        expect(verdictOf(replace(body, at, [aPassed({ evidence: bare as never })]).body)).toBe('errored')
      }),
      RUNS,
    )
  })

  test('passed means that something of every image was looked at, and nothing is open', () => {
    fc.assert(
      fc.property(any, (body) => {
        fc.pre(verdictOf(body) === 'passed')
        const looked = ({ checks }: ImageReport) =>
          checks.some(({ status }) => status === 'passed' || status === 'warned')
        const closed = (each: CheckResult) => isSound(each) && ['passed', 'warned', 'skipped'].includes(each.status)
        expect([body.missing, body.problems]).toEqual([[], []])
        expect(body.images.length > 0 && body.images.every(looked)).toBe(true)
        expect(allChecks(body).every(closed)).toBe(true)
      }),
      RUNS,
    )
  })

  test('of a missing target or a problem is never passed, and never better', () => {
    const more = fc.constantFrom({ missing: ['backend/linux/amd64'] }, { problems: [{ message: 'no image' }] })
    fc.assert(
      fc.property(any, more, (body, more) => {
        const verdict = verdictOf({ ...body, ...more })
        expect(verdict).not.toBe('passed')
        expect(badness(verdict)).toBeGreaterThanOrEqual(badness(verdictOf(body)))
      }),
      RUNS,
    )
  })

  test('invariant 7: is written as verified, and exits 0, if and only if it is passed', () => {
    fc.assert(
      fc.property(any, (body) => {
        const verdict = verdictOf(body)
        const outputs = renderOutputs(aReport({ ...body, verdict }))
        expect([outputs.verified, outputs.verdict]).toEqual([String(verdict === 'passed'), verdict])
        expect(exitCodes[verdict] === 0).toBe(verdict === 'passed')
      }),
      RUNS,
    )
  })

  test('invariant 3: of two results that contradict each other is the worse', () => {
    fc.assert(
      fc.property(any, place, result, (body, at, other) => {
        const { was } = replace(body, at, [])
        // a skipped one says nothing, and so contradicts nothing
        fc.pre(was !== undefined && was.status !== 'skipped' && other.status !== 'skipped')
        const [one, two] = [[was as CheckResult], [other]].map((by) => verdictOf(replace(body, at, by).body))
        expect(verdictOf(replace(body, at, [was as CheckResult, other]).body)).toBe(
          worst(one as Verdict, two as Verdict),
        )
      }),
      RUNS,
    )
  })

  test('invariant 7: agrees with the counts and with the exit code', () => {
    fc.assert(
      fc.property(bodyOf(sound), (body) => {
        const verdict = verdictOf(body)
        const results = allChecks(body)
        const counts = countByStatus(results)
        expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(results.length)
        const counted = STATUSES.map((status) => results.filter((each) => each.status === status).length)
        expect(STATUSES.map((status) => counts[status])).toEqual(counted)
        expect(verdict === 'failed').toBe(counts.failed > 0)
        if (verdict === 'passed') expect([counts.errored, counts.passed + counts.warned > 0]).toEqual([0, true])
        expect(exitCodes[verdict] === 0).toBe(verdict === 'passed')
      }),
      RUNS,
    )
  })
})

describe('a deletion', () => {
  const keys = ['backend/linux/amd64', 'backend/linux/arm64', 'worker/linux/amd64']
  const complete = fc
    .array(fc.array(sound, { minLength: 9, maxLength: 9 }), { minLength: 1, maxLength: keys.length })
    .map((rows) =>
      rows.map((row, at) =>
        checksFor('platform').map(({ id }, position) => ({
          ...(row[position % row.length] as CheckResult),
          check: id,
          target: keys[at] as string,
        })),
      ),
    )
  const bodyOf = (planned: readonly string[], tiers: readonly { readonly checks: readonly CheckResult[] }[]): Body => ({
    images: tiers.map(({ checks }) => anImage({ checks })),
    checks: [],
    missing: missingTargets(planned, tiers),
    problems: [],
  })

  test('invariant 4: of any results of a planned target makes no verdict green', () => {
    fc.assert(
      fc.property(complete, fc.func(fc.boolean()), (rows, gone) => {
        const planned = keys.slice(0, rows.length)
        const whole = rows.map((checks) => ({ checks }))
        expect(missingTargets(planned, whole)).toEqual([])
        const left = rows.map((checks) => ({ checks: checks.filter(({ check, target }) => !gone(check, target)) }))
        const lost = planned.filter((_, at) => left[at]?.checks.length !== rows[at]?.length)
        fc.pre(lost.length > 0)
        expect(missingTargets(planned, left)).toEqual(lost)
        expect(verdictOf(bodyOf(planned, left))).not.toBe('passed')
      }),
      RUNS,
    )
  })

  test('of all that one run reported leaves its targets missing', () => {
    fc.assert(
      fc.property(complete, place, (rows, at) => {
        const planned = keys.slice(0, rows.length)
        const left = rows.filter((_, position) => position !== at % rows.length).map((checks) => ({ checks }))
        const { missing } = bodyOf(planned, left)
        expect(missing).toEqual([planned[at % rows.length]])
      }),
      RUNS,
    )
  })

  test('the results of another target, of an image or of the set do not stand in', () => {
    const checks = checksFor('platform').map(({ id }) => aPassed({ check: id, target: 'backend' }))
    expect(missingTargets(['backend/linux/amd64'], [{ checks }])).toEqual(['backend/linux/amd64'])
    expect(missingTargets(['set'], [{ checks: [aPassed({ target: 'set' })] }])).toEqual(['set'])
    expect(missingTargets(['backend'], [{ checks: [aPassed({ check: 'tags', target: 'backend' })] }])).toEqual([
      'backend',
    ])
  })
})

describe('settle', () => {
  const CODES = { 'size/over': 'error', 'size/skew': 'warning' } as const
  const code = fc.constantFrom('size/over', 'size/skew', 'size/unheard-of', 'odd/odd', 'toString', '')
  const platform = fc.constantFrom(AMD64, ARM64, undefined)
  const finding: fc.Arbitrary<UnweighedFinding> = fc
    .tuple(code, platform)
    .map(([code, platform]) => ({ code, message: code, hint: 'mend it', ...(platform && { platform }) }))
  const unlooked: fc.Arbitrary<Unlooked> = fc.constantFrom(
    { unseen: 'out of reach', hint: 'rerun' },
    { unseen: 'out of reach', hint: 'rerun', because: 'tags' },
    { skipped: 'not asked' },
  )
  const evidence = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...EVIDENCE) }, fc.constantFrom(...NO_EVIDENCE))
  const looked = fc.record({
    findings: fc.oneof(fc.constant([]), fc.array(finding, { maxLength: 3 })),
    evidence: fc.array(evidence, { maxLength: 2 }),
    rest: fc.oneof(fc.constant(undefined), unlooked),
  })
  const judgement: fc.Arbitrary<Judgement> = fc.oneof({ weight: 5, arbitrary: looked }, unlooked)
  const severity = fc.constantFrom('error' as const, 'warning' as const)
  const waiver = fc
    .tuple(
      fc.constantFrom('size/over', 'size/skew', 'size/*', 'odd/*', '*', '/*'),
      platform,
      fc.constantFrom('2026-11-20', '2026-11-21', undefined),
    )
    .map(([finding, platform, until]) => ({
      finding,
      reason: 'known',
      ...(platform && { platform }),
      ...(until && { until }),
    }))
  const terms: fc.Arbitrary<Terms> = fc
    .record({
      severity: fc.dictionary(fc.constantFrom('size/over', 'size/skew', 'size/*', 'odd/odd'), severity),
      waivers: fc.array(waiver, { maxLength: 3 }),
      platform,
    })
    .map(({ platform, ...rest }) => ({ ...rest, today: '2026-11-21', ...(platform && { platform }) }))
  const settled = (judgement: Judgement, terms: Terms): CheckResult =>
    settle({ check: 'size', target: 'backend', seconds: 0 }, CODES, judgement, terms)
  const order = ['passed', 'skipped', 'warned', 'errored', 'failed']

  test('the generators give every outcome, each often', () => {
    const seen = new Map<string, number>()
    for (const [given, under] of fc.sample(fc.tuple(judgement, terms), { numRuns: 2000, seed: 1 })) {
      const { status } = settled(given, under)
      seen.set(status, (seen.get(status) ?? 0) + 1)
    }
    for (const status of STATUSES) expect(seen.get(status)).toBeGreaterThan(50)
  })

  test('invariant 6: gives passed only for evidence, nothing found, and nothing left to look at', () => {
    fc.assert(
      fc.property(judgement, terms, (given, under) => {
        const result = settled(given, under)
        if (result.status !== 'passed') return
        if (!('findings' in given)) throw new Error('passed without a look')
        expect([given.findings, given.rest, result.findings]).toEqual([[], undefined, []])
        expect(result.evidence.length).toBeGreaterThan(0)
        expect(result.evidence).toEqual(given.evidence)
        expect(result.evidence.every((each) => EVIDENCE.includes(each))).toBe(true)
      }),
      RUNS,
    )
  })

  test('never gives passed, whatever the terms, where something is found or nothing was looked at', () => {
    const open = fc.oneof(
      unlooked,
      looked.filter(({ findings, rest }) => findings.length > 0 || rest !== undefined),
      looked.map((each) => ({ ...each, evidence: [] })),
    )
    fc.assert(
      fc.property(open, terms, (given, under) => {
        expect(settled(given, under).status).not.toBe('passed')
      }),
      RUNS,
    )
  })

  test('never hides what could not be looked at: it is red, by itself or by what is wrong', () => {
    const dark = looked.map((each) => ({ ...each, rest: { unseen: 'out of reach', hint: 'rerun' } }))
    fc.assert(
      fc.property(dark, terms, (given, under) => {
        expect(['failed', 'errored']).toContain(settled(given, under).status)
      }),
      RUNS,
    )
  })

  test('one more finding never makes it better', () => {
    fc.assert(
      fc.property(looked, finding, terms, (given, more, under) => {
        const less = settled(given, under).status
        // Without evidence nothing was looked at; a finding is a look.
        fc.pre(given.evidence.length > 0 && given.evidence.every(isEvidence))
        const status = settled({ ...given, findings: [...given.findings, more] }, under).status
        expect(order.indexOf(status)).toBeGreaterThanOrEqual(order.indexOf(less))
      }),
      RUNS,
    )
  })

  test('without waivers, and all called errors, every finding fails', () => {
    const found = looked.filter(({ findings }) => findings.length > 0)
    fc.assert(
      fc.property(found, (given) => {
        const severity = { 'size/over': 'error', 'size/skew': 'error', 'size/*': 'error' } as const
        const result = settled(given, { severity, waivers: [], today: '2026-11-21' })
        expect(result.status).toBe('failed')
        expect(result.findings.length).toBe(given.findings.length)
      }),
      RUNS,
    )
  })

  test('says why, and what to do, wherever it does not say passed', () => {
    fc.assert(
      fc.property(judgement, terms, (given, under) => {
        const result = settled(given, under)
        if (result.status === 'errored') expect([result.reason, result.hint]).not.toContain('')
        if (result.status === 'skipped') expect(result.reason).not.toBe('')
        if (result.status === 'failed') expect(result.findings.map(({ severity }) => severity)).toContain('error')
        if (result.status === 'warned') {
          expect(new Set(result.findings.map(({ severity }) => severity))).toEqual(new Set(['warning']))
        }
      }),
      RUNS,
    )
  })
})
