// Renders sample summaries to tmp/, to look at with one's own eyes.
import { mkdir, writeFile } from 'node:fs/promises'
import { erroredReport, failedReport, largeReport, passedReport, problemReport } from '../__tests__/unit/samples.ts'
import { renderSummary } from '../src/render/summary.ts'

const docs = 'https://github.com/acme/verify-images/blob/v1/docs/checks.md'
const samples = {
  passed: passedReport(),
  failed: failedReport(),
  errored: erroredReport(),
  problems: problemReport(),
  large: largeReport(),
}

await mkdir('tmp', { recursive: true })
for (const [name, report] of Object.entries(samples)) {
  const summary = renderSummary(report, { docs })
  await writeFile(`tmp/summary-${name}.md`, summary)
  console.log(`tmp/summary-${name}.md  ${Buffer.byteLength(summary)} bytes`)
}
