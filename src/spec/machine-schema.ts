import * as z from 'zod'
import { matching, platform } from './words.ts'

/** The label of a runner, as `runs-on` takes it. */
const runnerLabel = matching(
  /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9])?$/,
  () => 'is not the label of a runner: write one, such as ubuntu-24.04-arm or gpu-t4',
).meta({ examples: ['ubuntu-24.04-arm', 'gpu-t4'] })

const MOST_GPUS = 64

export const gpusSchema = z.union([z.literal('all'), z.int().min(1).max(MOST_GPUS)])

export const runnerSchema = z.union([
  runnerLabel,
  z
    .record(platform, runnerLabel)
    .refine((labels) => Object.keys(labels).length > 0, 'names no runner: write one for a platform')
    .meta({ minProperties: 1 }),
])
