import * as z from 'zod'
import { pattern } from './pattern-schema.ts'
import { described, matching, wholeNumber } from './words.ts'

const value = z.union([
  described(z.string(), 'A text'),
  described(z.number(), 'A number'),
  described(z.boolean(), 'true or false'),
  described(z.null(), 'null'),
])

const patterns = z.array(pattern).min(1)
export const requestPath = matching(/^\/[^\s#]*$/, () => 'is not the path of a request: write, say, /health')
export const port = wholeNumber(65_535).refine((port) => port > 0, 'is no port to ask on')
export const variable = matching(/^[A-Za-z_][A-Za-z0-9_.-]*$/, () => 'is not the name of a variable')

const status = described(wholeNumber(599), 'Status of the answer')

/** What is asked of an answer, but for its status. */
const contentKeys = {
  json: described(z.record(z.string(), value), 'Values in the answer’s JSON, by dotted path').exactOptional(),
  matches: described(patterns, 'Regular expressions found in the answer').exactOptional(),
}

/** What is asked of an answer that is to be good. */
export const answerKeys = { status: status.default(200), ...contentKeys }

/** What tells one answer from others. */
export const anyAnswerKeys = { status: status.exactOptional(), ...contentKeys }

export const logsSchema = z.strictObject({
  forbid: described(patterns, 'Regular expressions not found in its log'),
})
