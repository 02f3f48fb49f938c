import { runSeconds, type WorkflowRunSeen } from '../../model/run.ts'
import type { BuildRun } from '../../ports.ts'
import { reduceAttempts } from './attempts.ts'

const MAX_RUNS = 3

export interface EarlierSeconds {
  /** How long the job of that name took, newest first; empty where nothing is known. */
  secondsOf(jobName: string): readonly number[]
  readonly notes: readonly string[]
}

/** How long jobs took in the last successful runs, to compare with. Best effort: what cannot be had becomes a note. */
export async function earlierSeconds(run: WorkflowRunSeen, buildRun: BuildRun): Promise<EarlierSeconds> {
  const runs = await buildRun.earlierSuccesses(run, MAX_RUNS)
  if (!runs.ok) return { secondsOf: () => [], notes: [`nothing is known of earlier runs: ${runs.reason}`] }
  const looks = await Promise.all(
    runs.seen.map(async ({ id, attempt }) => ({ attempt, jobs: await buildRun.jobs(id) })),
  )
  const perRun = looks.map(({ attempt, jobs }) => {
    const named = jobs.ok ? reduceAttempts(jobs.seen, attempt) : []
    return new Map(
      named.flatMap(({ name, jobs: [job, ...twins] }) => (twins.length > 0 ? [] : [[name, runSeconds(job)]])),
    )
  })
  const unseen = looks.flatMap(({ jobs }) => (jobs.ok ? [] : [`an earlier run is not compared with: ${jobs.reason}`]))
  return {
    secondsOf: (jobName) => perRun.flatMap((seconds) => seconds.get(jobName) ?? []),
    notes: unseen,
  }
}
