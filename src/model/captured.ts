import type { JsonBody } from './canary.ts'

/** What earlier steps captured, by name. */
export type Captured = ReadonlyMap<string, string>

const NAMED = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** The names that a text takes from earlier steps. */
export const namesIn = (text: string): readonly string[] => [...text.matchAll(NAMED)].map(([, name = '']) => name)

/** What a request takes from earlier steps: all that its path names, and what its body names of all that is captured. */
export const namesNeeded = (
  { path, json }: { readonly path: string; readonly json?: JsonBody | undefined },
  captured: ReadonlySet<string>,
): readonly string[] => [...namesIn(path), ...namesInBody(json ?? null).filter((name) => captured.has(name))]

/** The names in the texts of a body, where braces may stand for themselves as well. */
export function namesInBody(body: JsonBody): readonly string[] {
  if (typeof body === 'string') return namesIn(body)
  return typeof body === 'object' && body !== null ? Object.values(body).flatMap(namesInBody) : []
}

/** A path with what was captured in it: a value stays one part of the path, whatever is in it. */
export const fillPath = (path: string, captured: Captured): string =>
  path.replace(NAMED, (written, name: string) => {
    const value = captured.get(name)
    return value === undefined ? written : encodeURIComponent(value.toWellFormed())
  })

/** A body with what was captured in its texts. */
export function fillBody(body: JsonBody, captured: Captured): JsonBody {
  if (typeof body === 'string') return body.replace(NAMED, (written, name: string) => captured.get(name) ?? written)
  if (typeof body !== 'object' || body === null) return body
  if (Array.isArray(body)) return body.map((each: JsonBody) => fillBody(each, captured))
  return Object.fromEntries(Object.entries(body).map(([key, each]) => [key, fillBody(each as JsonBody, captured)]))
}
