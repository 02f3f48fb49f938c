import type { HealthExpectation, HealthSeen } from '../model/health.ts'
import type { Execution, Look } from '../model/observation.ts'
import type { UnweighedFinding } from '../model/result.ts'
import { positionOf, type Target } from '../model/spec.ts'
import { faultIn, isUnsure } from '../observe/answer.ts'
import { isWell } from '../observe/well.ts'
import { defineCheck, type Judgement, notRun, type Unlooked, unseen } from './define.ts'
import { judgeText } from './text.ts'

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
    const log = judgeLog(target, expected, logs)
    return {
      findings: [...(sick && 'code' in sick ? [sick] : []), ...log.findings],
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

/** What its log holds that it must not, which nobody knows of a log that could not be read. */
function judgeLog(target: Target, { forbidden }: HealthExpectation, look: HealthSeen['logs']) {
  if (forbidden.length === 0) return { findings: [], rest: undefined }
  if (!look.ok) return { findings: [], rest: unseen(look) }
  const { text, cut } = look.seen
  const { wrong, unsure } = judgeText({ contains: [], matches: [], excludes: forbidden }, { text, cut: cut && 'start' })
  return {
    findings: wrong.map((each) => about(target, 'log', 'prints what must not be in its log', each)),
    rest: unsure === undefined ? undefined : { unseen: `the log: ${unsure}`, hint: 'let it print less' },
  }
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
