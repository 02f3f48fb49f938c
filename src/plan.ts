import type { CanaryExpectation } from './model/canary.ts'
import type { DeploymentExpectation } from './model/deployment.ts'
import type { Platform } from './model/image.ts'
import type { Look } from './model/observation.ts'
import type { Report } from './model/result.ts'
import type { ExpectedLegs } from './model/run.ts'
import type { PlanToken } from './model/shard.ts'
import type { Execute, ImageExpectation, Source, Waiver } from './model/spec.ts'
import type { WorkflowLook } from './observe/workflow.ts'

/** All that a verification needs to know before it looks. */
export interface Plan {
  readonly source: Source
  readonly images: readonly ImageExpectation[]
  readonly execute: Execute
  /** How long a tag just pushed may take to appear. */
  readonly waitMs: number
  /** Pulls and probes at once. */
  readonly parallel: number
  /** The only target keys this shard looks at; undefined is all. */
  readonly targets: readonly string[] | undefined
  /** The plan that this run is a shard of: what concerns the whole set is then judged where the shards are merged. */
  readonly shardOf?: PlanToken | undefined
  /** The jobs that the build workflow should have had run; where nobody knows, every job of the run counts. */
  readonly legs?: ExpectedLegs | undefined
  /** The build workflow as it was read; undefined where there is none to read. */
  readonly workflow?: WorkflowLook | undefined
  /** Compose files of the repository, and what has to run in them. */
  readonly deployments?: readonly DeploymentExpectation[] | undefined
  /** Findings of the set as a whole that the spec accepts. */
  readonly waivers?: readonly Waiver[] | undefined
  /** The system that is to be started on the images. */
  readonly canary?: CanaryExpectation | undefined
  /** The report of the last run that passed, as it could be read. */
  readonly baseline?: Look<Report> | undefined
  /** Nothing but the build workflow says what is expected. */
  readonly derived: boolean
}

/** One image on one platform, and where it is to be verified. */
export interface ListedTarget {
  readonly key: string
  readonly image: string
  readonly platform: Platform
  /** A label of machines: they run that platform natively where there are such machines. */
  readonly runner: string
}

/** One row of the matrix that spreads a verification over runners. */
export interface Shard {
  /** `linux-amd64-1`: tells its job and its report from those of the others. */
  readonly shard: string
  readonly runner: string
  readonly platform: Platform
  /** Keys of the targets, with commas between. */
  readonly targets: string
  /** Where it is one target: its key, and the id of its image. */
  readonly key?: string
  readonly image?: string
}
