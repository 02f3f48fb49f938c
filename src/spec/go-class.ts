import { literal, type Piece, sharedEscape } from './go-escape.ts'

const SPACE = '\\t\\n\\f\\r '
const NOT_SPACE = '\\0-\\x08\\x0b\\x0e-\\x1f!-\\u{10ffff}'
const NAMED: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\0-\\x7f',
  blank: '\\t ',
  cntrl: '\\0-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}

/** What stands in brackets, brackets included. */
export function goClass(rest: string): Piece {
  let source = rest.startsWith('[^') ? '[^' : '['
  const first = source.length
  for (let at = first; at < rest.length; ) {
    const character = String.fromCodePoint(rest.codePointAt(at) ?? 0)
    if (character === ']' && at > first) return { source: `${source}]`, length: at + 1 }
    const piece = pieceOf(rest.slice(at), character)
    source += piece.source
    at += piece.length
  }
  throw new Error(`${JSON.stringify(rest.slice(0, 20))} is not closed`)
}

function pieceOf(rest: string, character: string): Piece {
  const [named, name = ''] = /^\[:([a-z]+):\]/.exec(rest) ?? []
  if (named !== undefined && Object.hasOwn(NAMED, name)) return { source: NAMED[name] ?? '', length: named.length }
  if (rest.startsWith('[:')) throw new Error(`${JSON.stringify(rest.slice(0, 12))} has no like here`)
  if (rest.startsWith('\\s')) return { source: SPACE, length: 2 }
  if (rest.startsWith('\\S')) return { source: NOT_SPACE, length: 2 }
  if (rest.startsWith('\\a')) return { source: '\\x07', length: 2 }
  if (/^\\[bB]/.test(rest)) throw new Error('a word boundary in brackets has no meaning')
  if (character === '\\') return sharedEscape(rest)
  return { source: character === '-' ? '-' : literal(character), length: character.length }
}
