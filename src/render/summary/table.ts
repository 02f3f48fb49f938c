import { code, escapeMarkdown, table } from '../markdown.ts'
import { bytes, count, duration } from '../quantities.ts'
import { agree, type Row, type SizeCell, type TagCell } from '../rows.ts'
import { icons, isFlagged } from '../statuses.ts'
import { type Amount, MAX_CELL, rowsToTell } from './fold.ts'

const HEADER = ['', 'image', 'platform', 'digest', 'tags', 'compressed', 'unpacked', 'ran', 'time']
/** One table row an image and platform; what is left out is counted below it. */
export function renderRows(rows: readonly Row[], amount: Amount): string {
  const { told, more } = rowsToTell(rows, ({ status }) => [status], amount)
  const limited = amount.passed || told.length === amount.items
  return [
    told.length === 0
      ? ''
      : table(
          HEADER,
          told.map((row, position) => renderRow(row, told[position - 1])),
        ),
    more === 0 ? '' : `${count(more, 'row', limited ? 'more' : 'without a finding')}: see report.json.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function renderRow(row: Row, above: Row | undefined): readonly string[] {
  const { status, image, platform, digest, tags, compressed, unpacked, executed, seconds } = row
  return [
    icons[status],
    escapeMarkdown(image, MAX_CELL),
    escapeMarkdown(platform, MAX_CELL),
    code(digest),
    // Tags are the image's: once is enough.
    above?.image === image ? '' : renderTags(tags),
    renderSize(compressed),
    renderSize(unpacked),
    executed,
    seconds === undefined ? '' : duration(seconds),
  ]
}

/** The tags and a tick where all lead to one digest; else each with its own. */
function renderTags(tags: readonly TagCell[]): string {
  if (tags.length === 0) return ''
  if (agree(tags)) return `${tags.map(({ tag }) => code(tag)).join(' ')} ✓`
  return tags.map(({ tag, digest }) => `${code(tag)} ${digest === '' ? '–' : `is ${code(digest)}`}`).join('<br>')
}

const renderSize = ({ bytes: count, status }: SizeCell): string => {
  if (count === undefined) return ''
  return status !== undefined && isFlagged(status) ? `**${bytes(count)}** ${icons[status]}` : bytes(count)
}
