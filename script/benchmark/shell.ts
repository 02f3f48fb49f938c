import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { place } from './place.ts'

/** Runs a script with the bench's engine as its docker, and gives what it printed; what fails, throws. */
export async function shell(script: string): Promise<string> {
  const child = spawn('bash', ['-o', 'pipefail', '-ec', script], {
    env: { ...process.env, DOCKER_HOST: place.dockerHost },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  }
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`exit ${code} of\n${script}\n${said.stdout}${said.stderr}`)
  return said.stdout
}

/** The seconds a script takes. */
export async function timed(script: string): Promise<number> {
  const began = performance.now()
  await shell(script)
  return (performance.now() - began) / 1000
}

/** Leaves the engine without an image, and the disk with nothing to write. */
export async function emptyStore(): Promise<void> {
  await shell(`
    docker container ls -aq | xargs -r docker container rm -fv > /dev/null
    docker image ls -aq --no-trunc | sort -u | xargs -r docker image rm -f > /dev/null
    docker image prune -af > /dev/null
    sync`)
  const left = await shell('docker image ls -aq')
  if (left !== '') throw new Error(`the store is not empty: ${left}`)
}
