import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Where a runner keeps a tool, laid out as @actions/tool-cache does: a folder, and a mark beside it once it is whole. */
export interface ToolPlace {
  readonly file: string
  readonly mark: string
}

/** The place of a tool's file in a runner's tool cache. */
export function toolPlace(cacheDir: string, tool: string, version: string, arch: string, file: string): ToolPlace {
  const folder = join(cacheDir, tool, version, arch)
  return { file: join(folder, file), mark: `${folder}.complete` }
}

/** Writes a program that nobody but we can change or run, and gives back the SHA-256 of what was written. */
export async function writeProgram(path: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  await rm(path, { force: true })
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of chunks) {
      hash.update(chunk)
      await file.writeFile(chunk)
    }
    await file.chmod(0o500)
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}

/**
 * Takes a private copy of what a cache holds, and gives back the SHA-256 of the copy; undefined where it holds nothing.
 * Whoever ran before us can have written it: it is read once, and only where it is a plain file.
 */
export async function copyOut({ file, mark }: ToolPlace, to: string, maxBytes: number): Promise<string | undefined> {
  let from: FileHandle
  try {
    await access(mark)
    // without waiting for who writes into a pipe
    from = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return ['ENOENT', 'ENOTDIR'].includes(code) ? undefined : NO_FILE
  }
  try {
    const { size, isFile } = await from.stat().then((stat) => ({ size: stat.size, isFile: stat.isFile() }))
    if (!isFile || size > maxBytes) return NO_FILE
    return await writeProgram(to, from.createReadStream({ autoClose: false, end: size }))
  } finally {
    await from.close()
  }
}

/** What no file hashes to. */
const NO_FILE = 'no plain file of a size that could be right'

/** Puts a program into a cache, for the next job; throws where the cache cannot be written to. */
export async function copyIn({ file, mark }: ToolPlace, from: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const part = `${file}.${process.pid}`
  const source = await open(from)
  try {
    await rm(part, { force: true })
    await writeFile(part, source.createReadStream({ autoClose: false }), { mode: 0o755, flag: 'wx' })
    await rename(part, file)
    await writeFile(mark, '')
  } finally {
    await source.close()
    await rm(part, { force: true })
  }
}
