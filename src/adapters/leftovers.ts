import { setTimeout as delay } from 'node:timers/promises'
import { type Docker, type DockerTools, dockerCommand, textOf } from './docker/command.ts'

export interface Removed {
  readonly containers: number
  readonly networks: number
  readonly volumes: number
}

/** What an engine was asked for by a program that was just killed, it may still do. */
export const LATE_MS = 500

async function removeLabelled(docker: Docker, label: string): Promise<Removed> {
  const remove = async (list: readonly string[], removal: readonly string[]): Promise<number> => {
    const listed = await docker([...list, '--quiet', '--filter', `label=${label}`])
    const ids = listed.exitCode === 0 ? textOf(listed).split('\n').filter(Boolean) : []
    if (ids.length === 0) return 0
    const removed = await docker([...removal, '--', ...ids])
    return textOf(removed).split('\n').filter(Boolean).length
  }
  const containers = await remove(
    ['container', 'ls', '--all', '--no-trunc'],
    ['container', 'rm', '--force', '--volumes'],
  )
  const [networks, volumes] = await Promise.all([
    remove(['network', 'ls', '--no-trunc'], ['network', 'rm']),
    remove(['volume', 'ls'], ['volume', 'rm', '--force']),
  ])
  return { containers, networks, volumes }
}

/** Removes every container, network and volume with a label, and says how many there were; never throws. */
export const removeLeftovers = (
  run: DockerTools['run'],
  env: Readonly<Record<string, string>>,
  label: string,
): Promise<Removed> => removeLabelled(dockerCommand({ run, env }), label)

/** Removes all of a compose project; `isLate` where the engine may still be making some of it. */
export async function removeProject(docker: Docker, name: string, isLate: boolean): Promise<void> {
  const label = `com.docker.compose.project=${name}`
  await removeLabelled(docker, label)
  if (!isLate) return
  await delay(LATE_MS)
  await removeLabelled(docker, label)
}
