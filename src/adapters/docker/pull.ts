import type { Platform, Reference } from '../../model/image.ts'
import { type Failed, failed } from '../../model/observation.ts'
import type { Clock, PullProgress } from '../../ports.ts'
import type { CommandResult } from '../command.ts'
import type { Docker } from './command.ts'
import { freeBytes } from './disk.ts'
import { failureOf } from './failure.ts'
import { pullProgress } from './progress.ts'

export interface PullRequest {
  readonly reference: Reference
  readonly platform: Platform
  readonly compressedBytes: number
  readonly onProgress: (progress: PullProgress) => void
  /** Where the engine keeps images, when that is on this machine. */
  readonly rootDir: string | undefined
}

export interface PullLimits {
  readonly timeoutMs: number
  /** Without a word, and without anything happening on the disk. */
  readonly stallMs: number
  /** Between the first try and the second. */
  readonly backoffMs: number
}

export const PULL_LIMITS: PullLimits = { timeoutMs: 30 * 60_000, stallMs: 5 * 60_000, backoffMs: 5_000 }

export interface Pulled {
  /** It was not there, or not any more. */
  readonly isNew: boolean
}

/** Pulls, and once more after what can heal by itself; says why not otherwise. */
export async function pullImage(
  docker: Docker,
  request: PullRequest,
  limits: PullLimits,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Failed | Pulled> {
  const first = await pullOnce(docker, request, limits, signal)
  if (!('failure' in first) || !heals(first)) return first
  await clock.sleep(limits.backoffMs).catch(() => {}) // the run's end: the second try says so
  return pullOnce(docker, request, limits, signal)
}

const heals = ({ failure, reason }: Failed): boolean =>
  (failure === 'unavailable' && !/docker daemon|no such host|x509/i.test(reason)) || failure === 'rate-limited'

/** With some versions of docker a refusal is a question, and nobody is there to answer it. */
const PROMPT = /Login prior to pull|^Username/m

const NEW = /^Status: Downloaded newer image/m

async function pullOnce(
  docker: Docker,
  request: PullRequest,
  limits: PullLimits,
  signal: AbortSignal | undefined,
): Promise<Failed | Pulled> {
  const { reference, platform } = request
  const ender = new AbortController()
  let tells = false
  const stall = watchStall(request, limits, {
    onStall: () => ender.abort('stalled'),
    // With the containerd store docker says nothing of layers: the disk is all there is to see.
    onUsed: (bytes) => {
      const text = `${Math.round(bytes / 1e6)} MB less free on the engine’s disk`
      if (!tells) request.onProgress({ here: undefined, text })
    },
  })
  const progress = pullProgress((each) => {
    tells = true
    request.onProgress(each)
  })
  let heard = ''
  const hear = (chunk: Uint8Array) => {
    stall.alive()
    heard = `${heard}${Buffer.from(chunk).toString('latin1')}`.slice(-1024)
    if (PROMPT.test(heard)) ender.abort('prompt')
  }
  const result = await docker(['image', 'pull', '--platform', platform, '--', reference], {
    timeoutMs: limits.timeoutMs,
    signal: signal === undefined ? ender.signal : AbortSignal.any([signal, ender.signal]),
    onStdout: (chunk) => {
      hear(chunk)
      progress(chunk)
      return undefined
    },
    onStderr: hear,
  })
  stall[Symbol.dispose]()
  if (result.exitCode === 0) return { isNew: NEW.test(heard) }
  const what = `${reference} for ${platform}`
  if (signal?.aborted || !ender.signal.aborted) return explain(result, what, signal)
  if (ender.signal.reason === 'prompt') {
    return failureOf({ ...result, stderr: 'access denied: the registry wants a login' }, what)
  }
  return failed(
    'timeout',
    `${what}: the pull stood still for ${Math.round(limits.stallMs / 1000)} s, and was ended after ${Math.round(result.seconds)} s`,
    'the registry or the way to it hangs: run again',
  )
}

function explain(result: CommandResult, what: string, signal: AbortSignal | undefined): Failed {
  if (!result.timedOut || signal?.aborted) return failureOf(result, what, signal)
  return failed(
    'timeout',
    `${what}: the pull was not done after ${Math.round(result.seconds)} s, and was ended`,
    'verify fewer images per runner, or lower `parallel`',
  )
}

const SAMPLE_MS = 5_000
/** Less than a line at this speed is no pull worth waiting for. */
const SLOWEST_BYTES_PER_MS = 1_000
const STIR_BYTES = 1_000_000

/**
 * Calls when nothing happens for too long. Within a layer docker says nothing, so the free space of its disk has to tell;
 * on another machine's disk a slow line is given the time it needs.
 */
function watchStall(
  request: PullRequest,
  limits: PullLimits,
  { onStall, onUsed }: { readonly onStall: () => void; readonly onUsed: (bytes: number) => void },
): Disposable & { alive(): void } {
  const { rootDir, compressedBytes } = request
  const patienceMs =
    rootDir === undefined ? Math.max(limits.stallMs, compressedBytes / SLOWEST_BYTES_PER_MS) : limits.stallMs
  let last = performance.now()
  let free: number | undefined
  const first = freeBytes(rootDir)
  const look = async (): Promise<void> => {
    const now = await freeBytes(rootDir)
    const used = ((await first) ?? 0) - (now ?? 0)
    if (now !== undefined && used > STIR_BYTES) onUsed(used)
    if (now !== undefined && Math.abs(now - (free ?? 0)) > STIR_BYTES) {
      free = now
      last = performance.now()
    }
    if (performance.now() - last > patienceMs) onStall()
  }
  const timer = setInterval(() => void look(), Math.min(SAMPLE_MS, limits.stallMs / 2))
  return {
    alive: () => {
      last = performance.now()
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
