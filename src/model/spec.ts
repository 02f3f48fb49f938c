import type { CommandExpectation, ConfigExpectation, FileExpectation } from './contents.ts'
import type { HealthExpectation } from './health.ts'
import type { ImageName, Platform, Tag } from './image.ts'

/** Where a sentence of the spec or the workflow stands; lines and columns count from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A size that is right from `minBytes` to `maxBytes`, both included; `text` is what the spec says. */
export interface SizeRange {
  readonly text: string
  readonly minBytes: number
  readonly maxBytes: number
}

export interface SizeExpectation {
  /** The layers as the registry stores them, for each platform. */
  readonly compressed?: SizeRange
  /** The layers as the engine unpacks them. */
  readonly unpacked?: SizeRange
}

export interface ImportExpectation {
  readonly module: string
  /** A version range as npm writes it; how Python's versions lie in it, checks/python-version.ts says. */
  readonly version?: string
}

/** A finding the spec accepts, and why; after `until` it counts again. */
export interface Waiver {
  /** A finding code (`size/skew`), or all of a check (`size/*`). */
  readonly finding: string
  readonly reason: string
  readonly platform?: Platform
  /** ISO date, the last day the waiver holds. */
  readonly until?: string
}

export type Severity = 'error' | 'warning'

/** Finding code → how bad it is, where the spec says other than the check's own default. */
export type Severities = Readonly<Record<string, Severity>>

/** How the probes of an image run. */
export interface ProbeSettings {
  /** The interpreter the spec names; else `python`, then `python3`. */
  readonly python?: string
  /** For each module. */
  readonly timeoutMs: number
  readonly memoryBytes: number
  /** `clear`: the interpreter itself; `keep`: through the image's own entrypoint. */
  readonly entrypoint: 'clear' | 'keep'
}

export type Accelerator = 'cpu' | 'cuda' | 'any'

export interface ImageExpectation {
  readonly id: string
  readonly name: ImageName
  /** All of them, on one digest; never empty. */
  readonly tags: readonly Tag[]
  /** Exactly these; undefined where nobody said, then whatever is there is looked at. */
  readonly platforms: readonly Platform[] | undefined
  readonly size: SizeExpectation
  /** How much larger than in the last run that passed it may be: 0.2 is a fifth. */
  readonly growth: number
  readonly imports: readonly ImportExpectation[]
  /** Top-level modules that must not be importable. */
  readonly absent: readonly string[]
  readonly torch: Accelerator | undefined
  /** Whether the image must start as it is shipped: its own entrypoint and command. */
  readonly starts: boolean
  readonly commands: readonly CommandExpectation[]
  readonly files: readonly FileExpectation[]
  /** What it must do once it is started as a server. */
  readonly health?: HealthExpectation | undefined
  /** Of every platform. */
  readonly config: readonly ConfigExpectation[]
  /** Whether every platform must have an attestation. */
  readonly attestations: boolean
  readonly probe: ProbeSettings
  /** GPUs that its containers get: `all`, or how many; undefined is none. */
  readonly gpus?: string
  /** Platform → label of the runner that verifies it, where the spec names one. */
  readonly runners?: Readonly<Record<Platform, string>>
  readonly maxDurationMs: number | undefined
  readonly severity: Severities
  readonly waivers: readonly Waiver[]
  /** Dotted path inside this image's part of the spec (`imports.1`) → where it stands; `''` is the image itself. */
  readonly positions: Readonly<Record<string, Position>>
}

/** The nearest position known for a path inside an image's part of the spec. */
export function positionOf(image: Pick<ImageExpectation, 'positions'>, path: string): Position | undefined {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const found = image.positions[at]
    if (found !== undefined || at === '') return found
  }
}

/** One image on one platform: the unit that is pulled, probed and fanned out. */
export interface Target {
  /** `worker-cpu/linux/amd64` */
  readonly key: string
  readonly image: ImageExpectation
  readonly platform: Platform
}

/** `backend/linux/amd64` */
export const targetKey = (imageId: string, platform: Platform): string => `${imageId}/${platform}`

/** On which platforms probes run: the engine's own, all (by emulation where needed), or none. */
export type Execute = 'native' | 'all' | 'none'

/** The commit and run whose images are verified. */
export interface Source {
  readonly repository: string | undefined
  readonly sha: string | undefined
  readonly runId: number | undefined
  readonly runAttempt: number | undefined
}

/** Whether anything is asked of a container of this image. */
export const hasProbes = ({ imports, absent, torch }: ImageExpectation): boolean =>
  imports.length + absent.length > 0 || torch !== undefined
