import { errorMessage, UnseenError, UsageError } from '../errors.ts'
import type { Problem } from '../model/result.ts'
import type { RunContext } from '../model/workflow.ts'
import { lookAtWorkflow, type WorkflowLook } from '../observe/workflow.ts'
import type { Options } from '../options.ts'
import type { Plan } from '../plan.ts'
import type { Files } from '../ports.ts'
import { decodeSpec } from '../spec/decode.ts'
import { expectationsFromWorkflow } from '../spec/derived.ts'
import { expectationsFromNames, resolveSpec } from '../spec/resolve.ts'
import { expectedLegs } from '../workflow/expected-legs.ts'
import { starterSpec } from '../workflow/starter.ts'
import { readBaseline } from './plan/baseline.ts'
import { strangeFindings } from './plan/finding-names.ts'
import { readStructureTests } from './plan/structure-tests.ts'

const MAX_SPEC_BYTES = 64 * 1024

/** What should exist: from the names given, else the spec, else the build workflow alone. Throws `UsageError` with every problem. */
export async function makePlan(options: Options, files: Files, workflowFiles: Files = files): Promise<Plan> {
  const context = runContext(options)
  const look = await readBuildWorkflow(options, context, workflowFiles)
  const { images, derived, deployments, canary, waivers } = await expectedImages(options, context, look, files)
  if (images.length === 0) throw new UsageError([{ message: 'there is no image to verify', hint: NOTHING_TO_VERIFY }])
  const { source, execute, waitMs, parallel, targets, plan: shardOf } = options
  const baseline = options.baseline === undefined ? undefined : await readBaseline(options.baseline, files)
  const legs = look?.ok ? expectedLegs(look.seen.workflow, look.seen.derived, images) : undefined
  const said = { images, deployments, canary, waivers, derived, legs, workflow: look, baseline }
  return { ...said, source, execute, waitMs, parallel, targets, shardOf }
}

const NOTHING_TO_VERIFY =
  'is it checked out (actions/checkout before this step)? Else write .github/verify-images.yml (docs/spec.md), or name the images by the input images'

function runContext(options: Options): RunContext {
  const { source, ref, eventName, event, serverUrl } = options
  const defaultBranch = event?.defaultBranch
  const [owner] = source.repository?.split('/') ?? []
  const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/.exec(ref ?? '') ?? []
  return {
    ...(source.repository !== undefined && { repository: source.repository }),
    ...(owner !== undefined && { owner }),
    ...(source.sha !== undefined && { sha: source.sha }),
    ...(ref !== undefined && { ref }),
    ...(name !== undefined && { refName: name, refType: kind === 'tags' ? ('tag' as const) : ('branch' as const) }),
    ...(eventName !== undefined && { eventName }),
    ...(defaultBranch !== undefined && { defaultBranch }),
    ...(serverUrl !== undefined && { serverUrl }),
    ...(isOwnRun(options) && ownContext(options)),
  }
}

/** Whether the workflow that is read is that of this very run. */
const isOwnRun = ({ ownRun, source, workflow }: Options): boolean =>
  ownRun?.id !== undefined && ownRun.id === source.runId?.toString() && workflow.path === workflow.running

function ownContext({ ownRun, event }: Options): RunContext {
  const { id, number, workflow, actor, headRef, baseRef, apiUrl } = ownRun ?? {}
  const context = { runId: id, runNumber: number, workflow, actor, headRef, baseRef, apiUrl, inputs: event?.inputs }
  return Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined))
}

async function readBuildWorkflow(
  { workflow }: Options,
  context: RunContext,
  files: Files,
): Promise<WorkflowLook | undefined> {
  if (workflow.path === undefined) return undefined
  const look = await refusing('the workflow', () => lookAtWorkflow(workflow.path ?? '', context, files))
  if (look === undefined && workflow.named) {
    throw new UsageError([
      { message: `there is no ${workflow.path}`, hint: 'see the input workflow; is it checked out?' },
    ])
  }
  return look
}

async function expectedImages(
  { spec, images, source, branch, release }: Options,
  run: RunContext,
  look: WorkflowLook | undefined,
  files: Files,
): Promise<Pick<Plan, 'images' | 'derived' | 'deployments' | 'canary' | 'waivers'>> {
  const [owner, repo] = source.repository?.split('/') ?? []
  const context = { owner, repo, sha: source.sha, branch, version: release }
  if (images.length > 0) {
    if (spec.named) throw new UsageError([{ message: 'both spec and images are given', hint: 'give one of them' }])
    return expected(expectationsFromNames(images, context))
  }
  const text = await refusing('the spec', () => files.read(spec.path, MAX_SPEC_BYTES))
  if (text !== undefined) {
    const decoded = await decodeSpec(text, spec.path)
    if (!decoded.ok) throw new UsageError(decoded.problems)
    const strangers = await strangeFindings(decoded)
    if (strangers.length > 0) throw new UsageError(strangers)
    const structureTests = await readStructureTests(decoded.spec, files)
    return expected(resolveSpec(decoded.spec, decoded.positions, context, structureTests))
  }
  if (spec.named || look === undefined) {
    throw new UsageError([{ message: `there is no ${spec.path}`, hint: NOTHING_TO_VERIFY }])
  }
  if (!look.ok) {
    throw new UsageError(
      'problems' in look ? look.problems.map(asInvalid) : [{ message: look.reason, hint: look.hint }],
    )
  }
  const problems = look.seen.derived.problems.map(asInvalid)
  const derived = expectationsFromWorkflow(look.seen.path, { ...look.seen.derived, problems })
  if (!derived.ok) throw new UsageError(derived.problems, starterSpec(look.seen.derived, run))
  return { images: derived.images, derived: true }
}

/** A problem under the code that its check would give it. */
const asInvalid = (problem: Problem): Problem => ({ ...problem, message: `workflow/invalid: ${problem.message}` })

type Resolved = ReturnType<typeof resolveSpec>

function expected(resolved: Resolved) {
  if (!resolved.ok) throw new UsageError(resolved.problems)
  const { images, deployments, canary, waivers } = resolved
  return { images, deployments, canary, waivers, derived: false }
}

/** What a file refuses to be read for is the user's to mend. */
async function refusing<Value>(what: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof UnseenError || error instanceof UsageError) throw error
    const hint = 'it has to be a file of the workspace, or of the commit that is verified'
    throw new UsageError([{ message: `cannot read ${what}: ${errorMessage(error)}`, hint }])
  }
}
