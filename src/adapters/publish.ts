import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Report } from '../model/result.ts'
import { renderJson } from '../render/json.ts'
import { renderJunit } from '../render/junit.ts'
import { renderSummary } from '../render/summary.ts'

/** Writes report.json, and junit.xml and summary.md beside it; gives the summary back. */
export async function writeReport(report: Report, reportFile: string, docs: string | undefined): Promise<string> {
  const folder = dirname(reportFile)
  const summary = renderSummary(report, { docs })
  await mkdir(folder, { recursive: true })
  await Promise.all([
    writeFile(reportFile, renderJson(report)),
    writeFile(join(folder, 'junit.xml'), renderJunit(report)),
    writeFile(join(folder, 'summary.md'), summary),
  ])
  return summary
}
