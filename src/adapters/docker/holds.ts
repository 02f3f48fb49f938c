import { setTimeout as delay } from 'node:timers/promises'
import type { Platform, Reference } from '../../model/image.ts'
import { type Anchor, type AnchorTools, anchor, leaveToOthers, removeImage } from './anchor.ts'
import { isThere } from './images.ts'

/** Disposing it waits until the engine has none of what was to be removed, though not until all of it has left the disk. */
export interface ImageHolds extends AsyncDisposable {
  /** Holds an image, there or not yet, until disposed. */
  take(reference: Reference, platform: Platform): Promise<ImageHold>
  /** Waits until nothing is being removed, or this image is not: only then is its room free, and may it come again. */
  settled(reference?: Reference): Promise<void>
}

/** May be disposed of twice. */
export interface ImageHold extends AsyncDisposable {
  /** Whether the engine had it before anyone here held it. */
  readonly wasThere: boolean
  /** Keeps what was pulled since, whoever removes it elsewhere; false where it is gone again. `isNew`: the pull brought it. */
  keep(isNew: boolean): Promise<boolean>
}

interface Held {
  count: number
  isNew: boolean
  readonly platform: Platform
  readonly anchors: Anchor[]
  readonly wasThere: Promise<boolean>
}

/** Most images are gone by then, and nothing has to be asked about them again. */
const PATIENCE_MS = 300
const REMOVAL_MS = 10 * 60_000
const POLL_MS = 250
const LONGEST_WAIT_MS = 60_000

/**
 * Removes what was pulled with its last holder, of all runs on the engine, and nothing that anyone had before. An engine
 * forgets an image at once and then deletes its files, which takes 20 s for 2 GB where a disk discards what is freed; it
 * does so whether or not somebody waits for its answer, so nobody does, but for those who need the room.
 */
export function imageHolds(tools: AnchorTools, keepImages: boolean): ImageHolds {
  const { cleaner } = tools
  const holders = new Map<Reference, Held>()
  const removals = new Map<Reference, Promise<void>>()
  /** Of the removals: where only others remain to be seen. */
  const gone = new Set<Reference>()
  const leave = new AbortController()

  async function cast(reference: Reference, { platform, anchors }: Pick<Held, 'platform' | 'anchors'>) {
    const anchored = await anchor(tools, reference, platform)
    if (typeof anchored === 'object') anchors.push(anchored)
    return anchored !== 'gone' // when in doubt it is there, and nothing of it will be removed
  }

  function hold(reference: Reference, platform: Platform): Held {
    const anchors: Anchor[] = []
    const held = { count: 0, isNew: false, platform, anchors, wasThere: cast(reference, { platform, anchors }) }
    holders.set(reference, held)
    return held
  }

  async function release(reference: Reference, { anchors, isNew, wasThere }: Held): Promise<void> {
    const left = await Promise.all(anchors.map((each) => each.lift()))
    const isOurs = isNew || !(await wasThere) || left.includes(true)
    if (keepImages || !isOurs) return
    const options = { timeoutMs: REMOVAL_MS, graceMs: 0, signal: leave.signal }
    await removeImage(cleaner, reference, options, () => gone.add(reference))
  }

  async function forgotten(reference: Reference): Promise<void> {
    const end = performance.now() + LONGEST_WAIT_MS
    const isWaiting = () => removals.has(reference) && !gone.has(reference)
    while (isWaiting() && performance.now() < end && (await isThere(cleaner, reference))) await delay(POLL_MS)
    if (isWaiting()) await leaveToOthers(cleaner, reference)
    else await removals.get(reference)
  }

  return {
    take: async (reference, platform) => {
      const held = holders.get(reference) ?? hold(reference, platform)
      held.count += 1
      const wasThere = await held.wasThere
      let isOpen = true
      return {
        wasThere,
        keep: async (isNew) => {
          held.isNew ||= isNew
          return held.anchors.length > 0 || cast(reference, held)
        },
        [Symbol.asyncDispose]: async () => {
          if (!isOpen) return
          isOpen = false
          held.count -= 1
          if (held.count > 0) return
          holders.delete(reference)
          const released = release(reference, held).then(() => {
            removals.delete(reference)
            gone.delete(reference)
          })
          removals.set(reference, released)
          await within(PATIENCE_MS, released)
        },
      }
    },
    settled: async (reference) => {
      await Promise.all(reference === undefined ? removals.values() : [removals.get(reference)])
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...removals.keys()].map(forgotten))
      leave.abort()
    },
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const ender = new AbortController()
  const late = delay(ms, undefined, { signal: ender.signal }).catch(() => {})
  await Promise.race([work, late])
  ender.abort()
}
