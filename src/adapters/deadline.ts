/** Ends a run early: when its time is up, or when the runner or a person cancels it. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  /** Ends the run so long after now. */
  endAfter(ms: number): void
  /** Why the run was ended; undefined while it goes on. */
  reason(): 'cancelled' | 'out of time' | undefined
}

/** Listens for SIGINT and SIGTERM, as a runner sends them, and ends the run with them. */
export function startDeadline(): Deadline {
  const controller = new AbortController()
  const cancel = (): void => controller.abort('cancelled')
  let timer: NodeJS.Timeout | undefined
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  return {
    signal: controller.signal,
    endAfter: (ms) => {
      timer = setTimeout(() => controller.abort('out of time'), ms)
    },
    reason: () => (controller.signal.aborted ? controller.signal.reason : undefined),
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      process.off('SIGINT', cancel)
      process.off('SIGTERM', cancel)
    },
  }
}
