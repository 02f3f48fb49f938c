import { type Problem, type Report, verdictOf } from '../model/result.ts'
import { oneLine } from '../render/neutralise.ts'
import { reportSchema } from './schema.ts'

export type Decoded = { readonly ok: true; readonly report: Report } | { readonly ok: false; readonly problem: Problem }

/**
 * Reads a report of another job. Whatever is not known to the letter is a problem: an unknown status or field, another
 * schema, a value of another type, and a verdict that does not follow from the checks.
 */
export function decodeReport(text: string): Decoded {
  const json = parse(text)
  if (json === undefined) return problem('the report is no JSON')
  const parsed = reportSchema.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return problem(`the report is malformed at ${issue?.path.join('.') || 'its root'}: ${issue?.message ?? 'unknown'}`)
  }
  const verdict = verdictOf(parsed.data)
  if (parsed.data.verdict !== verdict) {
    return problem(`the report says ${parsed.data.verdict}, and its checks say ${verdict}: it was altered`)
  }
  return { ok: true, report: parsed.data }
}

const problem = (message: string): Decoded => ({
  ok: false,
  problem: {
    message: oneLine(message),
    hint: 'use the report.json of the same release of verify-images, as it was written',
  },
})

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
