import type { Platform, Reference } from '../../model/image.ts'
import { failed, type Look } from '../../model/observation.ts'
import { type Docker, textOf } from './command.ts'
import { type RunContainer, walkFiles } from './walk.ts'

interface SizeTools {
  readonly docker: Docker
  readonly run: RunContainer
}

interface Measured {
  readonly reference: Reference
  readonly platform: Platform
  /** What to run. */
  readonly id: string
}

const SAVE_MS = 10 * 60_000

/**
 * The unpacked size of an image whose engine does not say it, as the classic store counts it: the length of all files of
 * all layers. On the containerd store `.Size` is what the registry sent, compressed, and the layers' sizes are blocks of
 * the disk, 3 to 9 % more for images of Python. A walk through the files tells how full the blocks are; size and walk
 * together are right within 0.2 % (seven images measured). Where they give no answer the layers themselves are read,
 * which is exact, and takes as long as the pull.
 */
export async function unpackedSize({ docker, run }: SizeTools, image: Measured): Promise<Look<number>> {
  const { reference, platform, id } = image
  const [disk, walked] = await Promise.all([layersOnDisk(docker, reference), walkFiles(run, id, platform)])
  const estimate = walked && disk && lengthOf(disk, walked)
  const seen = estimate ?? (await readLayers(docker, reference))
  if (seen !== undefined) return { ok: true, seen }
  return failed('failed', `${reference}: its layers could not be measured with docker image save`, 'see docker info')
}

/** Seldom needed, and what it needs takes time to load. */
async function readLayers(docker: Docker, reference: Reference): Promise<number | undefined> {
  const { savedSize } = await import('./saved.ts')
  return savedSize(docker, reference, SAVE_MS)
}

/** What a walk may miss of the disk: files that a later layer hides, folders that it may not read. */
const MOST_UNSEEN = 0.1
/** What an engine adds to a container: folders to mount to. */
const MOST_ADDED = 0.01
/** Blocks that are emptier than this are of files so small, or lies so large, that only reading them tells. */
const LEAST_FULL = 0.8

/** Undefined where what was seen is too little to tell. */
export function lengthOf(
  layersBytes: number,
  { lengthBytes, diskBytes }: { readonly lengthBytes: number; readonly diskBytes: number },
): number | undefined {
  const isWhole = diskBytes >= layersBytes * (1 - MOST_UNSEEN) && diskBytes <= layersBytes * (1 + MOST_ADDED)
  const isLikely = lengthBytes <= diskBytes && lengthBytes >= diskBytes * LEAST_FULL
  return isWhole && isLikely ? Math.round((layersBytes * lengthBytes) / diskBytes) : undefined
}

async function layersOnDisk(docker: Docker, reference: Reference): Promise<number | undefined> {
  const result = await docker(['image', 'history', '--human=false', '--format', '{{.Size}}', '--', reference])
  const sizes = textOf(result).trim().split('\n')
  if (result.exitCode !== 0 || !sizes.every((size) => /^\d+$/.test(size))) return undefined
  return sizes.reduce((sum, size) => sum + Number(size), 0)
}
