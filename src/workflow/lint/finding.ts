import type { UnweighedFinding } from '../../model/result.ts'
import type { Position } from '../../model/spec.ts'

/** Something off in the workflow itself, with the place of it. */
export interface LintFinding extends UnweighedFinding {
  readonly code: `workflow/${string}`
  readonly at: Position
}
