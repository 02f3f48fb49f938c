import type { Look, PrintedSeen } from '../../model/observation.ts'
import { tailOf } from '../capture.ts'
import type { Docker } from './command.ts'
import { failureOf } from './failure.ts'

const MAX_LOG_BYTES = 256 * 1024

/**
 * How a log is kept that is to be read: whole, or with more left of it than is read, so that a part is never taken for all.
 * Of three files at least two are full where anything was dropped: that is 281,000 lines, each with one byte of text in 71.
 */
export const KEPT_LOG = {
  driver: 'json-file',
  options: { mode: 'blocking', 'max-size': '10m', 'max-file': '3' },
} as const

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
