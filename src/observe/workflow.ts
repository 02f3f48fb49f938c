import type { Look } from '../model/observation.ts'
import type { Problem } from '../model/result.ts'
import type { Derived, RunContext } from '../model/workflow.ts'
import type { Files } from '../ports.ts'
import { deriveImages } from '../workflow/derive.ts'
import type { LintSubject } from '../workflow/lint.ts'
import { localFiles } from '../workflow/local-files.ts'
import { readWorkflow } from '../workflow/read.ts'
import { sha256 } from './sha256.ts'

/** The build workflow as it was read, and all that follows from it, evaluated once. */
export interface WorkflowSeen extends LintSubject {
  readonly path: string
  /** Of its text, in hex. */
  readonly sha256: string
}

/** A workflow that was read, or what is malformed in it. */
export type WorkflowLook = Look<WorkflowSeen> | { readonly ok: false; readonly problems: readonly Problem[] }

/** GitHub takes no larger workflow: https://docs.github.com/en/actions/reference/limits */
const MAX_WORKFLOW_BYTES = 512_000
const MAX_CALLED = 50

/** Reads a build workflow with the local workflows it calls; undefined where the workspace does not hold it. */
export async function lookAtWorkflow(path: string, run: RunContext, files: Files): Promise<WorkflowLook | undefined> {
  const text = await files.read(path, MAX_WORKFLOW_BYTES)
  if (text === undefined) return undefined
  const outcome = readWorkflow(text, path)
  if (!outcome.ok) return { ok: false, problems: outcome.problems }
  const called = await calledWorkflows(text, files)
  const workflow = outcome.value
  const derived = deriveImages(workflow, run, (each) => called.get(each))
  const dockerfiles = await dockerfilesThere(derived, files)
  return { ok: true, seen: { path, sha256: await sha256(text), workflow, run, derived, dockerfiles } }
}

/** Texts of all workflows of this repository that a workflow calls, and those call. */
async function calledWorkflows(text: string, files: Files): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  const waiting = [...localFiles(text)]
  for (let path = waiting.shift(); path !== undefined && texts.size < MAX_CALLED; path = waiting.shift()) {
    if (texts.has(path)) continue
    const called = await files.read(path, MAX_WORKFLOW_BYTES)
    if (called === undefined) continue
    texts.set(path, called)
    waiting.push(...localFiles(called))
  }
  return texts
}

async function dockerfilesThere({ builds }: Derived, files: Files): Promise<ReadonlySet<string>> {
  const named = new Set(builds.flatMap(({ dockerfile: { value } }) => (value.known ? [value.value] : [])))
  const there = await Promise.all([...named].map(async (path) => ((await files.exists(path)) ? [path] : [])))
  return new Set(there.flat())
}
