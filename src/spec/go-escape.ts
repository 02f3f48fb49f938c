/** A piece of a pattern, and how much of the text it took. */
export interface Piece {
  readonly source: string
  readonly length: number
}

const SAME = /^\\(?:[bBdDwWftnrv]|x[0-9A-Fa-f]{2})/
const SPACES = '\\t\\n\\f\\r '
const OTHERS: Readonly<Record<string, string>> = {
  A: '(?<![\\s\\S])',
  z: '(?![\\s\\S])',
  s: `[${SPACES}]`,
  S: `[^${SPACES}]`,
  a: '\\x07',
}

/** What begins with a backslash, outside of brackets. */
export function goEscape(rest: string): Piece {
  const [, letter = ''] = rest
  if (letter === 'Q') {
    const [quoted = '', words = ''] = /^\\Q(.*?)(?:\\E|$)/s.exec(rest) ?? []
    return { source: [...words].map(literal).join(''), length: quoted.length }
  }
  const other = Object.hasOwn(OTHERS, letter) ? OTHERS[letter] : undefined
  return other === undefined ? sharedEscape(rest) : { source: other, length: 2 }
}

/** What means the same in brackets and outside of them. */
export function sharedEscape(rest: string): Piece {
  const [same] = SAME.exec(rest) ?? []
  if (same !== undefined) return { source: same, length: same.length }
  const [wide, point] = /^\\x\{([0-9A-Fa-f]{1,6})\}/.exec(rest) ?? []
  if (wide !== undefined) return { source: `\\u{${point}}`, length: wide.length }
  const [octal, digits = ''] = /^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest) ?? []
  if (octal !== undefined) {
    return { source: `\\u{${Number.parseInt(digits, 8).toString(16)}}`, length: octal.length }
  }
  const [property, letter, negated, braced, single] = /^\\([pP])(?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))/.exec(rest) ?? []
  if (property !== undefined) {
    const isNot = (letter === 'P') !== (negated === '^')
    return { source: `\\${isNot ? 'P' : 'p'}{${propertyName(single ?? braced ?? '')}}`, length: property.length }
  }
  const [punctuation, character = ''] = /^\\([!-/:-@[-`{-~])/.exec(rest) ?? []
  if (punctuation !== undefined) return { source: literal(character), length: 2 }
  throw new Error(`${JSON.stringify(rest.slice(0, 2))} has no like here`)
}

/** Go takes names of categories and of scripts alike. */
const propertyName = (name: string): string => (name.length <= 2 ? name : `Script=${name}`)

/** A character that means itself, in brackets and outside of them. */
export const literal = (character: string): string =>
  /[\\^$.*+?()[\]{}|/-]/.test(character) ? `\\u{${character.codePointAt(0)?.toString(16)}}` : character
