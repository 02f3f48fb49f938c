import * as z from 'zod'
import { parsePattern } from './pattern.ts'
import { described, duration, matching, wholeNumber, written } from './words.ts'

const pattern = written(parsePattern)
const variable = matching(/^[A-Za-z_][A-Za-z0-9_.-]*$/, () => 'is not the name of a variable')
const path = matching(/^\/[^\s#]*$/, () => 'is not the path of a request: write, say, /health')
const value = z.union([
  described(z.string(), 'A text'),
  described(z.number(), 'A number'),
  described(z.boolean(), 'true or false'),
  described(z.null(), 'null'),
])

export const healthSchema = z
  .strictObject({
    env: described(z.record(variable, z.string()), "Variables beside the image's own").exactOptional(),
    port: described(
      wholeNumber(65_535).refine((port) => port > 0, 'is no port to ask on'),
      'Port it answers HTTP on',
    ).exactOptional(),
    path: described(path.default('/'), 'What is asked for'),
    status: described(wholeNumber(599).default(200), 'Status of the answer'),
    json: described(z.record(z.string(), value), 'Values in the answer’s JSON, by dotted path').exactOptional(),
    matches: described(z.array(pattern).min(1), 'Regular expressions found in the answer').exactOptional(),
    healthcheck: described(z.boolean().default(false), 'Whether its own HEALTHCHECK must say healthy'),
    timeout: described(duration.default('60s'), 'Time it may take to become well'),
    logs: described(
      z.strictObject({ forbid: described(z.array(pattern).min(1), 'Regular expressions not found in its log') }),
      'What its log must be like',
    ).exactOptional(),
  })
  .refine(({ port, healthcheck }) => port !== undefined || healthcheck, 'asks nothing: write port or healthcheck')
