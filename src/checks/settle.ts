import type { Platform } from '../model/image.ts'
import type { CheckResult, Evidence, Finding } from '../model/result.ts'
import type { Severities, Severity, Waiver } from '../model/spec.ts'
import type { Judgement } from './define.ts'

/** What the spec has to say about how bad findings are. */
export interface Terms {
  readonly severity: Severities
  readonly waivers: readonly Waiver[]
  /** The platform the subject is about, where it is about one. */
  readonly platform?: Platform
  /** ISO date. */
  readonly today: string
}

type Identity = Pick<CheckResult, 'check' | 'target' | 'seconds'>

/**
 * A judgement under the spec's terms. A waived finding is shown and counts as skipped; a check that found nothing and
 * has nothing to show for it is `errored`, since passing takes evidence.
 */
export function settle(
  identity: Identity,
  codes: Readonly<Record<string, Severity>>,
  judgement: Judgement,
  terms: Terms,
): CheckResult {
  if ('skipped' in judgement) return { ...identity, status: 'skipped', findings: [], reason: judgement.skipped }
  if ('unseen' in judgement) {
    const { unseen: reason, hint, because } = judgement
    return { ...identity, status: 'errored', findings: [], reason, hint, ...(because !== undefined && { because }) }
  }
  const findings = judgement.findings.map(
    (finding): Finding => ({ ...finding, severity: terms.severity[finding.code] ?? codes[finding.code] ?? 'error' }),
  )
  const waived = findings.map((finding) => ({ finding, waiver: waiverFor(finding, terms) }))
  const [first, ...rest] = waived.flatMap(({ finding, waiver }) => (waiver === undefined ? [finding] : []))
  if (first !== undefined) {
    const open: readonly [Finding, ...Finding[]] = [first, ...rest]
    return { ...identity, status: open.some(isError) ? 'failed' : 'warned', findings: open }
  }
  const reasons = waived.flatMap(({ finding, waiver }) =>
    waiver ? [`${finding.code} is waived: ${waiver.reason}`] : [],
  )
  if (reasons.length > 0) return { ...identity, status: 'skipped', findings, reason: reasons.join('; ') }
  const [evidence, ...more] = judgement.evidence
  if (evidence === undefined) return withoutEvidence(identity)
  const all: readonly [Evidence, ...Evidence[]] = [evidence, ...more]
  return { ...identity, status: 'passed', findings: [], evidence: all }
}

const withoutEvidence = (identity: Identity): CheckResult => ({
  ...identity,
  status: 'errored',
  findings: [],
  reason: `${identity.check} found nothing wrong and has nothing to show for it`,
  hint: 'this is a fault of the action: please report it with report.json',
})

const isError = ({ severity }: Finding): boolean => severity === 'error'

function waiverFor({ code }: Finding, { waivers, platform, today }: Terms): Waiver | undefined {
  return waivers.find(
    (waiver) =>
      (waiver.finding === code || (waiver.finding.endsWith('/*') && code.startsWith(waiver.finding.slice(0, -1)))) &&
      (waiver.platform === undefined || waiver.platform === platform) &&
      (waiver.until === undefined || today <= waiver.until),
  )
}
