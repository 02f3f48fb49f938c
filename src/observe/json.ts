import * as z from 'zod'
import type { Reference } from '../model/image.ts'
import { failed, type Look } from '../model/observation.ts'

const MAX_BYTES = 4 * 1024 * 1024
const MAX_DEPTH = 32
const MAX_REASON_LENGTH = 300

/** A document of a registry that is not what it should be, as a look; `reason` quotes the registry and is cut short. */
export const malformed = (reason: string, hint = 'build and push the image again'): Look<never> =>
  failed('malformed', reason.length > MAX_REASON_LENGTH ? `${reason.slice(0, MAX_REASON_LENGTH)}…` : reason, hint)

/** A look whose reason begins with what was looked at. */
export const about = <Seen>(reference: Reference, look: Look<Seen>): Look<Seen> =>
  look.ok ? look : { ...look, reason: `${reference}: ${look.reason}` }

/** Reads bytes of a registry as a JSON object of bounded size and depth; whatever they are, it does not throw. */
export function parseObject(bytes: Uint8Array): Look<Readonly<Record<string, unknown>>> {
  if (bytes.length > MAX_BYTES) return malformed(`it has ${bytes.length} bytes, and 4 MiB is the most`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return malformed('it is not UTF-8')
  }
  if (isTooDeep(text)) return malformed(`its JSON is nested more than ${MAX_DEPTH} deep`)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { ok: true, seen: value as Readonly<Record<string, unknown>> }
    }
  } catch {
    // falls through: what it is instead is said below
  }
  return malformed(`it is no JSON object but ${JSON.stringify(text.slice(0, 40))}`)
}

/** Counts brackets outside of strings, so that nothing recurses over a document before its depth is known. */
function isTooDeep(text: string): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (quoted) {
      if (character === '\\') at += 1
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '{' || character === '[') {
      depth += 1
      if (depth > MAX_DEPTH) return true
    } else if (character === '}' || character === ']') depth -= 1
  }
  return false
}

/** Reads a value by a schema; the first thing that is wrong becomes the reason. */
export function readAs<Schema extends z.ZodType>(schema: Schema, value: unknown): Look<z.output<Schema>> {
  const read = schema.safeParse(value)
  if (read.success) return { ok: true, seen: read.data }
  const issue = read.error.issues[0]
  const path = issue?.path.map(String).join('.') ?? ''
  return malformed(`${path === '' ? '' : `${path}: `}${issue?.message ?? 'it is not as it should be'}`)
}

/** Go's zero values: what a writer in Go leaves out or writes as null. */
export const textMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((map) => map ?? {})
export const textList = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? [])
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
