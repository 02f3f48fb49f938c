import type { SetSight } from '../checks/define.ts'
import { type Report, verdictOf } from '../model/result.ts'
import type { PlanToken } from '../model/shard.ts'
import { createSight } from '../observe/sight.ts'
import type { Plan } from '../plan.ts'
import type { Ports } from '../ports.ts'
import { withCanary } from './canary.ts'
import { reportLegs } from './legs.ts'
import { type Merged, mergeShards } from './merge.ts'
import { acceptShards, type ShardFile } from './shard-parts.ts'
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
  const { parts, problems } = acceptShards(plan, token, files)
  const merged = mergeShards(plan, parts)
  const sight = sightOf(plan, merged, ports)
  const checks = await judgeSet(plan, plan.images, sight, ports)
  const body = {
    images: withCanary(merged.images, await sight.canary()),
    ...(await reportLegs(plan.images, sight)),
    checks,
    missing: merged.missing,
    problems: [...problems, ...merged.problems],
  }
  return {
    schema: 1,
    verdict: verdictOf(body),
    generated: ports.clock.date().toISOString(),
    seconds: merged.seconds,
    tool: { version },
    source: plan.source,
    environment: merged.environment,
    ...body,
    ...starterOf(plan, body.images),
  }
}

/** The canary alone takes images here, by the digests that the shards verified. */
function sightOf(plan: Plan, { set, images }: Merged, ports: Ports): SetSight {
  const { source, buildRun, workflow, deployments, canary } = createSight(plan, ports, async ({ id }) => {
    const { platforms = [] } = images.find((image) => image.id === id) ?? {}
    const seen = platforms.flatMap(({ platform, digest, compressed = 0 }) =>
      digest === undefined ? [] : [{ platform, digest, compressedBytes: compressed, layers: [] }],
    )
    return { ok: true, seen }
  })
  return { source, sharded: false, buildRun, workflow, deployments, canary, set: async () => set }
}
