import type { ListedTarget, Plan } from '../plan.ts'
import { count } from './quantities.ts'

/** What a plan expects to exist, for a terminal: each image with its tags, each target with its key. */
export function renderPlan({ images }: Plan, targets: readonly ListedTarget[]): string {
  const lines = images.flatMap(({ id, name, tags }) => [
    `${id}  ${name}  ${tags.join(', ')}`,
    ...targets.filter(({ image }) => image === id).map(({ key, runner }) => `  ${key}  ${runner}`),
  ])
  return [...lines, `${count(images.length, 'image')}, ${count(targets.length, 'target')}`].join('\n')
}

/** The value of `strategy.matrix`, as the output `matrix` carries it. */
export const renderMatrix = (targets: readonly ListedTarget[]): string => JSON.stringify({ include: targets })
