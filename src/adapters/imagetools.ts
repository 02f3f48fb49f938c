import { createHash } from 'node:crypto'
import PQueue from 'p-queue'
import { type Digest, type ImageName, parseDigest, pinned, type Reference, splitReference } from '../model/image.ts'
import type { Look, RawManifest } from '../model/observation.ts'
import type { Clock, Log, Registry } from '../ports.ts'
import type { RunCommand } from './command.ts'
import { failedLookAt, ONCE_MORE } from './imagetools/errors.ts'
import { imagetoolsInspect } from './imagetools/inspect.ts'
import { type Try, withRetries } from './retry.ts'

export interface ImagetoolsOptions {
  readonly run: RunCommand
  /** All that buildx gets, its way to the credentials among it. */
  readonly env: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly log?: Log
  readonly signal: AbortSignal
  /** Calls at once. */
  readonly parallel: number
  /** Where buildx is, from who knows it already. */
  readonly buildx?: string | undefined
  /** Whether another buildx would do, where that one cannot be started; it would unless said. */
  readonly isOnly?: boolean
}

/** A registry as `docker buildx imagetools` sees it. Every byte is hashed here; what is asked for by digest, only once. */
export function imagetoolsRegistry(options: ImagetoolsOptions): Registry {
  const { clock, log, parallel } = options
  const inspect = imagetoolsInspect({ ...options, now: () => clock.date() })
  const queue = new PQueue({ concurrency: parallel })
  const known = new Map<Reference, Promise<Look<Uint8Array>>>()

  /** What a digest stands for goes before further tags: so one image after the other is known, and its pull begins. */
  const patiently = <Seen>(reference: Reference, attempt: (leftMs?: number) => Promise<Try<Seen>>) =>
    withRetries(attempt, {
      clock,
      gate: (begin) => queue.add(begin, { priority: splitReference(reference).digest === undefined ? 0 : 1 }),
      onWait: ({ reason }, delayMs) =>
        log?.info(`asking again for ${reference} in ${Math.ceil(delayMs / 1000)} s: ${reason}`),
    })

  /** What a digest stands for. A failure is not remembered: it may have healed. */
  function content(name: ImageName, digest: Digest): Promise<Look<Uint8Array>> {
    const reference = pinned(name, digest)
    const ask = async () => {
      const look = await patiently(reference, async (leftMs) =>
        verified(reference, digest, await inspect.raw(reference, leftMs)),
      )
      if (!look.ok) known.delete(reference)
      return look
    }
    const answer = known.get(reference) ?? ask()
    known.set(reference, answer)
    return answer
  }

  async function byDigest(reference: Reference, name: ImageName, digest: Digest): Promise<Look<RawManifest>> {
    const look = await content(name, digest)
    return look.ok ? { ok: true, seen: { reference, digest, bytes: look.seen } } : look
  }

  /** The registry names the tag's digest, and then gives the bytes for that: so both are seen to agree. */
  async function byTag(reference: Reference, name: ImageName): Promise<Look<RawManifest>> {
    const look = await patiently(reference, (leftMs) => inspect.headers(reference, leftMs))
    if (!look.ok) return look
    const { digest, contentType } = look.seen
    if (digest === undefined) return unnamed(reference)
    if (!isDigest(digest)) return failedLookAt(reference, 'malformed', `${JSON.stringify(digest)} is not a digest`)
    const raw = await byDigest(reference, name, digest)
    return raw.ok && contentType !== undefined ? { ok: true, seen: { ...raw.seen, contentType } } : raw
  }

  /** A tag for which this buildx prints no digest: its bytes are all there is. */
  async function unnamed(reference: Reference): Promise<Look<RawManifest>> {
    const look = await patiently(reference, (leftMs) => inspect.raw(reference, leftMs))
    if (!look.ok) return look
    const digest = parseDigest(`sha256:${hash('sha256', look.seen)}`)
    return { ok: true, seen: { reference, digest, bytes: look.seen } }
  }

  return {
    manifest(reference) {
      const { name, digest } = splitReference(reference)
      return digest === undefined ? byTag(reference, name) : byDigest(reference, name, digest)
    },
    // buildx looks for a digest among the blobs where it is no manifest, so a config comes by its own
    config: content,
  }
}

function verified(reference: Reference, digest: Digest, look: Try<Uint8Array>): Try<Uint8Array> {
  if (!look.ok) return look
  const [algorithm = 'sha256', expected] = digest.split(':')
  const actual = hash(algorithm, look.seen)
  if (actual === expected) return look
  return failedLookAt(reference, 'altered', `the registry gives other content, ${algorithm}:${actual}`, ONCE_MORE)
}

const hash = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex')

function isDigest(text: string): text is Digest {
  try {
    return parseDigest(text) === text
  } catch {
    return false
  }
}
