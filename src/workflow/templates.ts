import { data } from '@actions/expressions'
import type { Known, Unknown } from '../model/workflow.ts'
import { type Data, isLostKey, isUnknown, NeedsUnknown, unknownData } from './data.ts'
import { type Contexts, evaluate, holds } from './expressions.ts'
import { known, unknown } from './known.ts'
import type { Yaml } from './yaml.ts'

/** A text in which each unknown part is one character of the private use area, to be split and cut like any other. */
export interface Holed {
  readonly text: string
  readonly holes: readonly Unknown[]
}

const FIRST_HOLE = 0xe000
const MAX_HOLES = 0x1900
const HOLE = /[\ue000-\uf8ff]/
const reserved = unknown('text', 'it has a character of the private use area')

/** A piece of text cut out of a holed one: known where it has no hole. */
export function settle(text: string, holes: readonly Unknown[]): Known<string> {
  const hole = HOLE.exec(text)?.[0]
  if (hole === undefined) return known(text)
  return holes[hole.charCodeAt(0) - FIRST_HOLE] ?? reserved
}

/** Fills in every expression of a text; those that are unknown leave holes. */
export function interpolate(template: string, contexts: Contexts): Holed {
  const holes: Unknown[] = []
  const fill = (part: Segment): string => {
    const value = part.expression === undefined ? part.text : textOf(evaluate(part.expression, contexts))
    if (typeof value === 'string' && !HOLE.test(value)) return value
    holes.push(typeof value === 'string' ? reserved : value)
    if (holes.length > MAX_HOLES) throw new Error('too many expressions in one text')
    return String.fromCharCode(FIRST_HOLE + holes.length - 1)
  }
  return { text: segments(template).map(fill).join(''), holes }
}

/** A text with every expression filled in, or the first part of it that is unknown. */
export function fillIn(template: string, contexts: Contexts): Known<string> {
  const { text, holes } = interpolate(template, contexts)
  return settle(text, holes)
}

/** An `if:`, with or without `${{ }}`; without any, or with an empty one, it holds. */
export function conditionHolds(condition: string | undefined, contexts: Contexts): Known<boolean> {
  const [only, ...others] = segments(condition?.trim() ?? '')
  // A text around the expression makes the whole a text, which always holds.
  return only === undefined || others.length > 0 ? known(true) : holds(only.expression ?? only.text, contexts)
}

/** A value of the file with its expressions evaluated: an expression alone keeps its type. */
export function evaluateYaml(yaml: Yaml, contexts: Contexts): Data {
  if (yaml.kind === 'list') return new data.Array(...yaml.items.map((item) => evaluateYaml(item, contexts)))
  if (yaml.kind === 'map') {
    const lost = yaml.entries.find(({ key }) => isLostKey(key))
    if (lost) return unknownData(lost.key, `the key ${JSON.stringify(lost.key)} cannot be evaluated`)
    const pairs = yaml.entries.map(({ key, value }) => ({ key, value: evaluateYaml(value, contexts) }))
    return new data.Dictionary(...pairs)
  }
  const { value } = yaml
  if (value === null) return new data.Null()
  if (typeof value === 'number') return new data.NumberData(value)
  if (typeof value === 'boolean') return new data.BooleanData(value)
  const parts = segments(value)
  const [only] = parts
  if (parts.length === 1 && only?.expression !== undefined) return evaluate(only.expression, contexts)
  const filled = fillIn(value, contexts)
  return filled.known ? new data.StringData(filled.value) : unknownData(filled.name, filled.reason)
}

/** The name of the step output that a text is, if it is nothing else: `${{ steps.meta.outputs.tags }}`. */
export function soleStepOutput(template: string): { readonly step: string; readonly output: string } | undefined {
  const found = /^\$\{\{\s*steps\.([\w-]+)\.outputs\.([\w-]+)\s*\}\}$/.exec(template.trim())
  const [, step, output] = found ?? []
  return step !== undefined && output !== undefined ? { step, output } : undefined
}

interface Segment {
  readonly text: string
  readonly expression: string | undefined
}

/** Splits at `${{` and `}}`; a `}}` inside a quoted string does not end an expression. */
export function segments(template: string): readonly Segment[] {
  const found: Segment[] = []
  let rest = template
  while (rest !== '') {
    const open = rest.indexOf('${{')
    const close = open < 0 ? undefined : /^\$\{\{((?:'[^']*'|[^'])*?)\}\}/s.exec(rest.slice(open))
    if (open < 0 || !close) {
      found.push({ text: rest, expression: undefined })
      break
    }
    if (open > 0) found.push({ text: rest.slice(0, open), expression: undefined })
    found.push({ text: close[0], expression: close[1] ?? '' })
    rest = rest.slice(open + close[0].length)
  }
  return found
}

function textOf(value: Data): string | Unknown {
  if (isUnknown(value)) return value.unknown
  try {
    return value.coerceString()
  } catch (error) {
    if (error instanceof NeedsUnknown) return error.unknown
    throw error
  }
}
