import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorMessage } from '../errors.ts'
import { type Report, withProblem } from '../model/result.ts'
import { renderJson } from '../render/json.ts'
import { renderJunit } from '../render/junit.ts'
import { redact } from '../render/redact.ts'
import { renderSummary } from '../render/summary.ts'

/** A report without any of the secrets, as it was written or is to be told, and its summary. */
export interface Published {
  readonly report: Report
  readonly summary: string
  readonly isWritten: boolean
}

/**
 * Writes report.json, and junit.xml and summary.md beside it, without any of the secrets. Where that cannot be done, the
 * report says so itself and is told all the same; never throws.
 */
export async function writeReport(
  given: Report,
  reportFile: string,
  docs: string | undefined,
  secrets: readonly string[],
): Promise<Published> {
  const report = redact(given, secrets)
  const folder = dirname(reportFile)
  const summary = renderSummary(report, { docs })
  try {
    await mkdir(folder, { recursive: true })
    // one after another, piece by piece: of hundreds of images each is megabytes
    await writeFile(reportFile, renderJson(report))
    await writeFile(join(folder, 'junit.xml'), renderJunit(report))
    await writeFile(join(folder, 'summary.md'), summary)
    return { report, summary, isWritten: true }
  } catch (error) {
    const message = `the report could not be written: ${errorMessage(error)}`
    const untold = withProblem(report, { message, hint: 'name another place by report-file' })
    return { report: untold, summary: renderSummary(untold, { docs }), isWritten: false }
  }
}
