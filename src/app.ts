import { errorMessage, UnseenError, UsageError } from './errors.ts'
import { registryOf } from './model/image.ts'
import { concluded, type Problem, type Report, withProblem } from './model/result.ts'
import { lookAndVerify } from './modes/look.ts'
import { assertSamePlan, planDigest } from './modes/plan/identity.ts'
import { assertListed, listTargets } from './modes/plan/list.ts'
import { shardsOf } from './modes/plan/shards.ts'
import { locateBuild, nothingPushed } from './modes/plan/source.ts'
import { makePlan } from './modes/plan.ts'
import type { ShardFile } from './modes/report/shard-parts.ts'
import type { Options } from './options.ts'
import type { ListedTarget, Plan, Shard } from './plan.ts'
import type { BuildRun, Ports } from './ports.ts'
import { version } from './version.ts'

/** What is at hand before anybody knows which registries there are to ask. */
export type Desk = Pick<Ports, 'files' | 'clock' | 'log'> & {
  readonly buildRun?: BuildRun | undefined
  /** What lies in the directory of the reports. */
  readonly shardFiles: (directory: string) => Promise<readonly ShardFile[]>
}

/** The rest of the machine, once it is known which registries the images are on. */
export type Open = (registries: readonly string[]) => Promise<Ports & AsyncDisposable>

/** In mode plan, what there is to verify; else how it went, or why there is nothing to verify. */
export type Outcome =
  | Planned
  /** `isUsage`: what was given has to be mended before anything can be looked at. */
  | { readonly kind: 'report'; readonly report: Report; readonly isUsage: boolean }
  | { readonly kind: 'skipped'; readonly reason: string }

/** What is to be verified, where, and the digest that shards are held to. */
export interface Planned {
  readonly kind: 'plan'
  readonly plan: Plan
  readonly targets: readonly ListedTarget[]
  readonly shards: readonly Shard[]
  readonly digest: string
}

/** Does what the options ask for: whatever goes wrong is told in a report. */
export async function run(options: Options, desk: Desk, open: Open): Promise<Outcome> {
  let { source } = options
  try {
    const reason = nothingPushed(options)
    if (reason !== undefined) return { kind: 'skipped', reason }
    const { options: located, specFiles, workflowFiles } = await locateBuild(options, desk)
    source = located.source
    const plan = await makePlan(located, specFiles, workflowFiles)
    const digest = await planDigest(plan, version, options.ownRun?.id)
    if (options.mode === 'plan') {
      const targets = listTargets(plan)
      return { kind: 'plan', plan, targets, shards: shardsOf(targets, options.shards), digest }
    }
    if (options.plan !== undefined) assertSamePlan(options.plan, digest)
    if (options.mode === 'verify' && options.targets !== undefined) assertListed(plan, options.targets)
    const merge = options.merge && (await merger(plan, options.merge, desk))
    announce(plan, desk)
    const ports = await open([...new Set(plan.images.map(({ name }) => registryOf(name)))])
    // Whatever else the spec names is read where the spec was.
    const seeing: Ports = { ...ports, files: specFiles }
    try {
      const report = await (merge?.(seeing) ?? lookAndVerify(plan, seeing, version))
      return { kind: 'report', report, isUsage: false }
    } finally {
      await close(ports, desk)
    }
  } catch (error) {
    const failed = problemReport(problemsOf(error), source, desk.clock.date())
    const isUsage = error instanceof UsageError
    const starter = isUsage && error.starter !== undefined ? { starter: error.starter } : {}
    return { kind: 'report', report: { ...failed, ...shardOf(options), ...starter }, isUsage }
  }
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof UsageError) return error.problems
  if (error instanceof UnseenError) return [error.problem]
  return [{ message: errorMessage(error), hint: 'this is a fault of the action: please report it' }]
}

/** Reads the shards before anything is opened, and gives back what puts them together. */
async function merger(plan: Plan, { plan: token, reports }: NonNullable<Options['merge']>, { shardFiles }: Desk) {
  listTargets(plan)
  const files = await shardFiles(reports)
  const { report } = await import('./modes/report.ts')
  return (ports: Ports): Promise<Report> => report(plan, token, files, ports, version)
}

/** A shard that could not begin to look says which one it is. */
function shardOf({ mode, plan, targets = [] }: Options): Pick<Report, 'shard'> {
  if (mode !== 'verify' || plan === undefined) return {}
  return { shard: { plan, targets, seen: { images: [], probes: [] } } }
}

/** What could not be put away must not take away what was seen. */
async function close(ports: AsyncDisposable, { log }: Desk): Promise<void> {
  try {
    await ports[Symbol.asyncDispose]()
  } catch (error) {
    log.warn(`could not put everything away: ${errorMessage(error)}`)
  }
}

/** A report of a run that was ended before its end: whatever was seen, it was not all. */
export const cutShort = (report: Report, why: keyof typeof ENDS = 'too late'): Report => withProblem(report, ENDS[why])

const ENDS = {
  cancelled: { message: 'the run was cancelled before everything was looked at' },
  'out of time': {
    message: 'the run was out of time before everything was looked at',
    hint: 'give it more (timeout), or verify fewer images at once',
  },
  'too late': { message: 'the run ended before everything was looked at' },
} as const satisfies Record<string, Problem>

/** A report of a run that was ended before it could tell anything. */
export const nothingSeen = (options: Options, date: Date): Report => ({
  ...problemReport([], options.source, date),
  ...shardOf(options),
})

/** A report of a run that could not begin to look. */
export function problemReport(problems: readonly Problem[], source: Report['source'], date: Date): Report {
  const nothing = { images: [], checks: [], missing: [], environment: {} }
  return concluded({ ...nothing, generated: date.toISOString(), seconds: 0, tool: { version }, source, problems })
}

function announce({ images, source }: Plan, { log }: Desk): void {
  const commit = source.sha === undefined ? '' : ` of commit ${source.sha.slice(0, 7)}`
  log.info(
    `verifying ${images.length === 1 ? '1 image' : `${images.length} images`}${commit}: ${images.map(({ id }) => id).join(', ')}`,
  )
}
