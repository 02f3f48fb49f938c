import type { Problem } from '../model/result.ts'
import { parseDocument } from './document.ts'
import { problemsOf } from './issues.ts'
import type { Positions } from './positions.ts'
import { type Spec, specSchema } from './schema.ts'

export type DecodedSpec =
  | { readonly ok: true; readonly spec: Spec; readonly positions: Positions }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const MAX_PROBLEMS = 100

/** Reads a spec, or tells everything that is wrong with it, in the order of its lines. */
export async function decodeSpec(text: string, file: string): Promise<DecodedSpec> {
  const parsed = parseDocument(text, file)
  if (!parsed.ok) return { ok: false, problems: inOrder(parsed.problems) }
  const { value, positions } = parsed.document
  const result = await specSchema.safeParseAsync(value, { reportInput: true })
  if (result.success) return { ok: true, spec: asWritten(result.data, value), positions }
  return { ok: false, problems: inOrder(problemsOf(result.error.issues, specSchema, positions)) }
}

/** With its keys in the order of the text: where a pattern takes longer to decode, zod puts its image behind the others. */
function asWritten<Value>(decoded: Value, text: unknown): Value {
  if (Array.isArray(decoded))
    return decoded.map((each, at) => asWritten(each, isRecord(text) ? text[at] : undefined)) as Value
  if (!isRecord(decoded) || !isRecord(text)) return decoded
  const keys = new Set([...Object.keys(text), ...Object.keys(decoded)])
  return Object.fromEntries(
    [...keys].flatMap((key) => (Object.hasOwn(decoded, key) ? [[key, asWritten(decoded[key], text[key])]] : [])),
  ) as Value
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** By line, and no more than anybody reads. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const sorted = problems.toSorted(
    (one, other) => (one.at?.line ?? 0) - (other.at?.line ?? 0) || (one.at?.column ?? 0) - (other.at?.column ?? 0),
  )
  const [first, ...rest] = sorted.slice(MAX_PROBLEMS)
  if (first === undefined) return sorted
  return [
    ...sorted.slice(0, MAX_PROBLEMS),
    { ...first, message: `and ${rest.length + 1} more problems from here on`, hint: 'mend the ones above first' },
  ]
}
