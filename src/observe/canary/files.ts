import { folderOf, isRemote, neighboursOf, pathFrom } from '../../compose/neighbours.ts'
import { errorMessage } from '../../errors.ts'
import type { Refusal } from '../../model/canary.ts'
import { failed, type Look } from '../../model/observation.ts'
import type { Files } from '../../ports.ts'

export interface Family {
  /** Undefined where there is no such file. */
  readonly text: string | undefined
  /** Where what it names lies on this machine; undefined where the file alone is at hand. */
  readonly folder: string | undefined
  /** Why compose must not be given it. */
  readonly refusals: readonly Refusal[]
}

const MAX_BYTES = 1024 * 1024
const MAX_FILES = 50
const CHECKED_OUT = 'is it checked out?'
const TAKE_OWN = 'take in files of the repository'

/** Reads a compose file and all that it takes in, before compose does: nothing of another machine, nothing from elsewhere. */
export async function readFamily(file: string, files: Files): Promise<Look<Family>> {
  const first = await read(file, files)
  if ('refused' in first) {
    const reason = `${file}, the canary of the spec, cannot be read: ${first.refused}`
    return failed('failed', reason, 'it has to be a file of the workspace')
  }
  const { text, place } = first
  if (text === undefined) {
    return { ok: true, seen: { text, folder: undefined, refusals: [refusal('invalid', 'is not there', CHECKED_OUT)] } }
  }
  // compose is told the folder where it really lies, and takes all that it names from there
  const family = await relatives(place?.way ?? file, files)
  if (files.locate === undefined && family.takesIn && family.refusals.length === 0) {
    return failed(
      'failed',
      `${file} takes in other files, and on this event only the file itself is at hand, at the base commit`,
      'write all of it in one file, or verify on another event',
    )
  }
  return { ok: true, seen: { text, folder: place && folderOf(place.real), refusals: family.refusals } }
}

const refusal = (kind: Refusal['kind'], message: string, hint: string): Refusal => ({
  kind,
  message,
  hint,
  path: 'file',
})

/** What is wrong with the files that a file takes in, and those take in. */
async function relatives(
  file: string,
  files: Files,
): Promise<{ readonly refusals: readonly Refusal[]; readonly takesIn: boolean }> {
  const refusals: Refusal[] = []
  const foreign = (path: string, why: string): void => {
    refusals.push(refusal('policy', `takes in ${path}, ${why}`, TAKE_OWN))
  }
  const composeFiles = new Set([file])
  const others = new Set<string>()
  for (const name of composeFiles) {
    const found = await read(name, files)
    if ('refused' in found) foreign(name, `which cannot be had: ${found.refused}`)
    if ('refused' in found || found.text === undefined) continue // whether it may be missing, compose knows
    const parsed = neighboursOf(found.text, name)
    if (!parsed.ok) {
      const wrong = parsed.problems.map(({ message, hint = '' }) =>
        refusal('invalid', `cannot be read: ${message}`, hint),
      )
      refusals.push(...wrong)
      continue
    }
    for (const { kind, path } of parsed.neighbours) {
      if (isRemote(path) || path.startsWith('~')) {
        foreign(path, 'which is not of the repository')
        continue
      }
      // some are looked for beside the file that names them, some beside the first: wherever it is, it has to be ours
      for (const place of new Set([pathFrom(name, path), pathFrom(file, path)])) {
        if (kind === 'include' || kind === 'extends') composeFiles.add(place)
        else others.add(place)
        if (kind === 'include') others.add(pathFrom(place, '.env')) // which compose reads unasked
      }
    }
    if (composeFiles.size > MAX_FILES) {
      refusals.push(refusal('invalid', `takes in more than ${MAX_FILES} files`, 'write it in fewer'))
      break
    }
  }
  for (const path of others) {
    const found = await read(path, files)
    if ('refused' in found) foreign(path, `which cannot be had: ${found.refused}`)
  }
  return { refusals, takesIn: composeFiles.size + others.size > 1 }
}

interface Read {
  readonly text: string | undefined
  readonly place: Awaited<ReturnType<NonNullable<Files['locate']>>>
}

async function read(path: string, files: Files): Promise<Read | { readonly refused: string }> {
  try {
    const place = await files.locate?.(path)
    if (place?.way.split('/').includes('.git')) return { refused: 'it is of the repository itself' }
    return { text: await files.read(path, MAX_BYTES), place }
  } catch (error) {
    return { refused: errorMessage(error) }
  }
}
