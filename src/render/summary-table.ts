import { icons } from './headline.ts'
import { code, escapeMarkdown, table } from './markdown.ts'
import { count, duration } from './quantities.ts'
import { agree, type Row, type SizeCell, type TagCell } from './rows.ts'

export interface RowChoice {
  /** Whether rows of what passed are told as well. */
  readonly passed: boolean
  readonly items: number
}

const HEADER = ['', 'image', 'platform', 'digest', 'tags', 'compressed', 'unpacked', 'ran', 'probes', 'time']
const WORST_FIRST = Object.keys({ failed: 0, errored: 0, warned: 0, passed: 0, skipped: 0 })
const MAX_CELL = 100

/** One table row an image and platform; what is left out is counted below it. */
export function renderRows(rows: readonly Row[], { passed, items }: RowChoice): string {
  const wanted = passed ? rows : rows.filter(({ status }) => status !== 'passed' && status !== 'skipped')
  const limited = wanted.length > items
  const told = limited ? worstFirst(wanted).slice(0, items) : wanted
  const left = rows.length - told.length
  return [
    told.length === 0
      ? ''
      : table(
          HEADER,
          told.map((row, position) => renderRow(row, told[position - 1])),
        ),
    left === 0 ? '' : `${count(left, 'row', limited ? 'more' : 'without a finding')}: see report.json.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const worstFirst = (rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((one, other) => WORST_FIRST.indexOf(one.status) - WORST_FIRST.indexOf(other.status))

function renderRow(row: Row, above: Row | undefined): readonly string[] {
  const { status, image, platform, digest, tags, compressed, unpacked, executed, modules, seconds } = row
  return [
    icons[status],
    escapeMarkdown(image, MAX_CELL),
    escapeMarkdown(platform, MAX_CELL),
    code(digest),
    // Tags are the image's: once is enough.
    above?.image === image ? '' : renderTags(tags),
    renderSize(compressed),
    renderSize(unpacked),
    escapeMarkdown(executed, MAX_CELL),
    modules.map((module) => escapeMarkdown(module, MAX_CELL)).join(', '),
    seconds === undefined ? '' : duration(seconds),
  ]
}

/** The tags and a tick where all lead to one digest; else each with its own. */
function renderTags(tags: readonly TagCell[]): string {
  if (tags.length === 0) return ''
  if (agree(tags)) return `${tags.map(({ tag }) => code(tag)).join(' ')} ✓`
  return tags.map(({ tag, digest }) => `${code(tag)} ${digest === '' ? '–' : `is ${code(digest)}`}`).join('<br>')
}

function renderSize({ actual, expected, wrong }: SizeCell): string {
  if (actual === '') return ''
  const size = wrong ? `**${actual}** ❌` : actual
  return expected === '' ? size : `${size} (${code(expected, MAX_CELL)})`
}
