import type { Problem } from '../model/result.ts'
import { type ImageExpectation, targetKey } from '../model/spec.ts'
import type { Plan } from '../plan.ts'

/** The images that this run looks at, and why it looks at none. */
export function imagesOf(plan: Plan): {
  readonly images: readonly ImageExpectation[]
  readonly problems: readonly Problem[]
} {
  const problems = repeatedIds(plan)
  return { images: problems.length > 0 ? [] : plan.images.filter((image) => isOurs(image, plan)), problems }
}

/** A shard looks at the images of its targets; any other run at all of them. */
const isOurs = ({ id, platforms = [] }: ImageExpectation, { shardOf, targets }: Plan): boolean =>
  shardOf === undefined || platforms.some((platform) => targets?.includes(targetKey(id, platform)) ?? true)

/** Looks are told apart by id: of two images with one id, one would be judged by what was seen of the other. */
function repeatedIds({ images }: Plan): readonly Problem[] {
  const ids = images.map(({ id }) => id)
  const repeated = new Set(ids.filter((id, position) => ids.indexOf(id) !== position))
  return [...repeated].map((id) => ({
    message: `${ids.filter((each) => each === id).length} images are called ${id}`,
    hint: 'give each its own id in a spec',
  }))
}
