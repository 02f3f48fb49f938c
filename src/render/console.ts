import { type Report, SET } from '../model/result.ts'
import { type Concern, concernsOf } from './concerns.ts'
import { consoleTable } from './console-table.ts'
import { circumstances, headline, tally } from './headline.ts'
import { oneLine } from './neutralise.ts'
import { count } from './quantities.ts'
import { rowsOf } from './rows.ts'
import { type Skipped, skippedParts } from './skipped.ts'
import { marks } from './statuses.ts'
import { type Paint, painter, wrap } from './terminal.ts'

export interface ConsoleOptions {
  /** Columns of the terminal. */
  readonly width?: number
  readonly colour?: boolean
}

/** The report for a terminal: the table, what is wrong and what to do, and the verdict last, where one looks. */
export function renderConsole(report: Report, { width = 100, colour = false }: ConsoleOptions = {}): string {
  const paint = painter(colour)
  const columns = Math.max(width, 40)
  const concerns = concernsOf(report)
  const rows = rowsOf(report)
  const { mark, colour: tone } = marks[report.verdict]
  return [
    ...(rows.length === 0 ? [] : [...consoleTable(rows, columns, paint), '']),
    ...concerns.flatMap((concern) => [...renderConcern(concern, columns, paint), '']),
    ...notLookedAt(report).flatMap((line) => wrap(oneLine(line, 1000), columns).map((part) => paint('dim', part))),
    ...wrap(
      circumstances(report)
        .map((fact) => oneLine(fact))
        .join(' · '),
      columns,
    ).map((line) => paint('dim', line)),
    '',
    ...wrap(`${mark} ${oneLine(headline(report, concerns))}`, columns).map((line) => paint('bold', paint(tone, line))),
    ...wrap(tally(report), columns - 2).map((line) => `  ${line}`),
  ].join('\n')
}

function renderConcern(concern: Concern, columns: number, paint: Paint): readonly string[] {
  const { kind, level, code, message, expected, actual, hint, at, blocked } = concern
  const { mark, colour } = marks[level]
  const place = at === undefined ? '' : ` (${at.file}:${at.line}:${at.column})`
  const [first = '', ...rest] = wrap(oneLine(`${subject(concern)}${message}${place}`, 1000), columns - 2)
  const indented = (label: string, text: string | undefined): readonly string[] =>
    text === undefined || text === ''
      ? []
      : wrap(oneLine(text, 1000), columns - 2 - label.length).map(
          (line, position) => `  ${position === 0 ? paint('dim', label) : ' '.repeat(label.length)}${line}`,
        )
  return [
    `${paint(colour, mark)} ${paint('bold', first)}`,
    ...rest.map((line) => `  ${paint('bold', line)}`),
    ...indented('expected  ', expected),
    ...indented('got       ', actual),
    ...indented('do        ', hint),
    ...indented('not seen  ', blockedText(blocked)),
    ...indented('code      ', kind === 'finding' ? code : undefined),
  ]
}

/** Whom it is about, where the message does not say so. */
const subject = ({ target, message }: Concern): string =>
  target === '' || message.includes(target) || target === SET ? '' : `${target}: `

const blockedText = (blocked: Concern['blocked']): string => [...new Set(blocked.map(({ check }) => check))].join(', ')

/** What was left out, by reason. */
function notLookedAt(report: Report): readonly string[] {
  const { waived, missed, unaskedAnywhere } = skippedParts(report)
  const lines = [...byReason('waived', waived), ...byReason('not looked at', missed)]
  const more = lines.length - MAX_REASONS
  return [
    ...lines.slice(0, MAX_REASONS),
    ...(more > 0 ? [`${more} more reasons in report.json`] : []),
    ...(unaskedAnywhere.length > 0 ? [`not asked for: ${unaskedAnywhere.join(', ')}`] : []),
  ]
}

const byReason = (title: string, skipped: readonly Skipped[]): readonly string[] =>
  [...Map.groupBy(skipped, ({ reason }) => reason)].map(([reason, results]) => {
    const checks = [...new Set(results.map(({ check }) => check))].join(', ')
    return `${title}: ${count(results.length, 'check')} (${checks}): ${reason}`
  })

const MAX_REASONS = 10
