// Writes schema/spec.schema.json; a test fails while it is not what src/spec/schema.ts says.
import { mkdirSync, writeFileSync } from 'node:fs'
import { specJsonSchema } from '../src/spec/json-schema.ts'

mkdirSync('schema', { recursive: true })
writeFileSync('schema/spec.schema.json', `${JSON.stringify(specJsonSchema(), null, 2)}\n`)
