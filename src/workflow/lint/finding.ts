import type { Position } from '../../model/spec.ts'

/** Something off in the workflow itself, before the check has said how bad it is. */
export interface LintFinding {
  readonly code: `workflow/${string}`
  readonly message: string
  readonly expected?: string
  readonly actual?: string
  readonly hint: string
  readonly at: Position
}
