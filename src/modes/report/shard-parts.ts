import { checksFor } from '../../checks/index.ts'
import type { ImageReport, Problem, Report } from '../../model/result.ts'
import { identityOf, type PlanToken, type ShardReport } from '../../model/shard.ts'
import { type ImageExpectation, targetKey } from '../../model/spec.ts'
import type { Plan } from '../../plan.ts'
import { selfContradiction } from './told-twice.ts'

/** What lay in the directory of the reports, file by file; each was read as far as it may be. */
export type ShardFile = { readonly file: string } & ({ readonly report: Report } | { readonly problem: Problem })

/** A report that is what it says: a shard of this plan, whole, of this run. */
export interface ShardPart {
  readonly file: string
  readonly report: Report
  readonly shard: ShardReport
}

/** Parts a plan's own shards from whatever else lies there; what is not one of them is a problem, never nothing. */
export function acceptShards(
  plan: Plan,
  token: PlanToken,
  files: readonly ShardFile[],
  version: string,
): { readonly parts: readonly ShardPart[]; readonly problems: readonly Problem[] } {
  const planned = new Map(
    plan.images.flatMap((image) =>
      (image.platforms ?? []).map((platform) => [targetKey(image.id, platform), image] as const),
    ),
  )
  const judged = files.map((each) => {
    if ('problem' in each) return { problem: each.problem }
    const { file, report } = each
    const wrong = strangeness(report, plan, planned, token, version)
    if (wrong !== undefined || report.shard === undefined) return { problem: about(file, wrong ?? 'is no shard') }
    return { part: { file, report, shard: report.shard } }
  })
  return {
    parts: judged.flatMap(({ part }) => part ?? []),
    problems: judged.flatMap(({ problem }) => problem ?? []),
  }
}

const RERUN = 'rerun all jobs, and give mode report the reports of this run and of its last plan only'

const about = (file: string, what: string): Problem => ({ message: `${file} ${what}`, hint: RERUN })

/** The image of every target of a plan, by the target's key. */
type Planned = ReadonlyMap<string, ImageExpectation>

/** Why a report is none of this plan's shards; undefined where it is one. */
function strangeness(
  report: Report,
  plan: Plan,
  planned: Planned,
  token: PlanToken,
  version: string,
): string | undefined {
  const { shard, source } = report
  if (shard === undefined) return 'is the report of a whole verification, not of a shard'
  const [ours, theirs] = [identityOf(token), identityOf(shard.plan)]
  const { repository, sha, runId, runAttempt } = plan.source
  if (source.runId !== runId || source.sha !== sha || source.repository !== repository) {
    return 'is foreign: it is of another repository, commit or run'
  }
  if (theirs.digest !== ours.digest) return 'is foreign: it is of another plan'
  if (theirs.attempt < ours.attempt) return `is stale: its plan is of attempt ${theirs.attempt}, not ${ours.attempt}`
  if (shard.plan !== token) return 'is foreign: it is of another making of this plan'
  const attempt = source.runAttempt ?? 0
  if (attempt < ours.attempt) return `is stale: it is of attempt ${attempt}, and the plan of attempt ${ours.attempt}`
  if (attempt > (runAttempt ?? 0)) return `is foreign: it is of attempt ${attempt}, which is not yet`
  if (report.tool.version !== version) return `is foreign: it is of release ${report.tool.version}, not ${version}`
  const altered = contradiction(report, shard, planned) ?? selfContradiction(report, shard, plan)
  return altered && `was altered: ${altered}`
}

/** Where a report is not what this action could have written of its targets. */
function contradiction(report: Report, { targets, seen }: ShardReport, planned: Planned): string | undefined {
  const unknown = targets.find((key) => !planned.has(key))
  if (targets.length === 0) return 'it has no target'
  if (unknown !== undefined) return `${JSON.stringify(unknown)} is no target of the plan`
  if (repeats(targets) || repeats(report.images.map(({ id }) => id))) return 'it says something twice'
  const own = new Set(targets)
  const expected = new Map(targets.flatMap((key) => planned.get(key) ?? []).map((image) => [image.id, image]))
  const strange = [...report.images, ...seen.images].find(({ id }) => !expected.has(id))
  if (strange !== undefined) return `it has no target of ${JSON.stringify(strange.id)}`
  if (seen.probes.some(({ target }) => !own.has(target))) return 'it probed what is not its own'
  if (repeats([...seen.images.map(({ id }) => id), ...seen.probes.map(({ target }) => target)])) {
    return 'it says something twice'
  }
  const inSet = new Map(seen.images.map((image) => [image.id, image]))
  for (const image of report.images) {
    if (image.reference !== expected.get(image.id)?.name) return `${image.id} is not ${image.reference}`
    const told = inSet.get(image.id)
    if (told === undefined || told.digest !== image.digest) {
      return `it says two things of the digest of ${image.id}`
    }
    if (image.platforms.some(({ platform }) => !own.has(targetKey(image.id, platform)))) {
      return `it has platforms of ${image.id} that are not its own`
    }
    if (!isComplete(image)) return `its checks of ${image.id} are not those of this release`
  }
  return undefined
}

/** Every check of the image once, and of each of its targets either all checks once or none. */
function isComplete({ id, platforms, checks }: ImageReport): boolean {
  const wanted = [
    ...checksFor('image').map((check) => `${check.id} ${id}`),
    ...platforms.flatMap(({ platform }) =>
      checksFor('platform').map((check) => `${check.id} ${targetKey(id, platform)}`),
    ),
  ]
  const had = new Set(checks.map(({ check, target }) => `${check} ${target}`))
  return had.size === checks.length && had.size === wanted.length && wanted.every((each) => had.has(each))
}

const repeats = (words: readonly string[]): boolean => new Set(words).size < words.length
