import { setFlagsFromString } from 'node:v8'

/**
 * Lets V8 finish a regular expression that backtracks without end by its other engine, which takes linear time. Patterns
 * of a workflow are run on names that others choose, and nothing, no deadline either, ends an expression that runs.
 */
export const endEveryExpression = (): void =>
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
