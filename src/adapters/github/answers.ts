// What GitHub's API answers, as far as we use it: total, so that no word it may learn tomorrow is taken for a good one.
// https://docs.github.com/en/rest/actions/workflow-jobs
import * as z from 'zod'
import type { AnnotationSeen, Conclusion, JobSeen, JobStatus, WorkflowRunSeen } from '../../model/run.ts'

const MAX_NAME = 300
const MAX_MESSAGE = 4000

// Octokit reads a number that JavaScript cannot hold as a bigint.
const id = z.union([z.int(), z.bigint()]).transform(String)
const runId = z.int().positive()
const cut = (max: number) => z.string().transform((text) => text.slice(0, max))
const text = (max: number) =>
  cut(max)
    .nullish()
    .transform((value) => value ?? '')
const time = z
  .string()
  .nullish()
  .transform((value) => (value && !Number.isNaN(Date.parse(value)) ? value : undefined))
const url = z
  .string()
  .nullish()
  .transform((value) => (value && /^https?:\/\/\S+$/.test(value) ? value : ''))
const attempt = z
  .int()
  .positive()
  .nullish()
  .transform((value) => value ?? 1)

const repository = z
  .object({ full_name: z.string() })
  .nullish()
  .transform((value) => value?.full_name)

const status: z.ZodType<JobStatus> = z
  .enum(['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending', 'unknown'])
  .catch('unknown')

const conclusion: z.ZodType<Conclusion | null> = z
  .enum([
    ...(['success', 'failure', 'neutral', 'cancelled', 'skipped', 'timed_out'] as const),
    ...(['action_required', 'stale', 'startup_failure', 'unknown'] as const),
  ])
  .nullable()
  .catch('unknown')

/** Completed without a conclusion is not known to be anything. */
const concluded = (status: JobStatus, conclusion: Conclusion | null): Conclusion | undefined =>
  conclusion ?? (status === 'completed' ? 'unknown' : undefined)

export const runAnswer = z
  .object({
    id: runId,
    run_attempt: attempt,
    workflow_id: id,
    path: text(MAX_NAME),
    event: text(MAX_NAME),
    head_sha: text(MAX_NAME),
    head_branch: z.string().nullish(),
    repository,
    head_repository: repository,
    status,
    conclusion,
    html_url: url,
  })
  .transform(
    (run): WorkflowRunSeen => ({
      id: run.id,
      attempt: run.run_attempt,
      workflowId: run.workflow_id,
      // A run of another repository's workflow has `@ref` behind it.
      path: run.path.replace(/@.*$/s, ''),
      event: run.event,
      headSha: run.head_sha,
      headBranch: run.head_branch ?? undefined,
      fromFork: run.head_repository === undefined || run.head_repository !== run.repository,
      status: run.status,
      conclusion: concluded(run.status, run.conclusion),
      url: run.html_url,
    }),
  )

const job = z
  .object({
    id,
    run_attempt: attempt,
    name: cut(MAX_NAME),
    status,
    conclusion,
    created_at: time,
    started_at: time,
    completed_at: time,
    html_url: url,
    runner_name: z.string().nullish(),
  })
  .transform(
    (job): JobSeen => ({
      id: job.id,
      attempt: job.run_attempt,
      name: job.name,
      status: job.status,
      conclusion: concluded(job.status, job.conclusion),
      createdAt: job.created_at,
      startedAt: job.started_at,
      completedAt: job.completed_at,
      url: job.html_url,
      runnerName: job.runner_name || undefined,
    }),
  )

export const jobsAnswer = z.object({ total_count: z.int().nonnegative(), jobs: z.array(job) })

export const runsAnswer = z.object({ workflow_runs: z.array(runAnswer) })

export const folderAnswer = z.array(z.object({ path: z.string() }))

export const repositoryAnswer = z.object({ default_branch: z.string().min(1) })

const level: z.ZodType<AnnotationSeen['level']> = z.enum(['notice', 'warning', 'failure', 'unknown']).catch('unknown')

export const annotationsAnswer = z.array(
  z
    .object({
      annotation_level: level,
      title: text(MAX_NAME),
      message: text(MAX_MESSAGE),
      path: text(MAX_NAME),
      start_line: z.int().catch(0),
    })
    .transform(
      ({ annotation_level, title, message, path, start_line }): AnnotationSeen => ({
        level: annotation_level,
        title,
        message,
        path,
        line: start_line,
      }),
    ),
)
