import { randomUUID } from 'node:crypto'
import { posix } from 'node:path'
import type { FileSeen, Look } from '../../model/observation.ts'
import type { FilesRequest } from '../../ports.ts'
import { headOf } from '../capture.ts'
import { CREATE_MS, creation, removeContainer } from './container.ts'
import { failureOf } from './failure.ts'
import type { RunTools } from './run.ts'
import { type TarEntry, tarReader } from './tar.ts'

export type FileTools = Pick<RunTools, 'docker' | 'cleaner' | 'label' | 'signal'>

const READ_MS = 60_000

/** Reads files of an image out of a container that is made, never started, and removed. */
export async function readFiles(
  tools: FileTools,
  { image, platform, files }: FilesRequest,
): Promise<Look<readonly Look<FileSeen | undefined>[]>> {
  const { docker, cleaner, label, signal } = tools
  const name = `vi-${randomUUID()}`
  try {
    // an image without a command needs one to become a container, though it never runs
    const args = [...creation(name, label, platform), '--network', 'none', '--', image, '-']
    const created = await docker(args, { timeoutMs: CREATE_MS })
    if (created.exitCode !== 0) return failureOf(created, `a container of ${image}`, signal)
    const seen: Look<FileSeen | undefined>[] = []
    for (const file of files) seen.push(await readFile(tools, name, file))
    return { ok: true, seen }
  } finally {
    await removeContainer(cleaner, name)
  }
}

/** All that the engine says of a path where nothing is, on either store. */
const NOTHING = /^Error response from daemon: Could not find the file \/.* in container \S+$/
/** And of one below something that is no folder. */
const belowNoFolder = (path: string): string =>
  `Error response from daemon: lstat ${posix.normalize(path)}: not a directory`
/** And of a link to itself, which leads nowhere and is there all the same. */
const LOOP =
  /^Error response from daemon: (?:evalSymlinksInScope: too many links in \/|lstat \/.*: too many levels of symbolic links$)/

/** Whether there is nothing, by the engine's own words: whatever else it says, nobody has looked. */
const saysNothing = (stderr: string, { file, isLinkItself }: FileAsked): boolean =>
  stderr
    .split('\n')
    .some((line) => NOTHING.test(line) || line === belowNoFolder(file) || (!isLinkItself && LOOP.test(line)))

type FileAsked = FilesRequest['files'][number]

async function readFile(
  { docker, signal }: FileTools,
  container: string,
  asked: FileAsked,
): Promise<Look<FileSeen | undefined>> {
  const { file, isLinkItself, keptBytes } = asked
  const enough = new AbortController()
  const body = headOf(keptBytes)
  let first: TarEntry | undefined
  const read = tarReader((entry) => {
    if (first !== undefined) return undefined
    first = entry
    if (entry.type !== '0' || keptBytes === 0) {
      enough.abort() // a folder has all that is in it behind it
      return undefined
    }
    return {
      write: (chunk) => {
        body.push(chunk)
        if (body.limited()) enough.abort()
        return undefined
      },
      end: () => undefined,
    }
  })
  let reading = Promise.resolve()
  const follow = isLinkItself ? [] : ['--follow-link']
  const result = await docker(['container', 'cp', ...follow, '--', `${container}:${file}`, '-'], {
    timeoutMs: READ_MS,
    graceMs: 0,
    maxBytes: 0,
    signal: signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]),
    onStdout: (chunk) => {
      reading = reading.then(() => read(Buffer.from(chunk)))
      return reading
    },
  })
  await reading
  const isWhole = result.exitCode === 0 || (enough.signal.aborted && !signal?.aborted)
  if (first !== undefined && isWhole) return { ok: true, seen: seenAs(first, body.bytes()) }
  if (result.exitCode !== undefined && saysNothing(result.stderr, asked)) return { ok: true, seen: undefined }
  return failureOf(result, file, signal)
}

const TYPES: Readonly<Record<string, FileSeen['type']>> = { '0': 'file', '1': 'file', '2': 'link', '5': 'folder' }

const seenAs = ({ type, mode, uid, gid, sizeBytes }: TarEntry, body: Buffer): FileSeen => ({
  type: TYPES[type] ?? 'other',
  ...{ mode, uid, gid, sizeBytes },
  text: body.toString('utf8'),
  cut: type === '0' && body.length < sizeBytes,
})
