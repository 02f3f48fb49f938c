import {
  allChecks,
  type CheckResult,
  type Finding,
  type Report,
  type Status,
  verdictOf,
  worstFirst,
} from '../model/result.ts'
import type { Position } from '../model/spec.ts'
import { type Causes, causesOf } from './causes.ts'

export type Level = Extract<Status, 'failed' | 'errored' | 'warned'>

/** One thing a person has to know: a finding, a look that failed, a target that never reported, a wrong input. */
export interface Concern {
  readonly kind: 'finding' | 'look' | 'input' | 'missing' | 'nothing'
  readonly level: Level
  /** The code of a finding, or the id of the check that could not look; nothing else has one. */
  readonly code?: string
  /** A target's key, an image's id or `set`; empty where it is about the run. */
  readonly target: string
  readonly message: string
  readonly expected?: string
  readonly actual?: string
  readonly hint: string
  readonly at?: Position
  /** What could not be looked at because of it. */
  readonly blocked: readonly Pick<CheckResult, 'check' | 'target'>[]
}

/** Everything that keeps a report from being spotless, worst first, each cause once: empty only for a clean pass. */
export function concernsOf(report: Report): readonly Concern[] {
  const causes = causesOf(report)
  const ofChecks = allChecks(report).flatMap((result) => concernsOfResult(result, causes))
  const ofRun = [...report.problems.map(ofProblem), ...report.missing.map(ofMissing)]
  const all = [...ofChecks, ...ofRun]
  const sorted = worstFirst.flatMap((level) => all.filter((concern) => concern.level === level))
  const explained = sorted.some(({ level }) => level !== 'warned')
  return verdictOf(report) === 'errored' && !explained ? [ofNothing(report), ...sorted] : sorted
}

function concernsOfResult(result: CheckResult, causes: Causes): readonly Concern[] {
  const { check, target } = result
  switch (result.status) {
    case 'failed':
    case 'warned':
      return result.findings.map((finding, position) => ({
        ...ofFinding(finding, target, levelOf(finding, result)),
        blocked: position === 0 ? causes.blockedBy(result) : [],
      }))
    case 'errored': {
      if (causes.isFolded(result)) return []
      const { reason: message, hint } = result
      return [{ kind: 'look', level: 'errored', code: check, target, message, hint, blocked: causes.blockedBy(result) }]
    }
    case 'passed':
    case 'skipped':
      return []
  }
}

type Found = Extract<CheckResult, { status: 'failed' | 'warned' }>

/** A failed check has something that failed, also where its findings do not admit it. */
const levelOf = ({ severity }: Finding, { status, findings }: Found): Level =>
  status === 'failed' && (severity === 'error' || findings.every((one) => one.severity === 'warning'))
    ? 'failed'
    : 'warned'

const ofFinding = ({ severity: _, ...finding }: Finding, target: string, level: Level): Omit<Concern, 'blocked'> => ({
  ...finding,
  kind: 'finding',
  level,
  target,
})

const ofProblem = ({ message, hint = '', at }: Report['problems'][number]): Concern => ({
  kind: 'input',
  level: 'errored',
  target: '',
  message,
  hint,
  ...(at && { at }),
  blocked: [],
})

const ofMissing = (key: string): Concern => ({
  kind: 'missing',
  level: 'errored',
  target: key,
  message: `${key} was planned and never reported`,
  hint: 'look at the job that was to verify it, and rerun it',
  blocked: [],
})

/** A verdict of `errored` that nothing else explains: there was nothing to look at, or nobody looked. */
function ofNothing({ images }: Report): Concern {
  const idle = images.filter(({ checks }) => checks.every(({ status }) => status === 'skipped')).map(({ id }) => id)
  return {
    kind: 'nothing',
    level: 'errored',
    target: images.length > 0 && idle.length === 1 ? idle.join() : '',
    message: idle.length > 0 ? `nothing was looked at in ${idle.join(', ')}` : 'nothing was verified',
    hint: 'say in the spec what is expected, and look why its checks were skipped',
    blocked: [],
  }
}
