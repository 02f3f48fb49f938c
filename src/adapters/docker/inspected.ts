import * as z from 'zod'
import type { ServingState } from '../../model/health.ts'
import { failed, type Look } from '../../model/observation.ts'
import { readAs, text, textList } from '../../observe/json.ts'
import type { CommandResult } from '../command.ts'
import { jsonOf } from './command.ts'
import { failureOf } from './failure.ts'
import { refusedBy } from './start-fault.ts'

/** What docker says of a container that never started. */
const NEVER = '0001-01-01T00:00:00Z'

/** `State` of a container that was to run to its end, as `docker container inspect` says it. */
export const endedState = z.object({
  Running: z.boolean(),
  StartedAt: z.string().transform((at) => (at === NEVER ? undefined : at)),
  ExitCode: z.int(),
  OOMKilled: z.boolean(),
  Error: z.string(),
})

const HEALTH = ['none', 'starting', 'healthy', 'unhealthy'] as const

/** A word that nobody knows is none that it is well. */
const healthWord = z.string().transform((word) => HEALTH.find((each) => each === word) ?? 'starting')

const goingState = endedState.extend({
  Health: z.object({ Status: healthWord, Log: z.array(z.object({ Output: z.string() })).nullish() }).nullish(),
})

const publishedPorts = z
  .record(z.string(), z.array(z.object({ HostPort: z.string() })).nullable())
  .nullish()
  .transform((ports) =>
    Object.fromEntries(
      Object.entries(ports ?? {}).flatMap(([name, bindings]) => {
        const port = Number(bindings?.[0]?.HostPort)
        return port > 0 ? [[name, port] as const] : []
      }),
    ),
  )

/** A container that is to go on, as `docker container inspect` says it. */
export const goingContainer = z.object({
  State: goingState,
  NetworkSettings: z.object({ Ports: publishedPorts }),
})

/** An image as `docker image inspect` says it. */
export const inspectedImage = z.object({
  Id: z.string().min(1),
  RepoDigests: textList,
  Size: z.int().nonnegative(),
  Os: text,
  Architecture: text,
})

/** An engine as `docker info` says it: much of it is missing where the engine does not answer. */
export const engineInfo = z.object({
  ServerVersion: text,
  OSType: text,
  Architecture: text,
  Name: text,
  DockerRootDir: text,
  Containerd: z.object({ Address: text }).nullish(),
  DriverStatus: z.array(z.tuple([z.string(), z.string()])).nullish(),
  ServerErrors: textList,
  /** Said of a rootless engine without cgroups of its own: it drops such limits, with no more than a warning. */
  MemoryLimit: z.boolean().nullish(),
  PidsLimit: z.boolean().nullish(),
  /** Only podman has it, under another command's name. */
  host: z.unknown().optional(),
  ClientInfo: z
    .object({ Plugins: z.array(z.object({ Name: z.string(), Version: z.string().nullish() })).nullish() })
    .nullish(),
})

/** What docker printed of `what`, by a schema; what does not fit is no answer, though docker took it for one. */
export function readInspected<Schema extends z.ZodType>(
  schema: Schema,
  result: CommandResult,
  what: string,
  signal: AbortSignal | undefined,
): Look<z.output<Schema>> {
  if (result.exitCode !== 0) return failureOf(result, what, signal)
  const read = readAs(schema, jsonOf(result))
  return read.ok ? read : failed('malformed', `${what}: docker does not say how it is: ${read.reason}`, PLEASE_REPORT)
}

const PLEASE_REPORT = 'rerun the job; if it stays so, please report it with what docker version says'

/** How a container that is to go on is; `said` is what its start was answered with. */
export function servingStateOf(
  { StartedAt, Running, ExitCode, OOMKilled, Error: error, Health }: z.output<typeof goingState>,
  said = '',
): ServingState {
  const refusal = StartedAt === undefined ? error || said : ''
  return {
    running: Running,
    exitCode: ExitCode,
    oomKilled: OOMKilled,
    error: error || refusal,
    ...(refusal !== '' && { refusedBy: refusedBy(refusal) }),
    health: Health?.Status ?? 'none',
    healthOutput: Health?.Log?.at(-1)?.Output ?? '',
  }
}
