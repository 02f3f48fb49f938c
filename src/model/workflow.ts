import type { ChosenInputs } from './event.ts'
import type { ImageName, Platform, Tag } from './image.ts'
import type { Problem } from './result.ts'
import type { Position } from './spec.ts'

/** A piece that the file does not settle: which one, and why not. */
export interface Unknown {
  readonly known: false
  /** As the workflow writes it: `needs.meta.outputs.version`. */
  readonly name: string
  readonly reason: string
}

/** What was derived, or why it could not be: never a guess. */
export type Known<T> = { readonly known: true; readonly value: T } | Unknown

/** What is known of the run whose workflow is read; whatever is absent stays unknown. */
export interface RunContext {
  readonly repository?: string
  readonly owner?: string
  readonly sha?: string
  /** `refs/heads/main` */
  readonly ref?: string
  readonly refName?: string
  readonly refType?: 'branch' | 'tag'
  readonly eventName?: string
  readonly defaultBranch?: string
  readonly headRef?: string
  readonly baseRef?: string
  readonly actor?: string
  readonly workflow?: string
  readonly runId?: string
  readonly runNumber?: string
  readonly serverUrl?: string
  readonly apiUrl?: string
  /** Of a `workflow_dispatch`, as the person who started it chose. */
  readonly inputs?: ChosenInputs
}

/** A name and a tag that a step pushes. */
export interface BuiltReference {
  readonly name: Known<string>
  /** Undefined: pushed by digest only. */
  readonly tag: Known<string> | undefined
}

export interface CacheUse {
  readonly type: Known<string>
  /** Undefined: none is written, which is a scope of its own. */
  readonly scope: Known<string> | undefined
  readonly at: Position
}

/** A value, and the line that says so: the matrix where it comes from there, else the step. */
export interface Located<T> {
  readonly value: T
  readonly at: Position
}

/** `push`: with tags. `digest`: without, a later job tags it. `none`: stays on the runner. */
export type PushMode = 'push' | 'digest' | 'none'

/** A step that matters, and the job it is a part of. */
export interface StepOfJob {
  /** `build`, or `caller/build` in a reusable workflow. */
  readonly job: string
  /** As the jobs API of GitHub shows it. */
  readonly jobName: Known<string>
  /** As it shows it before there are rows: `name:` as it is written, or else the key. */
  readonly unexpandedName: string
  /** The jobs that it needs, and those need: key and `name:` of each, as written. */
  readonly waitsFor: readonly string[]
  readonly row: Row | undefined
  /** Of the step. */
  readonly at: Position
}

/** One build of one matrix row of one job. */
export interface Build extends StepOfJob {
  readonly step: string
  /** Whether job and step run at all. */
  readonly runs: Known<boolean>
  readonly push: Known<PushMode>
  readonly references: Located<readonly BuiltReference[]>
  readonly platforms: Located<Known<readonly Platform[]>>
  /** `step`: written in the file; `runner`: the one of the runner it builds on. */
  readonly platformsFrom: 'step' | 'runner'
  readonly context: Located<Known<string>>
  readonly dockerfile: Located<Known<string>>
  readonly cacheFrom: readonly CacheUse[]
  readonly cacheTo: readonly CacheUse[]
  /** Undefined: the default of the builder. */
  readonly provenance: Known<string> | undefined
}

/** A row of a matrix, and where each value stands. */
export interface Row {
  readonly index: number
  readonly values: Readonly<Record<string, Known<unknown>>>
  readonly at: Position
  readonly positions: Readonly<Record<string, Position>>
}

/** Tags that a later step gives to what was pushed by digest. */
export interface Promotion extends StepOfJob {
  readonly runs: Known<boolean>
  readonly references: readonly BuiltReference[]
  /** Names whose digests it joins. */
  readonly sources: Known<readonly string[]>
}

/** A piece of the whole that stays unknown. */
export interface UnknownPiece {
  readonly what: 'workflow' | 'matrix' | 'build' | 'push' | 'name' | 'tags' | 'platforms'
  readonly name: string
  readonly reason: string
  readonly at: Position
  /** The image it belongs to, where that much is known. */
  readonly image?: string
}

/** An image that the workflow surely names; what is unknown of it is listed beside it. */
export interface DerivedImage {
  readonly id: string
  readonly name: ImageName
  /** Those known; empty where none is. */
  readonly tags: readonly Tag[]
  /** No tag of it is unknown. */
  readonly tagsComplete: boolean
  readonly platforms: Known<readonly Platform[]>
  readonly dockerfile: Known<string>
  /** Of all jobs that build or tag it. */
  readonly jobNames: readonly Known<string>[]
  readonly rows: readonly Row[]
  readonly builds: readonly Build[]
  readonly positions: { readonly image: Position; readonly tags: Position; readonly platforms: Position }
}

/** All that the workflow says should exist. */
export interface Derived {
  readonly builds: readonly Build[]
  /** Every step that gives tags to digests, those too whose tags cannot be read. */
  readonly promotions: readonly StepOfJob[]
  readonly images: readonly DerivedImage[]
  /** Not empty: the set is not known to be whole. */
  readonly unknown: readonly UnknownPiece[]
  /** What GitHub would refuse: a matrix of too many rows, a called workflow that is malformed. */
  readonly problems: readonly Problem[]
}
