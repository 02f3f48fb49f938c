import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'

export interface EngineEvent {
  readonly Type: string
  readonly Action: string
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> }
}

export interface EngineEvents extends AsyncDisposable {
  /** All that the engine told from the first moment to this one. */
  soFar(): Promise<readonly EngineEvent[]>
}

const LONGEST_MS = 10 * 60_000
const POLL_MS = 50
const PATIENCE_MS = 2_000

/**
 * Listens to an engine. Asked later it tells of its last 256 events and no others, and health checks alone are more than
 * that in a minute.
 */
export async function listenTo(dockerHost: string): Promise<EngineEvents> {
  const env = { ...childEnvironment(process.env), DOCKER_HOST: dockerHost }
  const ender = new AbortController()
  const heard: EngineEvent[] = []
  const lines = new PassThrough()
  createInterface({ input: lines }).on('line', (line) => heard.push(JSON.parse(line)))
  const listening = runCommand('docker', ['events', '--format', '{{json .}}'], {
    ...{ env, timeoutMs: LONGEST_MS, maxBytes: 0, signal: ender.signal },
    onStdout: (chunk) => {
      lines.write(chunk)
      return undefined
    },
  })

  /** Leaves a mark among the events, and says whether it was heard. */
  async function mark(): Promise<boolean> {
    const name = `mark-${randomUUID()}`
    for (const what of ['create', 'rm']) await runCommand('docker', ['volume', what, name], { env, timeoutMs: 60_000 })
    const isHeard = () => heard.some(({ Action, Actor }) => Action === 'destroy' && Actor.ID === name)
    for (let waitedMs = 0; !isHeard() && waitedMs < PATIENCE_MS; waitedMs += POLL_MS) await delay(POLL_MS)
    return isHeard()
  }

  const untilHeard = async (): Promise<void> => {
    for (let tries = 0; tries < 10; tries += 1) if (await mark()) return
    throw new Error(`the engine at ${dockerHost} tells of nothing`)
  }

  await untilHeard()
  return {
    soFar: async () => {
      await untilHeard()
      return [...heard]
    },
    [Symbol.asyncDispose]: async () => {
      ender.abort()
      await listening
    },
  }
}
