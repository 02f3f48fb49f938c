import { setTimeout as delay } from 'node:timers/promises'
import { runCommand } from './command.ts'
import { removeImages } from './docker.ts'
import { childEnvironment } from './environment.ts'
import { isLabel, takeJournal } from './journal.ts'
import { LATE_MS, type Removed, removeLeftovers } from './leftovers.ts'
import { endOrphans } from './orphans.ts'
import { removePrivateFolder } from './private-folder.ts'

interface Leftovers {
  /** From the saved state, which a container's output can forge: acted on only in the shape we write it. */
  readonly label: string
  readonly login: string
  readonly buildx: string
  readonly tempDir: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Removes what a run that was killed left on this machine, and says what it removed. Touches nothing else. */
export async function sweep({ label, login, buildx, tempDir, env }: Leftovers): Promise<readonly string[]> {
  const said = isLabel(label) ? await sweepRun(label, tempDir, childEnvironment(env)) : []
  const removed = async (folder: string) => folder !== '' && tempDir !== '' && removePrivateFolder(folder, tempDir)
  return [
    ...said,
    ...((await removed(login)) ? ['removed the temporary registry login'] : []),
    ...((await removed(buildx)) ? ['removed the buildx of the run'] : []),
  ]
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
    [programs, 'program'],
    [first.containers + late.containers, 'container'],
    [first.networks + late.networks, 'network'],
    [first.volumes + late.volumes, 'volume'],
    [images, 'image'],
  ]
  return told
    .filter(([count]) => count > 0)
    .map(([count, what]) => `removed ${count} ${what}${count === 1 ? '' : 's'} that the run had left`)
}

const NOTHING: Removed = { containers: 0, networks: 0, volumes: 0 }
