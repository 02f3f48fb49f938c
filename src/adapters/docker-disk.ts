import { statfs } from 'node:fs/promises'
import { type Failed, failed } from './docker-failure.ts'

/** What an image takes of the disk while it is pulled, compressed and unpacked, as a multiple of what comes. */
const PULL_FACTOR = 3

/** The free bytes of the disk a folder is on; undefined where that cannot be told. */
export async function freeBytes(folder: string | undefined): Promise<number | undefined> {
  if (folder === undefined) return undefined
  const disk = await statfs(folder).catch(() => undefined)
  return disk && disk.bavail * disk.bsize
}

/** The engine's disk, shared by all pulls under way. */
export interface Disk {
  /** Keeps room for a pull until it is given back, or says that there is none. */
  reserve(compressedBytes: number, what: string): Promise<Failed | Disposable>
}

/** `settled` waits for what is being removed, so that its room counts. */
export function engineDisk(rootDir: () => Promise<string | undefined>, settled: () => Promise<void>): Disk {
  let reserved = 0
  const lacks = (free: number | undefined, needed: number): free is number =>
    free !== undefined && reserved + needed > free
  return {
    reserve: async (compressedBytes, what) => {
      const needed = PULL_FACTOR * compressedBytes
      const folder = await rootDir()
      let free = await freeBytes(folder)
      if (lacks(free, needed)) {
        await settled()
        free = await freeBytes(folder)
      }
      if (lacks(free, needed)) {
        const others = reserved > 0 ? `, and other pulls ${megabytes(reserved)}` : ''
        return failed(
          'disk-full',
          `${what}: it needs about ${megabytes(needed)} of disk${others}, and ${megabytes(free)} are free`,
          'free space on the engine’s disk before this step, lower `parallel`, or verify fewer images per runner',
        )
      }
      reserved += needed
      return {
        [Symbol.dispose]: () => {
          reserved -= needed
        },
      }
    },
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
