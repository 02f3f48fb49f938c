import { setTimeout as delay } from 'node:timers/promises'
import type { Reference } from '../model/image.ts'
import type { Docker } from './docker-command.ts'
import { isThere } from './docker-images.ts'

/** Disposing it waits until the engine has none of what was to be removed, though not until all of it has left the disk. */
export interface ImageHolds extends AsyncDisposable {
  /** Holds an image until disposed, which may be done twice; `wasThere` says whether the engine had it before. */
  take(reference: Reference, wasThere: boolean): AsyncDisposable
  /** Waits until nothing is being removed, or this image is not: only then is its room free, and may it come again. */
  settled(reference?: Reference): Promise<void>
}

/** Most images are gone by then, and nothing has to be asked about them again. */
const PATIENCE_MS = 300
const REMOVAL_MS = 10 * 60_000
const POLL_MS = 250
const LONGEST_WAIT_MS = 60_000

/**
 * Removes what was pulled with its last holder, and nothing that anyone had before. An engine forgets an image at once
 * and then deletes its files, which takes 20 s for 2 GB where a disk discards what is freed; it does so whether or not
 * somebody waits for its answer, so nobody does, but for those who need the room.
 */
export function imageHolds(docker: Docker, keepImages: boolean): ImageHolds {
  const holders = new Map<Reference, { count: number; readonly wasThere: boolean }>()
  const removals = new Map<Reference, Promise<void>>()
  const leave = new AbortController()

  function remove(reference: Reference): Promise<void> {
    const options = { timeoutMs: REMOVAL_MS, graceMs: 0, signal: leave.signal }
    const removal = docker(['image', 'rm', '--', reference], options).then(() => void removals.delete(reference))
    removals.set(reference, removal)
    return removal
  }

  async function forgotten(reference: Reference): Promise<void> {
    const end = performance.now() + LONGEST_WAIT_MS
    while (removals.has(reference) && performance.now() < end && (await isThere(docker, reference)))
      await delay(POLL_MS)
  }

  return {
    take(reference, wasThere) {
      const held = holders.get(reference) ?? { count: 0, wasThere }
      holders.set(reference, held)
      held.count += 1
      let isOpen = true
      return {
        [Symbol.asyncDispose]: async () => {
          if (!isOpen) return
          isOpen = false
          held.count -= 1
          if (held.count > 0) return
          holders.delete(reference)
          if (!held.wasThere && !keepImages) await within(PATIENCE_MS, remove(reference))
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
