import { getInput } from '@actions/core'
import { optionNames, type RawOptions, type Surroundings } from './options.ts'

/** The action's inputs as they were written. */
export const readInputs = (): RawOptions => Object.fromEntries(optionNames.map((name) => [name, getInput(name)]))

/** What the runner's own variables say of the run. */
export const readSurroundings = (env: Readonly<Record<string, string | undefined>>): Surroundings => ({
  repository: env.GITHUB_REPOSITORY || undefined,
  sha: env.GITHUB_SHA || undefined,
  ref: env.GITHUB_REF || undefined,
  runId: env.GITHUB_RUN_ID || undefined,
  runAttempt: env.GITHUB_RUN_ATTEMPT || undefined,
  tempDir: env.RUNNER_TEMP || '.',
})
