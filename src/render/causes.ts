import { allChecks, type CheckResult, type Report } from '../model/result.ts'

/** Which errored results only follow from another result, so that each cause is told once. */
export interface Causes {
  /** Whether it is told with its cause. */
  isFolded(result: CheckResult): boolean
  /** The results that follow from this one. */
  blockedBy(result: CheckResult): readonly CheckResult[]
}

/** Follows every `because` to where it leads; a cause that is not in the report leaves the result on its own feet. */
export function causesOf(report: Report): Causes {
  const owners = [...report.images.map(({ checks }) => checks), report.checks]
  const everywhere = byCheck(allChecks(report))
  const roots = new Map<CheckResult, CheckResult>()
  for (const results of owners) {
    const near = byCheck(results)
    for (const result of results) {
      const root = rootOf(result, near, everywhere)
      if (root !== result) roots.set(result, root)
    }
  }
  const blocked = Map.groupBy(roots.keys(), (result) => roots.get(result))
  return {
    isFolded: (result) => roots.has(result),
    blockedBy: (result) => blocked.get(result) ?? [],
  }
}

type ByCheck = ReadonlyMap<string, readonly CheckResult[]>

const byCheck = (results: readonly CheckResult[]): ByCheck =>
  Map.groupBy(
    results.filter(({ status }) => status === 'failed' || status === 'errored' || status === 'warned'),
    ({ check }) => check,
  )

function rootOf(result: CheckResult, near: ByCheck, everywhere: ByCheck): CheckResult {
  const seen = new Set<CheckResult>()
  for (let at = result; ; ) {
    seen.add(at)
    const cause = causeOf(at, near, everywhere)
    if (cause === undefined) return at
    // A circle of causes explains nothing: each stands for itself.
    if (seen.has(cause)) return result
    at = cause
  }
}

/** The named check on the same target, else on its image, else of the set; for the set, wherever it went wrong first. */
function causeOf(result: CheckResult, near: ByCheck, everywhere: ByCheck): CheckResult | undefined {
  if (result.status !== 'errored' || result.because === undefined) return undefined
  const { because, target } = result
  const candidates = near.get(because) ?? []
  return (
    candidates.find((cause) => cause.target === target) ??
    candidates.find((cause) => target.startsWith(`${cause.target}/`) || cause.target.startsWith(`${target}/`)) ??
    everywhere.get(because)?.find((cause) => cause.target === 'set' || target === 'set')
  )
}
