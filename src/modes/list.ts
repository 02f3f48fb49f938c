import { UsageError } from '../errors.ts'
import { targetKey } from '../model/spec.ts'
import type { ListedTarget, Plan } from '../plan.ts'

// https://docs.github.com/en/actions/reference/limits
const MAX_ROWS = 256

// https://docs.github.com/en/actions/reference/runners/github-hosted-runners
const RUNNERS: Readonly<Record<string, string>> = {
  'linux/amd64': 'ubuntu-latest',
  'linux/arm64': 'ubuntu-24.04-arm',
}

/** Every target of a plan, in the order of the spec; throws `UsageError` where they cannot be told, or are too many for a matrix. */
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
  const targets = images.flatMap(({ id, platforms = [] }) =>
    platforms.map((platform) => ({
      key: targetKey(id, platform),
      image: id,
      platform,
      runner: RUNNERS[platform] ?? 'ubuntu-latest',
    })),
  )
  if (targets.length <= MAX_ROWS) return targets
  const message = `${targets.length} targets are more than the ${MAX_ROWS} jobs that GitHub allows in a matrix`
  throw new UsageError([{ message, hint: 'verify in several workflows, each with a spec of its own' }])
}
