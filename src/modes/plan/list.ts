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
  const targets = listed(images)
  if (targets.length <= MAX_TARGETS) return targets
  const message = `${targets.length} targets are more than the ${MAX_TARGETS} that one plan may have`
  throw new UsageError([{ message, hint: 'verify in several workflows, each with a spec of its own' }])
}

const listed = (images: Plan['images']): readonly ListedTarget[] =>
  images.flatMap((image) =>
    (image.platforms ?? []).map((platform) => ({
      key: targetKey(image.id, platform),
      image: image.id,
      platform,
      runner: runnerFor(image, platform) ?? 'ubuntu-latest',
    })),
  )

/** Refuses keys that are no targets of a plan, as far as those can be told: nobody would find them. Throws `UsageError`. */
export function assertListed(plan: Plan, keys: readonly string[]): void {
  const known = listed(plan.images).map(({ key }) => key)
  const vague = plan.images.flatMap(({ id, platforms }) => (platforms === undefined ? [`${id}/`] : []))
  const unknown = keys.filter((key) => !known.includes(key) && !vague.some((start) => key.startsWith(start)))
  if (unknown.length === 0) return
  throw new UsageError(
    unknown.map((key) => ({
      message: `targets: ${JSON.stringify(key)} is no target of the plan${didYouMean(key, known)}`,
      hint: 'mode plan lists the targets',
    })),
  )
}
