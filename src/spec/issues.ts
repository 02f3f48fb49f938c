import * as z from 'zod'
import type { Problem } from '../model/result.ts'
import type { Path, Positions } from './positions.ts'
import { didYouMean, suggest } from './suggest.ts'

type Issue = z.core.$ZodIssue

/** The schema's complaints in our words, each at its place in the file; what a typo explains is told once. */
export function problemsOf(issues: readonly Issue[], schema: z.ZodType, positions: Positions): readonly Problem[] {
  const flat = issues.flatMap((issue) => flatten(issue, []))
  const mistyped = new Set(
    flat.flatMap((issue) => {
      if (issue.code !== 'unrecognized_keys') return []
      const known = keysAt(schema, issue.path)
      return issue.keys.map((key) => dotted([...issue.path, suggest(key, known) ?? '']))
    }),
  )
  return flat
    .filter((issue) => !(isMissing(issue) && mistyped.has(dotted(issue.path))))
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys' ? unknownKeys(issue, schema, positions) : [problemOf(issue, positions)],
    )
}

/** Of a union, what the branch complains of that the value was meant for. */
function flatten(issue: Issue, parents: Path): readonly Issue[] {
  const path = [...parents, ...issue.path]
  if (issue.code !== 'invalid_union') return [{ ...issue, path }]
  if (issue.input === undefined)
    return [{ code: 'invalid_type', expected: 'string', path, message: '', input: undefined }]
  const isOtherType = (each: Issue): boolean => each.code === 'invalid_type' && each.path.length === 0
  const [meant] = issue.errors.filter((branch) => !branch.some(isOtherType))
  if (meant !== undefined) return meant.flatMap((each) => flatten(each, path))
  const expected = issue.errors
    .flat()
    .flatMap((each) => (each.code === 'invalid_type' ? [WORDS[each.expected] ?? each.expected] : []))
  return [{ code: 'custom', path, message: mismatch(expected.join(' or '), issue.input), input: issue.input }]
}

const isMissing = ({ code, input }: Issue): boolean =>
  (code === 'invalid_type' || code === 'invalid_value') && input === undefined

function unknownKeys(
  { path, keys }: z.core.$ZodIssueUnrecognizedKeys,
  schema: z.ZodType,
  positions: Positions,
): readonly Problem[] {
  const known = keysAt(schema, path)
  return keys.map((key) => ({
    message: `${inside(path)}unknown key ${JSON.stringify(key)}${didYouMean(key, known)}`,
    hint: `known here: ${known.join(', ')}`,
    at: positions.ofKey([...path, key]),
  }))
}

function problemOf(issue: Issue, positions: Positions): Problem {
  const { path } = issue
  const problem = (message: string, hint?: string): Problem => ({
    message,
    ...(hint === undefined ? {} : { hint }),
    at: issue.code === 'invalid_key' ? positions.ofKey(path) : positions.at(path),
  })
  if (isMissing(issue)) return problem(`${dotted(path)} is missing`, `add the key ${String(path.at(-1))}`)
  if (issue.input === null) return problem(`${dotted(path)} has no value`, 'give it one, or remove the line')
  switch (issue.code) {
    case 'invalid_type': {
      const isBare = issue.expected === 'string' && ['number', 'boolean'].includes(typeof issue.input)
      const hint = isBare ? 'put it in quotes' : undefined
      return problem(`${inside(path)}${mismatch(WORDS[issue.expected] ?? issue.expected, issue.input)}`, hint)
    }
    case 'invalid_value': {
      const words = issue.values.filter((each) => typeof each === 'string')
      const meant = typeof issue.input === 'string' ? didYouMean(issue.input, words) : ''
      return problem(`${inside(path)}${show(issue.input)} is not ${oneOf(issue.values)}${meant}`)
    }
    case 'too_small':
      return problem(`${dotted(path)} is an empty list`, 'list at least one, or remove the line')
    case 'invalid_key':
      return problem(`${inside(path.slice(0, -1))}${issue.issues[0]?.message ?? issue.message}`)
    default:
      return problem(`${inside(path)}${issue.message}`)
  }
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a map',
  record: 'a map',
  array: 'a list',
  number: 'a number',
  boolean: 'true or false',
}

const mismatch = (expected: string, actual: unknown): string => `expected ${expected}, got ${show(actual)}`

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return value === null ? 'nothing' : 'a map'
  return typeof value === 'string' ? JSON.stringify(value) : `the ${typeof value} ${String(value)}`
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map((each) => (typeof each === 'string' ? each : show(each)))
  return words.length === 1 ? words.join('') : `one of ${words.join(', ')}`
}

const dotted = (path: Path): string => path.map(String).join('.')

const inside = (path: Path): string => (path.length === 0 ? '' : `${dotted(path)}: `)

function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  const ends = path.reduce<readonly z.core.$ZodType[]>(
    (schemas, step) => schemas.flatMap(bare).flatMap((each) => stepInto(each, step)),
    [schema],
  )
  return ends.flatMap(bare).flatMap((end) => (end instanceof z.ZodObject ? Object.keys(end.shape) : []))
}

/** Without what makes it optional, and each branch of a union. */
function bare(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodExactOptional || schema instanceof z.ZodNullable) {
    return bare(schema.unwrap())
  }
  return schema instanceof z.ZodUnion ? schema.options.flatMap(bare) : [schema]
}

function stepInto(schema: z.core.$ZodType, step: PropertyKey): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element]
  if (schema instanceof z.ZodRecord) return [schema.valueType]
  const inner = schema instanceof z.ZodObject ? schema.shape[String(step)] : undefined
  return inner === undefined ? [] : [inner]
}
