import { platformThen } from '../model/baseline.ts'
import type { Look } from '../model/observation.ts'
import type { ModuleReport, Report, UnweighedFinding } from '../model/result.ts'
import { hasProbes, type Target } from '../model/spec.ts'
import { defineCheck, type Judgement, unseen } from './define.ts'
import { isProbe, observeProbe, type ProbeLook, probeEvidence, ran } from './probe.ts'

/** Both, since a fast import is soon twice as slow, and a slow one soon a second slower. */
const SLOWER = 1.5
const SLOWER_BY_S = 1

interface Seen extends ProbeLook {
  readonly baseline: Look<Report> | undefined
}

export const growth = defineCheck({
  id: 'growth',
  title: 'Modules and their import times are as in the last run that passed',
  scope: 'platform',
  codes: { 'growth/import-time': 'warning', 'growth/version': 'warning' },
  notAsked: ({ image }) => (hasProbes(image) ? undefined : 'the spec asks for no probe'),
  observe: async (target, sight): Promise<Seen> => {
    const { baseline } = sight
    if (baseline?.ok) return { ...(await observeProbe(target, sight)), baseline }
    return {
      execution: { executed: 'no', asked: false, reason: 'no baseline' },
      probe: undefined,
      pulled: false,
      baseline,
    }
  },
  judge: (target, { baseline, ...look }: Seen): Judgement => {
    if (baseline === undefined) {
      return { skipped: 'no earlier report to compare with: name one by the input baseline', unasked: true }
    }
    if (!baseline.ok) return baseline.failure === 'not-found' ? { skipped: baseline.reason } : unseen(baseline)
    const probe = ran(look, target.image)
    if (!isProbe(probe)) return probe
    const then = platformThen(baseline.seen, target)
    if (then === undefined || then.executed === 'no') {
      return { skipped: `${target.key} was not looked into in the run of the baseline` }
    }
    const pairs = then.modules.flatMap((before): Pair[] => {
      const now = Object.hasOwn(probe.modules, before.module) ? probe.modules[before.module] : undefined
      if (before.outcome !== 'imported' || now?.outcome !== 'imported') return []
      return [{ before, version: now.version, seconds: now.seconds }]
    })
    if (pairs.length === 0) {
      return { skipped: `${target.key} has no module that was imported in the run of the baseline as well` }
    }
    const sameWay = then.executed === look.execution.executed
    return {
      findings: [...versions(target, pairs), ...(sameWay ? times(target, pairs) : [])],
      evidence: probeEvidence(probe),
    }
  },
})

interface Pair {
  readonly before: ModuleReport
  readonly version: string | undefined
  readonly seconds: number | undefined
}

function versions({ key }: Target, pairs: readonly Pair[]): readonly UnweighedFinding[] {
  const changed = pairs.filter(({ before, version }) => before.version !== version)
  if (changed.length === 0) return []
  const list = (of: (pair: Pair) => string | undefined): string =>
    changed.map((pair) => `${pair.before.module} ${of(pair) ?? 'of no version'}`).join(', ')
  return [
    {
      code: 'growth/version',
      message: `${key} has other versions than in the last run that passed: ${list(({ version }) => version)}`,
      expected: list(({ before }) => before.version),
      actual: list(({ version }) => version),
      hint: 'if that was meant, it is told this once; else pin them in the lock file',
    },
  ]
}

function times({ key }: Target, pairs: readonly Pair[]): readonly UnweighedFinding[] {
  return pairs.flatMap(({ before, seconds }) => {
    if (before.seconds === undefined || seconds === undefined) return []
    if (seconds <= before.seconds * SLOWER || seconds - before.seconds <= SLOWER_BY_S) return []
    return [
      {
        code: 'growth/import-time',
        about: before.module,
        message: `${key}: import ${before.module} takes ${inSeconds(seconds)}, and took ${inSeconds(before.seconds)}`,
        expected: `about ${inSeconds(before.seconds)}, as in the last run that passed`,
        actual: inSeconds(seconds),
        hint: `see what it imports now: python -X importtime -c "import ${before.module}"`,
      },
    ]
  })
}

const inSeconds = (seconds: number): string => `${seconds.toFixed(1)} s`
