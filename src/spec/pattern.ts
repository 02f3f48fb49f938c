import { RE2JS, RE2JSSyntaxException } from 're2js'
import type { Pattern } from '../model/contents.ts'

const MAX_PATTERN_LENGTH = 1000
/** With its repeats written out: to look for it takes time by this and by the text's length, and no more. */
const MAX_STEPS = 2000

/** Reads a regular expression that is looked for anywhere in a text; `^` and `$` are the ends of a line. Throws with the reason. */
export function parsePattern(text: string): Pattern {
  if (text === '') throw new Error('"" is found in every text: write what to look for')
  return compile(text, RE2JS.MULTILINE)
}

/** Reads one as Go does: `^` and `$` are the ends of the text. Throws with the reason. */
export const parseGoPattern = (text: string): Pattern => compile(text, 0)

function compile(text: string, flags: number): Pattern {
  const quoted = JSON.stringify(text.slice(0, 80))
  if (text.length > MAX_PATTERN_LENGTH) throw new Error(`${quoted}… is longer than ${MAX_PATTERN_LENGTH} characters`)
  const regex = regexOf(text, flags, quoted)
  if (regex.programSize() > MAX_STEPS) throw new Error(`${quoted} repeats too much: write + or *, or smaller numbers`)
  return { text, find: (where) => firstOf(regex, where) }
}

function regexOf(text: string, flags: number, quoted: string): RE2JS {
  try {
    return RE2JS.compile(text, flags)
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    const part = error.getPattern() ?? ''
    const [, reason] = FOREIGN.find(([words]) => words.test(part)) ?? []
    throw new Error(`${quoted} is not a regular expression of RE2: ${reason ?? `${error.getDescription()}: ${part}`}`)
  }
}

/** What people know from elsewhere, and takes more than linear time or is written otherwise here. */
const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/^\(\?<?[=!]/, 'look-around, such as (?=…) and (?<!…), is not supported'],
  [/^\\(?:[1-9]|k)/, 'backreferences, such as \\1, are not supported'],
  [/^\(\?>|^[*+?}]\+$/, 'atomic groups and possessive repeats are not supported'],
  [/^\\u/, 'write a character by its code as \\x{2028}'],
  [/^\\[pP]\{[A-Za-z_]+=/, 'write a script or category by its name alone, as \\p{Greek}'],
]

/** To tell whether it is there at all is many times quicker than to tell where. */
function firstOf(regex: RE2JS, text: string): ReturnType<Pattern['find']> {
  if (!regex.test(text)) return undefined
  const matcher = regex.matcher(text)
  matcher.find()
  return { index: matcher.start(), words: matcher.group() ?? '' }
}
