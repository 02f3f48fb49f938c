import { UnseenError } from '../errors.ts'
import type { BuildRun, Files } from '../ports.ts'

/** The files of the repository as they are at a commit, whatever is checked out; `UnseenError` where GitHub gives none. */
export const commitFiles = (buildRun: Pick<BuildRun, 'file'>, sha: string): Files => {
  const looks = new Map<string, Promise<string | undefined>>()
  const read = async (path: string): Promise<string | undefined> => {
    const plain = path.replace(/^(\.\/)+/, '')
    if (plain.startsWith('/') || plain.split('/').includes('..'))
      throw new Error(`${JSON.stringify(path)} leads out of it`)
    const look = await buildRun.file(plain, sha)
    if (look.ok) return look.seen
    if (look.failure === 'not-found') return undefined
    throw new UnseenError({ message: `cannot read ${path} at commit ${sha}: ${look.reason}`, hint: look.hint })
  }
  const once = (path: string): Promise<string | undefined> => {
    const look = looks.get(path) ?? read(path)
    looks.set(path, look)
    return look
  }
  return {
    read: async (path, maxBytes) => {
      const text = await once(path)
      const bytes = text === undefined ? 0 : new TextEncoder().encode(text).length
      if (bytes <= maxBytes) return text
      throw new Error(`${JSON.stringify(path)} has ${bytes} bytes, more than the ${maxBytes} allowed`)
    },
    exists: async (path) => (await once(path)) !== undefined,
  }
}
