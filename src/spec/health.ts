import type * as z from 'zod'
import type { HealthExpectation } from '../model/health.ts'
import type { healthSchema } from './health-schema.ts'
import { parseDuration } from './quantities.ts'

/** What an image must do once it serves, as the check wants it. */
export function expectHealth(health: z.output<typeof healthSchema>): HealthExpectation {
  const { env = {}, port, path, status, json = {}, matches = [], healthcheck, timeout, logs } = health
  return {
    env,
    http: port === undefined ? undefined : { port, path, status, json, matches },
    healthcheck,
    timeoutMs: parseDuration(timeout),
    forbidden: logs?.forbid ?? [],
  }
}
