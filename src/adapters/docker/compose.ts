import { randomUUID } from 'node:crypto'
import type { ComposeProject, ContainerSeen } from '../../model/canary.ts'
import { failed, type Look, type LookFailure } from '../../model/observation.ts'
import type { Composed, ComposeResolved, ResolveRequest, UpSeen } from '../../ports.ts'
import type { CommandResult } from '../command.ts'
import { removeProject } from '../leftovers.ts'
import { configDirectory } from '../plugins.ts'
import { jsonOf, textOf } from './command.ts'
import { decodeContainer } from './compose-containers.ts'
import { composeFile } from './compose-file.ts'
import { injectedVariables, withoutProxies } from './container.ts'
import { failureOf } from './failure.ts'
import { readLogs } from './logs.ts'
import { askPublished } from './published.ts'
import type { RunTools } from './run.ts'
import { isOfEngine } from './start-fault.ts'

type ComposeTools = Pick<RunTools, 'docker' | 'cleaner' | 'env' | 'label' | 'signal' | 'elsewhere'>

const RESOLVE_MS = 60_000
/** No compose file is fetched from anywhere. */
const NO_REMOTES = { COMPOSE_EXPERIMENTAL_GIT_REMOTE: 'false', COMPOSE_EXPERIMENTAL_OCI_REMOTE: 'false' }

/** Asks docker compose what a file comes to. It gets no variable of ours but those that start it, each unlike any other. */
export async function resolveCompose(
  { docker, env, signal }: ComposeTools,
  { text, folder, env: given }: ResolveRequest,
): Promise<Look<ComposeResolved>> {
  const nowhere = `/nonexistent/${randomUUID()}`
  const own = { PATH: `${env.PATH ?? ''}:${nowhere}`, HOME: nowhere, DOCKER_CONFIG: configDirectory(env) }
  const options = { timeoutMs: RESOLVE_MS, env: { ...given, ...NO_REMOTES, ...own } }
  const there = await docker(['compose', 'version', '--short'], options)
  if (there.exitCode !== 0) {
    const look = failureOf(there, 'docker compose', signal)
    return look.failure === 'cancelled' || look.failure === 'timeout'
      ? look
      : { ...look, failure: 'no-tool', hint: 'install the plugin compose of docker, which runners of GitHub have' }
  }
  const args = ['compose', '--env-file', '/dev/null', '--project-directory', folder ?? nowhere, '--file', '-']
  const result = await docker([...args, 'config', '--format', 'json'], { ...options, stdin: text })
  if (result.exitCode === undefined) return failureOf(result, 'docker compose config', signal)
  if (result.exitCode !== 0) return { ok: true, seen: { refused: lastLineOf(result.stderr) } }
  const model = jsonOf(result)
  if (model === undefined || result.outputLimited) {
    return failed('malformed', 'docker compose config: it printed no model', 'see what it says of the file')
  }
  return { ok: true, seen: { model, own } }
}

const lastLineOf = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 400) || 'it does not say why'

/** A project under a name of its own, fed to docker compose without a file on disk; never throws. */
export function compose(tools: ComposeTools, project: ComposeProject): Composed {
  const { docker, cleaner, env, label, signal } = tools
  const name = `vi-${randomUUID()}`
  const ender = new AbortController()
  let starting: Promise<unknown> = Promise.resolve()
  let isLate = false

  async function containers(): Promise<Look<readonly ContainerSeen[]>> {
    const filter = `label=com.docker.compose.project=${name}`
    const listed = await docker(['container', 'ls', '--all', '--quiet', '--no-trunc', '--filter', filter])
    if (listed.exitCode !== 0) return failureOf(listed, 'the containers of the canary', signal)
    const ids = linesOf(listed)
    if (ids.length === 0) return { ok: true, seen: [] }
    const inspected = await docker(['container', 'inspect', '--format', '{{json .}}', '--', ...ids])
    const seen: ContainerSeen[] = []
    // one that somebody removed meanwhile is no longer there, which is for others to judge
    const isGone = inspected.exitCode !== 0 && /no such (?:container|object)/i.test(inspected.stderr)
    if (inspected.exitCode !== 0 && !isGone) return failureOf(inspected, 'the containers of the canary', signal)
    for (const line of linesOf(inspected)) {
      const look = decodeContainer(line)
      if (!look.ok) return untold(look.reason)
      seen.push(look.seen)
    }
    if (!isGone && seen.length < ids.length) return untold(`there are ${ids.length}, and it tells of ${seen.length}`)
    return { ok: true, seen }
  }

  async function up(timeoutMs: number): Promise<Look<UpSeen>> {
    const place = ['--project-name', name, '--project-directory', `/nonexistent/${name}`, '--file', '-']
    const how = ['--detach', '--no-build', '--pull', 'never', '--no-recreate']
    const result = await docker(['compose', '--env-file', '/dev/null', ...place, 'up', ...how], {
      timeoutMs,
      graceMs: 0,
      stdin: composeFile(project, label, await injectedVariables(env)),
      env: { ...withoutProxies(env), ...NO_REMOTES },
      signal: signal === undefined ? ender.signal : AbortSignal.any([signal, ender.signal]),
    })
    isLate ||= result.exitCode === undefined
    return result.exitCode === 0 ? { ok: true, seen: { outcome: 'started' } } : howItEnded(result, signal)
  }

  return {
    up: (timeoutMs) => {
      const look = up(timeoutMs)
      starting = look
      return look
    },
    containers,
    ask: async (container, port, { path, ...question }, timeoutMs) => {
      const published = container.ports[`${port}/tcp`]
      return published === undefined
        ? failed('failed', `port ${port} of ${container.service} is not published`, 'it is gone, or on no network')
        : askPublished(tools, `${published}${path}`, timeoutMs, question)
    },
    logs: ({ id, service }) => readLogs(docker, id, `the log of ${service}`, signal),
    [Symbol.asyncDispose]: async () => {
      ender.abort()
      await starting
      await removeProject(cleaner, name, isLate)
    },
  }
}

/** Failures that are the engine's own, and say nothing of what it was to start. */
const OF_ENGINE: readonly LookFailure[] = ['unavailable', 'disk-full', 'cancelled', 'no-tool']

function howItEnded(result: CommandResult, signal: AbortSignal | undefined): Look<UpSeen> {
  const look = failureOf(result, 'docker compose up', signal)
  const { failure, reason } = look
  if (result.exitCode === undefined || OF_ENGINE.includes(failure) || /no such image/i.test(reason)) return look
  if (isOfEngine(reason)) return failed('failed', reason, 'see that the engine runs containers')
  return { ok: true, seen: { outcome: /is unhealthy/.test(reason) ? 'unhealthy' : 'refused', reason } }
}

const untold = (reason: string) =>
  failed('malformed', `the containers of the canary: docker does not say how they are: ${reason}`, 'rerun the job')

const linesOf = (result: CommandResult): readonly string[] => textOf(result).split('\n').filter(Boolean)
