import type { Step } from '../ports.ts'
import type { Progress, Running } from '../render/live.ts'
import { oneLine } from '../render/neutralise.ts'

/** What a log shows of the work: what it is told of targets and steps, and when there is something to show. */
export interface Underway {
  announce(target: string, bytes: number): void
  settle(target: string): void
  step(what: string, of: string): Step
  running(): readonly Running[]
  progress(): Progress
  /** Ends the ticking. */
  stop(): void
}

export interface UnderwayOptions {
  readonly now: () => number
  readonly tickMs: number
  /** Called again and again as long as there is anything to wait for. */
  readonly onTick: () => void
  readonly onBegin: (what: string, of: string) => void
  /** What was done, to what, with what outcome, and how long it took. */
  readonly onDone: (what: string, of: string, outcome: string, seconds: number) => void
}

interface Target {
  bytes: number
  bytesHere: number | undefined
  isSettled: boolean
}

/** Keeps account of targets and steps; whatever it is told comes out as words that are safe on one line. */
export function underway({ now, tickMs, onTick, onBegin, onDone }: UnderwayOptions): Underway {
  const targets = new Map<string, Target>()
  const steps = new Set<{ readonly what: string; readonly of: string; readonly startedMs: number; text: string }>()
  const startedMs = now()
  let timer: NodeJS.Timeout | undefined

  const secondsSince = (ms: number): number => (now() - ms) / 1000
  const left = ({ bytes, bytesHere = 0, isSettled }: Target): number => (isSettled ? 0 : Math.max(0, bytes - bytesHere))
  const known = (name: string): Target => {
    const target = targets.get(name) ?? { bytes: 0, bytesHere: undefined, isSettled: false }
    targets.set(name, target)
    return target
  }
  const start = (): void => {
    timer ??= setInterval(onTick, tickMs).unref()
  }
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
  }
  const stopIfIdle = (): void => {
    if (steps.size === 0 && [...targets.values()].every(({ isSettled }) => isSettled)) stop()
  }

  return {
    announce(name, bytes) {
      known(oneLine(name)).bytes = bytes
      start()
    },
    settle(name) {
      known(oneLine(name)).isSettled = true
      stopIfIdle()
    },
    step(what, of) {
      const step = { what: oneLine(what), of: oneLine(of), startedMs: now(), text: '' }
      steps.add(step)
      start()
      onBegin(step.what, step.of)
      return {
        update(text, bytesHere) {
          step.text = oneLine(text)
          const target = targets.get(step.of)
          if (target !== undefined && bytesHere !== undefined) target.bytesHere = bytesHere
        },
        done(outcome) {
          steps.delete(step)
          stopIfIdle()
          onDone(step.what, step.of, oneLine(outcome), secondsSince(step.startedMs))
        },
      }
    },
    running: () =>
      [...steps].map(({ startedMs: since, ...step }) => {
        const target = targets.get(step.of)
        const bytes = target && left(target) > 0 ? { here: target.bytesHere, all: target.bytes } : undefined
        return { ...step, seconds: secondsSince(since), ...(bytes && { bytes }) }
      }),
    progress: () => {
      const all = [...targets.values()]
      return {
        targets: all.length,
        settled: all.filter(({ isSettled }) => isSettled).length,
        bytesToCome: all.reduce((sum, target) => sum + left(target), 0),
        seconds: secondsSince(startedMs),
      }
    },
    stop,
  }
}
