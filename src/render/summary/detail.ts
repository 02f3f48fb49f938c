import { shortDigest } from '../../model/image.ts'
import { allChecks, type Evidence, type Report } from '../../model/result.ts'
import { code, details, escapeMarkdown, prose, table } from '../markdown.ts'
import { count, duration, moment } from '../quantities.ts'
import { type Skipped, skippedParts } from '../skipped.ts'
import { icons } from '../statuses.ts'

/** What nobody looked at and why, and what was wrong and waived; empty when there is neither. */
export function renderSkipped(report: Report, items: number): string {
  const { waived, missed, unaskedAnywhere } = skippedParts(report)
  return [
    list(`Waived in the spec: ${count(waived.length, 'check')}`, waived.map(renderWaived), items),
    list(`Not looked at: ${count(missed.length, 'check')}`, reasons(missed), items),
    unaskedAnywhere.length === 0 ? '' : `Not asked for: ${unaskedAnywhere.map((check) => code(check)).join(', ')}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function renderWaived({ target, findings, reason }: Skipped): string {
  const isNamed = [`${target} `, `${target}: `].some((beginning) => findings[0]?.message.startsWith(beginning))
  const subject = isNamed ? '' : `${escapeMarkdown(target)}: `
  return `${subject}${findings.map(({ message }) => prose(message)).join('; ')} (${prose(reason)})`
}

/** One line a reason, with the checks it holds for. */
function reasons(skipped: readonly Skipped[]): readonly string[] {
  const byReason = Map.groupBy(skipped, ({ reason }) => reason)
  return [...byReason].map(([reason, results]) => {
    const checks = [...new Set(results.map(({ check }) => check))].map((check) => code(check)).join(', ')
    return `${results.length} × ${checks}: ${prose(reason)}`
  })
}

function list(title: string, lines: readonly string[], items: number): string {
  if (lines.length === 0) return ''
  const told = lines.slice(0, items)
  const more = lines.length > told.length ? [`${lines.length - told.length} more in report.json`] : []
  return [`${icons.skipped} **${title}**`, '', ...[...told, ...more].map((line) => `- ${line}`)].join('\n')
}

/** Every check that passed and what that stands on, folded; empty when none did. */
export function renderPassed(report: Report): string {
  const rows = allChecks(report).flatMap((result) =>
    result.status === 'passed'
      ? [
          [
            code(result.check),
            escapeMarkdown(result.target),
            renderEvidences(result.evidence),
            duration(result.seconds),
          ],
        ]
      : [],
  )
  if (rows.length === 0) return ''
  return details(`${count(rows.length, 'check')} passed`, table(['check', 'of', 'seen', 'time'], rows))
}

const MAX_EVIDENCE = 3

function renderEvidences(all: readonly Evidence[]): string {
  const more = all.length - MAX_EVIDENCE
  return [...all.slice(0, MAX_EVIDENCE).map(renderEvidence), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}

function renderEvidence(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'digest':
      return code(shortDigest(evidence.digest))
    case 'container':
      return `container started ${escapeMarkdown(moment(evidence.startedAt))}`
    case 'run':
      return `run ${evidence.runId}, attempt ${evidence.attempt}`
    case 'file':
      return `${code(evidence.path)} ${code(evidence.sha256.slice(0, 12))}`
  }
}
