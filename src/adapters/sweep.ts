import { runCommand } from './command.ts'
import { removeLeftovers } from './docker.ts'
import { childEnvironment } from './environment.ts'
import { removeLogin } from './login.ts'

interface Leftovers {
  /** From the saved state, which a container's output can forge: acted on only in the shape we write it. */
  readonly label: string
  readonly login: string
  readonly tempDir: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const LABEL = /^verify-images\.run=[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Removes what a run that was killed left on this machine, and says what it removed. Touches nothing else. */
export async function sweep({ label, login, tempDir, env }: Leftovers): Promise<readonly string[]> {
  const containers = LABEL.test(label) ? await removeLeftovers(runCommand, childEnvironment(env), label) : 0
  const removed = login !== '' && tempDir !== '' && (await removeLogin(login, tempDir))
  return [
    ...(containers > 0 ? [`removed ${containers} containers that the run had left`] : []),
    ...(removed ? ['removed the temporary registry login'] : []),
  ]
}
