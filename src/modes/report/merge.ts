import { checksFor } from '../../checks/index.ts'
import type { Digest, Tag } from '../../model/image.ts'
import { type CheckResult, type Environment, type ImageReport, type Problem, worstFirst } from '../../model/result.ts'
import type { ImageInSet, SetSeen, TargetInSet } from '../../model/set.ts'
import { hasProbes, type ImageExpectation, targetKey } from '../../model/spec.ts'
import type { Plan } from '../../plan.ts'
import { reportExpected } from '../verify/assemble.ts'
import { canonical } from './canonical.ts'
import type { ShardPart } from './shard-parts.ts'

export interface Merged {
  readonly images: readonly ImageReport[]
  readonly environment: Environment
  /** What checks of the whole set look at. */
  readonly set: SetSeen
  /** Targets that no shard reported on, or that several did. */
  readonly missing: readonly string[]
  readonly problems: readonly Problem[]
  /** Of the shard that took longest. */
  readonly seconds: number
}

/**
 * Puts the shards of a plan together as one run would have reported them: in the order of the plan, whatever the order
 * and the grouping of the shards. Of a target reported twice, the later attempt counts; of one attempt, neither does.
 */
export function mergeShards(plan: Plan, shards: readonly ShardPart[]): Merged {
  const parts = shards.map(indexed)
  const holders = Map.groupBy(
    parts.flatMap((part) => part.shard.targets.map((key) => ({ key, part }))),
    ({ key }) => key,
  )
  const chosen = new Map<string, Part>()
  const problems: Problem[] = []
  for (const { id, platforms = [] } of plan.images) {
    for (const key of platforms.map((platform) => targetKey(id, platform))) {
      const held = holders.get(key)?.map(({ part }) => part) ?? []
      const [part, ...others] = newest(held)
      if (part !== undefined && others.length === 0) chosen.set(key, part)
      if (part !== undefined && others.length > 0) problems.push(duplicated(key, [part, ...others]))
    }
  }
  const trusted = new Set(chosen.values())
  const reports = parts.filter((part) => trusted.has(part)).map(({ report }) => report)
  const merged = plan.images.map((image) => mergeImage(image, chosen))
  const missing = plan.images.flatMap(({ id, platforms = [] }) =>
    platforms.map((platform) => targetKey(id, platform)).filter((key) => !isReported(key, id, chosen)),
  )
  const unreported = new Set(missing)
  const probes = plan.images.filter(hasProbes).flatMap(({ id, platforms = [] }) =>
    platforms
      .map((platform) => targetKey(id, platform))
      .flatMap((key) => {
        if (unreported.has(key)) return { target: key, versions: {}, unseen: UNREPORTED }
        return chosen.get(key)?.probes.get(key) ?? []
      }),
  )
  return {
    images: merged.map(({ report }) => report),
    environment: mergeEnvironments(reports.map(({ environment }) => environment)),
    set: {
      images: merged.map(({ report: { id }, seen }) => seen ?? { id, commits: [], unseen: UNREPORTED }),
      probes,
    },
    missing,
    problems: [
      ...problemsOf(parts.filter((part) => trusted.has(part))),
      ...problems,
      ...merged.flatMap((each) => each.problems),
    ],
    seconds: Math.max(0, ...reports.map(({ seconds }) => seconds)),
  }
}

/** A shard, by the images and targets it speaks of. */
interface Part extends ShardPart {
  readonly images: ReadonlyMap<string, ImageReport>
  readonly imagesSeen: ReadonlyMap<string, ImageInSet>
  readonly probes: ReadonlyMap<string, TargetInSet>
}

const indexed = (part: ShardPart): Part => ({
  ...part,
  images: new Map(part.report.images.map((image) => [image.id, image])),
  imagesSeen: new Map(part.shard.seen.images.map((image) => [image.id, image])),
  probes: new Map(part.shard.seen.probes.map((probe) => [probe.target, probe])),
})

const UNREPORTED = {
  reason: 'no shard reported on it',
  hint: 'look at the job of its shard, and rerun the failed jobs',
}

const attemptOf = ({ report }: ShardPart): number => report.source.runAttempt ?? 0

/** Those of the last attempt: a rerun takes the place of what it reruns. */
function newest(parts: readonly Part[]): readonly Part[] {
  const last = Math.max(...parts.map(attemptOf))
  return parts.filter((part) => attemptOf(part) === last)
}

const MAX_NAMED = 3

/** What kept shards from looking, each thing once, with the files that say it. */
function problemsOf(parts: readonly ShardPart[]): readonly Problem[] {
  const told = parts.flatMap(({ file, report }) => report.problems.map((problem) => ({ file, problem })))
  const alike = [...Map.groupBy(told, ({ problem }) => canonical(problem)).values()]
  return alike
    .flatMap((same) => {
      const [first] = same
      const files = [...new Set(same.map(({ file }) => file))].sort()
      const more = files.length > MAX_NAMED ? [`${files.length - MAX_NAMED} more`] : []
      const where = [...files.slice(0, MAX_NAMED), ...more].join(', ')
      return first === undefined ? [] : [{ ...first.problem, message: `${first.problem.message} (${where})` }]
    })
    .sort(byText)
}

const duplicated = (key: string, parts: readonly ShardPart[]): Problem => ({
  message: `${key} is reported on ${parts.length} times: ${parts
    .map(({ file }) => file)
    .sort()
    .join(', ')}`,
  hint: 'give mode report one report of every shard, of one plan',
})

const isReported = (key: string, id: string, chosen: ReadonlyMap<string, Part>): boolean => {
  const image = chosen.get(key)?.images.get(id)
  return image?.platforms.some(({ platform }) => targetKey(id, platform) === key) ?? false
}

interface MergedImage {
  readonly report: ImageReport
  readonly seen: ImageInSet | undefined
  readonly problems: readonly Problem[]
}

function mergeImage(expected: ImageExpectation, chosen: ReadonlyMap<string, Part>): MergedImage {
  const { id, name, platforms = [] } = expected
  const keys = platforms.map((platform) => targetKey(id, platform))
  const parts = [...new Set(keys.flatMap((key) => chosen.get(key) ?? []))]
  const reports = parts.flatMap(({ images }) => images.get(id) ?? [])
  const digests = [...new Set(reports.flatMap(({ digest }) => digest ?? []))].sort()
  const [digest] = digests
  const [seen] = parts
    .flatMap(({ imagesSeen }) => imagesSeen.get(id) ?? [])
    .sort((one, other) => Number(other.unseen !== undefined) - Number(one.unseen !== undefined) || byText(one, other))
  const ofImage = checksFor('image').flatMap(({ id: check }) =>
    sternest(reports.flatMap(({ checks }) => checks.filter((each) => each.check === check && each.target === id))),
  )
  const ofTargets = keys.flatMap((key) =>
    (chosen.get(key)?.images.get(id)?.checks ?? []).filter(({ target }) => target === key),
  )
  const tags = mergeTags(expected.tags, reports)
  return {
    report: {
      id,
      reference: name,
      ...(digest !== undefined && { digest }),
      tags: Object.fromEntries(tags.map(({ tag, digests: [first] }) => [tag, first ?? null])),
      expected: reportExpected(expected),
      platforms: platforms.flatMap((platform) =>
        (chosen.get(targetKey(id, platform))?.images.get(id)?.platforms ?? []).filter(
          (each) => each.platform === platform,
        ),
      ),
      checks: [...ofImage, ...ofTargets],
    },
    seen,
    problems: [
      ...(digests.length > 1 ? [moved(`${id}`, digests)] : []),
      ...tags.flatMap(({ tag, digests: found }) => (found.length > 1 ? [moved(`${name}:${tag}`, found)] : [])),
    ],
  }
}

/** Each tag with every digest that some shard found it on. */
function mergeTags(expected: readonly Tag[], reports: readonly ImageReport[]) {
  const found = reports.flatMap(({ tags }) => Object.keys(tags) as Tag[])
  const known = expected.filter((tag) => found.includes(tag))
  return [...new Set([...known, ...found.sort()])].map((tag) => ({
    tag,
    digests: [...new Set(reports.flatMap(({ tags }) => tags[tag] ?? []))].sort(),
  }))
}

const moved = (what: string, digests: readonly Digest[]): Problem => ({
  message: `the shards found ${what} on ${digests.length} digests: ${digests.join(', ')}`,
  hint: 'it was pushed again while the shards looked: rerun all jobs',
})

/** Of what several shards say of one check of an image, the worst; they looked at the same thing and mostly agree. */
function sternest(results: readonly CheckResult[]): readonly CheckResult[] {
  const [worst] = results.toSorted(
    (one, other) =>
      worstFirst.indexOf(one.status) - worstFirst.indexOf(other.status) || byText(untimed(one), untimed(other)),
  )
  if (worst === undefined) return []
  return [{ ...worst, seconds: Math.max(...results.map(({ seconds }) => seconds)) }]
}

const untimed = (result: CheckResult): CheckResult => ({ ...result, seconds: 0 })

/** What all runners had in common. */
function mergeEnvironments(environments: readonly Environment[]): Environment {
  const [first = {}, ...others] = environments
  const shared = Object.entries(first).filter(([key, value]) =>
    others.every((other) => new Map<string, unknown>(Object.entries(other)).get(key) === value),
  )
  return Object.fromEntries(shared)
}

const byText = (one: unknown, other: unknown): number => {
  const [left, right] = [canonical(one), canonical(other)]
  return left < right ? -1 : left > right ? 1 : 0
}
