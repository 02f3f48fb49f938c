import { CST, Lexer } from 'yaml'
import type { Fault } from './fault.ts'
import { Nesting } from './nesting.ts'

/** What a YAML file may cost us before anyone parses it. */
export interface Limits {
  readonly maxBytes: number
  /** Of maps and lists inside each other, the value itself counted. */
  readonly maxDepth: number
  /** Nodes that aliases may repeat. */
  readonly maxAliased: number
}

export const specLimits: Limits = { maxBytes: 64 * 1024, maxDepth: 32, maxAliased: 10_000 }

/** The first thing in the text that would make parsing it slow, deep or surprising; costs time linear in its length. */
export function findExcess(text: string, limits: Limits): Fault | undefined {
  // The lengths first: what follows is only linear in them.
  const bytes = text.length > limits.maxBytes ? text.length : new TextEncoder().encode(text).length
  if (bytes > limits.maxBytes) {
    const message = `the file is larger than ${Math.floor(limits.maxBytes / 1024)} KiB`
    return { offset: 0, message, hint: 'split it, or remove what is not needed' }
  }
  const control = text.search(/[^\P{Cc}\t\r\n\u0085]/u)
  if (control >= 0) {
    const code = text.charCodeAt(control).toString(16).toUpperCase().padStart(4, '0')
    return {
      offset: control,
      message: `the file has a control character (U+${code})`,
      hint: 'save it as plain UTF-8 text',
    }
  }
  return findExcessToken(text, limits)
}

function findExcessToken(text: string, { maxDepth }: Limits): Fault | undefined {
  const nesting = new Nesting()
  let offset = 0
  let lineStart = 0
  let isScalar = false
  let properties = 0
  for (const lexeme of new Lexer().lex(text)) {
    const type: ReturnType<typeof CST.tokenType> = isScalar ? 'scalar' : CST.tokenType(lexeme)
    isScalar = !isScalar && type === 'scalar'
    // These three are signs of the lexer's own, not text.
    if (isScalar || type === 'doc-mode') continue
    if (type === 'explicit-key-ind') {
      return { offset, message: 'the file has a key marked with "? "', hint: 'write it as key: value' }
    }
    if (type === 'directive-line') {
      return { offset, message: `the file has a directive (${JSON.stringify(lexeme)})`, hint: 'remove that line' }
    }
    if (type === 'anchor' || type === 'tag') properties += 1
    else if (type !== 'space' && type !== 'newline' && type !== 'comment') properties = 0
    const depth = nesting.enter(type, offset - lineStart)
    if (depth === undefined || properties > MOST_PROPERTIES) {
      return { offset, message: `the file has a misplaced ${JSON.stringify(lexeme)}`, hint: MISPLACED }
    }
    if (depth > maxDepth) {
      return { offset, message: `the file is nested deeper than ${maxDepth} levels`, hint: 'write it flatter' }
    }
    if (type === 'flow-error-end') continue
    const newline = lexeme.lastIndexOf('\n')
    if (newline >= 0) lineStart = offset + newline + 1
    offset += lexeme.length
  }
  return undefined
}

/** Of a map and of its first key, an anchor and a tag each; parsers take the square of the time for what is more. */
const MOST_PROPERTIES = 4

const MISPLACED =
  'see that the keys of one map begin in the same column, write one key: value a line, close the brackets you open, and quote text that holds any of : { } [ ]'
