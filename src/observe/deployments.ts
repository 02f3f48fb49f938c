import { folderOf, pathFrom } from '../compose/neighbours.ts'
import { type ComposeRead, type ComposeService, readCompose, type Unclear } from '../compose/read.ts'
import { errorMessage } from '../errors.ts'
import type { DeploymentExpectation } from '../model/deployment.ts'
import { failed, type Look } from '../model/observation.ts'
import type { Problem } from '../model/result.ts'
import type { Files } from '../ports.ts'
import { sha256 } from './sha256.ts'

/** A compose file as it stands in the repository, with the files that it includes. */
export interface ComposeSeen {
  /** Itself, and those that it includes. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[]
  readonly services: readonly ComposeService[]
  /** Why one of them is no compose file. */
  readonly problems: readonly Problem[]
  /** What another file may say, and nobody could read. */
  readonly unclear: Unclear | undefined
  /** Why it is not all that runs, where compose is left to find its files. */
  readonly override: Unclear | undefined
}

export interface DeploymentSeen {
  readonly expected: DeploymentExpectation
  readonly look: Look<ComposeSeen>
}

const MAX_BYTES = 1024 * 1024
const MAX_FILES = 50

/** What compose looks for where it is told no file, and what it then takes in beside that. */
const DEFAULT_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']
const OVERRIDES = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
]

/** Reads a compose file of the workspace, and what compose takes in with it; never throws. */
export async function lookAtDeployment(expected: DeploymentExpectation, files: Files): Promise<DeploymentSeen> {
  const { file } = expected
  const about = `${file}, a deployment of the spec`
  try {
    const text = await files.read(file, MAX_BYTES)
    if (text === undefined) {
      return { expected, look: failed('not-found', `${about}, is not there`, 'is it checked out?') }
    }
    const all = await readAll(file, text, files)
    return { expected, look: { ok: true, seen: { ...all, override: await overridden(file, files) } } }
  } catch (error) {
    const reason = `${about}, cannot be read: ${errorMessage(error)}`
    return { expected, look: failed('failed', reason, 'it has to be a file of the workspace') }
  }
}

/** A file, the files that it includes, and those that they include. */
async function readAll(first: string, text: string, files: Files): Promise<Omit<ComposeSeen, 'override'>> {
  const texts = new Map([[first, text]])
  const services: ComposeService[] = []
  const problems: Problem[] = []
  const unclear: Unclear[] = []
  for (const [path, text] of texts) {
    const read = readCompose(text, path)
    if (!read.ok) {
      problems.push(...read.problems)
      continue
    }
    services.push(...read.file.services)
    const { includes } = read.file
    if (includes === undefined) unclear.push({ reason: `what ${path} includes cannot be told`, hint: BY_PATH })
    for (const include of (includes ?? []).map((each) => pathFrom(path, each))) {
      if (texts.has(include)) continue
      const found = texts.size < MAX_FILES ? await readOther(include, files) : ONE_TOO_MANY
      if ('text' in found) texts.set(include, found.text)
      else unclear.push({ reason: `${include}, which ${path} includes, ${found.unread}`, hint: BY_PATH })
    }
  }
  const seen = [...texts].map(async ([path, text]) => ({ path, sha256: await sha256(text) }))
  return { files: await Promise.all(seen), services, problems, unclear: unclear[0] }
}

const ONE_TOO_MANY = { unread: `is one of more than ${MAX_FILES}` }
const BY_PATH = 'include each file by its path alone, from the repository; or write all of it in one'

/** What compose takes in beside a file that it finds by itself, where that says anything of images. */
async function overridden(file: string, files: Files): Promise<Unclear | undefined> {
  const folder = folderOf(file)
  if (!DEFAULT_NAMES.includes(file.slice(folder.length))) return undefined
  for (const path of OVERRIDES.map((name) => `${folder}${name}`)) {
    const found = await readOther(path, files)
    if ('text' in found ? isSilent(readCompose(found.text, path)) : found.isMissing) continue
    const reason = `${path}, beside it, may say which images run: compose takes it in, unless -f names the file alone`
    return {
      reason,
      hint: 'give the file another name, which compose does not find by itself; or waive this, where it is deployed by -f',
    }
  }
  return undefined
}

/** Whether it says nothing of what a service runs. */
const isSilent = (read: ComposeRead): boolean =>
  read.ok &&
  read.file.includes?.length === 0 &&
  read.file.services.every(
    ({ image, builds, pullPolicy, provided, unclear }) =>
      image === undefined && !builds && pullPolicy === undefined && !provided && unclear === undefined,
  )

type Found = { readonly text: string } | { readonly unread: string; readonly isMissing: boolean }

async function readOther(path: string, files: Files): Promise<Found> {
  try {
    const text = await files.read(path, MAX_BYTES)
    return text === undefined ? { unread: 'is not there', isMissing: true } : { text }
  } catch (error) {
    return { unread: `cannot be read: ${errorMessage(error)}`, isMissing: false }
  }
}
