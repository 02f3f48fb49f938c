import type { Reference } from '../model/image.ts'
import type { Docker } from './docker-command.ts'

export interface ImageHolds {
  /** Holds an image until disposed, which may be done twice; `wasThere` says whether the engine had it before. */
  take(reference: Reference, wasThere: boolean): AsyncDisposable
}

/** Removes what was pulled with its last holder, and nothing that anyone had before. */
export function imageHolds(docker: Docker, keepImages: boolean): ImageHolds {
  const holders = new Map<Reference, { count: number; readonly wasThere: boolean }>()
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
          if (!held.wasThere && !keepImages) await docker(['image', 'rm', '--', reference])
        },
      }
    },
  }
}
