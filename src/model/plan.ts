import type { ExpectedLegs } from './run.ts'
import type { Execute, ImageExpectation, Source } from './spec.ts'

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
  /** The jobs that the build workflow should have had run; where nobody knows, every job of the run counts. */
  readonly legs?: ExpectedLegs | undefined
}
