import type { SetSight } from '../checks/define.ts'
import { familyOf } from '../model/image.ts'
import { failed } from '../model/observation.ts'
import { type CheckResult, concluded, type Report } from '../model/result.ts'
import type { PlanToken } from '../model/shard.ts'
import { targetKey } from '../model/spec.ts'
import type { Wrong } from '../observe/proven-wrong.ts'
import { createSight, type Sight } from '../observe/sight.ts'
import type { Plan } from '../plan.ts'
import type { Ports } from '../ports.ts'
import { type Merged, mergeShards } from './report/merge.ts'
import { acceptShards, type ShardFile } from './report/shard-parts.ts'
import { withCanary } from './verify/canary.ts'
import { reportLegs } from './verify/legs.ts'
import { judgeSet, starterOf } from './verify.ts'

/**
 * The report that one run would have written, from those of the shards. Of the images nothing is looked at again; what
 * concerns the whole set is judged here, once: by what the shards saw, the build workflow and the build run.
 */
export async function report(
  plan: Plan,
  token: PlanToken,
  files: readonly ShardFile[],
  ports: Ports,
  version: string,
): Promise<Report> {
  const { parts, problems } = acceptShards(plan, token, files, version)
  const merged = mergeShards(plan, parts)
  const sight = sightOf(plan, merged, ports)
  const checks = await judgeSet(plan, plan.images, sight, ports)
  const images = withCanary(merged.images, await sight.canary())
  return concluded({
    generated: ports.clock.date().toISOString(),
    seconds: merged.seconds,
    tool: { version },
    source: plan.source,
    environment: merged.environment,
    images,
    ...(await reportLegs(plan.images, sight)),
    checks,
    missing: merged.missing,
    problems: [...problems, ...merged.problems],
    ...starterOf(plan, images),
  })
}

/** The canary alone takes images here, by the digests that the shards verified. */
function sightOf(plan: Plan, { set, images, missing }: Merged, ports: Ports): SetSight {
  const byId = new Map(images.map((image) => [image.id, image]))
  const sight: Sight = createSight(plan, ports, async ({ id, platforms: planned = [] }) => {
    const here = await sight.engine()
    const unreported = planned.find(
      (platform) =>
        missing.includes(targetKey(id, platform)) && here.ok && familyOf(platform) === familyOf(here.seen.platform),
    )
    if (unreported !== undefined) {
      const reason = `no shard reported on ${targetKey(id, unreported)}`
      return failed('unavailable', reason, 'look at the job of its shard, and rerun the failed jobs')
    }
    const { platforms = [], checks = [] } = byId.get(id) ?? {}
    const seen = platforms.flatMap(({ platform, digest, compressed = 0 }) => {
      const wrong = unpulled(checks, targetKey(id, platform))
      return digest === undefined ? [] : [{ platform, digest, compressedBytes: compressed, layers: [], wrong }]
    })
    return { ok: true, seen }
  })
  const { source, buildRun, workflow, deployments, canary } = sight
  return { source, sharded: false, buildRun, workflow, deployments, canary, set: async () => set }
}

/** Why a target is not to be pulled here: it could not be where it was verified. */
function unpulled(checks: readonly CheckResult[], key: string): Wrong | undefined {
  const pull = checks.find(({ check, target }) => check === 'pull' && target === key)
  if (pull?.status === 'errored') return { reason: pull.reason, hint: pull.hint }
  const [finding] = pull?.findings ?? []
  return finding && { reason: finding.message, hint: finding.hint }
}
