import { type Failed, failed, type Look } from '../model/observation.ts'
import type { Clock } from '../ports.ts'

/** How a failure may heal: the waits before each further try, and how long all of it may take. */
export interface Healing {
  readonly delaysMs: readonly number[]
  readonly budgetMs: number
}

/** A look that may be worth another try. */
export type Try<Seen> =
  | { readonly ok: true; readonly seen: Seen }
  | (Failed & {
      /** Undefined: asking again changes nothing. */
      readonly healing?: Healing | undefined
      /** How long the other side asked us to stay away. */
      readonly retryAfterMs?: number | undefined
    })

export interface RetryOptions {
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random?: () => number
  /** Lets a try begin; the wait for that is not held against its budget. */
  readonly gate?: <Value>(begin: () => Promise<Value>) => Promise<Value>
  readonly onWait?: (look: Failed, delayMs: number) => void
}

/** Tries until it works, cannot heal, or its budget is spent. `leftMs` is what is left of that, once a try has failed. */
export async function withRetries<Seen>(
  attempt: (leftMs: number | undefined) => Promise<Try<Seen>>,
  { clock, random = Math.random, gate = (begin) => begin(), onWait }: RetryOptions,
): Promise<Look<Seen>> {
  let leftMs: number | undefined
  let spentMs = 0
  for (let tries = 1; ; tries += 1) {
    const result = await gate(async () => {
      const began = clock.now()
      const answer = await attempt(leftMs)
      spentMs += clock.now() - began
      return answer
    })
    if (result.ok) return result
    const { failure, reason, hint } = result
    const delayMs = delayBefore(tries, result, random)
    if (delayMs === undefined || result.healing === undefined || spentMs + delayMs >= result.healing.budgetMs) {
      const asked = tries === 1 ? '' : ` (asked ${tries} times in ${Math.round(spentMs / 1000)} s)`
      return failed(failure, `${reason}${asked}`, hint)
    }
    onWait?.(failed(failure, reason, hint), delayMs)
    try {
      await clock.sleep(delayMs)
    } catch {
      return failed('cancelled', `cancelled while waiting to ask again: ${reason}`, hint)
    }
    spentMs += delayMs
    leftMs = result.healing.budgetMs - spentMs
  }
}

const JITTER = 0.2

/** Spread by a fifth so that shards do not come back together, and never sooner than we were asked to. */
function delayBefore(
  tries: number,
  { healing, retryAfterMs }: Pick<Extract<Try<unknown>, { ok: false }>, 'healing' | 'retryAfterMs'>,
  random: () => number,
): number | undefined {
  const delayMs = healing?.delaysMs[tries - 1]
  if (delayMs === undefined) return undefined
  if (retryAfterMs !== undefined) return retryAfterMs * (1 + JITTER * random())
  return delayMs * (1 - JITTER + 2 * JITTER * random())
}

const SHORTEST_MS = 1000
const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ns: 1e-6,
}

/** The wait a registry's words ask for: seconds, a date, or a duration as Go writes it (`1m30s`); at least a second. */
export function retryAfterIn(text: string, now: Date): number | undefined {
  const said = /retry[- ]after["']?\s*[:=]?\s*["']?([^"'\n]+)/i.exec(text)?.[1]
  if (said === undefined) return undefined
  const askedMs = durationMs(said) ?? untilMs(said, now)
  return askedMs === undefined || Number.isNaN(askedMs) ? undefined : Math.max(SHORTEST_MS, askedMs)
}

function durationMs(text: string): number | undefined {
  const seconds = /^(\d+)(?:$|[\s,;)])/.exec(text)?.[1]
  if (seconds !== undefined) return Number(seconds) * 1000
  const duration = /^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|μs|ns))+/.exec(text)?.[0]
  if (duration === undefined) return undefined
  const parts = duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|μs|ns)/g)
  return parts.reduce((sum, [, count, unit = 's']) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0)
}

function untilMs(text: string, now: Date): number | undefined {
  const date = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT/.exec(text)?.[0]
  return date === undefined ? undefined : Date.parse(date) - now.getTime()
}
