/** Ends a run early: when its time is up, or when the runner or a person cancels it. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  /** Why the run was ended; undefined while it goes on. */
  reason(): 'cancelled' | 'out of time' | undefined
}

/** Starts the clock of a run and listens for SIGINT and SIGTERM, as a runner sends them. */
export function startDeadline(timeoutMs: number): Deadline {
  const controller = new AbortController()
  const cancel = (): void => controller.abort('cancelled')
  const timer = setTimeout(() => controller.abort('out of time'), timeoutMs)
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  return {
    signal: controller.signal,
    reason: () => (controller.signal.aborted ? controller.signal.reason : undefined),
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      process.off('SIGINT', cancel)
      process.off('SIGTERM', cancel)
    },
  }
}
