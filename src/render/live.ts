import { shareBar } from './bars.ts'
import { placeOf } from './place.ts'
import { bytes, count, duration } from './quantities.ts'
import { type Paint, pad, truncate, width } from './terminal.ts'

/** One piece of work that is going on; its texts are safe to print. */
export interface Running {
  readonly what: string
  /** A target's key, or a reference. */
  readonly of: string
  readonly text: string
  readonly seconds: number
  /** Where some have still to come; `here` is undefined where nobody tells. */
  readonly bytes?: { readonly here: number | undefined; readonly all: number }
}

/** How far all of it is. */
export interface Progress {
  readonly targets: number
  readonly settled: number
  readonly bytesToCome: number
  readonly seconds: number
}

const MAX_NAMED = 4

/** All that is going on as one line for a log: how far the whole is, and what is being done to what. */
export function progressLine(running: readonly Running[], progress: Progress): string {
  const named = running.slice(0, MAX_NAMED).map(({ what, of, seconds, text, bytes: some }) => {
    const words = [`${what} ${of}`, wordsOf(text, sizeOf(some))].filter((part) => part !== '').join(' ')
    return `${words} (${wholeSeconds(seconds)})`
  })
  const more = running.length - named.length
  return [facts(progress).join(', '), [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')]
    .filter((part) => part !== '')
    .join(': ')
}

/** What a terminal is like. */
export interface Screen {
  readonly columns: number
  readonly rows: number
  readonly paint: Paint
}

const FRAMES = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏']
const HEADER = ['IMAGE', 'PLATFORM', 'DOING', 'TIME', '']
// A terminal cannot take back lines that have left it at the top.
const MAX_LINES = 12
const BAR_WIDTH = 8
/** A terminal with less has no room for bars and titles. */
const NARROW_COLUMNS = 60

/** A table of what is going on and a line of what is left, no line wider than the terminal and no more than fit on it. */
export function liveTable(
  running: readonly Running[],
  progress: Progress,
  frame: number,
  { columns, rows, paint }: Screen,
): readonly string[] {
  const last = facts(progress).join(' · ')
  const fitting = Math.max(0, Math.min(MAX_LINES, rows - 1) - (last === '' ? 2 : 3))
  const shown = running.length > fitting + 1 ? running.slice(0, fitting) : running
  if (shown.length === 0) return last === '' ? [] : [paint('dim', truncate(last, columns - 1))]
  const isNarrow = columns < NARROW_COLUMNS
  const cells = shown.map((each) => cellsOf(each, isNarrow))
  const titles = isNarrow ? [] : [HEADER]
  const widths = HEADER.map((_, column) => Math.max(...[...titles, ...cells].map((row) => width(row[column] ?? ''))))
  // The name of an image gives way to what becomes of it.
  widths[0] = Math.min(widths[0] ?? 0, Math.max(HEADER[0]?.length ?? 0, Math.floor(columns / 3)))
  const line = (row: readonly string[]): string =>
    truncate(
      row
        .map((cell, column) => pad(truncate(cell, widths[column] ?? 0), widths[column] ?? 0))
        .join(isNarrow ? ' ' : '  ')
        .trimEnd(),
      columns - 3,
    )
  const spinner = FRAMES[frame % FRAMES.length] ?? ''
  const more = running.length - shown.length
  return [
    ...titles.map((title) => paint('dim', `  ${line(title)}`)),
    ...cells.map((row) => `${paint('yellow', spinner)} ${line(row)}`),
    ...(more > 0 ? [paint('dim', truncate(`  and ${more} more`, columns - 1))] : []),
    ...(last === '' ? [] : [paint('dim', truncate(`  ${last}`, columns - 1))]),
  ]
}

function cellsOf({ what, of, seconds, text, bytes: some }: Running, isNarrow: boolean): readonly string[] {
  const { image = of, platform = '' } = placeOf(of)
  const { here, all = 0 } = some ?? {}
  const bar = here === undefined ? '' : `${shareBar(here, all, BAR_WIDTH)} `
  const time = wholeSeconds(seconds)
  if (!isNarrow) return [image, platform, what, time, `${bar}${wordsOf(text, sizeOf(some))}`]
  const share = here === undefined ? sizeOf(some) : `${Math.floor((100 * here) / all)}% of ${bytes(all)}`
  return [image, platform.replace(/^linux\//, ''), what, time, wordsOf(text, share)]
}

const sizeOf = (some: Running['bytes']): string => {
  if (some === undefined) return ''
  return some.here === undefined ? bytes(some.all) : `${bytes(some.here)} of ${bytes(some.all)}`
}

/** `412 MB of 1.4 GB, 3 of 7 layers downloaded`. */
const wordsOf = (text: string, size: string): string => [size, text].filter((part) => part !== '').join(', ')

const facts = ({ targets, settled, bytesToCome, seconds }: Progress): readonly string[] =>
  targets === 0
    ? []
    : [
        `${settled} of ${count(targets, 'target')} done`,
        ...(bytesToCome > 0 ? [`${bytes(bytesToCome)} to come`] : []),
        wholeSeconds(seconds),
      ]

const wholeSeconds = (seconds: number): string => (seconds < 1 ? '0s' : duration(Math.floor(seconds)))
