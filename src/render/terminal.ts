export type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold'
export type Paint = (colour: Colour, text: string) => string

const CODES: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  dim: [2, 22],
  bold: [1, 22],
}

/** Colours text for a terminal that has colours, and leaves it alone for any other. */
export const painter = (enabled: boolean): Paint =>
  enabled ? (colour, text) => `\u001B[${CODES[colour][0]}m${text}\u001B[${CODES[colour][1]}m` : (_, text) => text

// https://www.unicode.org/reports/tr11/: what takes two columns, near enough for tables.
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]/u
const NARROW = /^[\p{M}\u200B]$/u

/** The columns a text without control characters takes on a terminal. */
export const width = (text: string): number =>
  Array.from(text, (character) => (NARROW.test(character) ? 0 : WIDE.test(character) ? 2 : 1)).reduce<number>(
    (sum, columns) => sum + columns,
    0,
  )

/** The text, or as much of its beginning as fits with an ellipsis. */
export function truncate(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let taken = ''
  for (const character of text) {
    if (width(taken + character) > columns - 1) break
    taken += character
  }
  return columns < 1 ? '' : `${taken}…`
}

/** The text with spaces up to so many columns. */
export const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)))

/** Words in lines of at most so many columns; a word longer than a line stays whole, to be copied. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && width(line) + 1 + width(word) <= columns) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
