import type { ContainerSeen, ServiceMeant } from '../../model/canary.ts'

/** The first container that is over and should not be, or could not begin. */
export const endedWrongly = (
  containers: readonly ContainerSeen[],
  services: readonly ServiceMeant[],
): ContainerSeen | undefined =>
  containers.find((container) => {
    const { running, startedAt, error } = container
    if (startedAt === undefined) return error !== ''
    return !running && !hasDoneItsWork(container, services)
  })

/** The services that are not yet what they are meant to be: too few containers, not all well. */
export const notReady = (
  containers: readonly ContainerSeen[],
  services: readonly ServiceMeant[],
): readonly ServiceMeant[] =>
  services.filter(({ name, replicas, image }) => {
    const own = containers.filter(({ service }) => service === name)
    const isWell = (container: ContainerSeen): boolean =>
      container.image === image && (hasDoneItsWork(container, services) || isUp(container))
    return own.length !== replicas || !own.every(isWell)
  })

const isUp = ({ running, startedAt, health }: ContainerSeen): boolean =>
  running && startedAt !== undefined && (health === 'healthy' || health === 'none')

/** Others wait for its end, and it ended well. */
const hasDoneItsWork = (
  { service, running, startedAt, exitCode }: ContainerSeen,
  services: readonly ServiceMeant[],
): boolean =>
  !running &&
  startedAt !== undefined &&
  exitCode === 0 &&
  services.some(({ name, oneShot }) => name === service && oneShot)
