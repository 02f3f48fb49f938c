import { UsageError } from '../../errors.ts'
import { runnerFor } from '../../model/runner.ts'
import { MOST_SHARDS } from '../../model/shard.ts'
import { targetKey } from '../../model/spec.ts'
import type { ListedTarget, Plan } from '../../plan.ts'
import { didYouMean } from '../../spec/suggest.ts'

// Beyond it one job's share is longer than a job should be.
const MAX_TARGETS = 16 * MOST_SHARDS

/** Every target of a plan, in the order of the spec; throws `UsageError` where they cannot be told, or are too many for one run. */
export function listTargets({ images }: Plan): readonly ListedTarget[] {
  const vague = images.filter(({ platforms }) => platforms === undefined)
  if (vague.length > 0) {
    throw new UsageError(
      vague.map(({ id, name }) => ({
        message: `nobody says which platforms ${id} (${name}) is to have, so its targets cannot be listed`,
        hint: 'list its platforms in the spec',
      })),
    )
  }
  const targets = images.flatMap((image) =>
    (image.platforms ?? []).map((platform) => ({
      key: targetKey(image.id, platform),
      image: image.id,
      platform,
      runner: runnerFor(image, platform) ?? 'ubuntu-latest',
    })),
  )
  if (targets.length <= MAX_TARGETS) return targets
  const message = `${targets.length} targets are more than the ${MAX_TARGETS} that one plan may have`
  throw new UsageError([{ message, hint: 'verify in several workflows, each with a spec of its own' }])
}

/** Refuses keys that are no targets of a plan: a shard would wait for them in vain. */
export function assertListed(plan: Plan, keys: readonly string[]): void {
  const known = listTargets(plan).map(({ key }) => key)
  const unknown = keys.filter((key) => !known.includes(key))
  if (unknown.length === 0) return
  throw new UsageError(
    unknown.map((key) => ({
      message: `targets: ${JSON.stringify(key)} is no target of the plan${didYouMean(key, known)}`,
      hint: 'give a shard the targets of its row of the output matrix of mode plan',
    })),
  )
}
