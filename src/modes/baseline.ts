import { errorMessage } from '../errors.ts'
import type { Look } from '../model/observation.ts'
import type { Report } from '../model/result.ts'
import type { Files } from '../ports.ts'
import { decodeReport } from '../report/decode.ts'

const MAX_BYTES = 64 * 1024 * 1024

/** Reads the report of the last run that passed; `not-found` where there is none yet. Never throws. */
export async function readBaseline(path: string, files: Files): Promise<Look<Report>> {
  const about = `the baseline ${path}`
  const hint = 'give the input baseline the report.json of the last run that passed, as it was written'
  const failed = (reason: string): Look<Report> => ({
    ok: false,
    failure: 'failed',
    reason: `${about} ${reason}`,
    hint,
  })
  try {
    const text = await files.read(path, MAX_BYTES)
    if (text === undefined) return { ok: false, failure: 'not-found', reason: `${about} is not there`, hint }
    const decoded = decodeReport(text)
    if (!decoded.ok) return failed(`cannot be used: ${decoded.problem.message}`)
    const { verdict } = decoded.report
    return verdict === 'passed' ? { ok: true, seen: decoded.report } : failed(`is of a run that ${verdict}`)
  } catch (error) {
    return failed(`cannot be read: ${errorMessage(error)}`)
  }
}
