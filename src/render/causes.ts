import { allChecks, type CheckResult, type Report, SET } from '../model/result.ts'

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
  const all = allChecks(report)
  const [everywhere, ofSet] = [byCheck(all), byCheck(all.filter(({ target }) => target === SET))]
  const near = new Map(owners.flatMap((results) => withIndex(results)))
  const roots = new Map<CheckResult, CheckResult>()
  for (const result of near.keys()) {
    const root = rootOf(result, (of) => causeOf(of, near.get(of), of.target === SET ? everywhere : ofSet))
    if (root !== result) roots.set(result, root)
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

function withIndex(results: readonly CheckResult[]): readonly (readonly [CheckResult, ByCheck])[] {
  const index = byCheck(results)
  return results.map((result) => [result, index])
}

function rootOf(result: CheckResult, cause: (of: CheckResult) => CheckResult | undefined): CheckResult {
  const seen = new Set([result])
  for (let at = result; ; ) {
    const next = cause(at)
    if (next === undefined) return at
    // A circle of causes explains nothing: each stands for itself.
    if (seen.has(next)) return result
    seen.add(next)
    at = next
  }
}

/** The named check on the same target, else on its image, else of the set; for the set, wherever it went wrong first. */
function causeOf(result: CheckResult, near: ByCheck | undefined, far: ByCheck): CheckResult | undefined {
  if (result.status !== 'errored' || result.because === undefined) return undefined
  const { because, target } = result
  const candidates = near?.get(because) ?? []
  return (
    candidates.find((cause) => cause.target === target) ??
    candidates.find((cause) => target.startsWith(`${cause.target}/`) || cause.target.startsWith(`${target}/`)) ??
    far.get(because)?.[0]
  )
}
