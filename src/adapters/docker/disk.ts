import { statfs } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type Descriptor, type Failed, failed } from '../../model/observation.ts'
import type { Content } from '../../ports.ts'

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
  /** The pull has ended well: what it took is missing on the disk itself, and its layers are here. */
  filled(): void
}

export interface RoomRequest extends Content {
  readonly what: string
  /** Nothing has to come for it. */
  readonly isHere: boolean
  /** Told why it is not there at once. */
  readonly onWait: (reason: string) => void
}

/** The engine's disk, shared by all pulls under way. */
export interface Disk {
  /**
   * Keeps room for what has to come of an image, beside the layers that it shares with images here, once others have left
   * enough; says that there is none when nobody is left who could.
   */
  reserve(request: RoomRequest): Promise<Failed | Room>
}

/** Longer than an image is looked at; who waits may hold what others wait for. */
const PATIENCE_MS = 5 * 60_000
/** A pull under way has a deadline of its own. */
const LONGEST_PULL_MS = 2 ** 31 - 1

type Layers = readonly Descriptor[]

/** `settled` waits for what is being removed, so that its room counts. */
export function engineDisk(
  rootDir: () => Promise<string | undefined>,
  settled: () => Promise<void>,
  signal?: AbortSignal,
  patienceMs = PATIENCE_MS,
): Disk {
  let reserved = 0
  let rooms = 0
  const here = new Set<Layers>()
  let change = Promise.withResolvers<void>()
  const lacks = (free: number | undefined, needed: number): free is number =>
    free !== undefined && needed > 0 && reserved + needed > free

  function changed(): void {
    change.resolve()
    change = Promise.withResolvers()
  }

  function room(layers: Layers, needed: number): Room {
    const own = [...layers]
    let bytes = needed
    let isOpen = true
    reserved += bytes
    rooms += 1
    const free = (): void => {
      reserved -= bytes
      bytes = 0
      changed()
    }
    return {
      filled: () => {
        here.add(own)
        free()
      },
      [Symbol.dispose]: () => {
        if (!isOpen) return
        isOpen = false
        rooms -= 1
        here.delete(own)
        free()
      },
    }
  }

  /** An engine keeps a layer once for all images that have the same ones below it. */
  function bytesToCome({ compressedBytes, layers, isHere }: RoomRequest): number {
    return isHere ? 0 : compressedBytes - Math.max(0, ...[...here].map((others) => sharedBytes(layers, others)))
  }

  /** Whether there was a change in time; nobody can make one where nobody is. */
  async function changes(): Promise<boolean> {
    if (rooms === 0) return false
    const ender = new AbortController()
    const ends = signal === undefined ? ender.signal : AbortSignal.any([ender.signal, signal])
    const late = delay(reserved > 0 ? LONGEST_PULL_MS : patienceMs, false, { signal: ends }).catch(() => false)
    const isChanged = await Promise.race([change.promise.then(() => true), late])
    ender.abort()
    return isChanged
  }

  return {
    reserve: async (request) => {
      const folder = await rootDir()
      for (;;) {
        let free = await freeBytes(folder)
        if (lacks(free, PULL_FACTOR * bytesToCome(request))) {
          await settled()
          free = await freeBytes(folder)
        }
        const needed = PULL_FACTOR * bytesToCome(request)
        if (!lacks(free, needed)) return room(request.layers, needed)
        const others = reserved > 0 ? `, and other pulls ${megabytes(reserved)}` : ''
        const lacking = `it needs about ${megabytes(needed)} of disk${others}, and ${megabytes(free)} are free`
        request.onWait(`waits for others to leave: ${lacking}`)
        if (await changes()) continue
        return failed(
          'disk-full',
          `${request.what}: ${lacking}`,
          'free space on the engine’s disk before this step, lower `parallel`, or verify fewer images per runner',
        )
      }
    },
  }
}

function sharedBytes(layers: Layers, others: Layers): number {
  const end = layers.findIndex(({ digest }, position) => digest !== others[position]?.digest)
  return (end < 0 ? layers : layers.slice(0, end)).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
