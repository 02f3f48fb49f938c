import { setTimeout as delay } from 'node:timers/promises'
import { runCommand } from './command.ts'
import { removeImages } from './docker.ts'
import { childEnvironment } from './environment.ts'
import { isLabel, takeJournal } from './journal.ts'
import { LATE_MS, type Removed, removeLeftovers } from './leftovers.ts'
import { removeLogin } from './login.ts'
import { endOrphans } from './orphans.ts'

interface Leftovers {
  /** From the saved state, which a container's output can forge: acted on only in the shape we write it. */
  readonly label: string
  readonly login: string
  readonly tempDir: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Removes what a run that was killed left on this machine, and says what it removed. Touches nothing else. */
export async function sweep({ label, login, tempDir, env }: Leftovers): Promise<readonly string[]> {
  const said = isLabel(label) ? await sweepRun(label, tempDir, childEnvironment(env)) : []
  const removed = login !== '' && tempDir !== '' && (await removeLogin(login, tempDir))
  return [...said, ...(removed ? ['removed the temporary registry login'] : [])]
}

async function sweepRun(label: string, tempDir: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const programs = await endOrphans(label)
  const pulled = takeJournal(tempDir, label)
  const wasKilled = programs > 0 || pulled.length > 0
  const first = await removeLeftovers(runCommand, env, label)
  let late: Removed = NOTHING
  if (wasKilled) {
    await delay(LATE_MS)
    late = await removeLeftovers(runCommand, env, label)
  }
  const images = await removeImages(runCommand, env, pulled)
  const told: readonly (readonly [number, string])[] = [
    [programs, 'programs'],
    [first.containers + late.containers, 'containers'],
    [first.networks + late.networks, 'networks'],
    [first.volumes + late.volumes, 'volumes'],
    [images, 'images'],
  ]
  return told.filter(([count]) => count > 0).map(([count, what]) => `removed ${count} ${what} that the run had left`)
}

const NOTHING: Removed = { containers: 0, networks: 0, volumes: 0 }
