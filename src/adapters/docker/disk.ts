import { statfs } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type Failed, failed } from '../../model/observation.ts'

/** What an image takes of the disk while it is pulled, compressed and unpacked, as a multiple of what comes. */
const PULL_FACTOR = 3

/** The free bytes of the disk a folder is on; undefined where that cannot be told. */
export async function freeBytes(folder: string | undefined): Promise<number | undefined> {
  if (folder === undefined) return undefined
  const disk = await statfs(folder).catch(() => undefined)
  return disk && disk.bavail * disk.bsize
}

/** What a pull may fill, and then what its image takes, until that is disposed of. */
export interface Room extends Disposable {
  /** The pull has ended: what it took is missing on the disk itself. */
  filled(): void
}

/** The engine's disk, shared by all pulls under way. */
export interface Disk {
  /** Keeps room for a pull, once others have left enough; says that there is none when nobody is left who could. */
  reserve(compressedBytes: number, what: string): Promise<Failed | Room>
}

/** Longer than an image is looked at; who waits may hold what others wait for. */
const PATIENCE_MS = 5 * 60_000

/** `settled` waits for what is being removed, so that its room counts. */
export function engineDisk(
  rootDir: () => Promise<string | undefined>,
  settled: () => Promise<void>,
  signal?: AbortSignal,
): Disk {
  let reserved = 0
  let rooms = 0
  let left = Promise.withResolvers<void>()
  const lacks = (free: number | undefined, needed: number): free is number =>
    free !== undefined && reserved + needed > free

  function room(needed: number): Room {
    let bytes = needed
    let isOpen = true
    reserved += bytes
    rooms += 1
    const filled = () => {
      reserved -= bytes
      bytes = 0
    }
    return {
      filled,
      [Symbol.dispose]: () => {
        filled()
        if (!isOpen) return
        isOpen = false
        rooms -= 1
        left.resolve()
        left = Promise.withResolvers()
      },
    }
  }

  /** Whether anybody left in time; nobody can where nobody is. */
  async function someoneLeaves(): Promise<boolean> {
    if (rooms === 0) return false
    const ender = new AbortController()
    const ends = signal === undefined ? ender.signal : AbortSignal.any([ender.signal, signal])
    const late = delay(PATIENCE_MS, false, { signal: ends }).catch(() => false)
    const hasLeft = await Promise.race([left.promise.then(() => true), late])
    ender.abort()
    return hasLeft
  }

  return {
    reserve: async (compressedBytes, what) => {
      const needed = PULL_FACTOR * compressedBytes
      const folder = await rootDir()
      for (;;) {
        let free = await freeBytes(folder)
        if (lacks(free, needed)) {
          await settled()
          free = await freeBytes(folder)
        }
        if (!lacks(free, needed)) return room(needed)
        const others = reserved > 0 ? `, and other pulls ${megabytes(reserved)}` : ''
        const lacking = failed(
          'disk-full',
          `${what}: it needs about ${megabytes(needed)} of disk${others}, and ${megabytes(free)} are free`,
          'free space on the engine’s disk before this step, lower `parallel`, or verify fewer images per runner',
        )
        if (!(await someoneLeaves())) return lacking
      }
    },
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
