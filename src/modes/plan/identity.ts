import { UsageError } from '../../errors.ts'
import { identityOf, type PlanToken } from '../../model/shard.ts'
import { sha256 } from '../../observe/sha256.ts'
import type { Plan } from '../../plan.ts'

/**
 * The sha256 of all that decides what is verified and how it is judged: whoever reads the same spec and workflow at the
 * same commit for the same run comes to the same one. The attempt of `ownRun`, the run that this is, is no part of it, since
 * failed shards are rerun; that of another is, since it pushed the images again.
 */
export async function planDigest(plan: Plan, version: string, ownRun?: string): Promise<string> {
  const { source, images, execute, deployments, canary, waivers, baseline, derived, workflow } = plan
  const { repository, sha, runId, runAttempt } = source
  const attempt = runId?.toString() === ownRun ? undefined : runAttempt
  const text = JSON.stringify({
    version,
    source: { repository, sha, runId, attempt },
    execute,
    derived,
    images,
    deployments,
    canary,
    waivers,
    // Whether there is one: what it says may change until failed shards are rerun.
    baseline: baseline !== undefined,
    workflow: workflow?.ok ? workflow.seen.sha256 : workflow !== undefined,
  })
  return sha256(text)
}

/** Refuses to be part of a plan that is not what this run reads from its spec, workflow and inputs. */
export function assertSamePlan(token: PlanToken, digest: string): void {
  if (identityOf(token).digest === digest) return
  throw new UsageError([
    {
      message: 'the plan that is given is not the one this job reads from its own spec, workflow and inputs',
      hint: 'check out the same commit in every job, and give all of them the same spec, workflow, images, sha, run-id and execute, a baseline or none, and the same release; where the build ran again since, rerun all jobs',
    },
  ])
}
