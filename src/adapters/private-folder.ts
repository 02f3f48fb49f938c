import { lstat, mkdtemp, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'

/** A new folder that nobody else can read or write, in the runner's own directory for what must not outlive the job. */
export const privateFolder = (tempDir: string, what: 'login' | 'buildx'): Promise<string> =>
  mkdtemp(join(resolve(tempDir), `verify-images-${what}-`)) // 0700

const OURS = /^verify-images-(?:login|buildx)-[A-Za-z0-9]{6}$/

/** Removes a folder that a run left behind, and tells whether it did. The path is not trusted: it came through the runner's state. */
export async function removePrivateFolder(path: string, tempDir: string): Promise<boolean> {
  const name = basename(path)
  const ours = join(resolve(tempDir), name)
  if (path !== ours || !OURS.test(name)) return false
  try {
    const found = await lstat(ours)
    if (!found.isDirectory() || found.uid !== process.getuid?.()) return false
    await rm(ours, { recursive: true, force: true })
    return true
  } catch {
    return false
  }
}
