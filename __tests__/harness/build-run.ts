// A GitHub that tells of one good run of a matrix build, whose last job is the one that asks.
import { aJob, aRun, type GitHub, OWN_JOB_ID, startGitHub } from './github-api.ts'

export interface BuildRunOptions {
  readonly repository: string
  readonly sha: string
  /** Job name → seconds it ran. */
  readonly jobs: Readonly<Record<string, number>>
}

/** Starts it; `jobs` all succeeded. The ids are those that the harness tells an action. */
export function startBuildRun({ repository, sha, jobs }: BuildRunOptions): Promise<GitHub> {
  const done = Object.entries(jobs).map(([name, seconds]) => aJob({ name, seconds, head_sha: sha }))
  const ours = aJob({ id: OWN_JOB_ID, name: 'verify', status: 'in_progress', conclusion: null, head_sha: sha })
  const run = aRun({ repositoryName: repository, head_sha: sha, status: 'in_progress', conclusion: null })
  return startGitHub({ repository, runs: [run], jobs: [...done, ours] })
}
