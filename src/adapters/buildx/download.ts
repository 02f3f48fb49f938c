import { errorMessage } from '../../errors.ts'
import { type Failed, failed, type Look } from '../../model/observation.ts'
import type { Clock } from '../../ports.ts'
import { type Healing, retryAfterIn, type Try, withRetries } from '../retry.ts'

/** Where a tool comes from. */
export interface Origin {
  readonly url: string
  /** Whether bytes may come from there; asked of every redirect. */
  readonly allows: (url: URL) => boolean
}

export interface DownloadLimits {
  readonly maxBytes: number
  /** Without an answer, or between two pieces of it. */
  readonly stallMs: number
  readonly totalMs: number
}

export interface DownloadOptions {
  readonly limits: DownloadLimits
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onWait: (reason: string) => void
}

/** What takes the bytes: from the beginning, for each try. */
export type Sink<Taken> = (chunks: AsyncIterable<Uint8Array>) => Promise<Taken>

const AGAIN: Healing = { delaysMs: [1000, 3000, 9000], budgetMs: 60_000 }
const MOST_REDIRECTS = 5
const TRY_LATER =
  'run this job again; if it lasts, see whether GitHub has an outage, or put the tool there before this step'

/** Gives the bytes at an address to a sink, over allowed hosts only, within limits, asking again what can heal; throws nothing but what the sink throws. */
export function download<Taken>(
  { url, allows }: Origin,
  sink: Sink<Taken>,
  { limits, clock, signal, onWait }: DownloadOptions,
): Promise<Look<Taken>> {
  const attempt = async (): Promise<Try<Taken>> => {
    const stalled = new AbortController()
    const stall = setTimeout(() => stalled.abort(), limits.stallMs)
    const ends = AbortSignal.any([signal, stalled.signal, AbortSignal.timeout(limits.totalMs)])
    let answer: Response | Failed | undefined
    try {
      answer = await follow(new URL(url), allows, ends)
      if (!(answer instanceof Response)) return answer
      if (answer.status !== 200) {
        await answer.body?.cancel()
        return refused(url, answer, clock)
      }
      return { ok: true, seen: await sink(capped(answer.body ?? [], url, limits.maxBytes, () => stall.refresh())) }
    } catch (error) {
      if (error instanceof TooLarge) return failed('tool-integrity', error.message, DO_NOT_USE)
      if (signal.aborted) return failed('cancelled', `${url}: cancelled`, '')
      if (ends.aborted) return { ...failed('timeout', `${url}: no more comes`, TRY_LATER), healing: AGAIN }
      if (answer !== undefined && !(error instanceof Interrupted)) throw error
      return { ...failed('unavailable', `${url}: ${errorMessage(error)}`, TRY_LATER), healing: AGAIN }
    } finally {
      clearTimeout(stall)
    }
  }
  return withRetries(attempt, { clock, onWait: ({ reason }) => onWait(reason) })
}

export const DO_NOT_USE = 'nothing of it was run: see what sits between this runner and GitHub'

async function follow(from: URL, allows: Origin['allows'], signal: AbortSignal): Promise<Response | Failed> {
  let url = from
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const response = await fetch(url.href, { redirect: 'manual', signal })
    const location = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || location === null) return response
    await response.body?.cancel()
    if (!URL.canParse(location, url.href)) break
    url = new URL(location, url.href)
    if (!allows(url)) return failed('tool-integrity', `${from}: it leads to ${url.origin}`, DO_NOT_USE)
  }
  return failed('tool-integrity', `${from}: it leads from place to place`, DO_NOT_USE)
}

function refused(url: string, { status, headers }: Response, clock: Clock): Try<never> {
  const reason = `${url}: the server answers ${status}`
  if (status === 404) return failed('no-tool', reason, 'see whether GitHub still has this release, and name another')
  if (status !== 408 && status !== 429 && status < 500) return failed('failed', reason, TRY_LATER)
  const wait = headers.get('retry-after')
  const retryAfterMs = wait === null ? undefined : retryAfterIn(`retry-after: ${wait}`, clock.date())
  return { ...failed('unavailable', reason, TRY_LATER), healing: AGAIN, retryAfterMs }
}

class TooLarge extends Error {}
/** The bytes stopped coming: not the sink's fault. */
class Interrupted extends Error {}

async function* capped(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  url: string,
  maxBytes: number,
  onChunk: () => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of interruptible(chunks)) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new TooLarge(`${url}: it has more than ${maxBytes} bytes`)
    onChunk()
    yield chunk
  }
}

async function* interruptible(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } catch (error) {
    throw new Interrupted(errorMessage(error))
  }
}
