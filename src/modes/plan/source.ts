import { UnseenError, UsageError } from '../../errors.ts'
import type { Look } from '../../model/observation.ts'
import type { WorkflowRunSeen } from '../../model/run.ts'
import { commitFiles } from '../../observe/commit-files.ts'
import type { Options } from '../../options.ts'
import type { BuildRun, Files, Log } from '../../ports.ts'

export interface BuildSource {
  /** With the commit, the run and the workflow that are to be verified. */
  readonly options: Options
  /** Where the spec is read. */
  readonly specFiles: Files
  /** Where the build workflow and its Dockerfiles are read. */
  readonly workflowFiles: Files
}

interface Eyes {
  readonly files: Files
  readonly log: Log
  readonly buildRun?: BuildRun | undefined
}

/** Events that run with the rights of the base branch while somebody else's files may lie in the workspace. */
const GUARDED = ['pull_request_target', 'workflow_run']

/** Why there is nothing to verify: the pull request of a fork may not push. Undefined where a person named what to verify. */
export function nothingPushed({ mode, eventName, event, asked }: Options): string | undefined {
  // A plan is made all the same, so that the matrix of shards is not empty: each of them says so.
  if (mode === 'plan' || asked.sha || asked.runId) return undefined
  const isFork =
    (eventName === 'pull_request' && event?.pullRequest?.fromFork === true) ||
    (eventName === 'workflow_run' && event?.workflowRun?.event === 'pull_request' && event.workflowRun.fromFork)
  if (!isFork) return undefined
  return 'a pull request of a fork may not push images, so there is nothing to verify: they are verified when it is merged'
}

/** Finds the commit and the run that are meant, and where their files can be trusted; throws `UsageError` where that cannot be told, `UnseenError` where GitHub does not say. */
export async function locateBuild(options: Options, eyes: Eyes): Promise<BuildSource> {
  const located = await buildMeant(options, eyes)
  const { buildRun, files } = eyes
  const { commit } = options
  const isGuarded = GUARDED.includes(options.eventName ?? '')
  if (isGuarded && (commit === undefined || buildRun === undefined)) {
    const message = `on ${options.eventName} files are read at the commit of the base branch, and nobody says which that is`
    throw new UsageError([{ message, hint: 'GITHUB_SHA and GITHUB_REPOSITORY are for the runner to set: leave them' }])
  }
  // On a laptop, what is in the folder is what is meant.
  if (commit === undefined || buildRun === undefined)
    return { options: located, specFiles: files, workflowFiles: files }
  const { sha } = located.source
  if (isGuarded) {
    const base = commitFiles(buildRun, commit)
    const isOwn = options.event?.workflowRun?.fromFork === false && options.eventName === 'workflow_run'
    const isTrusted = isOwn && !options.asked.sha && !options.asked.runId && sha !== undefined
    return { options: located, specFiles: base, workflowFiles: isTrusted ? commitFiles(buildRun, sha) : base }
  }
  const isElsewhere = sha !== undefined && sha !== commit
  return {
    options: located,
    specFiles: checkedOut(options.spec.path, files, commitFiles(buildRun, commit), commit),
    workflowFiles: isElsewhere ? commitFiles(buildRun, sha) : files,
  }
}

/** The files of the workspace, which is refused where it lacks the spec that the commit has: nobody meant to go without. */
const checkedOut = (spec: string, files: Files, committed: Files, commit: string): Files => ({
  ...files,
  read: async (path, maxBytes) => {
    const text = await files.read(path, maxBytes)
    if (text !== undefined || path !== spec || !(await committed.exists(path))) return text
    const message = `there is no ${spec} in the workspace, and there is one in commit ${commit.slice(0, 7)}`
    throw new UsageError([{ message, hint: 'is it checked out?' }])
  },
})

async function buildMeant(options: Options, eyes: Eyes): Promise<Options> {
  const { asked, source, commit, eventName, workflow } = options
  const { runId } = source
  if (asked.runId && runId !== undefined) return ofNamedRun(options, runId, eyes)
  if (asked.sha) {
    return commit === undefined || source.sha === commit ? options : ofCommit(options, eyes)
  }
  if (eventName === 'workflow_run') return ofTrigger(options)
  const isAnother = workflow.named && workflow.path !== workflow.running
  if (eventName === 'schedule' && isAnother && workflow.path !== undefined) {
    return ofNewestGood(options, workflow.path, eyes)
  }
  return options
}

async function ofNamedRun(options: Options, runId: number, { buildRun }: Eyes): Promise<Options> {
  if (buildRun === undefined) return options
  const run = known(await buildRun.run(runId))
  const { sha } = options.source
  if (options.asked.sha && !builtMerge(run) && sha !== run.headSha) {
    const message = `run ${runId} built commit ${run.headSha}, not ${sha}`
    throw new UsageError([{ message, hint: 'give sha and run-id of one build, or leave sha out' }])
  }
  return ofRun(options, run)
}

/** The newest run of the build workflow for that commit; where there is none, nobody says which run it was. */
async function ofCommit(options: Options, { buildRun, log }: Eyes): Promise<Options> {
  const { source, workflow } = options
  const { sha } = source
  const nobody = { ...options, source: { ...source, runId: undefined, runAttempt: undefined } }
  // The workflow that runs may be one that only verifies: its runs say nothing of a build.
  const { path, named } = workflow
  if (buildRun === undefined || path === undefined || !named || sha === undefined) return nobody
  const run = known(await buildRun.newestRun(path, { headSha: sha }))
  if (run !== undefined) return ofRun(options, run)
  log.warn(`GitHub knows no run of ${path} for commit ${sha} but those of pull requests: name it by run-id`)
  return nobody
}

function ofTrigger(options: Options): Options {
  const run = options.event?.workflowRun
  if (run === undefined) {
    const message = 'the event workflow_run does not say which run ended'
    throw new UsageError([{ message, hint: 'name the build by the inputs sha and run-id' }])
  }
  return ofRun(options, run)
}

/** What a schedule asks: whether the newest good build is still what the tags lead to. */
async function ofNewestGood(options: Options, path: string, { buildRun }: Eyes): Promise<Options> {
  const branch = options.event?.defaultBranch ?? options.branch
  if (buildRun === undefined || branch === undefined) return options
  const run = known(await buildRun.newestRun(path, { branch, status: 'success' }))
  if (run !== undefined) return ofRun(options, run)
  const message = `no run of ${path} on ${branch} has succeeded, so that there is nothing to verify`
  throw new UsageError([{ message, hint: 'see the input workflow; rerun the build' }])
}

type Located = Pick<WorkflowRunSeen, 'id' | 'path' | 'event' | 'headSha' | 'headBranch'> & {
  readonly attempt: number | undefined
}

/** What a pull request builds is its merge with the base, a commit that its run does not name. */
const builtMerge = ({ event }: Pick<WorkflowRunSeen, 'event'>): boolean => event === 'pull_request'

function ofRun(options: Options, run: Located): Options {
  const { id, attempt, path, event, headSha, headBranch } = run
  const { source, workflow, asked } = options
  const merged = asked.sha ? source.sha : undefined
  return {
    ...options,
    source: { ...source, sha: builtMerge(run) ? merged : headSha, runId: id, runAttempt: attempt },
    workflow: workflow.named ? workflow : { ...workflow, path: path || workflow.path },
    eventName: event || undefined,
    ...refOf(builtMerge(run) ? undefined : headBranch, options),
  }
}

/** GitHub calls the tag of a run its branch too: what may be one or the other is neither. */
function refOf(headBranch: string | undefined, { ref, event }: Options): Partial<Options> {
  if (headBranch !== undefined && ref === `refs/tags/${headBranch}`) return {}
  const isTag = headBranch !== event?.defaultBranch && /^v?\d+(\.\d+)*/.test(headBranch ?? '')
  if (headBranch === undefined || isTag) return { ref: undefined, branch: undefined, release: undefined }
  return { ref: `refs/heads/${headBranch}`, branch: headBranch, release: undefined }
}

function known<Seen>(look: Look<Seen>): Seen {
  if (look.ok) return look.seen
  const problem = { message: look.reason, ...(look.hint !== '' && { hint: look.hint }) }
  throw new UnseenError(problem)
}
