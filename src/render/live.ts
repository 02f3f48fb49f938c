import { duration } from './quantities.ts'
import { type Paint, truncate } from './terminal.ts'

/** One piece of work that is going on; its texts are safe to print. */
export interface Running {
  readonly title: string
  readonly text: string
  readonly seconds: number
}

const FRAMES = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏']
// A terminal cannot take back lines that have left it at the top.
const MAX_LINES = 10

/** One line for each piece of work, none wider than the terminal: what was drawn can be counted, and taken back. */
export function liveLines(
  running: readonly Running[],
  columns: number,
  frame: number,
  paint: Paint,
): readonly string[] {
  const spinner = FRAMES[frame % FRAMES.length] ?? ''
  const lines = running.slice(0, MAX_LINES).map(({ title, text, seconds }) => {
    const line = [title, text, seconds < 1 ? '' : duration(Math.floor(seconds))]
      .filter((part) => part !== '')
      .join('  ')
    return `${paint('yellow', spinner)} ${truncate(line, columns - 3)}`
  })
  const more = running.length - lines.length
  return more > 0 ? [...lines, paint('dim', truncate(`  and ${more} more`, columns - 1))] : lines
}
