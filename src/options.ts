import { errorMessage } from './errors.ts'
import { parseBuildxVersion } from './model/buildx-releases.ts'
import type { EventSeen } from './model/event.ts'
import type { Problem } from './model/result.ts'
import { MOST_SHARDS, type PlanToken, parsePlanToken } from './model/shard.ts'
import type { Execute, Source } from './model/spec.ts'
import { commit, jobNumber, lines, oneOf, optional, timeout, wholeNumber } from './options/words.ts'
import { parseDuration } from './spec/quantities.ts'

export type Mode = 'verify' | 'plan' | 'report'

/** What a person typed, input by input; empty or absent means not given. */
export type RawOptions = Readonly<Partial<Record<OptionName, string>>>

export const optionNames = [
  'spec',
  'workflow',
  'images',
  'sha',
  'run-id',
  'check-run-id',
  'github-token',
  'baseline',
  'registry-username',
  'registry-password',
  'mode',
  'targets',
  'shards',
  'plan',
  'reports',
  'execute',
  'wait',
  'timeout',
  'parallel',
  'keep-images',
  'report-file',
  'buildx-version',
] as const
export type OptionName = (typeof optionNames)[number]

/** What the surroundings say of the run, from a runner's variables or a laptop's flags. */
export interface Surroundings {
  /** `owner/name` */
  readonly repository: string | undefined
  readonly sha: string | undefined
  /** `refs/heads/main`, `refs/tags/v1.2.3` */
  readonly ref: string | undefined
  /** `push`, `workflow_dispatch` */
  readonly eventName?: string | undefined
  /** `https://github.com` */
  readonly serverUrl?: string | undefined
  /** `.github/workflows/build.yml` of the workflow that runs. */
  readonly workflowPath?: string | undefined
  /** What started the run; undefined where nobody can say. */
  readonly event?: EventSeen | undefined
  readonly runId: string | undefined
  readonly runAttempt: string | undefined
  readonly ownRun?: OwnRun | undefined
  /** Where reports go when nobody says. */
  readonly tempDir: string
}

/** What a runner says of the run that it works on, which is the same at every attempt. */
export interface OwnRun {
  readonly id: string | undefined
  readonly number: string | undefined
  readonly workflow: string | undefined
  readonly actor: string | undefined
  /** Branches of a pull request; empty on other events. */
  readonly headRef: string | undefined
  readonly baseRef: string | undefined
  readonly apiUrl: string | undefined
}

export interface Options {
  readonly mode: Mode
  readonly spec: { readonly path: string; readonly named: boolean }
  /** The build workflow; `named` if a person said so, else it is the one that runs. */
  readonly workflow: {
    readonly path: string | undefined
    readonly named: boolean
    readonly running: string | undefined
  }
  readonly images: readonly string[]
  readonly source: Source
  /** What a person named, which is not to be found out. */
  readonly asked: { readonly sha: boolean; readonly runId: boolean }
  /** The commit of the run itself, whatever is verified; undefined on a laptop. */
  readonly commit: string | undefined
  readonly event: EventSeen | undefined
  /** The run that this is, which need not be the one that is verified. */
  readonly ownRun: OwnRun | undefined
  /** The id of this job in GitHub's API. */
  readonly checkRunId: string | undefined
  readonly ref: string | undefined
  readonly eventName: string | undefined
  readonly serverUrl: string | undefined
  readonly branch: string | undefined
  /** From the tag that runs, `v1.2.3` gives `1.2.3`. */
  readonly release: string | undefined
  /** To ask GitHub by; without one, it tells what everybody may know. */
  readonly githubToken: string | undefined
  readonly login: { readonly username: string; readonly password: string } | undefined
  readonly execute: Execute
  readonly waitMs: number
  readonly timeoutMs: number
  readonly parallel: number
  readonly keepImages: boolean
  readonly targets: readonly string[] | undefined
  /** The most runners a plan is spread over. */
  readonly shards: number
  /** The plan that a shard, or the report on all shards, is of. */
  readonly plan: PlanToken | undefined
  /** What mode report puts together: the reports of a plan's shards, and the directory they lie in. */
  readonly merge: { readonly plan: PlanToken; readonly reports: string } | undefined
  /** The report of the last run that passed. */
  readonly baseline?: string | undefined
  readonly reportFile: string
  /** The release of buildx to ask registries with, installed where the runner has another; undefined is the runner's own. */
  readonly buildxVersion?: string | undefined
}

export const DEFAULT_SPEC = '.github/verify-images.yml'
const MOST_PARALLEL = 64

/** Reads all options, and tells every problem there is, not only the first. */
export function parseOptions(
  raw: RawOptions,
  around: Surroundings,
): { options: Options } | { problems: readonly Problem[] } {
  const problems: Problem[] = []
  const given = (name: OptionName): string | undefined => raw[name]?.trim() || undefined
  const read = <Value>(name: OptionName, fallback: string, parse: (text: string) => Value): Value | undefined => {
    const text = given(name) ?? fallback
    try {
      return parse(text)
    } catch (error) {
      problems.push({ message: `${name}: ${errorMessage(error)}` })
      return undefined
    }
  }
  const required = {
    mode: read('mode', 'verify', oneOf<Mode>('verify', 'plan', 'report')),
    execute: read('execute', 'native', oneOf<Execute>('native', 'all', 'none')),
    waitMs: read('wait', '60s', parseDuration),
    timeoutMs: read('timeout', '30m', timeout),
    parallel: read('parallel', '4', wholeNumber(1, MOST_PARALLEL)),
    shards: read('shards', String(MOST_SHARDS), wholeNumber(1, MOST_SHARDS)),
    keepImages: read('keep-images', 'false', (text) => oneOf('true', 'false')(text) === 'true'),
  }
  const plan = read('plan', '', optional(parsePlanToken))
  const runId = read('run-id', around.runId ?? '', optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)))
  const sha = read('sha', around.sha ?? '', commit)
  const checkRunId = read('check-run-id', '', optional(jobNumber))
  const buildxVersion = read('buildx-version', '', optional(parseBuildxVersion))
  const reports = given('reports')
  const username = given('registry-username')
  const password = given('registry-password')
  if ((username === undefined) !== (password === undefined)) {
    const [is, lacks] = username === undefined ? ['password', 'username'] : ['username', 'password']
    problems.push({ message: `registry-${is} is given without registry-${lacks}`, hint: 'give both, or neither' })
  }
  if (required.mode === 'report' && (reports === undefined || (plan === undefined && given('plan') === undefined))) {
    problems.push({
      message: `mode report needs ${reports === undefined ? 'the directory of the reports (reports)' : 'the plan they are of (plan)'}`,
      hint: 'give it plan, the output of mode plan (where that is empty, look at the job that plans), and reports, a directory with the report.json of every shard',
    })
  }
  const targets = [...new Set(lines(raw.targets))]
  if (required.mode === 'verify' && given('plan') !== undefined && targets.length === 0) problems.push(NO_TARGETS)
  if (!isComplete(required) || problems.length > 0) return { problems }

  const path = given('spec') ?? DEFAULT_SPEC
  const workflow = given('workflow')
  return {
    options: {
      ...required,
      spec: { path, named: path !== DEFAULT_SPEC },
      workflow: {
        path: workflow?.replace(/^(\.\/)+/, '') ?? around.workflowPath,
        named: workflow !== undefined,
        running: around.workflowPath,
      },
      images: lines(raw.images),
      source: {
        repository: around.repository,
        sha,
        runId,
        runAttempt: given('run-id') === undefined ? attemptOf(around) : undefined,
      },
      asked: {
        sha: given('sha') !== undefined,
        runId: given('run-id') !== undefined && given('run-id') !== around.runId,
      },
      commit: around.sha?.toLowerCase(),
      event: around.event,
      ownRun: around.ownRun,
      checkRunId,
      ref: around.ref,
      eventName: around.eventName,
      serverUrl: around.serverUrl,
      branch: after('refs/heads/', around.ref),
      release: after('refs/tags/v', around.ref),
      githubToken: given('github-token'),
      login: username === undefined || password === undefined ? undefined : { username, password },
      targets: targets.length === 0 ? undefined : targets,
      plan,
      merge: required.mode === 'report' && plan !== undefined && reports !== undefined ? { plan, reports } : undefined,
      baseline: given('baseline'),
      reportFile: given('report-file') ?? `${around.tempDir}/verify-images/report.json`,
      buildxVersion,
    },
  }
}

const NO_TARGETS: Problem = {
  message: 'plan is given without targets: a shard verifies the targets of its row, and nothing of the set as a whole',
  hint: 'give it targets, from its row of the output matrix; to verify everything, leave plan out',
}

type Complete<Values> = { [Key in keyof Values]: Exclude<Values[Key], undefined> }

const isComplete = <Values extends object>(values: Values): values is Values & Complete<Values> =>
  Object.values(values).every((value) => value !== undefined)

const after = (start: string, text: string | undefined): string | undefined =>
  text?.startsWith(start) ? text.slice(start.length) : undefined

/** GitHub's own count; anything else that stands there is none. */
const attemptOf = ({ runAttempt = '' }: Surroundings): number | undefined =>
  /^[1-9]\d{0,8}$/.test(runAttempt) ? Number(runAttempt) : undefined
