import type { Report } from '../model/result.ts'

/**
 * The report as JSON, piece by piece, since of hundreds of images it is megabytes: the same bytes for the same report, and
 * harmless where somebody prints the file.
 */
export function* renderJson(report: Report): Generator<string> {
  let before = '{'
  for (const [key, value] of Object.entries(inOrder('', report) as Report)) {
    if (value === undefined) continue
    yield `${before}\n  ${JSON.stringify(key)}: `
    yield* Array.isArray(value) ? renderList(value) : [renderPart(value, 1)]
    before = ','
  }
  yield '\n}\n'
}

function* renderList(items: readonly unknown[]): Generator<string> {
  for (const [at, item] of items.entries()) yield `${at === 0 ? '[' : ','}\n    ${renderPart(item, 2)}`
  yield items.length === 0 ? '[]' : '\n  ]'
}

/** A part that stands so many levels below the report. */
const renderPart = (value: unknown, level: number): string =>
  inert(JSON.stringify(value, inOrder, 2).replaceAll('\n', `\n${'  '.repeat(level)}`))

const KEYS = [
  ...['schema', 'verdict', 'generated', 'tool', 'source', 'environment', 'id', 'reference', 'digest', 'tags'],
  ...[
    'expected',
    'platforms',
    'check',
    'target',
    'status',
    'code',
    'seconds',
    'images',
    'checks',
    'missing',
    'problems',
  ],
]

/** A replacer that puts the keys of every object in one order: those a reader looks for first, then by the alphabet. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const byRank = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
    rank(one) - rank(other) || (one < other ? -1 : 1)
  return Object.fromEntries(Object.entries(value).sort(byRank))
}

const rank = (key: string): number => (KEYS.includes(key) ? KEYS.indexOf(key) : KEYS.length)

// Only strings of the report can hold these, and every character of a JSON string may be written as an escape.
const inert = (json: string): string =>
  json
    .replace(/(?!\n)[\p{C}\p{M}\u2028\u2029\uFFFD]|\p{Default_Ignorable_Code_Point}/gu, escapes)
    .replace(/:(?=:)/g, escapes)
    .replace(/#(?=#\[)/g, escapes)

const escapes = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => hex(character.charCodeAt(at))).join('')

const hex = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`
