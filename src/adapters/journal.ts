import { appendFileSync, closeSync, constants, fstatSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Reference } from '../model/image.ts'

/** What a run is about to pull, on disk, for the step that cleans up after a run that was killed. */
export interface PullJournal {
  note(reference: Reference): void
  /** The run puts away what it pulled by itself: nothing is left to do. */
  close(): void
}

const MAX_BYTES = 1024 * 1024
const LABEL = /^verify-images\.run=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const PINNED = /^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/

/** Whether a label has the shape of those on what we create. */
export const isLabel = (label: string): boolean => LABEL.test(label)

/** The journal of the run with this label, in the runner's own directory for what must not outlive the job. */
export function pullJournal(tempDir: string, label: string): PullJournal {
  const path = pathOf(tempDir, label)
  return {
    note: (reference) => appendFileSync(path, `${reference}\n`, { mode: 0o600 }),
    close: () => rmSync(path, { force: true }),
  }
}

/**
 * What a run noted and did not close, and the file with it; empty where there is none. The references come from a file
 * that only this user's processes can write: what a container prints can at most name the label of another run.
 */
export function takeJournal(tempDir: string, label: string): readonly string[] {
  try {
    const path = pathOf(tempDir, label)
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    let noted: readonly string[]
    try {
      const found = fstatSync(file)
      if (!found.isFile() || found.uid !== process.getuid?.() || found.size > MAX_BYTES) return []
      noted = readFileSync(file, 'utf8').split('\n')
    } finally {
      closeSync(file)
    }
    rmSync(path, { force: true })
    return [...new Set(noted)].filter((line) => PINNED.test(line))
  } catch {
    return []
  }
}

function pathOf(tempDir: string, label: string): string {
  const id = LABEL.exec(label)?.[1]
  if (id === undefined || tempDir === '') throw new Error('no label of ours')
  return join(resolve(tempDir), `verify-images-${id}.pulled`)
}
