import type { Known, Unknown } from '../model/workflow.ts'

/** What is known. */
export const known = <T>(value: T): Known<T> & { known: true } => ({ known: true, value })
/** What is not: by the name the workflow gives it, and why. */
export const unknown = (name: string, reason: string): Unknown => ({ known: false, name, reason })

/** Applies a function to what is known, and passes on what is not. */
export const mapKnown = <T, R>(given: Known<T>, change: (value: T) => R): Known<R> =>
  given.known ? known(change(given.value)) : given

/** All of them, or the first that is unknown. */
export function allKnown<T>(given: readonly Known<T>[]): Known<readonly T[]> {
  const missing = given.find((one): one is Unknown => !one.known)
  return missing ?? known(given.flatMap((one) => (one.known ? [one.value] : [])))
}

/** Three-valued and: one known false settles it. */
export function both(left: Known<boolean>, right: Known<boolean>): Known<boolean> {
  if (left.known) return left.value ? right : left
  return right.known && !right.value ? right : left
}
