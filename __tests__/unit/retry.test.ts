import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Healing, retryAfterIn, type Try, withRetries } from '../../src/adapters/retry.ts'

const healing: Healing = { delaysMs: [1000, 3000, 9000], budgetMs: 30_000 }
const failed = (changes: object = {}): Try<string> => ({
  ok: false,
  failure: 'unavailable',
  reason: '503 Service Unavailable',
  hint: '',
  healing,
  ...changes,
})

function world(answers: readonly Try<string>[], secondsEach = 0) {
  let now = 0
  const waits: number[] = []
  let asked = 0
  const clock = {
    now: () => now,
    date: () => new Date(now),
    sleep: async (ms: number) => {
      waits.push(ms)
      now += ms
    },
  }
  const attempt = async () => {
    now += secondsEach * 1000
    const answer = answers[Math.min(asked, answers.length - 1)] ?? failed()
    asked += 1
    return answer
  }
  return { clock, attempt, waits, asked: () => asked, now: () => now }
}

describe('withRetries', () => {
  test('C55 what heals is asked for again', async () => {
    const { clock, attempt, waits } = world([failed(), failed(), { ok: true, seen: 'there' }])
    expect(await withRetries(attempt, { clock, random: () => 0.5 })).toEqual({ ok: true, seen: 'there' })
    expect(waits).toEqual([1000, 3000])
  })

  test('C56 at most four tries, and the reason counts them', async () => {
    const { clock, attempt, asked } = world([failed()])
    const look = await withRetries(attempt, { clock, random: () => 0.5 })
    expect(look).toMatchObject({ ok: false, reason: '503 Service Unavailable (asked 4 times in 13 s)' })
    expect(asked()).toBe(4)
  })

  test('C50 what cannot heal is asked for once', async () => {
    const { clock, attempt, asked } = world([failed({ failure: 'denied', healing: undefined })])
    expect(await withRetries(attempt, { clock })).toEqual({
      ok: false,
      failure: 'denied',
      reason: '503 Service Unavailable',
      hint: '',
    })
    expect(asked()).toBe(1)
  })

  test('C52 waits as long as it was asked to, never shorter', async () => {
    for (const random of [0, 1]) {
      const answers = [failed({ retryAfterMs: 2000 }), { ok: true, seen: 'there' } as const]
      const { clock, attempt, waits } = world(answers)
      await withRetries(attempt, { clock, random: () => random })
      expect(waits[0]).toBeGreaterThanOrEqual(2000)
      expect(waits[0]).toBeLessThanOrEqual(2400)
    }
  })

  test('C54 stops at once when asked to stay away for longer than there is', async () => {
    const { clock, attempt, waits } = world([failed({ retryAfterMs: 86_400_000 })])
    expect(await withRetries(attempt, { clock })).toMatchObject({ ok: false })
    expect(waits).toEqual([])
  })

  test('C58 a try after a failed one knows what is left of the budget', async () => {
    const left: (number | undefined)[] = []
    const { clock, attempt } = world([failed()], 5)
    const record = (leftMs: number | undefined) => {
      left.push(leftMs)
      return attempt()
    }
    await withRetries(record, { clock, random: () => 0.5 })
    expect(left).toEqual([undefined, 24_000, 16_000, 2000])
  })

  test('cancelling ends the wait', async () => {
    const { clock, attempt } = world([failed()])
    const sleep = () => Promise.reject(new Error('aborted'))
    expect(await withRetries(attempt, { clock: { ...clock, sleep } })).toMatchObject({ failure: 'cancelled' })
  })

  test('invariant 16: no schedule of failures outlasts the largest budget, and waits stay within a fifth', async () => {
    const seconds = fc.integer({ min: 0, max: 40 })
    const random = fc.double({ min: 0, max: 1, noNaN: true })
    const asked = fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined })
    const property = async (each: number, dice: number, retryAfterMs: number | undefined) => {
      const { clock, attempt, waits, now } = world([failed({ retryAfterMs })], each)
      await withRetries(attempt, { clock, random: () => dice })
      expect(now()).toBeLessThan(healing.budgetMs + each * 1000 + 1)
      expect(waits.length).toBeLessThanOrEqual(healing.delaysMs.length)
      if (retryAfterMs !== undefined) expect(Math.min(Infinity, ...waits)).toBeGreaterThanOrEqual(retryAfterMs)
      waits.forEach((ms, at) => {
        const base = retryAfterMs ?? healing.delaysMs[at] ?? 0
        expect(ms).toBeLessThanOrEqual(base * 1.2 + 1e-6)
        expect(ms).toBeGreaterThanOrEqual(base * 0.8 - 1e-6)
      })
    }
    await fc.assert(fc.asyncProperty(seconds, random, asked, property), { numRuns: 10_000 })
  })
})

describe('retryAfterIn', () => {
  const now = new Date('2026-10-21T07:28:00Z')
  test.each([
    ['Retry-After: 30', 30_000],
    ['retry-after: 0', 1000],
    ['toomanyrequests: retry-after: 880.092µs, allowed: 44000/minute', 1000],
    ['retry-after: 1m30.5s, allowed: 44000/minute', 90_500],
    ['Retry-After: 1h0m0s', 3_600_000],
    ['retry after 250ms', 1000],
    ['Retry-After: Wed, 21 Oct 2026 07:28:10 GMT', 10_000],
    ['Retry-After: Wed, 21 Oct 2026 07:27:00 GMT', 1000],
    ['"retry-after": "5"', 5000],
    ['429 Too Many Requests', undefined],
    ['Retry-After: soon', undefined],
    ['Retry-After: -3', undefined],
    ['Retry-After: Wed, 99 Foo 2026 99:99:99 GMT', undefined],
  ])('C53 %s', (text, ms) => expect(retryAfterIn(text, now)).toBe(ms))

  test('C53 no words make it throw or give less than a second', () => {
    const text = fc
      .tuple(fc.constantFrom('retry-after: ', 'Retry-After=', ''), fc.string())
      .map((parts) => parts.join(''))
    const property = (words: string) => (retryAfterIn(words, now) ?? 1000) >= 1000
    fc.assert(fc.property(text, property), { numRuns: 10_000 })
  })
})
