import { allChecks, countByStatus, type Report, type Status, type Verdict, verdictOf } from '../model/result.ts'

export type Outputs = Readonly<Record<'verified' | 'verdict' | Status | 'digests', string>>

/** The action's outputs that follow from a report; none holds a character that means something to a shell or the runner. */
export function renderOutputs(report: Report): Outputs {
  const counts = countByStatus(allChecks(report))
  const verdict: Verdict = report.verdict
  return {
    // Twice, since this is what others act on: as the report says, and as its parts say.
    verified: String(verdict === 'passed' && verdictOf(report) === 'passed' && isWhole(report)),
    verdict,
    passed: String(counts.passed),
    warned: String(counts.warned),
    failed: String(counts.failed),
    errored: String(counts.errored),
    skipped: String(counts.skipped),
    digests: digests(report),
  }
}

const digests = ({ images }: Report): string =>
  `{${images.flatMap(({ id, digest }) => (digest === undefined ? [] : [`${quoted(id)}:${quoted(digest)}`])).join(',')}}`

/** A JSON string with all but the plainest characters as escapes: `::` as well, which a step may echo. */
const quoted = (text: string): string =>
  `"${text.replace(/[^A-Za-z0-9._:/@+-]|:(?=:)/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`

/** Of a part, nobody looked at the rest. */
const isWhole = ({ shard, targets }: Report): boolean => shard === undefined && targets === undefined
