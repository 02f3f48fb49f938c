import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Report } from '../model/result.ts'
import { renderJson } from '../render/json.ts'
import { renderJunit } from '../render/junit.ts'
import { redact } from '../render/redact.ts'
import { renderSummary } from '../render/summary.ts'

/** A report as it was written, and its summary. */
export interface Published {
  readonly report: Report
  readonly summary: string
}

/** Writes report.json, and junit.xml and summary.md beside it, without any of the secrets; gives back what was written. */
export async function writeReport(
  given: Report,
  reportFile: string,
  docs: string | undefined,
  secrets: readonly string[],
): Promise<Published> {
  const report = redact(given, secrets)
  const folder = dirname(reportFile)
  const summary = renderSummary(report, { docs })
  await mkdir(folder, { recursive: true })
  // one after another, piece by piece: of hundreds of images each is megabytes
  await writeFile(reportFile, renderJson(report))
  await writeFile(join(folder, 'junit.xml'), renderJunit(report))
  await writeFile(join(folder, 'summary.md'), summary)
  return { report, summary }
}
