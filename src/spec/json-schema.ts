import * as z from 'zod'
import { specSchema } from './schema.ts'

const ID = 'https://raw.githubusercontent.com/verify-images/verify-images/v1/schema/spec.schema.json'

/** The JSON Schema of the spec, for editors: all but what takes more than one value to see. */
export function specJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(specSchema, { io: 'input', target: 'draft-7' })
  return { $schema, $id: ID, ...rest }
}
