import { errorMessage } from '../../errors.ts'
import { failed, type Look } from '../../model/observation.ts'
import type { Report } from '../../model/result.ts'
import type { Files } from '../../ports.ts'
import { decodeReport } from '../../report/decode.ts'

const MAX_BYTES = 64 * 1024 * 1024

/** Reads the report of the last run that passed; `not-found` where there is none yet. Never throws. */
export async function readBaseline(path: string, files: Files): Promise<Look<Report>> {
  const about = `the baseline ${path}`
  const hint = 'give the input baseline the report.json of the last run that passed, as it was written'
  const unusable = (reason: string) => failed('failed', `${about} ${reason}`, hint)
  try {
    const text = await files.read(path, MAX_BYTES)
    if (text === undefined) return failed('not-found', `${about} is not there`, hint)
    const decoded = decodeReport(text)
    if (!decoded.ok) return unusable(`cannot be used: ${decoded.problem.message}`)
    const { verdict } = decoded.report
    return verdict === 'passed' ? { ok: true, seen: decoded.report } : unusable(`is of a run that ${verdict}`)
  } catch (error) {
    return unusable(`cannot be read: ${errorMessage(error)}`)
  }
}
