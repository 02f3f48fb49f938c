import type { Position } from './spec.ts'

/** `unknown`: GitHub says a word that is not in its documentation. */
export type JobStatus = 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending' | 'unknown'

/** `unknown`: GitHub says a word that is not in its documentation, or none though the job is completed. */
export type Conclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required'
  | 'stale'
  | 'startup_failure'
  | 'unknown'

/** A run of a workflow, as GitHub tells of it. */
export interface WorkflowRunSeen {
  readonly id: number
  /** The newest there is. */
  readonly attempt: number
  readonly workflowId: string
  /** `.github/workflows/build.yml` */
  readonly path: string
  readonly event: string
  readonly headSha: string
  /** Undefined for a run of no branch. */
  readonly headBranch: string | undefined
  /** Whether its commit is of another repository, or of one that is gone. */
  readonly fromFork: boolean
  readonly status: JobStatus
  /** Undefined while it goes on. */
  readonly conclusion: Conclusion | undefined
  readonly url: string
}

/** A job of one attempt of a run; all times are ISO times of GitHub's clock. */
export interface JobSeen {
  readonly id: string
  readonly attempt: number
  /** Hostile: a branch or an input may be in it. */
  readonly name: string
  readonly status: JobStatus
  /** Undefined while it goes on. */
  readonly conclusion: Conclusion | undefined
  readonly createdAt: string | undefined
  readonly startedAt: string | undefined
  readonly completedAt: string | undefined
  readonly url: string
  readonly runnerName: string | undefined
}

/** What a step of a job wanted a person to see; hostile. */
export interface AnnotationSeen {
  readonly level: 'notice' | 'warning' | 'failure' | 'unknown'
  readonly title: string
  readonly message: string
  readonly path: string
  readonly line: number
}

/** What the runner says of the job that we are. */
export interface OwnJob {
  readonly runId: number
  /** The key in the workflow's `jobs`, which the API does not tell. */
  readonly jobId: string | undefined
  readonly runnerName: string | undefined
  /** The id the API knows the job by, where the workflow hands it on. */
  readonly checkRunId: string | undefined
  /** Whether it is of the reusable workflow, which plans, verifies and reports, and builds nothing. */
  readonly isReusable?: boolean
}

/** A job that the build workflow should have had run: one for each row of its matrix, and step that builds or gives tags there. */
export interface ExpectedLeg {
  /** The images it builds; none where it gives tags to what other jobs build. */
  readonly imageIds: readonly string[]
  /** What GitHub may show the job as, surest first; empty where its `name:` is not known. */
  readonly jobNames: readonly string[]
  /** The values of its row, by which a job is told whose name is not known. */
  readonly rowValues: readonly string[]
  /** What GitHub shows instead when the job is skipped before there are rows: `build`, or `name:` as it is written. */
  readonly unexpandedNames: readonly string[]
  /** What gives tags only: keys and names of the jobs before it. Where we are one of them, it comes when we are over. */
  readonly waitsFor?: readonly string[]
  readonly at?: Position
}

/** What a workflow says should have run. */
export interface ExpectedLegs {
  /** Its path; in a run of another workflow nothing of it is to be expected. */
  readonly workflow: string
  /** None where it builds nothing. */
  readonly legs: readonly ExpectedLeg[]
  /** There may be more, so that every other job of the run counts too. */
  readonly isOpen?: boolean
  /** What GitHub shows the other jobs of the workflow as, where that is known. */
  readonly others?: readonly string[]
}

/** A leg of the build and the job that was it: none where there is no such job, several where it could be any of them. */
export interface LegSeen {
  /** Of the job, or what was expected. */
  readonly name: string
  /** The images it builds, as far as that is known. */
  readonly imageIds: readonly string[]
  readonly jobs: readonly JobSeen[]
  /** How long it took in the last successful runs, newest first. */
  readonly earlierSeconds: readonly number[]
  readonly at?: Position
}

/** An annotation and the jobs that have it word for word. */
export interface SharedAnnotation extends AnnotationSeen {
  readonly jobNames: readonly string[]
}

/** All that was seen of the build run. */
export interface BuildRunSeen {
  readonly run: WorkflowRunSeen
  /** Up to which attempts count. */
  readonly attempt: number
  /** Whether we are a job of it, which is no leg. */
  readonly isOurs: boolean
  readonly legs: readonly LegSeen[]
  /** Why none of its jobs is known to build, though all of them count. */
  readonly doubt?: string | undefined
  /** Of level warning and failure. */
  readonly annotations: readonly SharedAnnotation[]
  /** What could not be seen and is no reason to be red. */
  readonly notes: readonly string[]
}

/** How a leg went; only `succeeded` is good. `unknown`: GitHub does not say so in words we know. */
export type LegOutcome =
  | 'succeeded'
  | 'failed'
  | 'skipped'
  | 'cancelled'
  | 'unfinished'
  | 'missing'
  | 'ambiguous'
  | 'unknown'

/** How a leg went, from its jobs: what is not plainly over well is never `succeeded`. */
export function outcomeOf({ jobs: [job, ...others] }: Pick<LegSeen, 'jobs'>): LegOutcome {
  if (job === undefined) return 'missing'
  if (others.length > 0) return 'ambiguous'
  if (job.status === 'unknown') return 'unknown'
  if (job.status !== 'completed') return 'unfinished'
  switch (job.conclusion) {
    case 'success':
      return 'succeeded'
    case 'skipped':
      return 'skipped'
    case 'cancelled':
      return 'cancelled'
    case 'failure':
    case 'neutral':
    case 'timed_out':
    case 'action_required':
    case 'stale':
    case 'startup_failure':
      return 'failed'
    case 'unknown':
    case undefined:
      return 'unknown'
  }
}

/** How long a job ran, by GitHub's clock alone; undefined where it did not run, or did not end. */
export const runSeconds = ({ status, conclusion, startedAt, completedAt }: JobSeen): number | undefined =>
  status === 'completed' && conclusion !== 'skipped' ? secondsBetween(startedAt, completedAt) : undefined

/** How long a job waited for a runner; undefined where it did not get one. */
export const queueSeconds = ({ status, conclusion, createdAt, startedAt }: JobSeen): number | undefined =>
  (status === 'completed' || status === 'in_progress') && conclusion !== 'skipped'
    ? secondsBetween(createdAt, startedAt)
    : undefined

function secondsBetween(from: string | undefined, to: string | undefined): number | undefined {
  if (from === undefined || to === undefined) return undefined
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000
  return seconds >= 0 ? seconds : undefined
}
