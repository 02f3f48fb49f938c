import { randomUUID } from 'node:crypto'
import type { Answer } from '../../model/answer.ts'
import type { ServingState } from '../../model/health.ts'
import { failed, type Look } from '../../model/observation.ts'
import type { ServeRequest, Serving } from '../../ports.ts'
import type { CommandResult } from '../command.ts'
import { CREATE_MS, confinement, creation, injectedVariables, removeContainer, withoutProxies } from './container.ts'
import { failureOf } from './failure.ts'
import { goingContainer, readInspected, servingStateOf } from './inspected.ts'
import { KEPT_LOG, readLogs } from './logs.ts'
import { askPublished } from './published.ts'
import type { RunTools } from './run.ts'
import { refusedBy } from './start-fault.ts'

/** What servers' entrypoints need to hand over to a user of their own. */
const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID']

/** Starts a container that goes on; whoever disposes of it removes it. Its port is there for this machine only. */
export async function serveContainer(tools: RunTools, request: ServeRequest): Promise<Look<Serving>> {
  const { docker, cleaner, env, label, signal } = tools
  const name = `vi-${randomUUID()}`
  const what = `a container of ${request.image}`
  const remove = async (): Promise<void> => {
    await removeContainer(cleaner, name)
  }
  const create = serveArguments(request, name, label, await injectedVariables(env))
  const created = await docker(create, { timeoutMs: CREATE_MS, env: withoutProxies(env) })
  if (created.exitCode !== 0) {
    await remove()
    return neverMade(created) ?? failureOf(created, what, signal)
  }
  const started = await docker(['container', 'start', '--', name], { timeoutMs: CREATE_MS })

  const inspect = async () => {
    const result = await docker(['container', 'inspect', '--format', '{{json .}}', '--', name])
    return readInspected(goingContainer, result, `${what}, once started`, signal)
  }
  const first = await inspect()
  if (!first.ok) {
    await remove()
    return first
  }
  const { State, NetworkSettings } = first.seen
  const port = NetworkSettings.Ports[`${request.port}/tcp`]
  return {
    ok: true,
    seen: {
      startedAt: State.StartedAt,
      state: async () => {
        const look = await inspect()
        return look.ok ? { ok: true, seen: servingStateOf(look.seen.State, started.stderr.trim()) } : look
      },
      get: async (path, timeoutMs): Promise<Look<Answer>> =>
        port === undefined
          ? failed('failed', `port ${request.port} is not published`, 'it is gone, or the engine publishes no ports')
          : askPublished(tools, `${port}${path}`, timeoutMs),
      logs: () => readLogs(docker, name, `the log of ${what}`, signal),
      [Symbol.asyncDispose]: remove,
    },
  }
}

/** A container that the engine refuses to make for the image's own sake. */
function neverMade({ stderr }: CommandResult): Look<Serving> | undefined {
  if (refusedBy(stderr) !== 'image') return undefined
  const state: ServingState = {
    ...{ running: false, exitCode: 0, oomKilled: false, health: 'none', healthOutput: '' },
    ...{ error: stderr.trim(), refusedBy: 'image' },
  }
  const seen: Serving = {
    startedAt: undefined,
    state: async () => ({ ok: true, seen: state }),
    get: async () => failed('failed', 'it was never made', ''),
    logs: async () => ({ ok: true, seen: { text: '', cut: false } }),
    [Symbol.asyncDispose]: async () => {},
  }
  return { ok: true, seen }
}

function serveArguments(request: ServeRequest, name: string, label: string, unset: readonly string[]): string[] {
  const { image, platform, port, healthcheck } = request
  return [
    ...creation(name, label, platform),
    ...confinement(request, unset),
    ...CAPABILITIES.flatMap((each) => ['--cap-add', each]),
    ...['--network', 'bridge', ...(port === undefined ? [] : ['--publish', `127.0.0.1::${port}/tcp`])],
    ...['--log-driver', KEPT_LOG.driver],
    ...Object.entries(KEPT_LOG.options).flatMap(([option, value]) => ['--log-opt', `${option}=${value}`]),
    ...(healthcheck ? [] : ['--no-healthcheck']),
    ...['--', image],
  ]
}
