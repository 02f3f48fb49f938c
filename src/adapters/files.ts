import { constants } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import type { Files } from '../ports.ts'

/** Files of the workspace. A path that leads out of it, by dots or by links, is refused: who wrote the spec may not be trusted. */
export const workspaceFiles = (workspace: string): Files => ({
  read: async (path, maxBytes) => {
    const file = await inside(workspace, path)
    if (file === undefined) return undefined
    const about = JSON.stringify(path)
    // by one handle that follows no link and waits for no writer, so that what was looked at is what is read
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const status = await handle.stat()
    if (!status.isFile()) throw new Error(`${about} is not a regular file`)
    if (status.size > maxBytes) throw new Error(`${about} has ${status.size} bytes, more than the ${maxBytes} allowed`)
    return handle.readFile('utf8')
  },
  exists: async (path) => {
    const file = await inside(workspace, path).catch(() => undefined)
    return file !== undefined && (await stat(file)).isFile()
  },
  locate: async (path) => {
    const real = await inside(workspace, path)
    return real === undefined ? undefined : { real, way: relative(await realpath(workspace), real) }
  },
})

async function inside(workspace: string, path: string): Promise<string | undefined> {
  const root = await realpath(workspace)
  const named = resolve(root, path)
  const file = await realpath(named).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  for (const each of [named, file ?? named]) {
    const way = relative(root, each)
    if (way === '..' || way.startsWith(`..${sep}`) || way.startsWith(sep)) {
      throw new Error(`${JSON.stringify(path)} leads out of the workspace`)
    }
  }
  return file
}
