import type { HealthExpectation, HealthSeen } from '../model/health.ts'
import type { Execution, Look } from '../model/observation.ts'
import type { UnweighedFinding } from '../model/result.ts'
import { positionOf, type Target } from '../model/spec.ts'
import { faultIn, isUnsure } from '../observe/answer.ts'
import { isWell } from '../observe/well.ts'
import { defineCheck, type Judgement, notRun, type Unlooked, unseen } from './define.ts'
import { judgeLog } from './text.ts'

interface Seen {
  readonly execution: Execution
  readonly pulled: boolean
  readonly health: Look<HealthSeen> | undefined
}

export const health = defineCheck({
  id: 'health',
  title: 'The image serves, and its log is clean',
  scope: 'platform',
  codes: {
    'health/exited': 'error',
    'health/no-answer': 'error',
    'health/unhealthy': 'error',
    'health/timeout': 'error',
    'health/log': 'error',
  },
  notAsked: ({ image }) => (image.health === undefined ? 'the spec asks nothing of its health' : undefined),
  observe: async (target, sight): Promise<Seen> => {
    const execution = await sight.execution(target)
    if (execution.executed === 'no') return { execution, pulled: false, health: undefined }
    const { ok: pulled } = await sight.pulled(target)
    return { execution, pulled, health: await sight.health(target) }
  },
  judge: (target, { execution, pulled, health: look }: Seen): Judgement => {
    const expected = target.image.health
    if (execution.executed === 'no') return notRun(execution)
    if (look === undefined || expected === undefined) return { unseen: 'it was not started', hint: 'rerun the job' }
    if (!look.ok) return unseen(look, pulled ? undefined : 'pull')
    const { startedAt, nonce, logs, state } = look.seen
    if (startedAt === undefined && state.refusedBy !== 'image') {
      const reason = state.error || 'the engine does not say why'
      return { unseen: `it could not be started: ${reason}`, hint: 'see that the engine runs containers' }
    }
    const sick = isWell(expected, look.seen) ? undefined : sickness(target, expected, look.seen)
    const log = judgeLog(expected.forbidden, logs, 'the log')
    return {
      findings: [
        ...(sick && 'code' in sick ? [sick] : []),
        ...log.wrong.map((each) => about(target, 'log', 'prints what must not be in its log', each)),
      ],
      evidence: startedAt === undefined ? [] : [{ kind: 'container', startedAt, nonce }],
      rest: sick && 'unseen' in sick ? sick : log.rest,
    }
  },
})

/** Why it is not well, or why nobody knows: the first of what can be the cause of the others. */
function sickness(
  target: Target,
  { http, healthcheck }: HealthExpectation,
  seen: HealthSeen,
): UnweighedFinding | Unlooked {
  const { state, answer, seconds, startedAt } = seen
  const after = `after ${Math.round(seconds)} s`
  if (startedAt === undefined) {
    const actual = state.error
    return about(target, 'exited', `cannot be started: ${actual}`, { expected: 'a container that runs', actual })
  }
  if (!state.running) {
    const actual = state.oomKilled ? 'ended for its memory' : `exit code ${state.exitCode}`
    return about(target, 'exited', `ends ${after}: ${actual}`, { expected: 'a container that goes on', actual })
  }
  if (healthcheck && ['none', 'unhealthy'].includes(state.health)) {
    const actual = state.health === 'none' ? 'no health check' : `unhealthy: ${state.healthOutput.trim().slice(-200)}`
    return about(target, 'unhealthy', `is not healthy ${after}`, { expected: 'its HEALTHCHECK says healthy', actual })
  }
  if (http !== undefined && answer !== undefined && 'none' in answer) {
    if (answer.outOfReach !== undefined)
      return { unseen: `no answer ${after}: ${answer.none}`, hint: answer.outOfReach }
    const expected = `an answer on port ${http.port} to GET ${http.path}`
    return about(target, 'no-answer', `does not answer ${after}`, { expected, actual: answer.none })
  }
  const fault = http && answer && 'status' in answer ? faultIn(http, answer) : undefined
  if (fault !== undefined && !isUnsure(fault))
    return about(target, 'unhealthy', `answers ${http?.path} other than it should ${after}`, fault)
  if (fault !== undefined && (!healthcheck || state.health === 'healthy'))
    return { unseen: fault.unsure, hint: fault.hint }
  return about(target, 'timeout', `has not become healthy ${after}`, {
    expected: 'its HEALTHCHECK says healthy',
    actual: state.health,
  })
}

const about = (
  target: Target,
  code: string,
  what: string,
  { expected, actual }: { readonly expected: string; readonly actual: string },
): UnweighedFinding => {
  const at = positionOf(target.image, 'health')
  return {
    code: `health/${code}`,
    message: `${target.key} ${what}`,
    expected,
    actual,
    hint: 'see what it printed, in the log of this step; the spec gives it `env`, and more `timeout`',
    ...(at && { at }),
  }
}
