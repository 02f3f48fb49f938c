import type { LegReport, LegsReport } from '../../model/result.ts'
import { type LegSeen, outcomeOf, queueSeconds, runSeconds } from '../../model/run.ts'
import type { ImageExpectation } from '../../model/spec.ts'
import type { Sight } from '../../observe/sight.ts'

/** How the legs of the build went, from what was already looked at; nothing where no run was seen. */
export async function reportLegs(
  images: readonly ImageExpectation[],
  sight: Pick<Sight, 'buildRun'>,
): Promise<{ readonly legs?: LegsReport }> {
  const look = await sight.buildRun()
  if (!look?.ok) return {}
  const { run, attempt, legs, notes } = look.seen
  return {
    legs: { runId: run.id, attempt, url: run.url, jobs: legs.map((leg) => reportLeg(leg, images)), notes },
  }
}

function reportLeg(leg: LegSeen, images: readonly ImageExpectation[]): LegReport {
  const { name, imageIds, jobs, earlierSeconds } = leg
  const budgets = images.flatMap(({ id, maxDurationMs }) =>
    imageIds.includes(id) && maxDurationMs !== undefined ? [maxDurationMs / 1000] : [],
  )
  const common = {
    job: name,
    images: imageIds,
    outcome: outcomeOf(leg),
    ...(budgets.length > 0 && { budgetSeconds: Math.min(...budgets) }),
    earlierSeconds,
  }
  const [job, ...others] = jobs
  if (job === undefined || others.length > 0) return common
  const [seconds, queued] = [runSeconds(job), queueSeconds(job)]
  return {
    ...common,
    attempt: job.attempt,
    url: job.url,
    ...(seconds !== undefined && { seconds }),
    ...(queued !== undefined && { queueSeconds: queued }),
    ...(job.startedAt !== undefined && { startedAt: job.startedAt }),
  }
}
