import type { Problem } from '../../model/result.ts'
import { type ImageExpectation, targetKey } from '../../model/spec.ts'
import type { Plan } from '../../plan.ts'

/** The images that this run looks at, and why it looks at none. */
export function imagesOf(plan: Plan): {
  readonly images: readonly ImageExpectation[]
  readonly problems: readonly Problem[]
} {
  const problems = repeatedIds(plan)
  return { images: problems.length > 0 ? [] : ourImages(plan), problems }
}

/** A shard looks at the images of its targets; any other run at all of them. */
function ourImages({ images, shardOf, targets }: Plan): readonly ImageExpectation[] {
  if (shardOf === undefined || targets === undefined) return images
  const ours = new Set(targets)
  return images.filter(({ id, platforms = [] }) => platforms.some((platform) => ours.has(targetKey(id, platform))))
}

/** Looks are told apart by id: of two images with one id, one would be judged by what was seen of the other. */
function repeatedIds({ images }: Plan): readonly Problem[] {
  return [...Map.groupBy(images, ({ id }) => id)].flatMap(([id, { length }]) =>
    length === 1 ? [] : [{ message: `${length} images are called ${id}`, hint: 'give each its own id in a spec' }],
  )
}
