import type { Problem } from './model/result.ts'

/** The user can mend it: every problem at once, no stack, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly problems: readonly Problem[]

  /** A spec to begin with, where that is what is missing. */
  readonly starter: string | undefined

  constructor(problems: readonly Problem[], starter?: string) {
    super(problems.map(({ message }) => message).join('; '))
    this.problems = problems
    this.starter = starter
  }
}

/** What has to be known before anything is looked at could not be seen: nobody's mistake, and no less red. */
export class UnseenError extends Error {
  override readonly name = 'UnseenError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

/** An error and all its causes in one line. */
export const errorMessage = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${errorMessage(error.cause)}`
}
