import type { Platform } from '../model/image.ts'
import { type CheckResult, type Finding, isEvidence, type UnweighedFinding } from '../model/result.ts'
import type { Severities, Severity, Waiver } from '../model/spec.ts'
import type { Judgement, Unlooked } from './define.ts'

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
 * A judgement under the spec's terms. What is wrong comes first, then what could not be looked at, whatever the spec
 * accepts of the rest. A waived finding is shown and counts as skipped; a check that found nothing and has nothing to
 * show for it is `errored`, since passing takes evidence.
 */
export function settle(
  identity: Identity,
  codes: Readonly<Record<string, Severity>>,
  judgement: Judgement,
  terms: Terms,
): CheckResult {
  if (!('findings' in judgement)) return unlooked(identity, accepted(judgement, terms))
  const rest = judgement.rest && accepted(judgement.rest, terms)
  const sorted = judgement.findings.map((finding) => weigh(finding, codes, terms))
  const open = sorted.flatMap(({ finding, waiver }) => (waiver === undefined ? [finding] : []))
  const waived = sorted.filter(({ waiver }) => waiver !== undefined)
  const [first, ...more] = open
  if (first !== undefined && open.some(isError)) return { ...identity, status: 'failed', findings: [first, ...more] }
  if (rest !== undefined && 'unseen' in rest) return unlooked(identity, rest, open)
  if (first !== undefined) return { ...identity, status: 'warned', findings: [first, ...more] }
  const findings = waived.map(({ finding }) => finding)
  const reasons = waived.flatMap(({ finding, waiver }) =>
    waiver ? [`${finding.code} is waived: ${waiver.reason}`] : [],
  )
  if (rest !== undefined) reasons.push(rest.skipped)
  if (reasons.length > 0) return { ...identity, status: 'skipped', findings, reason: [...new Set(reasons)].join('; ') }
  const [evidence, ...others] = judgement.evidence
  if (evidence === undefined || !judgement.evidence.every(isEvidence)) return withoutEvidence(identity)
  return { ...identity, status: 'passed', findings: [], evidence: [evidence, ...others] }
}

/** What is not there to be looked at, and need not be, as the spec accepts the findings that say so. */
function accepted(rest: Unlooked, terms: Terms): Unlooked {
  if (!('unseen' in rest)) return rest
  const waivers = (rest.saidBy ?? []).map((said) => waiverOf(said, terms).waiver)
  const [first] = waivers
  if (first === undefined || waivers.includes(undefined)) return rest
  return { skipped: `${rest.unseen}, which is waived: ${first.reason}` }
}

function unlooked(identity: Identity, rest: Unlooked, warnings: readonly Finding[] = []): CheckResult {
  if ('skipped' in rest) {
    const { skipped: reason, unasked } = rest
    return { ...identity, status: 'skipped', findings: [], reason, ...(unasked && { unasked }) }
  }
  const { unseen, hint, because } = rest
  const reason = [unseen, ...warnings.map(({ code, message }) => `${code}: ${message}`)].join('; besides, ')
  return { ...identity, status: 'errored', findings: [], reason, hint, ...(because !== undefined && { because }) }
}

const withoutEvidence = (identity: Identity): CheckResult => ({
  ...identity,
  status: 'errored',
  findings: [],
  reason: `${identity.check} found nothing wrong and has nothing to show for it`,
  hint: 'this is a fault of the action: please report it with report.json',
})

const isError = ({ severity }: Finding): boolean => severity === 'error'

interface Weighed {
  readonly finding: Finding
  readonly waiver: Waiver | undefined
}

/** How bad a finding is, and whether the spec accepts it; a waiver that is over is worth a word. */
function weigh(found: UnweighedFinding, codes: Readonly<Record<string, Severity>>, terms: Terms): Weighed {
  const { platform: _, ...rest } = found
  const severity = severityOf(rest.code, terms.severity) ?? own(codes, rest.code) ?? 'error'
  const { waiver, over } = waiverOf(found, terms)
  const hint = over === undefined ? rest.hint : `${rest.hint} (the spec waived it until ${over})`
  return { finding: { ...rest, severity, hint }, waiver }
}

/** The waiver that holds for a finding, or else until when one did. */
function waiverOf(
  { code, platform }: Pick<UnweighedFinding, 'code' | 'platform'>,
  terms: Terms,
): { readonly waiver: Waiver | undefined; readonly over: string | undefined } {
  const where = platform ?? terms.platform
  const waivers = terms.waivers.filter(
    (waiver) => covers(waiver.finding, code) && (waiver.platform === undefined || waiver.platform === where),
  )
  const waiver = waivers.find(({ until }) => until === undefined || terms.today <= until)
  return { waiver, over: waiver === undefined ? waivers.at(-1)?.until : undefined }
}

/** What the spec says of a code, or else of all codes of its check. */
export const severityOf = (code: string, severities: Severities): Severity | undefined =>
  own(severities, code) ?? own(severities, code.replace(/\/.*$/, '/*'))

const own = (severities: Severities, code: string): Severity | undefined =>
  Object.hasOwn(severities, code) ? severities[code] : undefined

/** Whether `size/over` or `size/*` speaks of a code. */
export const covers = (pattern: string, code: string): boolean =>
  pattern === code || (pattern.endsWith('/*') && pattern.length > 2 && code.startsWith(pattern.slice(0, -1)))
