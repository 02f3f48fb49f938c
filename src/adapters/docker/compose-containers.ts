import * as z from 'zod'
import type { ContainerSeen } from '../../model/canary.ts'

const inspected = z.object({
  Id: z.string().regex(/^[0-9a-f]{64}$/),
  Image: z.string(),
  Config: z.object({ Labels: z.record(z.string(), z.string()) }),
  State: z.object({
    Running: z.boolean(),
    StartedAt: z.string(),
    ExitCode: z.int(),
    OOMKilled: z.boolean(),
    Error: z.string(),
    Health: z.object({ Status: z.string(), Log: z.array(z.object({ Output: z.string() })).nullish() }).nullish(),
  }),
  NetworkSettings: z.object({
    Ports: z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullable()).nullish(),
  }),
})

/** What docker says of a container that never started. */
const NEVER = '0001-01-01T00:00:00Z'

/** A container as `docker container inspect` prints it on a line; undefined where that is nothing we know. */
export function decodeContainer(line: string): ContainerSeen | undefined {
  const { success, data } = inspected.safeParse(parse(line))
  const service = data?.Config.Labels['com.docker.compose.service']
  if (!success || service === undefined) return undefined
  const { Id, Image, State, NetworkSettings } = data
  return {
    id: Id,
    service,
    image: Image,
    startedAt: State.StartedAt === NEVER ? undefined : State.StartedAt,
    running: State.Running,
    exitCode: State.ExitCode,
    oomKilled: State.OOMKilled,
    error: State.Error,
    health: healthOf(State.Health?.Status),
    healthOutput: State.Health?.Log?.at(-1)?.Output ?? '',
    ports: Object.fromEntries(
      Object.entries(NetworkSettings.Ports ?? {}).flatMap(([name, bindings]) => {
        const port = Number(bindings?.[0]?.HostPort)
        return port > 0 ? [[name, port] as const] : []
      }),
    ),
  }
}

/** A word that nobody knows is none that it is well. */
function healthOf(status = 'none'): ContainerSeen['health'] {
  return (['none', 'healthy', 'unhealthy'] as const).find((each) => each === status) ?? 'starting'
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
