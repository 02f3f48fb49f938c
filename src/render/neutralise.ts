// Text of others (a container, a registry, an API, a spec of a pull request) as text that does nothing: not to the
// runner, whose workflow commands are `::name::` at the start of a line and `##[name]` anywhere in it, not to its
// problem matchers, not to a terminal, and not to the eye.
// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs

export interface NeutraliseOptions {
  /** Before each line: its first visible character keeps patterns that begin with `^` from matching. */
  readonly prefix?: string
  readonly maxLines?: number
  readonly maxColumns?: number
}

/** Turns bytes or text into lines that are safe on any log: prefixed, broken, capped and without a final newline. */
export function neutralise(
  input: Uint8Array | string,
  { prefix = '  │ ', maxLines = 400, maxColumns = 2000 }: NeutraliseOptions = {},
): string {
  const lines = withoutEscapes(decode(input)).split(LINE_END)
  return middleOut(lines, maxLines)
    .map((line) => `${prefix}${capped(breakCommands(visible(line)), maxColumns)}`)
    .join('\n')
}

/** The same text as one line of at most `max` characters, for use inside a sentence of ours. */
export function oneLine(text: string, max = 300): string {
  const line = withoutEscapes(decode(text)).replace(LINE_ENDS, ' ')
  // The gap that breaks a command makes the line longer, so it is cut last.
  return cut(breakCommands(visible(line)).replace(/\s+/gu, ' ').trim(), max)
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

const decode = (input: Uint8Array | string): string =>
  typeof input === 'string' ? input.toWellFormed() : decoder.decode(input)

// Whatever the runner, Python, JavaScript, a terminal or an editor ends a line at.
const TERMINATOR = '\\r\\n|[\\n\\r\\v\\f\\x1C-\\x1E\\x85\\u2028\\u2029]'
const LINE_END = new RegExp(TERMINATOR, 'u')
const LINE_ENDS = new RegExp(TERMINATOR, 'gu')

// ECMA-48: control sequences, then control strings (titles, links, clipboard), then the short escapes. A string that
// is never ended stops at the end of its line, so that it cannot swallow the rest of the output.
const CONTROL_SEQUENCE = '(?:\\x1B\\[|\\x9B)[0-?]*[ -/]*[@-~]?'
const CONTROL_STRING = '(?:\\x1B[P\\]X^_]|[\\x90\\x98\\x9D-\\x9F])[^\\x07\\x1B\\x9C\\r\\n]*(?:\\x07|\\x1B\\\\|\\x9C)?'
const SHORT_ESCAPE = '\\x1B[ -/]*[0-~]?'
const ESCAPES = new RegExp(`${CONTROL_SEQUENCE}|${CONTROL_STRING}|${SHORT_ESCAPE}`, 'gu')

const withoutEscapes = (text: string): string => text.replace(ESCAPES, '')

const CONTROLS = /[^\P{Cc}\t]/gu
// U+FE0E and U+FE0F only choose between text and emoji: nothing is lost without them.
const PRESENTATION = /[\uFE0E\uFE0F]/gu
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\p{Me}]/gu

/** Drops control characters, and names those one cannot see or that reorder what one sees: `<U+202E>`. */
const visible = (line: string): string =>
  line
    .replace(CONTROLS, '')
    .replace(PRESENTATION, '')
    .replace(INVISIBLE, (character) => `<U+${hex(character)}>`)

const hex = (character: string): string => (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')

// The runner compares by culture, where characters without weight do not count: they may stand between the parts of a
// command, and a zero-width character would not break one. A space has weight, and can be seen.
const WEIGHTLESS = '[\\p{M}\\p{C}\\uFFFD]*'
const COLONS = new RegExp(`:(?=${WEIGHTLESS}:)`, 'gu')
const HASHES = new RegExp(`(#${WEIGHTLESS}#)(?=${WEIGHTLESS}\\[)`, 'gu')

const breakCommands = (line: string): string => line.replace(COLONS, ': ').replace(HASHES, '$1 ')

const cut = (line: string, max: number): string => (line.length > max ? `${head(line, max - 1)}…` : line)

const capped = (line: string, max: number): string =>
  line.length > max ? `${head(line, max)}… (+${line.length - max})` : line

/** The first characters, without half of a surrogate pair at the end. */
const head = (line: string, length: number): string => line.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')

function middleOut(lines: readonly string[], max: number): readonly string[] {
  const dropped = lines.length - max
  if (dropped <= 0) return lines
  const first = Math.ceil(max / 2)
  return [...lines.slice(0, first), `… ${dropped} lines dropped …`, ...lines.slice(first + dropped)]
}
