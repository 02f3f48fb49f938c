import { type ComposeFile, readCompose } from '../compose/read.ts'
import { errorMessage } from '../errors.ts'
import type { DeploymentExpectation } from '../model/deployment.ts'
import { failed, type Look } from '../model/observation.ts'
import type { Problem } from '../model/result.ts'
import type { Files } from '../ports.ts'
import { sha256 } from './sha256.ts'

/** A compose file as it stands in the repository; `problems` where that is not one. */
export interface DeploymentSeen {
  readonly expected: DeploymentExpectation
  readonly look: Look<
    | { readonly sha256: string; readonly file: ComposeFile }
    | { readonly sha256: string; readonly problems: readonly Problem[] }
  >
}

const MAX_BYTES = 1024 * 1024

/** Reads a compose file of the workspace; never throws. */
export async function lookAtDeployment(expected: DeploymentExpectation, files: Files): Promise<DeploymentSeen> {
  const about = `${expected.file}, a deployment of the spec`
  try {
    const text = await files.read(expected.file, MAX_BYTES)
    if (text === undefined) {
      return { expected, look: failed('not-found', `${about}, is not there`, 'is it checked out?') }
    }
    const { ok, ...read } = readCompose(text, expected.file)
    return { expected, look: { ok: true, seen: { sha256: await sha256(text), ...read } } }
  } catch (error) {
    const reason = `${about}, cannot be read: ${errorMessage(error)}`
    return { expected, look: failed('failed', reason, 'it has to be a file of the workspace') }
  }
}
