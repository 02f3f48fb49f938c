import * as z from 'zod'
import { answerKeys, logsSchema, port, requestPath, variable } from './answer-schema.ts'
import { described, duration } from './words.ts'

export const healthSchema = z
  .strictObject({
    env: described(z.record(variable, z.string()), "Variables beside the image's own").exactOptional(),
    port: described(port, 'Port it answers HTTP on').exactOptional(),
    path: described(requestPath.default('/'), 'What is asked for'),
    ...answerKeys,
    healthcheck: described(z.boolean().default(false), 'Whether its own HEALTHCHECK must say healthy'),
    timeout: described(duration.default('60s'), 'Time it may take to become well'),
    logs: described(logsSchema, 'What its log must be like').exactOptional(),
  })
  .refine(({ port, healthcheck }) => port !== undefined || healthcheck, 'asks nothing: write port or healthcheck')
