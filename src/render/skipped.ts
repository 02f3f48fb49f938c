import { allChecks, type CheckResult, type Report } from '../model/result.ts'

export type Skipped = Extract<CheckResult, { status: 'skipped' }>

/** Why checks did not look: wrong and waived, asked for and not looked at, or asked for by nobody. */
export interface SkippedParts {
  readonly waived: readonly Skipped[]
  readonly missed: readonly Skipped[]
  readonly unasked: readonly Skipped[]
  /** Ids of the checks that no image asks for. */
  readonly unaskedAnywhere: readonly string[]
}

/** Takes apart what was skipped. */
export function skippedParts(report: Report): SkippedParts {
  const all = allChecks(report)
  const skipped = all.filter((result) => result.status === 'skipped')
  const asked = new Set(all.flatMap((result) => (isUnasked(result) ? [] : [result.check])))
  const unasked = skipped.filter(isUnasked)
  return {
    waived: skipped.filter(isWaived),
    missed: skipped.filter((result) => !isWaived(result) && !isUnasked(result)),
    unasked,
    unaskedAnywhere: [...new Set(unasked.map(({ check }) => check))].filter((check) => !asked.has(check)),
  }
}

const isWaived = ({ findings }: Skipped): boolean => findings.length > 0

/** Whether nobody asked for it; what was found and waived was asked for. */
export const isUnasked = (result: CheckResult): boolean =>
  result.status === 'skipped' && result.unasked === true && !isWaived(result)
