import { DIGEST, type Digest, type ImageName, type Platform, type Tag } from './image.ts'
import type { LegOutcome } from './run.ts'
import type { ShardReport } from './shard.ts'
import type { Accelerator, Position, Severity, Source } from './spec.ts'

export interface Finding {
  /** Stable, documented in docs/checks.md, `<check>/<what>`: `platforms/missing`. */
  readonly code: string
  readonly message: string
  readonly severity: Severity
  /** Which of the things its check looks at: a module, `compressed` or `unpacked`. */
  readonly about?: string
  readonly expected?: string
  readonly actual?: string
  /** What to do next. */
  readonly hint: string
  readonly at?: Position
}

/** A finding before the spec has said how bad it is. */
export interface UnweighedFinding extends Omit<Finding, 'severity'> {
  /** Which platform of an image it is about, for waivers of one platform; the subject's own where there is one. */
  readonly platform?: Platform
}

/** What a `passed` stands on. Without any, a check that found nothing is `errored`. */
export type Evidence =
  | { readonly kind: 'digest'; readonly digest: Digest }
  | { readonly kind: 'container'; readonly startedAt: string; readonly nonce: string }
  | { readonly kind: 'run'; readonly runId: number; readonly attempt: number }
  | { readonly kind: 'file'; readonly path: string; readonly sha256: string }

interface Common {
  readonly check: string
  /** A target's key, an image's id, or `set` for all images together. */
  readonly target: string
  readonly seconds: number
}

/**
 * `failed`: looked, and it is wrong. `errored`: could not look. They never share a name.
 * `because` names the check whose result made looking pointless, so that one cause is told once.
 */
export type CheckResult =
  | (Common & {
      readonly status: 'passed'
      readonly findings: readonly []
      readonly evidence: readonly [Evidence, ...Evidence[]]
    })
  | (Common & { readonly status: 'warned' | 'failed'; readonly findings: readonly [Finding, ...Finding[]] })
  | (Common & {
      readonly status: 'errored'
      readonly findings: readonly []
      readonly reason: string
      readonly hint: string
      readonly because?: string
    })
  | (Common & {
      readonly status: 'skipped'
      readonly findings: readonly Finding[]
      readonly reason: string
      /** The spec is silent on it, so nobody misses it. */
      readonly unasked?: true
    })

export type Status = CheckResult['status']

/** What did not look comes before what passed. */
export const worstFirst: readonly Status[] = ['failed', 'errored', 'warned', 'skipped', 'passed']

/** The worst of some statuses; `errored` of none, since nobody looked. */
export function worstOf(statuses: Iterable<Status>, order = worstFirst): Status {
  const present = new Set(statuses)
  return order.find((status) => present.has(status)) ?? 'errored'
}

export type Executed = 'native' | 'emulated' | 'no'

/** A module as a probe found it. */
export interface ModuleReport {
  readonly module: string
  readonly outcome: 'imported' | 'absent' | 'broken' | 'unseen'
  readonly version?: string
  readonly seconds?: number
  /** For torch: `cpu`, `cuda 12.6`, `rocm 6.1`. */
  readonly accelerator?: string
}

export interface PlatformReport {
  readonly platform: Platform
  readonly digest?: Digest
  /** Bytes of the layers in the registry. */
  readonly compressed?: number
  /** Bytes of the layers unpacked. */
  readonly unpacked?: number
  readonly executed: Executed
  /** Why it was not executed. */
  readonly reason?: string
  readonly pullSeconds?: number
  readonly probeSeconds?: number
  readonly modules: readonly ModuleReport[]
}

/** What is asked of a module. */
export interface ModuleExpected {
  readonly module: string
  readonly wanted: 'import' | 'absent'
  readonly version?: string
  readonly accelerator?: Accelerator
}

/** Both included; no `max` is any size. */
export interface BytesRange {
  readonly min: number
  readonly max?: number
}

export interface ImageReport {
  readonly id: string
  readonly reference: ImageName
  /** What was verified: of the index, or of the manifest where there is no index. */
  readonly digest?: Digest
  /** The digest each expected tag has; null where it could not be had. */
  readonly tags: Readonly<Record<Tag, Digest | null>>
  readonly expected: {
    readonly platforms?: readonly Platform[]
    readonly compressed?: string
    readonly unpacked?: string
    readonly compressedBytes?: BytesRange
    readonly unpackedBytes?: BytesRange
    readonly modules?: readonly ModuleExpected[]
  }
  readonly platforms: readonly PlatformReport[]
  readonly checks: readonly CheckResult[]
}

export interface Environment {
  readonly engine?: string
  readonly store?: 'classic' | 'containerd'
  readonly buildx?: string
  readonly platform?: Platform
  /** Limits of containers that the engine did not enforce: `memory`, `processes`. */
  readonly unlimited?: string
}

/** A job that built images. */
export interface LegReport {
  /** As GitHub shows it. */
  readonly job: string
  /** Ids of the images it builds, as far as that is known. */
  readonly images: readonly string[]
  readonly outcome: LegOutcome
  readonly attempt?: number
  readonly url?: string
  /** ISO time. */
  readonly startedAt?: string
  readonly queueSeconds?: number
  readonly seconds?: number
  readonly budgetSeconds?: number
  /** How long it took in the last successful runs, newest first. */
  readonly earlierSeconds: readonly number[]
}

/** The run that built the images. */
export interface LegsReport {
  readonly runId: number
  readonly attempt: number
  readonly url: string
  readonly jobs: readonly LegReport[]
  /** What could not be seen and is no reason to be red. */
  readonly notes: readonly string[]
}

/** `report.json`. Every later release reads schema 1. */
export interface Report {
  readonly schema: 1
  readonly verdict: Verdict
  /** ISO time. */
  readonly generated: string
  readonly seconds: number
  readonly tool: { readonly version: string }
  readonly source: Source
  readonly environment: Environment
  readonly images: readonly ImageReport[]
  /** Where the run that built them could be seen. */
  readonly legs?: LegsReport
  /** Of the whole set. */
  readonly checks: readonly CheckResult[]
  /** Target keys that were planned and never reported: a report with any is never green. */
  readonly missing: readonly string[]
  /** What kept the run from looking at all: a spec with errors, no images, no engine. */
  readonly problems: readonly Problem[]
  /** Where this is a part of a larger verification: which part, of which plan. */
  readonly shard?: ShardReport
  /** Keys of the targets that somebody named, of no plan: nobody looked at the others. */
  readonly targets?: readonly string[]
  /** A spec to begin with, where the run had none: YAML. */
  readonly starter?: string
}

/** Something that is wrong with what we were given. */
export interface Problem {
  readonly message: string
  readonly hint?: string
  readonly at?: Position
}

/** What the target of a check of all images together is called: no image may be. */
export const SET = 'set'

export type Verdict = 'passed' | 'failed' | 'errored'

/** Every result of a report: of the set, of each image and of each platform. */
export const allChecks = (report: Pick<Report, 'checks' | 'images'>): readonly CheckResult[] => [
  ...report.checks,
  ...report.images.flatMap((image) => image.checks),
]

export const SHA256 = /^[a-f0-9]{64}$/

/** Whether it proves anything: a report may come from elsewhere, and an engine's zero time is no start. */
export function isEvidence(evidence: Evidence): boolean {
  switch (evidence.kind) {
    case 'digest':
      return DIGEST.test(evidence.digest)
    case 'container':
      return Boolean(evidence.nonce) && Date.parse(evidence.startedAt) > 0
    case 'run':
      return evidence.runId > 0 && evidence.attempt > 0
    case 'file':
      return Boolean(evidence.path) && SHA256.test(evidence.sha256)
    default:
      return false
  }
}

/** Whether a result is worth its status; what is not, and a status that nobody knows, is no more than errored. */
function isSound(result: CheckResult): boolean {
  switch (result.status) {
    case 'passed':
      return result.evidence.length > 0 && result.evidence.every(isEvidence)
    case 'warned':
      return result.findings.length > 0 && result.findings.every(({ severity }) => severity === 'warning')
    case 'skipped':
      return true
    default:
      return false
  }
}

/** The one rule: `passed` needs something that passed, and nothing failed, errored, missing or wrong with the input. */
export function verdictOf(report: Pick<Report, 'checks' | 'images' | 'missing' | 'problems'>): Verdict {
  const results = allChecks(report)
  if (results.some(({ status }) => status === 'failed')) return 'failed'
  const unknown = report.missing.length > 0 || report.problems.length > 0 || !results.every(isSound)
  const empty = report.images.length === 0 || report.images.some((image) => image.checks.every(isSkipped))
  return unknown || empty ? 'errored' : 'passed'
}

/** A report, with the verdict that follows from what is in it. */
export const concluded = (body: Omit<Report, 'schema' | 'verdict'>): Report => ({
  ...body,
  schema: 1,
  verdict: verdictOf(body),
})

/** A report with one more problem of the run itself, of which its verdict knows. */
export const withProblem = (report: Report, problem: Problem): Report =>
  concluded({ ...report, problems: [problem, ...report.problems] })

const isSkipped = ({ status }: CheckResult): boolean => status === 'skipped'

export type Counts = Readonly<Record<Status, number>>

/** How many results there are of each status. */
export function countByStatus(results: readonly CheckResult[]): Counts {
  const counts = { passed: 0, warned: 0, failed: 0, errored: 0, skipped: 0 }
  for (const { status } of results) counts[status] += 1
  return counts
}

/** Exit codes of the CLI; `usage` is for a wrong command line or spec. */
export const exitCodes = { passed: 0, failed: 1, usage: 2, errored: 3 } as const satisfies Record<
  Verdict | 'usage',
  number
>
