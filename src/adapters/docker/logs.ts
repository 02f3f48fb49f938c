import type { Look, PrintedSeen } from '../../model/observation.ts'
import { tailOf } from '../capture.ts'
import type { Docker } from './command.ts'
import { failureOf } from './failure.ts'

const MAX_LOG_BYTES = 256 * 1024

/** The last of what a container printed, both streams as they came; `what` names the log. */
export async function readLogs(
  docker: Docker,
  id: string,
  what: string,
  signal: AbortSignal | undefined,
): Promise<Look<PrintedSeen>> {
  const tail = tailOf(MAX_LOG_BYTES)
  const result = await docker(['container', 'logs', '--', id], {
    maxBytes: 0,
    onStdout: (chunk) => {
      tail.push(chunk)
      return undefined
    },
    onStderr: (chunk) => tail.push(chunk),
  })
  if (result.exitCode !== 0) return failureOf(result, what, signal)
  return { ok: true, seen: { text: tail.bytes().toString('utf8'), cut: tail.limited() } }
}
