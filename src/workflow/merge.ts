import type { Platform } from '../model/image.ts'
import type { Build, Known, Promotion } from '../model/workflow.ts'
import type { Contribution } from './contributions.ts'
import { allKnown, known, unknown } from './known.ts'

export interface BuiltContribution extends Contribution {
  readonly build: Build
}
export interface PromotedContribution extends Contribution {
  readonly promotion: Promotion
}

/** Several builds, and what tags them, that make one image. */
export interface Merged {
  readonly builds: readonly BuiltContribution[]
  readonly promotion: PromotedContribution | undefined
  readonly platforms: Known<readonly Platform[]>
  /** Why it is not certain that these make one image. */
  readonly doubt: string | undefined
}

/** Builds of one name that push with tags: apart where their tags differ, together, and in doubt, where they meet. */
export function mergeTagged(builds: readonly BuiltContribution[]): readonly Merged[] {
  const groups: BuiltContribution[][] = []
  for (const build of builds) {
    const meeting = groups.filter((group) => group.some((other) => other.tags.some((tag) => build.tags.includes(tag))))
    for (const group of meeting) groups.splice(groups.indexOf(group), 1)
    groups.push([...meeting.flat(), build])
  }
  return groups.map((group) => {
    const [first] = group
    const only = group.length === 1 && first ? first.build.platforms.value : undefined
    const shared = group.flatMap(({ tags }) => tags).find((tag, index, all) => all.indexOf(tag) !== index)
    const doubt = `${group.length} builds push the tag ${shared ?? ''}: the last one stays`
    return {
      builds: group,
      promotion: undefined,
      platforms: only ?? unknown('platforms', doubt),
      doubt: only ? undefined : doubt,
    }
  })
}

/** Builds that push one name by digest, with the promotion whose matrix row fits theirs. */
export function mergeDigests(
  builds: readonly BuiltContribution[],
  promotions: readonly PromotedContribution[],
): readonly Merged[] {
  if (promotions.length === 0) {
    const doubt = 'it is pushed by digest, and no step that is read here gives the digests a tag'
    return builds.length === 0 ? [] : [{ builds, promotion: undefined, ...joined(builds), doubt }]
  }
  return promotions.map((promotion) => {
    const own = builds.filter(({ build }) => fits(promotion.promotion, build))
    const { platforms, doubt } = joined(own)
    return { builds: own, promotion, platforms, doubt: sourceDoubt(promotion, own) ?? doubt }
  })
}

function sourceDoubt(
  { name, promotion }: PromotedContribution,
  builds: readonly BuiltContribution[],
): string | undefined {
  if (builds.length === 0) return 'tags are given to it, and no build that is read here pushes it by digest'
  if (!promotion.sources.known) return promotion.sources.reason
  const isOwn = promotion.sources.value.every((source) => name.endsWith(source.toLowerCase()))
  return isOwn ? undefined : 'tags are given to digests of another name'
}

function joined(builds: readonly BuiltContribution[]): Pick<Merged, 'platforms' | 'doubt'> {
  if (builds.length === 0) return { platforms: unknown('platforms', 'no build is read here'), doubt: undefined }
  const all = allKnown(builds.map(({ build }) => build.platforms.value))
  if (!all.known) return { platforms: all, doubt: undefined }
  const platforms = all.value.flat()
  if (new Set(platforms).size === platforms.length) return { platforms: known(platforms), doubt: undefined }
  const doubt = 'two builds push it by digest for one platform'
  return { platforms: unknown('platforms', doubt), doubt }
}

/** Values that the rows of both have agree. */
const fits = ({ row }: Promotion, build: Build): boolean =>
  Object.entries(row?.values ?? {}).every(([key, value]) => {
    const other = build.row?.values[key]
    return !other?.known || !value.known || JSON.stringify(other.value) === JSON.stringify(value.value)
  })
