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
  const isBoolean = issue.errors.some((branch) => branch.some((each) => isOtherType(each) && wants(each, 'boolean')))
  if (meant !== undefined) return meant.flatMap((each) => flatten(isBoolean ? withBooleans(each) : each, path))
  const expected = issue.errors
    .flat()
    .flatMap((each) => (each.code === 'invalid_type' ? [WORDS[each.expected] ?? each.expected] : []))
  return [{ code: 'custom', path, message: mismatch(expected.join(' or '), issue.input), input: issue.input }]
}

const wants = (issue: Issue, type: string): boolean => issue.code === 'invalid_type' && issue.expected === type

const withBooleans = (issue: Issue): Issue =>
  issue.code === 'invalid_value' ? { ...issue, values: [true, false, ...issue.values] } : issue

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
  if (isMissing(issue)) return problem(`${dotted(path)} is missing`, `add ${addition(issue)}`)
  if (issue.input === null) return problem(`${dotted(path)} has no value`, emptied(issue))
  switch (issue.code) {
    case 'invalid_type': {
      return problem(`${inside(path)}${mismatch(WORDS[issue.expected] ?? issue.expected, issue.input)}`, wayOut(issue))
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

type TypeIssue = Extract<Issue, { code: 'invalid_type' }>

/** `version: 1`, or the key alone where its value is for the user to say. */
function addition(issue: Issue): string {
  const key = String(issue.path.at(-1))
  const [only, ...others] = issue.code === 'invalid_value' ? issue.values : []
  return only === undefined || others.length > 0 ? `the key ${key}` : `${key}: ${String(only)}`
}

/** Of a map or a list, what was to be in it is most often there, and begins too far to the left. */
function emptied(issue: Issue): string {
  const isNested = issue.code === 'invalid_type' && ['object', 'record', 'array'].includes(issue.expected)
  return isNested ? 'indent what belongs to it by two spaces more' : 'give it one, or remove the line'
}

function wayOut({ expected, input }: TypeIssue): string | undefined {
  const isBare = ['number', 'boolean'].includes(typeof input)
  if (expected === 'string') return isBare ? 'put it in quotes' : undefined
  if (expected === 'array' && (typeof input === 'string' || isBare)) return `write it as a list: [${String(input)}]`
  const isMap = expected === 'object' || expected === 'record'
  return isMap && Array.isArray(input) ? 'write key: value lines, without "- " before them' : undefined
}

const mismatch = (expected: string, actual: unknown): string => `expected ${expected}, got ${show(actual)}`

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return value === null ? 'nothing' : 'a map'
  return typeof value === 'string' ? JSON.stringify(value) : `the ${typeof value} ${String(value)}`
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map((each) => (['string', 'boolean'].includes(typeof each) ? String(each) : show(each)))
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

/** Without what makes it optional or reads on, and each branch of a union. */
function bare(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodExactOptional || schema instanceof z.ZodNullable) {
    return bare(schema.unwrap())
  }
  if (schema instanceof z.ZodPipe) return bare(schema.in)
  return schema instanceof z.ZodUnion ? schema.options.flatMap(bare) : [schema]
}

function stepInto(schema: z.core.$ZodType, step: PropertyKey): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element]
  if (schema instanceof z.ZodRecord) return [schema.valueType]
  const inner = schema instanceof z.ZodObject ? schema.shape[String(step)] : undefined
  return inner === undefined ? [] : [inner]
}
