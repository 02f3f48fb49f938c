import type { Pattern } from '../model/contents.ts'
import { goClass } from './go-class.ts'
import { goEscape } from './go-escape.ts'
import { compile, withoutDots } from './pattern.ts'

/** Reads a regular expression of Go (RE2) as JavaScript's that finds the same; throws where there is none. */
export function parseGoPattern(text: string): Pattern {
  return compile(text, translate(withoutDots(text)), 'u')
}

interface Group {
  /** `.` is any character; `^` and `$` are the ends of a line. */
  readonly s: boolean
  readonly m: boolean
  /** What was opened inside the group by flags without a group of their own, and ends with it or with an alternative. */
  readonly opened: readonly string[]
}

function translate(text: string): string {
  const groups: Group[] = [{ s: false, m: false, opened: [] }]
  const here = (): Group => groups.at(-1) ?? { s: false, m: false, opened: [] }
  let source = ''
  for (let at = 0; at < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
    const rest = text.slice(at)
    let length = character.length
    if (character === '\\') {
      const piece = goEscape(rest)
      source += piece.source
      length = piece.length
    } else if (character === '[') {
      const set = goClass(rest)
      source += set.source
      length = set.length
    } else if (character === '(') {
      const opening = openingOf(rest)
      const { s = here().s, m = here().m } = opening
      const group = { s, m, opened: [] }
      if (opening.isGroup) groups.push(group)
      else
        groups[groups.length - 1] = {
          ...group,
          opened: [...here().opened, ...(opening.source ? [opening.source] : [])],
        }
      source += opening.source
      length = opening.length
    } else if (character === ')') {
      if (groups.length === 1) throw new Error(`${JSON.stringify(text)} is not a regular expression: unmatched ")"`)
      source += ')'.repeat(here().opened.length + 1)
      groups.pop()
    } else if (character === '|') {
      source += `${')'.repeat(here().opened.length)}|${here().opened.join('')}`
    } else if (character === '.') {
      source += here().s ? '[\\s\\S]' : '[^\\n]'
    } else if (character === '^') {
      source += here().m ? '(?<![^\\n])' : '^'
    } else if (character === '$') {
      source += here().m ? '(?![^\\n])' : '$'
    } else if (character === '{') {
      const [repeat = ''] = /^\{[0-9]+(?:,[0-9]*)?\}/.exec(rest) ?? []
      source += repeat || '\\{'
      length = repeat.length || 1
    } else {
      source += /[\]}/]/.test(character) ? `\\${character}` : character
    }
    at += length
  }
  return source + ')'.repeat(here().opened.length)
}

interface Opening {
  readonly source: string
  readonly length: number
  readonly isGroup: boolean
  readonly s?: boolean
  readonly m?: boolean
}

/** What begins with `(`. */
function openingOf(rest: string): Opening {
  if (!rest.startsWith('(?')) return { source: '(', length: 1, isGroup: true }
  const [named, name] = /^\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>/.exec(rest) ?? []
  if (named !== undefined) return { source: `(?<${name}>`, length: named.length, isGroup: true }
  const [flagged, on = '', off = '', end] = /^\(\?([ims]*)(?:-([ims]+))?([:)])/.exec(rest) ?? []
  if (flagged === undefined || flagged === '(?)') {
    throw new Error(`${JSON.stringify(rest.slice(0, 4))} has no like here: look-around, (?U) and the like`)
  }
  const isGroup = end === ':'
  const turned = (flag: string) => (on.includes(flag) ? true : off.includes(flag) ? false : undefined)
  const [i, s, m] = [turned('i'), turned('s'), turned('m')]
  const source = i === undefined ? (isGroup ? '(?:' : '') : i ? '(?i:' : '(?-i:'
  return { source, length: flagged.length, isGroup, ...(s !== undefined && { s }), ...(m !== undefined && { m }) }
}
