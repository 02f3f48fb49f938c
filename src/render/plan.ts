import { planToken } from '../model/shard.ts'
import type { ListedTarget, Plan, Shard } from '../plan.ts'
import { count } from './quantities.ts'

/** What a plan expects to exist, for a terminal: each image with its tags, each target with its key. */
export function renderPlan({ images }: Plan, targets: readonly ListedTarget[]): string {
  const byImage = Map.groupBy(targets, ({ image }) => image)
  const lines = images.flatMap(({ id, name, tags }) => [
    `${id}  ${name}  ${tags.join(', ')}`,
    ...(byImage.get(id) ?? []).map(({ key, runner }) => `  ${key}  ${runner}`),
  ])
  return [...lines, `${count(images.length, 'image')}, ${count(targets.length, 'target')}`].join('\n')
}

/** What tells a making of a plan from others, as the output `plan` carries it. */
export const renderToken = ({ source }: Plan, digest: string, nonce: string): string =>
  planToken(digest, nonce.replaceAll('-', ''), source.runAttempt)

/** The value of `strategy.matrix`, as the output `matrix` carries it. */
export const renderMatrix = (shards: readonly Shard[]): string => JSON.stringify({ include: shards })
