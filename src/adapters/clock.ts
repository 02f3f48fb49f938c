import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../ports.ts'

/** The machine's clock; its sleeps end with the run. */
export const systemClock = (signal: AbortSignal): Clock => ({
  now: () => performance.now(),
  date: () => new Date(),
  sleep: (ms) => delay(ms, undefined, { signal }),
})
