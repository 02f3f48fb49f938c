import * as z from 'zod'
import type { ContainerSeen } from '../../model/canary.ts'
import type { Look } from '../../model/observation.ts'
import { readAs } from '../../observe/json.ts'
import { parseJson } from './command.ts'
import { goingContainer, servingStateOf } from './inspected.ts'

const SERVICE = 'com.docker.compose.service'

const composeContainer = goingContainer.extend({
  Id: z.string().regex(/^[0-9a-f]{64}$/),
  Image: z.string(),
  Config: z.object({ Labels: z.object({ [SERVICE]: z.string() }) }),
})

/** A container of a service, as `docker container inspect` prints it on a line. */
export function decodeContainer(line: string): Look<ContainerSeen> {
  const look = readAs(composeContainer, parseJson(line))
  if (!look.ok) return look
  const { Id, Image, Config, State, NetworkSettings } = look.seen
  return {
    ok: true,
    seen: {
      id: Id,
      service: Config.Labels[SERVICE],
      image: Image,
      startedAt: State.StartedAt,
      ...servingStateOf(State),
      ports: NetworkSettings.Ports,
    },
  }
}
