import { UsageError } from '../../errors.ts'
import { MOST_SHARDS } from '../../model/shard.ts'
import type { ListedTarget, Shard } from '../../plan.ts'

/**
 * The targets spread over at most so many runners, each with targets of one kind of runner, in the order of the spec,
 * so that neighbours that share layers share a runner. Where there are runners enough, every target has its own; where
 * there are more kinds than runners, every kind has one. Throws `UsageError` where a matrix has no room for that.
 */
export function shardsOf(targets: readonly ListedTarget[], most: number): readonly Shard[] {
  const kinds = [...Map.groupBy(targets, ({ runner, platform }) => `${platform} ${runner}`).values()]
  if (kinds.length > MOST_SHARDS) {
    const message = `${kinds.length} kinds of runners are more than the ${MOST_SHARDS} rows that a matrix may have`
    throw new UsageError([{ message, hint: 'name fewer runners in the spec, or verify in several workflows' }])
  }
  const perShard = smallest((size) => kinds.reduce((sum, { length }) => sum + Math.ceil(length / size), 0) <= most, {
    from: 1,
    to: Math.max(1, targets.length),
  })
  const numbers = new Map<string, number>()
  return kinds.flatMap((kind) =>
    chunks(kind, perShard).flatMap((chunk): readonly Shard[] => {
      const [first] = chunk
      if (first === undefined) return []
      const { runner, platform, key, image } = first
      const number = (numbers.get(platform) ?? 0) + 1
      numbers.set(platform, number)
      const shard = `${platform.replaceAll('/', '-')}-${number}`
      const keys = chunk.map((target) => target.key).join(',')
      return [{ shard, runner, platform, targets: keys, ...(chunk.length === 1 && { key, image }) }]
    }),
  )
}

/** The least size that is enough; the greatest where none is. */
function smallest(isEnough: (size: number) => boolean, { from, to }: { from: number; to: number }): number {
  for (let size = from; size < to; size += 1) if (isEnough(size)) return size
  return to
}

const chunks = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
