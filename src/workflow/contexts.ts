import { data } from '@actions/expressions'
import type { RunContext } from '../model/workflow.ts'
import { type Data, OpenDictionary, toData, unknownData } from './data.ts'
import type { Contexts } from './expressions.ts'
import { dispatchedInputs, eventInputs } from './inputs.ts'
import { evaluateYaml } from './templates.ts'
import type { Texts, Workflow } from './workflow.ts'

export const whileItRuns = 'is known only while the workflow runs'

/** The contexts of a workflow before any job is looked at. */
export function workflowContexts(workflow: Workflow, run: RunContext): Contexts {
  const contexts: Contexts = {
    github: githubContext(run),
    inputs: dispatchedInputs(workflow, run),
    vars: unknownData('vars', 'it is set on GitHub, not in the file'),
    secrets: unknownData('secrets', 'a secret is never read'),
    needs: unknownData('needs', `what another job gives ${whileItRuns}`),
    strategy: unknownData('strategy', `the strategy ${whileItRuns}`),
    matrix: new data.Dictionary(),
    steps: stepsContext({}),
    runner: unknownData('runner', `the runner ${whileItRuns}`),
    job: unknownData('job', `the job ${whileItRuns}`),
    env: environment({}),
  }
  return withEnv(contexts, workflow.env)
}

const environment = (entries: Readonly<Record<string, Data>>): Data =>
  new OpenDictionary('env', 'the file does not set it: a step may set it while the workflow runs', entries)

/** Adds an `env:` to what is there, its own expressions filled in. */
export function withEnv(contexts: Contexts, env: Texts, own: Readonly<Record<string, Data>> = {}): Contexts {
  if (env.size === 0 && Object.keys(own).length === 0) return contexts
  const before = contexts.env
  const known = before instanceof OpenDictionary ? before.entries : {}
  const added = Object.fromEntries([...env].map(([key, text]) => [key, asText(evaluateYaml(text, contexts))]))
  return { ...contexts, env: environment({ ...known, ...added, ...own }) }
}

const asText = (value: Data): Data => {
  try {
    return new data.StringData(value.coerceString())
  } catch {
    return value
  }
}

/** What earlier steps give: step id → output → value; every other output is unknown. */
export function stepsContext(outputs: Readonly<Record<string, Readonly<Record<string, Data>>>>): Data {
  const reason = `the output of a step ${whileItRuns}`
  const steps = Object.entries(outputs).map(([id, known]) => {
    const all = new OpenDictionary(`steps.${id}.outputs`, reason, known)
    return [id, new OpenDictionary(`steps.${id}`, reason, { outputs: all })] as const
  })
  return new OpenDictionary('steps', reason, Object.fromEntries(steps))
}

const isPullRequest = (event: string): boolean => event.startsWith('pull_request')

/** https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context */
function githubContext(run: RunContext): Data {
  const { eventName } = run
  const noPullRequest = eventName !== undefined && !isPullRequest(eventName) ? '' : undefined
  return new OpenDictionary('github', `it ${whileItRuns}`, {
    ...given({
      repository: run.repository,
      repository_owner: run.owner ?? run.repository?.split('/')[0],
      sha: run.sha,
      ref: run.ref,
      ref_name: run.refName ?? run.ref?.replace(/^refs\/(heads|tags|pull)\//, ''),
      ref_type: run.refType ?? refTypeOf(run.ref),
      event_name: eventName,
      head_ref: run.headRef ?? noPullRequest,
      base_ref: run.baseRef ?? noPullRequest,
      actor: run.actor,
      workflow: run.workflow,
      run_id: run.runId,
      run_number: run.runNumber,
      server_url: run.serverUrl,
      api_url: run.apiUrl,
    }),
    event: eventContext(run),
  })
}

function eventContext(run: RunContext): Data {
  const reason = 'the event is not in the file'
  const repository = new OpenDictionary('github.event.repository', reason, {
    ...given({ default_branch: run.defaultBranch, name: run.repository?.split('/')[1], full_name: run.repository }),
  })
  return new OpenDictionary('github.event', reason, {
    repository,
    ...given({ ref: run.eventName === 'push' ? run.ref : undefined }),
    ...(run.inputs && { inputs: eventInputs(run.inputs) }),
  })
}

const given = (values: Readonly<Record<string, unknown>>): Readonly<Record<string, Data>> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, toData(value)]])),
  )

const refTypeOf = (ref: string | undefined): 'branch' | 'tag' | undefined => {
  if (ref?.startsWith('refs/heads/')) return 'branch'
  return ref?.startsWith('refs/tags/') ? 'tag' : undefined
}
