// Writes schema/report.schema.json, the published schema of report.json.
import { mkdir, writeFile } from 'node:fs/promises'
import { reportJsonSchema } from '../src/report/schema.ts'

await mkdir('schema', { recursive: true })
await writeFile('schema/report.schema.json', `${JSON.stringify(reportJsonSchema(), null, 2)}\n`)
