import type { Build } from '../../model/workflow.ts'
import { actionOf, inputOf, type StepMoment } from '../steps.ts'
import type { LintFinding } from './finding.ts'
import { plainScript } from './shells.ts'

/** Every Dockerfile that is known by its path is there. */
export function lintDockerfiles(
  builds: readonly Build[],
  moments: readonly StepMoment[],
  there: ReadonlySet<string>,
): readonly LintFinding[] {
  const elsewhere = new Set(moments.filter(isOtherCheckout).map(({ leg }) => leg.key))
  const findings = builds.flatMap(({ job, dockerfile: { value, at } }): LintFinding[] => {
    if (!value.known || elsewhere.has(job) || there.has(value.value)) return []
    const path = value.value
    return [
      {
        code: 'workflow/dockerfile-missing',
        message: `there is no ${path} in the repository`,
        expected: path,
        actual: 'no such file',
        hint: 'mend the path, or the input file: that leads to it',
        at,
      },
    ]
  })
  return [...new Map(findings.map((finding) => [JSON.stringify([finding.expected, finding.at]), finding])).values()]
}

/** Not all files of such a job are those of this repository. */
const isOtherCheckout = ({ step }: StepMoment): boolean =>
  actionOf(step) === 'actions/checkout'
    ? step.with.has('repository') || step.with.has('path') || !/^(false)?$/i.test(inputOf(step, 'submodules'))
    : /\bgit\s+submodule\s+(update|add)\b|\bgit\s+clone\b[^\n]*--recurs/.test(plainScript(step))
