import type { HealthExpectation, HealthSeen } from '../model/health.ts'
import { faultIn } from './answer.ts'

/** Whether a container that serves is all that is expected of it, as it was seen last. */
export function isWell(
  { http, healthcheck }: HealthExpectation,
  { startedAt, state, answer }: Pick<HealthSeen, 'startedAt' | 'state' | 'answer'>,
): boolean {
  if (startedAt === undefined || !state.running) return false
  if (healthcheck && state.health !== 'healthy') return false
  if (http === undefined) return healthcheck
  return answer !== undefined && 'status' in answer && faultIn(http, answer) === undefined
}
