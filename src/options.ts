import { errorMessage } from './errors.ts'
import { parseBuildxVersion } from './model/buildx-releases.ts'
import type { EventSeen } from './model/event.ts'
import type { Problem } from './model/result.ts'
import { MOST_SHARDS, type PlanToken, parsePlanToken } from './model/shard.ts'
import type { Execute, Source } from './model/spec.ts'
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
const LONGEST_TIMEOUT_MS = 6 * 60 * 60 * 1000
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
  const mode = read('mode', 'verify', oneOf<Mode>('verify', 'plan', 'report'))
  const execute = read('execute', 'native', oneOf<Execute>('native', 'all', 'none'))
  const waitMs = read('wait', '60s', parseDuration)
  const timeoutMs = read('timeout', '30m', timeout)
  const parallel = read('parallel', '4', wholeNumber(1, MOST_PARALLEL))
  const shards = read('shards', String(MOST_SHARDS), wholeNumber(1, MOST_SHARDS))
  const plan = read('plan', '', optional(parsePlanToken))
  const reports = given('reports')
  const keepImages = read('keep-images', 'false', oneOf('true', 'false'))
  const sha = read('sha', around.sha ?? '', commit)
  const runId = read('run-id', around.runId ?? '', optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)))
  const checkRunId = read('check-run-id', '', optional(digits))
  const buildxVersion = read('buildx-version', '', optional(parseBuildxVersion))
  const username = given('registry-username')
  const password = given('registry-password')
  if ((username === undefined) !== (password === undefined)) {
    const [is, lacks] = username === undefined ? ['password', 'username'] : ['username', 'password']
    problems.push({ message: `registry-${is} is given without registry-${lacks}`, hint: 'give both, or neither' })
  }
  if (mode === 'report' && (reports === undefined || (plan === undefined && given('plan') === undefined))) {
    problems.push({
      message: `mode report needs ${reports === undefined ? 'the directory of the reports (reports)' : 'the plan they are of (plan)'}`,
      hint: 'give it plan, the output of mode plan (where that is empty, look at the job that plans), and reports, a directory with the report.json of every shard',
    })
  }
  const targets = [...new Set(lines(raw.targets))]
  if (mode === 'verify' && (given('plan') === undefined) !== (targets.length === 0)) {
    problems.push(targets.length === 0 ? NO_TARGETS : NO_PLAN)
  }
  if (
    mode === undefined ||
    execute === undefined ||
    waitMs === undefined ||
    timeoutMs === undefined ||
    parallel === undefined ||
    shards === undefined ||
    keepImages === undefined ||
    problems.length > 0
  ) {
    return { problems }
  }
  const path = given('spec') ?? DEFAULT_SPEC
  return {
    options: {
      mode,
      spec: { path, named: path !== DEFAULT_SPEC },
      workflow: {
        path: given('workflow')?.replace(/^(\.\/)+/, '') ?? around.workflowPath,
        named: given('workflow') !== undefined,
        running: around.workflowPath,
      },
      images: lines(raw.images),
      ref: around.ref,
      eventName: around.eventName,
      serverUrl: around.serverUrl,
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
      branch: around.ref?.startsWith('refs/heads/') ? around.ref.slice('refs/heads/'.length) : undefined,
      release: around.ref?.startsWith('refs/tags/v') ? around.ref.slice('refs/tags/v'.length) : undefined,
      githubToken: given('github-token'),
      login: username === undefined || password === undefined ? undefined : { username, password },
      execute,
      waitMs,
      timeoutMs,
      parallel,
      keepImages: keepImages === 'true',
      targets: targets.length === 0 ? undefined : targets,
      shards,
      plan,
      merge: mode === 'report' && plan !== undefined && reports !== undefined ? { plan, reports } : undefined,
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
const NO_PLAN: Problem = {
  message: 'targets is given without plan: nobody would miss the other targets',
  hint: 'give it plan, the output of mode plan, and merge the reports by mode report; to verify everything, leave targets out',
}

const lines = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')

const oneOf =
  <Word extends string>(...words: readonly Word[]) =>
  (text: string): Word => {
    const word = words.find((each) => each === text.toLowerCase())
    if (word === undefined) throw new Error(`${JSON.stringify(text)} is not one of ${words.join(', ')}`)
    return word
  }

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(number >= least && number <= most)) {
      throw new Error(`${JSON.stringify(text)} is not a whole number from ${least} to ${most}`)
    }
    return number
  }

const digits = (text: string): string => {
  if (!/^\d{1,20}$/.test(text)) throw new Error(`${JSON.stringify(text)} is not the id of a job`)
  return text
}

const optional =
  <Value>(parse: (text: string) => Value) =>
  (text: string): Value | undefined =>
    text === '' ? undefined : parse(text)

const commit = optional((text) => {
  if (!/^[0-9a-f]{40}$/i.test(text))
    throw new Error(`${JSON.stringify(text)} is not a commit of 40 hex digits: git rev-parse gives it in full`)
  return text.toLowerCase()
})

/** GitHub's own count; anything else that stands there is none. */
const attemptOf = ({ runAttempt = '' }: Surroundings): number | undefined =>
  /^[1-9]\d{0,8}$/.test(runAttempt) ? Number(runAttempt) : undefined

const timeout = (text: string): number => {
  const ms = parseDuration(text)
  if (ms <= 0 || ms > LONGEST_TIMEOUT_MS) throw new Error(`${JSON.stringify(text)} is not between 1s and 6h`)
  return ms
}
