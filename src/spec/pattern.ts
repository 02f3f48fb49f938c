import type { Pattern } from '../model/contents.ts'

const MAX_PATTERN_LENGTH = 1000

/**
 * Reads a JavaScript regular expression that is looked for anywhere in a text; `^` and `$` are the ends of a line.
 * Throws with the reason.
 */
export function parsePattern(text: string): Pattern {
  if (text === '') throw new Error('"" is found in every text: write what to look for')
  return compile(text, withoutDots(text), 'mu')
}

/** Compiles `source`, which is what `text` says. */
export function compile(text: string, source: string, flags: string): Pattern {
  const quoted = JSON.stringify(text.slice(0, 80))
  if (text.length > MAX_PATTERN_LENGTH) throw new Error(`${quoted}… is longer than ${MAX_PATTERN_LENGTH} characters`)
  try {
    return { text, regex: new RegExp(source, flags) }
  } catch (error) {
    const reason = (error as Error).message.replace(/^Invalid regular expression: .*: /s, '')
    throw new Error(`${quoted} is not a regular expression: ${reason.toLowerCase()}`)
  }
}

/** `.*` at the beginning changes nothing of whether something is found, and costs the square of a line's length. */
export const withoutDots = (source: string): string =>
  source.includes('|') ? source : source.replace(/^(?:\.\*\??)+(?![*+?{])/, '')
