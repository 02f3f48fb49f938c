import { MOST_COUNTED } from './scale.ts'
import type { ImageSet } from './sets.ts'

interface Work {
  readonly owner: ImageSet['owner']
  readonly runs: number
  readonly links: readonly string[]
  readonly counts: readonly number[]
}

/** Of one round on one link, all three and the emptying between them, as measured. */
const ROUND_SECONDS: Readonly<Record<ImageSet['owner'], number>> = { ktrdr: 135, quick: 20 }
const START_SECONDS = 20
const SMALL_IMAGE_SECONDS = 0.7
const PUSHED_SECONDS = 0.1

/** About how long a bench takes on two cores. */
export function minutesFor({ owner, runs, links, counts }: Work): number {
  const rounds = runs * links.length * ROUND_SECONDS[owner]
  const scale = counts.map((images) => {
    const times = images > MOST_COUNTED ? 1 : Math.min(runs, 3) + 1
    return images * (PUSHED_SECONDS + times * SMALL_IMAGE_SECONDS) + times * 3
  })
  return (START_SECONDS + rounds + scale.reduce((sum, seconds) => sum + seconds, 0)) / 60
}
