import { type Digest, type Platform, pinned } from '../model/image.ts'
import {
  type Descriptor,
  failed,
  type IndexSeen,
  type Look,
  type LookFailure,
  platformOf,
} from '../model/observation.ts'
import type { ImageExpectation, Target } from '../model/spec.ts'
import type { Content, Ports, PulledImage } from '../ports.ts'
import { attempt } from './looks.ts'
import { noSuchPlatform, provenWrong, type Wrong } from './proven-wrong.ts'

/** A platform of an image by its digest, and what has to come for it. */
export interface KnownChild extends Content {
  readonly platform: Platform
  readonly digest: Digest
  /** Why it is not worth its pull. */
  readonly wrong?: Wrong | undefined
}

/** The platforms of an image, as the registry has them or as they were looked at elsewhere. */
export type ChildrenOf = (image: ImageExpectation) => Promise<Look<readonly KnownChild[]>>

/** The images that are held on this machine, each pulled once, by its own digest. */
export interface Pulls {
  held(target: Target): Promise<Look<PulledImage>>
  /** Ends what a target holds, once; what cannot be removed is only warned of. */
  end(key: string): Promise<void>
  endAll(): Promise<void>
}

/** Nothing is pulled before it is asked for, and nothing that the registry has shown to be wrong. */
export function createPulls({ engine, log }: Pick<Ports, 'engine' | 'log'>, childrenOf: ChildrenOf): Pulls {
  const pulls = new Map<string, Promise<Look<PulledImage>>>()
  const ended = new Set<string>()

  async function pull(target: Target): Promise<Look<PulledImage>> {
    const known = await childrenOf(target.image)
    if (!known.ok) return known
    const child = known.seen.find(({ platform }) => platform === target.platform)
    if (child === undefined) return asFailed('not-found', noSuchPlatform(target))
    if (child.wrong !== undefined) return asFailed('malformed', child.wrong)
    const step = log.step('pull', target.key)
    const { digest, compressedBytes, layers } = child
    const reference = pinned(target.image.name, digest)
    const look = await engine.pull(reference, target.platform, child, ({ text, here }) =>
      step.update(text, here && bytesOf(layers, here)),
    )
    if (look.ok) step.update('here', compressedBytes)
    step.done(look.ok ? `${Math.round(compressedBytes / 1e6)} MB` : look.reason)
    return look
  }

  async function end(key: string): Promise<void> {
    const look = await pulls.get(key)
    if (!look?.ok || ended.has(key)) return
    ended.add(key)
    const gone = await attempt(async () => ({ ok: true, seen: await look.seen[Symbol.asyncDispose]() }))
    if (!gone.ok) log.warn(`could not remove ${key} from this machine: ${gone.reason}`)
  }

  return {
    held(target) {
      const look = pulls.get(target.key) ?? attempt(() => pull(target))
      pulls.set(target.key, look)
      return look
    },
    end,
    endAll: async () => {
      await Promise.all([...pulls.keys()].map(end))
    },
  }
}

const asFailed = (failure: LookFailure, { reason, hint }: Wrong) => failed(failure, reason, hint)

/** The platforms that an index lists, by their digests. */
export const childrenIn = (image: ImageExpectation, index: IndexSeen): readonly KnownChild[] =>
  index.children.flatMap((child) => {
    const platform = platformOf(index, child)
    if (platform === undefined) return []
    const { compressedBytes, layers } = child.manifest.ok ? child.manifest.seen : { compressedBytes: 0, layers: [] }
    const wrong = provenWrong({ image, platform }, child)
    return [{ platform, digest: child.descriptor.digest, compressedBytes, layers, wrong }]
  })

/** How many bytes of the layers are here, of which an engine names the beginnings of the digests. */
const bytesOf = (layers: readonly Descriptor[], here: readonly string[]): number =>
  layers
    .filter(({ digest }) => here.some((beginning) => digest.startsWith(`sha256:${beginning}`)))
    .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
