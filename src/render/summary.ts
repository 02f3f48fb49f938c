import type { Report } from '../model/result.ts'
import { type Concern, concernsOf } from './concerns.ts'
import { circumstances, headline, tally } from './headline.ts'
import { renderLegs } from './legs.ts'
import { code, details, escapeMarkdown, fenced } from './markdown.ts'
import { neutralise } from './neutralise.ts'
import { rowsOf } from './rows.ts'
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
const LEAST = { ...WRONG, rows: 0, items: 0 }

const TELLINGS: readonly Telling[] = [
  ALL,
  { ...ALL, passedDetail: false },
  { ...WRONG, passedRows: true },
  WRONG,
  ...[1000, 200, 20].map((rows) => ({ ...WRONG, rows })),
  ...[1000, 500, 200, 100, 50, 20, 10, 5, 2, 1].map((items) => ({ ...WRONG, rows: Math.min(20, items), items })),
]

// GitHub drops a summary of more than 1 MiB without a word.
const MAX_BYTES = 900_000

/** The report as Markdown to be read in ten seconds: never above `maxBytes`, failures first, counts never lost. */
export function renderSummary(report: Report, { docs, maxBytes = MAX_BYTES }: SummaryOptions = {}): string {
  const tell = tellerOf(report, docs)
  for (const telling of TELLINGS) {
    const text = joinedWithin(maxBytes, tell(telling))
    if (text !== undefined) return text
  }
  return joined(tell(LEAST))
}

/** Tells as much of a report as it is asked to, part by part; what several tellings have in common is rendered once. */
function tellerOf(report: Report, docs: string | undefined): (telling: Telling) => Generator<string> {
  const concerns = concernsOf(report)
  const rows = rowsOf(report)
  const found = remembered((items: number) => renderConcerns(concerns, items, docs))
  const table = remembered((passed: boolean, items: number) => renderRows(rows, { passed, items }))
  const probes = remembered((passed: boolean, items: number) => renderProbes(rows, { passed, items }))
  const sizes = remembered((passed: boolean, items: number) => renderSizes(rows, { passed, items }))
  return function* ({ passedDetail, passedCells, passedRows, rows: most, items }) {
    yield `## ${icons[report.verdict]} ${escapeMarkdown(headline(report, concerns))}`
    yield tally(report)
    yield found(items)
    yield headed('Images', table(passedRows, most))
    yield probes(passedCells, most)
    yield sizes(passedCells, most)
    yield renderLegs(report.legs, items)
    yield renderSkipped(report, items)
    if (passedDetail) {
      yield renderPassed(report)
      yield renderStarter(report)
    }
    const facts = circumstances(report).map((fact) => escapeMarkdown(fact))
    yield `<sub>${facts.join(' · ')}</sub>\n`
  }
}

function remembered<Asked extends readonly unknown[]>(render: (...asked: Asked) => string) {
  const known = new Map<string, string>()
  return (...asked: Asked): string => {
    const text = known.get(asked.join()) ?? render(...asked)
    known.set(asked.join(), text)
    return text
  }
}

const SEPARATOR = '\n\n'

const joined = (parts: Iterable<string>): string => [...parts].filter((part) => part !== '').join(SEPARATOR)

/** The parts as one text; undefined as soon as they are too large, without asking for those that are left. */
function joinedWithin(maxBytes: number, parts: Iterable<string>): string | undefined {
  const taken: string[] = []
  let left = maxBytes
  for (const part of parts) {
    left -= new TextEncoder().encode(part).length + SEPARATOR.length
    if (left < 0) return undefined
    taken.push(part)
  }
  return joined(taken)
}

function renderConcerns(concerns: readonly Concern[], items: number, docs: string | undefined): string {
  const told = concerns.slice(0, items)
  const left = concerns.length - told.length
  return joined([
    ...sections.map(([title, belongs]) => {
      const lines = told.filter(belongs).map((concern) => renderConcern(concern, docs))
      return lines.length === 0 ? '' : headed(title, joined([renderCodes(concerns.filter(belongs)), lines.join('\n')]))
    }),
    left > 0 ? `**… and ${left} more in report.json.**` : '',
  ])
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

/** More than one sees at once. */
const MANY = 10

/** Where there are many, what they are, the most frequent first. */
function renderCodes(concerns: readonly Concern[]): string {
  if (concerns.length <= MANY) return ''
  return [...Map.groupBy(concerns, (concern) => concern.code ?? '')]
    .toSorted(([, some], [, others]) => others.length - some.length)
    .flatMap(([name, { length }]) => (name === '' ? [] : [`${length} × ${code(name)}`]))
    .join(' · ')
}

const headed = (title: string, body: string): string => (body === '' ? '' : `### ${title}\n\n${body}`)
