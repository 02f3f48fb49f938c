// What a step finds around it: contexts, directories and variables.
// Rules: actions/runner@258d6c8 src/Runner.Worker/GitHubContext.cs, RunnerContext.cs, Handlers/NodeScriptActionHandler.cs
import { existsSync } from 'node:fs'
import { mkdir, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export const RUNTIME_TOKEN = 'eyJ.actions-runtime-token.of-the-harness'
export const ID_TOKEN = 'eyJ.actions-id-token-request-token.of-the-harness'
/** Nothing listens here: a call that no test expects fails at once. */
export const NOWHERE = 'http://127.0.0.1:9'

export type Variables = Record<string, string>

export interface Directories {
  root: string
  temp: string
  toolCache: string
  workspace: string
  fileCommands: string
  eventPath: string
}

/** Lays out the work directory of a job as the runner does, workspace and event file included. */
export async function layOut(
  root: string,
  repository: string,
  event: unknown,
  workspace?: string,
): Promise<Directories> {
  const name = repository.split('/')[1] ?? repository
  const temp = join(root, 'work', '_temp')
  const directories = {
    root,
    temp,
    toolCache: join(root, 'toolcache'),
    workspace: workspace ?? join(root, 'work', name, name),
    fileCommands: join(temp, '_runner_file_commands'),
    eventPath: join(temp, '_github_workflow', 'event.json'),
  }
  const { toolCache, fileCommands, eventPath } = directories
  for (const path of [toolCache, fileCommands, dirname(eventPath), directories.workspace]) {
    await mkdir(path, { recursive: true })
  }
  await writeFile(eventPath, JSON.stringify(event))
  return directories
}

/** The github context of a push to main, with what a test changes of it. */
export function githubContext(changes: Variables, eventName: string, directories: Directories): Variables {
  const repository = changes.repository ?? 'octo-org/octo-repo'
  const ref = changes.ref ?? 'refs/heads/main'
  const sha = changes.sha ?? '009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d'
  const apiUrl = changes.api_url ?? NOWHERE
  return {
    action: '__self',
    action_ref: '',
    action_repository: '',
    actor: 'octocat',
    actor_id: '583231',
    api_url: apiUrl,
    base_ref: '',
    event_name: eventName,
    event_path: directories.eventPath,
    graphql_url: `${apiUrl}/graphql`,
    head_ref: '',
    job: 'verify',
    ref,
    ref_name: ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_protected: 'false',
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository,
    repository_id: '1296269',
    repository_owner: repository.split('/')[0] ?? repository,
    repository_owner_id: '6811672',
    retention_days: '90',
    run_attempt: '1',
    run_id: '30433642',
    run_number: '562',
    server_url: 'https://github.com',
    sha,
    triggering_actor: 'octocat',
    workflow: 'Build',
    workflow_ref: `${repository}/.github/workflows/build.yml@${ref}`,
    workflow_sha: sha,
    workspace: directories.workspace,
    ...changes,
  }
}

/** The runner context of a hosted Linux runner. */
export function runnerContext(directories: Directories, debug: boolean): Variables {
  return {
    os: 'Linux',
    arch: process.arch === 'arm64' ? 'ARM64' : 'X64',
    name: 'GitHub Actions 1',
    environment: 'github-hosted',
    tool_cache: directories.toolCache,
    temp: directories.temp,
    workspace: dirname(directories.workspace),
    ...(debug ? { debug: '1' } : {}),
  }
}

// `token`, `event` and whatever is added later stay out of the environment.
const EXPOSED = [
  ...['action_path', 'action_ref', 'action_repository', 'action', 'actor', 'actor_id', 'api_url', 'artifacts'],
  ...['artifacts_list', 'base_ref', 'env', 'event_name', 'event_path', 'graphql_url', 'head_ref', 'job', 'output'],
  ...['path', 'ref_name', 'ref_protected', 'ref_type', 'ref', 'repository', 'repository_id', 'repository_owner'],
  ...['repository_owner_id', 'retention_days', 'run_attempt', 'run_id', 'run_number', 'server_url', 'sha', 'state'],
  ...['step_summary', 'triggering_actor', 'workflow', 'workflow_ref', 'workflow_sha', 'workspace'],
]

const prefixed = (prefix: string, variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [prefix + name, value]))

const upperCased = (prefix: string, variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [prefix + name.toUpperCase(), value]))

export interface StepEnvironment {
  github: Variables
  runner: Variables
  inputs: Variables
  state: Variables
  /** Of the workflow and of GITHUB_ENV. */
  env: Variables
  /** Of GITHUB_PATH, the latest last. */
  path: string[]
  /** `id-token: write` */
  idTokenUrl: string | undefined
}

/** All variables of a step's process; nothing of this process gets in but PATH and HOME. */
export function stepEnvironment(step: StepEnvironment): Variables {
  const { github, runner, inputs, state, env, path, idTokenUrl } = step
  const exposed = Object.entries(github).filter(([name]) => EXPOSED.includes(name))
  const { PATH = '', HOME = '' } = process.env
  return {
    HOME,
    LANG: 'C.UTF-8',
    CI: 'true',
    RUNNER_TRACKING_ID: 'github_5b9cfd1c-7d0b-4d6a-9c8f-0a4f0b1f6f0e',
    ...env,
    PATH: [...path.toReversed(), env.PATH ?? PATH].join(':'),
    ...prefixed('STATE_', state),
    ...upperCased('INPUT_', Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k.replaceAll(' ', '_'), v]))),
    ...upperCased('GITHUB_', Object.fromEntries(exposed)),
    ...upperCased('RUNNER_', runner),
    ACTIONS_RUNTIME_URL: `${NOWHERE}/runtime/`,
    ACTIONS_RUNTIME_TOKEN: RUNTIME_TOKEN,
    ACTIONS_CACHE_URL: `${NOWHERE}/cache/`,
    ACTIONS_RESULTS_URL: `${NOWHERE}/results/`,
    ACTIONS_CACHE_SERVICE_V2: 'True',
    ...(idTokenUrl ? { ACTIONS_ID_TOKEN_REQUEST_URL: idTokenUrl, ACTIONS_ID_TOKEN_REQUEST_TOKEN: ID_TOKEN } : {}),
    GITHUB_ACTIONS: 'true',
  }
}

/** The Node that `using: node24` means: this one if it is new enough, else the one among the packages. */
export async function node24(): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  for (let directory = import.meta.dirname; ; directory = dirname(directory)) {
    const candidate = join(directory, 'node_modules', '.bin', 'node')
    if (existsSync(candidate)) return realpath(candidate) // signals go to the process itself, not to a wrapper
    if (directory === dirname(directory)) throw new Error('no Node 24: run npm ci')
  }
}
