/** A command of a script, up to the `;` or the line's end that closes it. */
export interface Command {
  readonly text: string
  /** The same length, with quoted text, comments and substitutions that are quoted blanked out. */
  readonly masked: string
  /** Index of the script's line that the character at an offset stands in. */
  lineOf(offset: number): number
  /** Of the logical line it belongs to: commands of one line share it. */
  readonly logicalLine: number
}

/** Joining costs the square of what is joined. */
const MAX_JOINED_LINES = 200

const heredoc = /<<-?\s*["']?(\w+)["']?/

/** Cuts a shell script into commands: continued lines are joined, groups and here-documents kept whole. */
export function commandsOf(script: string): readonly Command[] {
  const lines = script.split('\n')
  const commands: Command[] = []
  for (let at = 0; at < lines.length; ) {
    const first = at
    let text = ''
    const starts: number[] = []
    for (;;) {
      starts.push(text.length)
      text += lines[at] ?? ''
      at += 1
      const masked = mask(text)
      const isOpen = /(\\|\|\||&&|\|)\s*$/.test(masked) || depthOf(masked) > 0 || hasOpenQuote(text)
      if (!isOpen || at >= lines.length || at - first >= MAX_JOINED_LINES) break
      text = `${text.replace(/\\\s*$/, (tail) => ' '.repeat(tail.length))} `
    }
    const end = heredoc.exec(mask(text))?.[1]
    while (end !== undefined && at < lines.length && lines[at]?.trim() !== end) at += 1
    if (end !== undefined) at += 1
    const masked = mask(text)
    for (const [from, to] of pieces(masked)) {
      if (masked.slice(from, to).trim() === '') continue
      commands.push({
        text: text.slice(from, to),
        masked: masked.slice(from, to),
        lineOf: (offset) =>
          first +
          Math.max(
            0,
            starts.findLastIndex((start) => start <= from + offset),
          ),
        logicalLine: first,
      })
    }
  }
  return commands
}

/** Replaces what is an expression, quoted, escaped or commented by blanks of the same length. */
function mask(text: string): string {
  const blank = (found: string): string => '_'.repeat(found.length)
  return text
    .replace(/\$\{\{[^{}\n]*\}\}/g, blank)
    .replace(/\\[^\n]/g, blank)
    .replace(/'[^']*'|"(?:[^"\\]|\\.)*"/g, blank)
    .replace(/(^|\s)#.*$/, (found) => ' '.repeat(found.length))
}

const hasOpenQuote = (text: string): boolean => {
  const bare = text.replace(/\\[^\n]/g, '').replace(/'[^']*'|"(?:[^"\\]|\\.)*"/g, '')
  return /^[^#]*(^|[\s=(])["']/.test(bare)
}

function depthOf(masked: string): number {
  let depth = 0
  for (const char of masked.replace(/\$\{[^{}]*\}/g, '')) {
    if (char === '(' || char === '{') depth += 1
    if (char === ')' || char === '}') depth -= 1
  }
  return depth
}

/** From and to of each command: a `;` inside a group does not cut. */
function pieces(masked: string): readonly (readonly [number, number])[] {
  const found: [number, number][] = []
  let depth = 0
  let from = 0
  for (let at = 0; at < masked.length; at += 1) {
    const char = masked[at]
    if (char === '(' || char === '{') depth += 1
    if (char === ')' || char === '}') depth -= 1
    if (char !== ';' || depth > 0) continue
    found.push([from, at])
    from = at + 1
  }
  return [...found, [from, masked.length]]
}
