import type { Known } from '../model/workflow.ts'
import { type Holed, settle } from './templates.ts'

/** The lines of a list input as Docker's actions read it: trimmed, without empty ones and comments. */
export const linesOf = (text: string): readonly string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))

/** The fields of one line of CSV; a quoted field keeps its commas. */
export function csvFields(line: string): readonly string[] {
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? ''
    if (char === '"' && quoted && line[at + 1] === '"') {
      field += '"'
      at += 1
    } else if (char === '"') quoted = !quoted
    else if (char === ',' && !quoted) {
      fields.push(field)
      field = ''
    } else field += char
  }
  return [...fields, field].map((one) => one.trim())
}

/** The items of an input that takes commas as well as new lines. */
export const itemsOf = (text: string): readonly string[] =>
  linesOf(text)
    .flatMap(csvFields)
    .filter((item) => item !== '')

export interface Attributes {
  /** Fields without `=`. */
  readonly bare: readonly Known<string>[]
  readonly named: ReadonlyMap<string, Known<string>>
}

/** A line such as `type=raw,value=latest`; a field is cut at its first `=`. */
export function attributesOf(line: string, holes: Holed['holes']): Attributes {
  const bare: Known<string>[] = []
  const named = new Map<string, Known<string>>()
  for (const field of csvFields(line)) {
    const equals = field.indexOf('=')
    if (equals < 1) bare.push(settle(field, holes))
    else named.set(field.slice(0, equals).trim().toLowerCase(), settle(field.slice(equals + 1).trim(), holes))
  }
  return { bare, named }
}
