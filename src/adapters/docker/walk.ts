import { randomUUID } from 'node:crypto'
import type { Platform } from '../../model/image.ts'
import type { Look, RunSeen } from '../../model/observation.ts'
import type { RunRequest } from '../../ports.ts'

export type RunContainer = (request: RunRequest) => Promise<Look<RunSeen>>

/** All files as a container sees them: how long they are, and what they take of the disk, in bytes. */
export interface Walked {
  readonly lengthBytes: number
  readonly diskBytes: number
}

const WALK_MS = 60_000
const MEMORY_BYTES = 1024 ** 3

/** Imports nothing that is not compiled into Python, and follows neither links nor mounts. */
const SCRIPT = String.raw`
import sys
import posix

device = posix.lstat('/').st_dev
length = disk = 0
linked = set()
folders = ['/']
while folders:
    folder = folders.pop()
    try:
        entries = list(posix.scandir(folder))
    except OSError:
        continue
    for entry in entries:
        try:
            seen = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_folder:
            if seen.st_dev != device:
                continue
            folders.append(entry.path)
        elif seen.st_nlink > 1:
            if (seen.st_dev, seen.st_ino) in linked:
                continue
            linked.add((seen.st_dev, seen.st_ino))
        disk += seen.st_blocks * 512
        if not is_folder:
            length += seen.st_size
posix.write(1, ('%s %d %d\n' % (sys.argv[1], length, disk)).encode('ascii'))
`

/** Walks through the files of an image with its own Python, started bare; undefined where it has none that can. */
export async function walkFiles(run: RunContainer, image: string, platform: Platform): Promise<Walked | undefined> {
  const marker = randomUUID()
  const look = await run({
    image,
    platform,
    entrypoint: 'python3',
    args: ['-I', '-S', '-c', SCRIPT, marker],
    user: '0',
    timeoutMs: WALK_MS,
    memoryBytes: MEMORY_BYTES,
    marker,
  })
  if (!look.ok || look.seen.exitCode !== 0) return undefined
  const [, length, disk] = /^ (\d+) (\d+)$/.exec(look.seen.marked[0] ?? '') ?? []
  return disk === undefined ? undefined : { lengthBytes: Number(length), diskBytes: Number(disk) }
}
