import type { Answer, AnswerExpectation } from '../model/answer.ts'

export interface Mismatch {
  readonly expected: string
  readonly actual: string
}

const MAX_QUOTED = 200

/** The first thing in which an answer is not as expected. */
export function mismatchOf({ status, json, matches }: AnswerExpectation, answer: Answer): Mismatch | undefined {
  const quoted = JSON.stringify(answer.body.slice(0, MAX_QUOTED))
  if (status !== undefined && answer.status !== status)
    return { expected: `status ${status}`, actual: `status ${answer.status}: ${quoted}` }
  const entries = Object.entries(json)
  const root = entries.length === 0 ? undefined : parse(answer.body)
  for (const [path, value] of entries) {
    if (root === undefined) return { expected: `JSON with ${path}`, actual: quoted }
    const found = valueAt(root.value, path)
    if (found === value) continue
    const actual =
      found === undefined ? `no ${path} in ${quoted}` : `${path} is ${JSON.stringify(found).slice(0, MAX_QUOTED)}`
    return { expected: `${path} is ${JSON.stringify(value)}`, actual }
  }
  const missing = matches.find(({ regex }) => !regex.test(answer.body))
  return missing && { expected: `/${missing.text}/`, actual: quoted }
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

const valueAt = (root: unknown, path: string): unknown => path.split('.').reduce(below, root)

/** The plain value at a dotted path of an answer's JSON, as a text; undefined where there is none. */
export function plainValueIn({ body }: Answer, path: string): string | undefined {
  const value = valueAt(parse(body)?.value, path)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

const below = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined
