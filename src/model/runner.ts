import { familyOf, type Platform } from './image.ts'
import type { ImageExpectation } from './spec.ts'

// https://docs.github.com/en/actions/reference/runners/github-hosted-runners
const RUNNERS: Readonly<Record<string, string>> = {
  'linux/amd64': 'ubuntu-latest',
  'linux/arm64': 'ubuntu-24.04-arm',
}

type Runners = Pick<ImageExpectation, 'platforms' | 'runners'>

/** The label of machines that run a platform natively: the spec's own, else GitHub's; undefined where nobody names one. */
export const runnerFor = ({ runners = {} }: Runners, platform: Platform): string | undefined =>
  runners[platform] ?? RUNNERS[familyOf(platform)]

/** Whether there is no machine for a platform, and one for another of the image: a shard of that is where it runs. */
export const runsInOtherShards = (image: Runners, platform: Platform): boolean =>
  runnerFor(image, platform) === undefined &&
  (image.platforms ?? []).some((other) => runnerFor(image, other) !== undefined)
