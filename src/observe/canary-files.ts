import { isRemote, type Neighbour, neighboursOf } from '../compose/neighbours.ts'
import { errorMessage } from '../errors.ts'
import type { Refusal } from '../model/canary.ts'
import type { Look } from '../model/observation.ts'
import type { Files } from '../ports.ts'

export interface Family {
  /** Undefined where there is no such file. */
  readonly text: string | undefined
  /** Where what it names lies on this machine; undefined where the file alone is at hand. */
  readonly folder: string | undefined
  /** What must not come before docker compose. */
  readonly refusals: readonly Refusal[]
}

const MAX_BYTES = 1024 * 1024
const MAX_FILES = 50

/** Reads a compose file and all that it takes in, before compose does: nothing of another machine, nothing from elsewhere. */
export async function readFamily(file: string, files: Files): Promise<Look<Family>> {
  const refusals: Refusal[] = []
  const refuse = (kind: Refusal['kind'], message: string, hint: string): void => {
    refusals.push({ kind, message, hint, path: 'file' })
  }
  const known = new Set([file])
  let neighbours = 0
  let text: string | undefined
  for (const name of known) {
    const found = await read(name, files)
    if ('refused' in found && name === file) {
      const reason = `${file}, the canary of the spec, cannot be read: ${found.refused}`
      return { ok: false, failure: 'failed', reason, hint: 'it has to be a file of the workspace' }
    }
    if ('refused' in found) {
      refuse('policy', `takes in ${name}, which cannot be had: ${found.refused}`, 'take in files of the repository')
      continue
    }
    if (name === file) text = found.text
    if (found.text === undefined) {
      if (name === file) refuse('invalid', 'is not there', 'is it checked out?')
      continue // whether it may be missing, compose knows
    }
    const parsed = neighboursOf(found.text, name)
    if (!parsed.ok) {
      for (const { message, hint = '' } of parsed.problems) refuse('invalid', `cannot be read: ${message}`, hint)
      continue
    }
    neighbours += parsed.neighbours.length
    for (const neighbour of parsed.neighbours) {
      const path = pathFrom(name, neighbour)
      if (path === undefined) {
        refuse(
          'policy',
          `takes in ${neighbour.path}, which is not of the repository`,
          'take in files of the repository',
        )
      } else if (isCompose(neighbour)) known.add(path)
      else if ('refused' in (await read(path, files))) {
        refuse(
          'policy',
          `takes in ${neighbour.path}, which is not of the repository`,
          'take in files of the repository',
        )
      }
    }
    if (known.size > MAX_FILES) {
      refuse('invalid', `takes in more than ${MAX_FILES} files`, 'write it in fewer')
      break
    }
  }
  const place = await files.locate?.(file).catch(() => undefined)
  if (files.locate === undefined && neighbours > 0 && refusals.length === 0) {
    return {
      ok: false,
      failure: 'failed',
      reason: `${file} takes in other files, and on this event only the file itself is at hand, at the base commit`,
      hint: 'write all of it in one file, or verify on another event',
    }
  }
  return { ok: true, seen: { text, folder: place && folderOf(place.real).replace(/(?<=.)\/$/, ''), refusals } }
}

async function read(
  path: string,
  files: Files,
): Promise<{ readonly text: string | undefined } | { readonly refused: string }> {
  try {
    const place = await files.locate?.(path)
    if (place?.way.split('/').includes('.git')) return { refused: 'it is of the repository itself' }
    return { text: await files.read(path, MAX_BYTES) }
  } catch (error) {
    return { refused: errorMessage(error) }
  }
}

const isCompose = ({ kind }: Neighbour): boolean => kind === 'include' || kind === 'extends'

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)

/** The path from the workspace of what a file names; undefined where that is on another machine, or in a home. */
function pathFrom(file: string, { path }: Neighbour): string | undefined {
  if (isRemote(path) || path.startsWith('~')) return undefined
  return path.startsWith('/') ? path : `${folderOf(file)}${path}`
}
