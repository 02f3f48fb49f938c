import type { Answer, AnswerExpectation, Silence } from '../model/answer.ts'
import type { Pattern } from '../model/contents.ts'
import type { Failed } from '../model/observation.ts'

export interface Mismatch {
  readonly expected: string
  readonly actual: string
}

/** What is not known of an answer, and what to do about that. */
export interface Unsure {
  readonly unsure: string
  readonly hint: string
}

/** Whether nobody can tell if it is as expected. */
export const isUnsure = (fault: Mismatch | Unsure): fault is Unsure => 'unsure' in fault

const MAX_QUOTED = 200
const PART = 'of which only the beginning was read'
const ASK_FOR_LESS = 'only the first 256 KiB of an answer are read: ask for less'

/** The part of an answer that was read does not tell. */
export const unsureOfPart = (what: string): Unsure => ({ unsure: `${what} an answer ${PART}`, hint: ASK_FOR_LESS })

/** The first thing in which an answer is not as expected, or of which its beginning alone does not tell. */
export function faultIn({ status, json, matches }: AnswerExpectation, answer: Answer): Mismatch | Unsure | undefined {
  const quoted = JSON.stringify(answer.body.slice(0, MAX_QUOTED))
  if (status !== undefined && answer.status !== status)
    return { expected: `status ${status}`, actual: `status ${answer.status}: ${quoted}` }
  const entries = Object.entries(json)
  if (entries.length > 0 && answer.cut) return unsureOfPart('the JSON of')
  const root = entries.length === 0 ? undefined : parse(answer.body)
  for (const [path, value] of entries) {
    if (root === undefined) return { expected: `JSON with ${path}`, actual: quoted }
    const found = valueAt(root.value, path)
    if (found === value) continue
    const actual = found === undefined ? `no ${path} in ${quoted}` : `${path} is ${asWords(found)}`
    return { expected: `${path} is ${JSON.stringify(value)}`, actual }
  }
  const missing = matches.find((pattern) => !isFound(pattern, answer))
  if (missing === undefined) return undefined
  return answer.cut ? unsureOfPart(`/${missing.text}/ in`) : { expected: `/${missing.text}/`, actual: quoted }
}

/** A request that failed as silence of who was asked. */
export const silenceOf = ({ failure, reason, hint }: Failed): Silence => ({
  none: reason,
  ...(failure === 'out-of-reach' && { outOfReach: hint }),
})

/** What is wrong with silence, unless nobody can tell. */
export const faultOfSilence = ({ none, outOfReach }: Silence): Mismatch | Unsure =>
  outOfReach === undefined ? { expected: 'an answer', actual: none } : { unsure: none, hint: outOfReach }

/** No text of what has parts: how deep they go is for the answer to say. */
function asWords(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : JSON.stringify(value).slice(0, MAX_QUOTED)
}

/** Where the end is not there, what is found at the end may be no end. */
function isFound({ find }: Pattern, { body, cut }: Answer): boolean {
  const found = find(body)
  return found !== undefined && !(cut && found.index + found.words.length >= body.length)
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
