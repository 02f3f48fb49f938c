import type { Reference } from '../../model/image.ts'
import type { CommandResult, RunCommand } from '../command.ts'
import { findPlugin } from '../plugins.ts'
import type { Try } from '../retry.ts'
import { failedLookAt, readFailure, stalled } from './errors.ts'

const MAX_BYTES = 4 * 1024 * 1024
const LONGEST_TRY_MS = 30_000

export interface InspectOptions {
  readonly run: RunCommand
  /** All that buildx gets. */
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly now: () => Date
  /** Where buildx is, from who knows it already. */
  readonly buildx?: string | undefined
  /** Whether another buildx would do, where that one cannot be started; it would unless said. */
  readonly isOnly?: boolean
}

/** `docker buildx imagetools inspect`, each call a try of its own with its own end. */
export interface Inspect {
  /** The exact bytes a reference leads to. */
  raw(reference: Reference, leftMs?: number): Promise<Try<Uint8Array>>
  /** What the registry's headers say: digest and media type as they are, or nothing where buildx prints none. */
  headers(reference: Reference, leftMs?: number): Promise<Try<TagHeaders>>
}

export interface TagHeaders {
  readonly digest: string | undefined
  readonly contentType: string | undefined
}

/** Calls buildx itself where it can be found: through docker each call costs twice the time. */
export function imagetoolsInspect({ run, env, signal, now, buildx, isOnly = false }: InspectOptions): Inspect {
  const plugin = buildx === undefined ? findPlugin('buildx', env) : Promise.resolve(buildx)

  async function inspect(reference: Reference, flags: readonly string[], leftMs: number | undefined) {
    const path = await plugin
    const args = ['imagetools', 'inspect', ...flags, '--', reference]
    const timeoutMs = Math.max(1, Math.min(LONGEST_TRY_MS, leftMs ?? LONGEST_TRY_MS))
    const options = { timeoutMs, env, maxBytes: MAX_BYTES + 1, signal }
    const direct = path === undefined ? undefined : await run(path, args, options)
    return direct === undefined || (direct.missing && !isOnly) ? run('docker', ['buildx', ...args], options) : direct
  }

  function problem(result: CommandResult, reference: Reference): Try<never> | undefined {
    if (signal.aborted) return failedLookAt(reference, 'cancelled', 'cancelled')
    if (result.missing) return failedLookAt(reference, 'no-tool', 'there is neither buildx nor docker here to ask with')
    if (result.timedOut) return stalled(reference, result.seconds)
    if (result.outputLimited) return failedLookAt(reference, 'malformed', 'it has more than 4 MiB')
    if (result.exitCode === 0) return undefined
    if (result.exitCode === undefined) return failedLookAt(reference, 'failed', `buildx was ended by ${result.signal}`)
    return readFailure(result.stderr, reference, now())
  }

  return {
    async raw(reference, leftMs) {
      const result = await inspect(reference, ['--raw'], leftMs)
      return problem(result, reference) ?? { ok: true, seen: result.stdout }
    },
    async headers(reference, leftMs) {
      const result = await inspect(reference, [], leftMs)
      const text = Buffer.from(result.stdout).toString('utf8')
      const digest = /^Digest:[ \t]+(\S+)/m.exec(text)?.[1]
      const contentType = /^MediaType:[ \t]+(\S+)/m.exec(text)?.[1]
      // buildx ends with an error when it cannot print what an index lists: that is for us to judge by the bytes
      if (digest === undefined) return problem(result, reference) ?? { ok: true, seen: { digest, contentType } }
      return { ok: true, seen: { digest, contentType } }
    },
  }
}
