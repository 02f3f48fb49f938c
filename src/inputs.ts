import { getInput } from '@actions/core'
import { optionNames, type RawOptions, type Surroundings } from './options.ts'

/** The action's inputs as they were written. */
export const readInputs = (): RawOptions => Object.fromEntries(optionNames.map((name) => [name, getInput(name)]))

/** What the runner's own variables say of the run. */
export const readSurroundings = (env: Readonly<Record<string, string | undefined>>): Surroundings => ({
  repository: env.GITHUB_REPOSITORY || undefined,
  sha: env.GITHUB_SHA || undefined,
  ref: env.GITHUB_REF || undefined,
  eventName: env.GITHUB_EVENT_NAME || undefined,
  serverUrl: env.GITHUB_SERVER_URL || undefined,
  workflowPath: ownWorkflow(env),
  runId: env.GITHUB_RUN_ID || undefined,
  runAttempt: env.GITHUB_RUN_ATTEMPT || undefined,
  ownRun: {
    id: env.GITHUB_RUN_ID || undefined,
    number: env.GITHUB_RUN_NUMBER || undefined,
    workflow: env.GITHUB_WORKFLOW || undefined,
    actor: env.GITHUB_ACTOR || undefined,
    headRef: env.GITHUB_HEAD_REF,
    baseRef: env.GITHUB_BASE_REF,
    apiUrl: env.GITHUB_API_URL || undefined,
  },
  tempDir: env.RUNNER_TEMP || '.',
})

/** `.github/workflows/build.yml` of `acme/app/.github/workflows/build.yml@refs/heads/main`, where it is of this repository. */
function ownWorkflow({ GITHUB_WORKFLOW_REF, GITHUB_REPOSITORY }: Readonly<Record<string, string | undefined>>) {
  const [path = ''] = (GITHUB_WORKFLOW_REF ?? '').split('@')
  return GITHUB_REPOSITORY && path.startsWith(`${GITHUB_REPOSITORY}/`)
    ? path.slice(GITHUB_REPOSITORY.length + 1)
    : undefined
}
