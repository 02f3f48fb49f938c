import type { Report } from '../model/result.ts'
import { type Concern, concernsOf } from './concerns.ts'
import { circumstances, headline, tally } from './headline.ts'
import { renderLegs } from './legs.ts'
import { details, escapeMarkdown, fenced } from './markdown.ts'
import { neutralise } from './neutralise.ts'
import { type Row, rowsOf } from './rows.ts'
import { icons } from './statuses.ts'
import { renderConcern } from './summary/concern.ts'
import { renderPassed, renderSkipped } from './summary/detail.ts'
import { renderProbes } from './summary/probes.ts'
import { renderSizes } from './summary/sizes.ts'
import { renderRows } from './summary/table.ts'

export interface SummaryOptions {
  /** Address of docs/checks.md in the release that runs; without it finding codes are no links. */
  readonly docs?: string | undefined
  readonly maxBytes?: number
}

/** How much of a report is told. */
interface Telling {
  readonly passedDetail: boolean
  /** Whether rows of what passed are told in the matrix and the bars, and in the table. */
  readonly passedCells: boolean
  readonly passedRows: boolean
  /** The most rows of each table: findings say the same of what is wrong, and more. */
  readonly rows: number
  /** The most findings and reasons, each; the counts are always there. */
  readonly items: number
}

const { POSITIVE_INFINITY: ANY } = Number
const ALL = { passedDetail: true, passedCells: true, passedRows: true, rows: ANY, items: ANY }
const WRONG = { ...ALL, passedDetail: false, passedCells: false, passedRows: false }

const TELLINGS: readonly Telling[] = [
  ALL,
  { ...ALL, passedDetail: false },
  { ...WRONG, passedRows: true },
  WRONG,
  ...[1000, 200, 20].map((rows) => ({ ...WRONG, rows })),
  ...[1000, 500, 200, 100, 50, 20, 10, 5, 2, 1, 0].map((items) => ({ ...WRONG, rows: Math.min(20, items), items })),
]

// GitHub drops a summary of more than 1 MiB without a word.
const MAX_BYTES = 900_000

/** The report as Markdown to be read in ten seconds: never above `maxBytes`, failures first, counts never lost. */
export function renderSummary(report: Report, { docs, maxBytes = MAX_BYTES }: SummaryOptions = {}): string {
  const concerns = concernsOf(report)
  const rows = rowsOf(report)
  let text = ''
  for (const telling of TELLINGS) {
    text = render(report, concerns, rows, telling, docs)
    if (new TextEncoder().encode(text).length <= maxBytes) break
  }
  return text
}

function render(
  report: Report,
  concerns: readonly Concern[],
  rows: readonly Row[],
  { passedDetail, passedCells, passedRows, rows: most, items }: Telling,
  docs: string | undefined,
): string {
  const told = concerns.slice(0, items)
  return [
    `## ${icons[report.verdict]} ${escapeMarkdown(headline(report, concerns))}`,
    tally(report),
    ...sections.map(([title, belongs]) => renderSection(title, told.filter(belongs), docs)),
    told.length < concerns.length ? `**… and ${concerns.length - told.length} more in report.json.**` : '',
    headed('Images', renderRows(rows, { passed: passedRows, items: most })),
    renderProbes(rows, { passed: passedCells, items: most }),
    renderSizes(rows, { passed: passedCells, items: most }),
    renderLegs(report.legs, items),
    renderSkipped(report, items),
    passedDetail ? renderPassed(report) : '',
    passedDetail ? renderStarter(report) : '',
    `<sub>${circumstances(report)
      .map((fact) => escapeMarkdown(fact))
      .join(' · ')}</sub>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

const renderStarter = ({ starter, verdict }: Report): string => {
  if (starter === undefined) return ''
  const title = 'A spec to begin with, for .github/verify-images.yml'
  const block = fenced(neutralise(starter, { prefix: '' }), 'yaml')
  return verdict === 'passed' ? details(escapeMarkdown(title), block) : headed(title, block)
}

const sections: readonly (readonly [title: string, belongs: (concern: Concern) => boolean])[] = [
  ['What is wrong', ({ level }) => level === 'failed'],
  ['What could not be looked at', ({ kind, level }) => level === 'errored' && kind !== 'input'],
  ['Problems of the input', ({ kind }) => kind === 'input'],
  ['Warnings', ({ level }) => level === 'warned'],
]

const renderSection = (title: string, concerns: readonly Concern[], docs: string | undefined): string =>
  headed(title, concerns.map((concern) => renderConcern(concern, docs)).join('\n'))

const headed = (title: string, body: string): string => (body === '' ? '' : `### ${title}\n\n${body}`)
