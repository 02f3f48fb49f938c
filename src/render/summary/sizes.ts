import { legend, rangeBar, shareBar } from '../bars.ts'
import { code, escapeMarkdown, table } from '../markdown.ts'
import { bytes, span } from '../quantities.ts'
import type { Row, SizeCell } from '../rows.ts'
import { isFlagged, sign } from '../statuses.ts'
import { type Amount, fold, left, MAX_CELL, rowsToTell } from './fold.ts'

const HEADER = ['image', 'platform', 'compressed', 'expected', 'unpacked', 'expected']

/** Every size as a bar against what it was to be, with the numbers beside it; open where one is wrong. */
export function renderSizes(rows: readonly Row[], amount: Amount): string {
  const measured = rows.filter(({ compressed, unpacked }) => isMeasured(compressed) || isMeasured(unpacked))
  const statuses = measured.flatMap(({ compressed, unpacked }) => [compressed, unpacked].flatMap(statusOf))
  const { told, more } = rowsToTell(measured, (row) => [row.compressed, row.unpacked].flatMap(statusOf), amount)
  if (told.length === 0) return ''
  const [compressed, unpacked] = [largest(rows.map((row) => row.compressed)), largest(rows.map((row) => row.unpacked))]
  const body = table(
    HEADER,
    told.map((row) => [
      escapeMarkdown(row.image, MAX_CELL),
      escapeMarkdown(row.platform, MAX_CELL),
      renderSize(row.compressed, compressed),
      renderExpected(row.compressed),
      renderSize(row.unpacked, unpacked),
      renderExpected(row.unpacked),
    ]),
  )
  const cells = told.flatMap((row) => [row.compressed, row.unpacked]).filter(isMeasured)
  const words = [
    ...(cells.some(({ range }) => range !== undefined) ? [legend] : []),
    ...(cells.some(({ range }) => range === undefined) ? ['where nothing is expected, against the largest'] : []),
  ]
  return fold('Sizes', statuses, [body, left(more), `<sub>${words.join('; ')}</sub>`])
}

const isMeasured = (cell: SizeCell): boolean => cell.bytes !== undefined

const statusOf = ({ status }: SizeCell) => (status === undefined ? [] : [status])

/** Of those that have no range to be drawn against. */
const largest = (cells: readonly SizeCell[]): number =>
  Math.max(0, ...cells.map((cell) => (cell.range === undefined ? (cell.bytes ?? 0) : 0)))

function renderSize({ bytes: count, range, status }: SizeCell, whole: number): string {
  if (count === undefined) return ''
  const bar = code(range === undefined ? shareBar(count, whole) : rangeBar(count, range))
  if (status === undefined) return `${bar} ${bytes(count)}`
  return `${bar} ${isFlagged(status) ? `**${bytes(count)}**` : bytes(count)} ${sign(status)}`
}

const renderExpected = ({ bytes: count, expected, range }: SizeCell): string =>
  count === undefined ? '' : range === undefined ? code(expected, MAX_CELL) : span(range)
