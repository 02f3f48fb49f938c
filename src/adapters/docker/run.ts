import { randomUUID } from 'node:crypto'
import type * as z from 'zod'
import type { Platform } from '../../model/image.ts'
import { type Failed, failed, type Look, type RunSeen } from '../../model/observation.ts'
import type { RunRequest } from '../../ports.ts'
import type { CommandResult } from '../command.ts'
import type { Docker } from './command.ts'
import { CREATE_MS, createArguments, injectedVariables, removeContainer, withoutProxies } from './container.ts'
import { ENGINE, failureOf } from './failure.ts'
import { endedState, readInspected } from './inspected.ts'
import { listenFor } from './output.ts'
import { neverRan, refusedBy } from './start-fault.ts'

export interface RunTools {
  /** Ends with the run. */
  readonly docker: Docker
  /** For what has to be done all the same. */
  readonly cleaner: Docker
  readonly env: Readonly<Record<string, string>>
  readonly label: string
  readonly signal: AbortSignal | undefined
  readonly isNative: (platform: Platform) => Promise<boolean>
  /** The name of the machine that the engine is on, where that is another. */
  readonly elsewhere: () => Promise<string | undefined>
}

/** What was read of it is not collected before there is much of it: this bounds the memory that a flood takes. */
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024

/** Runs one container from its creation to its removal, which happens whatever else does. */
export async function runContainer(tools: RunTools, request: RunRequest): Promise<Look<RunSeen>> {
  const { docker, env, label, signal } = tools
  const name = `vi-${randomUUID()}`
  const what = `a container of ${request.image}`
  try {
    const args = createArguments(request, name, label, await injectedVariables(env))
    const created = await docker(args, { timeoutMs: CREATE_MS, env: withoutProxies(env) })
    if (created.exitCode !== 0) return neverMade(created) ?? failureOf(created, what, signal)
    return await startAndWatch(tools, request, name, what)
  } finally {
    await removeContainer(tools.cleaner, name)
  }
}

/** What became of a container that the engine refuses to make for the image's own sake. */
function neverMade({ stderr, seconds }: CommandResult): Look<RunSeen> | undefined {
  if (refusedBy(stderr) !== 'image') return undefined
  const nothing = { ...neverRan(stderr.trim()), oomKilled: false, timedOut: false, outputLimited: false }
  const silence = { marked: [], stdout: '', stderr: '', cut: { stdout: false, stderr: false } }
  return { ok: true, seen: { ...nothing, ...silence, seconds } }
}

/** What runc prints in a container's name where its program cannot be executed: then that never ran. */
const NOT_EXECUTED = /^exec \S+: (?:exec format error|no such file or directory|permission denied)$/

async function startAndWatch(tools: RunTools, request: RunRequest, name: string, what: string): Promise<Look<RunSeen>> {
  const { docker, signal } = tools
  const marked: string[] = []
  const stdout = listenFor(request.marker, marked, request.keptBytes)
  const stderr = listenFor(request.marker, marked, request.keptBytes)
  const flood = new AbortController()
  let printed = 0
  const count = (chunk: Uint8Array): void => {
    printed += chunk.length
    if (printed > MAX_OUTPUT_BYTES) flood.abort()
  }
  const ran = await docker(['container', 'start', '--attach', '--', name], {
    timeoutMs: request.timeoutMs,
    graceMs: 0, // it would hand a SIGTERM to the container, and wait for it
    maxBytes: 0,
    signal: signal === undefined ? flood.signal : AbortSignal.any([signal, flood.signal]),
    onStdout: (chunk) => {
      count(chunk)
      stdout.push(chunk)
      return undefined
    },
    onStderr: (chunk) => {
      count(chunk)
      stderr.push(chunk)
    },
  })
  const inspected = await docker(['container', 'inspect', '--format', '{{json .State}}', '--', name])
  const look = readInspected(endedState, inspected, `${what}, once started`, signal)
  if (!look.ok) return look
  if (signal?.aborted) return failureOf(ran, what, signal)
  const { seen: state } = look
  const isEnded = ran.exitCode !== undefined
  const isOurEnd = ran.timedOut || flood.signal.aborted
  if (state.StartedAt !== undefined && !isOurEnd && !sawTheEnd(ran, state)) return lost(what, ran, state)
  const words = stderr.text().trim()
  const refused = isEnded && state.ExitCode !== 0 && NOT_EXECUTED.test(words) ? words : ''
  const startedAt = refused === '' ? state.StartedAt : undefined
  const seen: RunSeen = {
    ...(startedAt === undefined
      ? neverRan(state.Error || refused || ran.stderr.trim())
      : { startedAt, exitCode: isEnded ? state.ExitCode : undefined, error: state.Error }),
    oomKilled: state.OOMKilled,
    timedOut: ran.timedOut,
    outputLimited: flood.signal.aborted,
    marked,
    stdout: stdout.text(),
    stderr: stderr.text(),
    cut: { stdout: stdout.cut(), stderr: stderr.cut() },
    seconds: ran.seconds,
  }
  return (await withoutEmulator(tools, request, seen, ran)) ?? { ok: true, seen }
}

type EndedState = z.output<typeof endedState>

/** Docker ends with its container, as that ends, unless it loses it before. */
const sawTheEnd = ({ exitCode }: CommandResult, { Running, ExitCode }: EndedState): boolean =>
  !Running && exitCode === ExitCode

function lost(what: string, { exitCode, signal }: CommandResult, { Running, ExitCode }: EndedState): Failed {
  const docker = exitCode === undefined ? `was ended by ${signal ?? 'something'}` : `exited ${exitCode}`
  const container = Running ? 'still runs' : `exited ${ExitCode}`
  return failed(
    'unavailable',
    `${what}: docker ${docker}, and the container ${container}: it was lost sight of`,
    ENGINE,
  )
}

/** A program of another platform that this kernel cannot start says so in the container's name. */
async function withoutEmulator(tools: RunTools, request: RunRequest, seen: RunSeen, ran: CommandResult) {
  const said = `${seen.error}\n${seen.stderr}`
  if (ran.exitCode === 0 || seen.marked.length > 0 || !/exec format error/i.test(said)) return undefined
  if (await tools.isNative(request.platform)) return undefined
  return failed(
    'no-emulator',
    `this machine cannot run ${request.platform}: exec format error`,
    'add docker/setup-qemu-action before this step, or verify on a runner of that platform',
  )
}
