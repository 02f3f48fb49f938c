import type { ModuleCell } from './module-cells.ts'
import { oneLine } from './neutralise.ts'
import { bytes, duration } from './quantities.ts'
import { agree, type Row, type SizeCell, type TagCell } from './rows.ts'
import { marks } from './statuses.ts'
import { type Paint, pad, truncate, width } from './terminal.ts'

const HEADER = ['', 'IMAGE', 'PLATFORM', 'DIGEST', 'TAGS', 'SIZE', 'RAN', 'PROBES', 'TIME']
/** Columns that give way when a line is too long, the first of them first. */
const YIELDING = ['PROBES', 'TAGS', 'IMAGE', 'SIZE', 'RAN']
const NARROWEST = 8
const GAP = '  '

/** The rows as lines of at most so many columns, without empty columns. */
export function consoleTable(rows: readonly Row[], columns: number, paint: Paint): readonly string[] {
  const cells = rows.map((row, position) => cellsOf(row, rows[position - 1]))
  const used = HEADER.map((_, column) => column === 0 || cells.some((row) => row[column] !== ''))
  const widths = shrink(
    HEADER.map((title, column) =>
      used[column] ? Math.max(width(title), ...cells.map((row) => width(row[column] ?? ''))) : -GAP.length,
    ),
    columns,
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => pad(truncate(cell, widths[column] ?? 0), widths[column] ?? 0))
      .filter((_, column) => used[column])
      .join(GAP)
      .trimEnd()
  return [
    paint('dim', line(HEADER)),
    ...rows.map(({ status }, position) => {
      const { mark, colour } = marks[status]
      const text = line(cells[position] ?? [])
      // The mark is painted after the line was measured.
      return text.startsWith(mark) ? `${paint(colour, mark)}${text.slice(mark.length)}` : text
    }),
  ]
}

function shrink(widths: readonly number[], columns: number): readonly number[] {
  const fitted = [...widths]
  for (const title of YIELDING) {
    const column = HEADER.indexOf(title)
    const over = fitted.reduce((sum, each) => sum + each + GAP.length, -GAP.length) - columns
    const now = fitted[column] ?? 0
    if (over > 0 && now > NARROWEST) fitted[column] = Math.max(NARROWEST, now - over)
  }
  return fitted
}

function cellsOf(row: Row, above: Row | undefined): readonly string[] {
  const { status, image, platform, digest, tags, compressed, unpacked, executed, modules, seconds } = row
  const cells = [
    image,
    platform,
    digest,
    // Tags are the image's: once is enough.
    above?.image === image ? '' : tagsText(tags),
    sizeText(compressed, unpacked),
    executed,
    modules.flatMap(moduleText).join(', '),
    seconds === undefined ? '' : duration(seconds),
  ]
  return [marks[status].mark, ...cells.map((cell) => oneLine(cell, 200))]
}

/** The first tag and how many more lead to its digest; else all, with `≠` between different images, and `–` after none. */
function tagsText(tags: readonly TagCell[]): string {
  const [first, ...more] = tags
  if (first !== undefined && agree(tags)) return [first.tag, more.length > 0 ? `+${more.length}` : ''].join(' ').trim()
  const digests = new Set(tags.flatMap(({ digest }) => (digest === '' ? [] : [digest])))
  return tags.map(({ tag, digest }) => (digest === '' ? `${tag}–` : tag)).join(digests.size > 1 ? '≠' : ' ')
}

/** `9.02 GB! (~1.3GB)`: the measure that is off, or else the last that was taken, and what it was to be. */
function sizeText(compressed: SizeCell, unpacked: SizeCell): string {
  const measured = [unpacked, compressed].filter((cell) => cell.bytes !== undefined)
  const {
    bytes: count,
    expected,
    status,
  } = measured.find(({ status }) => status === 'failed') ?? measured[0] ?? unpacked
  if (count === undefined) return ''
  return `${bytes(count)}${status === 'failed' ? '!' : ''}${expected === '' ? '' : ` (${expected})`}`
}

/** `torch 2.6.0 cpu`, `no torch`, `torch broken!`; nothing of what was not reached, which is said below. */
function moduleText({ module, status, text, seen }: ModuleCell): readonly string[] {
  if (!seen) return []
  const words = text === 'absent' ? `no ${module}` : `${module} ${text}`
  return [status === 'failed' ? `${words}!` : words]
}
