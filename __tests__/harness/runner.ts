// Runs a JavaScript action as GitHub's runner does. Rules: actions/runner@258d6c8 src/Runner.Worker/ActionRunner.cs and
// src/Runner.Worker/Handlers/NodeScriptActionHandler.cs
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Child, startChild } from './child.ts'
import {
  githubContext,
  ID_TOKEN,
  layOut,
  node24,
  RUNTIME_TOKEN,
  runnerContext,
  stepEnvironment,
  type Variables,
} from './environment.ts'
import { type Contexts, holds, interpolate } from './expressions.ts'
import { OWN_JOB_ID } from './github-shapes.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { masker } from './masks.ts'
import { beginStep, createFiles, fail, type PhaseName, processFiles, type RunResult, type Step } from './step.ts'

export interface RunOptions {
  /** Directory with an `action.yml`. */
  action: string
  /** `with:` of the step; `${{ }}` is evaluated as in a workflow. */
  inputs?: Variables
  /** A new directory unless given; one that is given is never removed. */
  workspace?: string
  /** A new one unless given; one that is given is never removed. */
  toolCache?: string
  event?: { name: string; payload?: object }
  /** Changes to the github context. */
  github?: Variables
  /** The other contexts that defaults and inputs may use: `job`, `matrix`, `strategy`, `needs`, `vars`, … */
  contexts?: Contexts
  /** `env:` of the workflow. */
  env?: Variables
  secrets?: Variables
  /** `github.token` */
  token?: string
  apiUrl?: string
  dockerHost?: string
  /** Where id tokens come from, as with `id-token: write`. */
  idTokenUrl?: string
  /** The workflow is run again with debug logging. */
  debug?: boolean
  /** Cancels the job so long after main started. */
  cancelAfterMs?: number
  /** Kills main without a warning so long after it started. */
  killAfterMs?: number
  /** Milliseconds from SIGINT to SIGTERM and from SIGTERM to SIGKILL. */
  grace?: [interrupt: number, terminate: number]
  /** Sees every line as the action printed it, and may cancel or kill the phase that printed it. */
  onLine?: (line: string, phase: { name: PhaseName; cancel(): void; kill(): void }) => void
  /** Leaves the directories of the run in place. */
  keep?: boolean
}

const CANCEL_GRACE: [number, number] = [7500, 2500]

/** Inputs of the step over the defaults of the action; unknown and deprecated ones make warnings. */
function resolveInputs(
  manifest: Manifest,
  given: Variables,
  contexts: Contexts,
): { inputs: Variables; warnings: string[] } {
  const declared = Object.keys(manifest.inputs)
  const inputs: Variables = {}
  const warnings: string[] = []
  const unexpected: string[] = []
  for (const [key, value] of Object.entries(given)) {
    const name = declared.find((one) => one.toLowerCase() === key.toLowerCase())
    inputs[name ?? key] = interpolate(value, contexts)
    if (name === undefined) unexpected.push(key)
    const deprecated = name === undefined ? undefined : manifest.inputs[name]?.deprecationMessage
    if (deprecated) warnings.push(`Input '${key}' has been deprecated with message: ${deprecated}`)
  }
  for (const [name, input] of Object.entries(manifest.inputs)) {
    inputs[name] ??= interpolate(String(input?.default ?? ''), contexts)
  }
  if (unexpected.length > 0) {
    warnings.push(`Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${declared.join("', '")}']`)
  }
  return { inputs, warnings }
}

/** What the log shows of a step before its own lines. */
function printHeader(step: Step, uses: string, inputs: Variables): void {
  const given = Object.entries(inputs).filter(([, value]) => value !== '')
  step.print(`##[group]Run ${uses}`)
  if (given.length > 0) step.print('with:')
  for (const [name, value] of given) step.print(`  ${name}: ${value}`)
  step.print('##[endgroup]')
}

/** Runs pre, main and post of an action and tells everything that came of it. */
export async function runAction(options: RunOptions): Promise<RunResult> {
  const action = resolve(options.action)
  const manifest = await readManifest(action)
  const node = await node24()
  const event = { name: 'push', payload: {}, ...options.event }
  const changes: Variables = { ...(options.apiUrl ? { api_url: options.apiUrl } : {}), ...options.github }
  const root = await realpath(await mkdtemp(join(tmpdir(), 'runner-')))
  const laidOut = await layOut(
    root,
    changes.repository ?? 'octo-org/octo-repo',
    event.payload,
    options.workspace && resolve(options.workspace),
  )
  const directories = { ...laidOut, toolCache: options.toolCache ?? laidOut.toolCache }
  const github = githubContext(changes, event.name, directories)
  const runner = runnerContext(directories, options.debug ?? false)
  const token = options.token ?? 'ghs_16C7e42F292c6912E7710c838347Ae178B4a'
  const secrets: Variables = { GITHUB_TOKEN: token, ...options.secrets }
  const secretMasker = masker()
  for (const secret of [...Object.values(secrets), RUNTIME_TOKEN, ID_TOKEN]) secretMasker.add(secret)

  const contexts: Contexts = {
    github: { ...github, token, event: event.payload },
    runner,
    job: { status: 'success', check_run_id: OWN_JOB_ID },
    strategy: {},
    matrix: {},
    needs: {},
    vars: {},
    ...options.contexts,
  }
  const { inputs, warnings } = resolveInputs(manifest, options.inputs ?? {}, {
    ...contexts,
    secrets,
    env: options.env ?? {},
  })

  const result: RunResult = {
    outcome: 'success',
    outputs: {},
    state: {},
    annotations: [],
    masks: [],
    summary: '',
    log: '',
    raw: '',
    phases: [],
    problems: [],
    undeclaredOutputs: [],
    env: {},
    path: [],
    workspace: directories.workspace,
    temp: directories.temp,
    toolCache: directories.toolCache,
    [Symbol.asyncDispose]: async () => {
      if (!options.keep) await rm(root, { recursive: true, force: true, maxRetries: 3 })
    },
  }
  async function runPhase(name: PhaseName, script: string): Promise<void> {
    const step = beginStep(name, result, secretMasker, options.debug ?? false)
    const files = await createFiles(directories)
    if (name === 'post') step.print('Post job cleanup.')
    else printHeader(step, github.action_repository || './', inputs)
    if (name === 'main') for (const warning of warnings) step.complain('warning', warning)

    const child: Child = startChild({
      command: node,
      args: [join(action, script)],
      cwd: directories.workspace,
      env: stepEnvironment({
        github: { ...github, ...files },
        runner,
        inputs,
        state: result.state,
        env: { ...(options.dockerHost ? { DOCKER_HOST: options.dockerHost } : {}), ...options.env, ...result.env },
        path: result.path,
        idTokenUrl: options.idTokenUrl,
      }),
      grace: options.grace ?? CANCEL_GRACE,
      onLine(line) {
        result.raw += `${line}\n`
        step.read(line)
        options.onLine?.(line, { name, cancel: child.cancel, kill: child.kill })
      },
    })
    const timers: NodeJS.Timeout[] = []
    if (name === 'main') {
      if (options.cancelAfterMs !== undefined) timers.push(setTimeout(child.cancel, options.cancelAfterMs))
      if (options.killAfterMs !== undefined) timers.push(setTimeout(child.kill, options.killAfterMs))
    }
    const { cancelled, ...end } = await child.end.finally(() => timers.forEach(clearTimeout))
    result.phases.push({ name, ...end })
    if (end.exitCode !== 0) fail(result)
    await processFiles(files, step, result, secretMasker)
    if (cancelled) {
      result.outcome = 'cancelled'
      step.annotate({ level: 'error', message: 'The operation was canceled.' })
    }
  }

  function wanted(condition = 'always()'): boolean {
    const { outcome: status, env } = result
    return holds(condition, { ...contexts, job: { status }, env: { ...options.env, ...env } }, status)
  }

  const { pre, main, post, 'pre-if': preIf, 'post-if': postIf } = manifest.runs
  try {
    if (pre && wanted(preIf)) await runPhase('pre', pre)
    const reached = result.outcome === 'success'
    if (reached) await runPhase('main', main)
    if (post && (reached || pre) && wanted(postIf)) await runPhase('post', post)
  } catch (error) {
    await result[Symbol.asyncDispose]()
    throw error
  }

  for (const [name, value] of Object.entries(result.outputs)) {
    if (!(name in manifest.outputs)) result.undeclaredOutputs.push(name)
    if (secretMasker.mask(value) !== value) result.problems.push(`Skip output '${name}' since it may contain secret.`)
  }
  return result
}
