import { constants, type Dirent } from 'node:fs'
import { open, readdir, realpath } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { errorMessage, UsageError } from '../errors.ts'
import type { Problem } from '../model/result.ts'
import type { ShardFile } from '../modes/report/shard-parts.ts'
import { decodeReport } from '../report/decode.ts'

export interface ShardLimits {
  readonly maxFiles: number
  readonly maxBytes: number
}

const LIMITS: ShardLimits = { maxFiles: 300, maxBytes: 10_000_000 }
// An artifact is a folder of files, in the folder of all artifacts.
const MAX_DEPTH = 3
const MAX_ENTRIES = 3_000

/** Reads directories as seen from the workspace. */
export const shardsIn =
  (workspace: string) =>
  (directory: string): Promise<readonly ShardFile[]> =>
    readShards(workspace, directory)

/**
 * The reports of all shards: every `.json` in a directory and its folders, each decoded as it is read. Other jobs wrote
 * them: links, pipes, what is too large and what is no report are problems, and nothing is unpacked.
 */
export async function readShards(
  workspace: string,
  directory: string,
  { maxFiles, maxBytes }: ShardLimits = LIMITS,
): Promise<readonly ShardFile[]> {
  const root = await realpath(resolve(workspace, directory)).catch(() => undefined)
  const entries = root === undefined ? undefined : await list(root).catch(() => undefined)
  if (root === undefined || entries === undefined) {
    const message = `there is no directory ${JSON.stringify(directory)} with reports`
    throw new UsageError([{ message, hint: 'download the artifacts of all shards into it before this step' }])
  }
  const reports = entries.filter(({ path, entry }) => path.endsWith('.json') || isOdd(entry)).sort(byPath)
  const files: ShardFile[] = []
  for (const { path, entry } of reports.slice(0, maxFiles)) {
    const file = relative(root, path)
    files.push(isOdd(entry) ? problem(file, 'is no regular file') : await read(path, file, maxBytes))
  }
  if (reports.length > maxFiles) {
    files.push(problem(directory, `has ${reports.length} reports, more than the ${maxFiles} that are read`))
  }
  return files
}

interface Listed {
  readonly path: string
  readonly entry: Dirent
}

async function list(folder: string, depth = 1): Promise<readonly Listed[]> {
  const found: Listed[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && depth < MAX_DEPTH) found.push(...(await list(path, depth + 1)))
    else found.push({ path, entry })
    if (found.length > MAX_ENTRIES) break
  }
  return found
}

const isOdd = (entry: Dirent): boolean => !entry.isFile() && !entry.isDirectory()

const byPath = (one: Listed, other: Listed): number => (one.path < other.path ? -1 : 1)

/** By one handle that follows no link and waits for no writer, so that what was looked at is what is read. */
async function read(path: string, file: string, maxBytes: number): Promise<ShardFile> {
  try {
    await using handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const status = await handle.stat()
    if (!status.isFile()) return problem(file, 'is no regular file')
    if (status.size > maxBytes) return problem(file, `has ${status.size} bytes, more than the ${maxBytes} allowed`)
    const decoded = decodeReport(await handle.readFile('utf8'))
    if (decoded.ok) return { file, report: decoded.report }
    return problem(file, decoded.problem.message, decoded.problem.hint)
  } catch (error) {
    return problem(file, `cannot be read: ${errorMessage(error)}`)
  }
}

const problem = (
  file: string,
  what: string,
  hint = 'look at the job that wrote it, and rerun the failed jobs',
): ShardFile => ({
  file,
  problem: { message: `${file}: ${what}`, hint } satisfies Problem,
})
