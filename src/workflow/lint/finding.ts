import type { Position } from '../../model/spec.ts'

/** Something off in the workflow itself, before the check has said how bad it is. */
export interface LintFinding {
  readonly code: `workflow/${string}`
  readonly message: string
  readonly expected?: string
  readonly actual?: string
  readonly hint: string
  readonly at: Position
  /** Off, but it may be right for reasons that are not in the file. */
  readonly severity?: 'warning'
}
