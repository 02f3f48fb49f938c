import type { ImageExpectation } from '../model/spec.ts'
import type { RunContext } from '../model/workflow.ts'
import type { Evaluation } from './derive.ts'
import { lintCaches } from './lint/caches.ts'
import { lintDockerfiles } from './lint/dockerfiles.ts'
import { lintDrift } from './lint/drift.ts'
import { lintFakes } from './lint/fakes.ts'
import type { LintFinding } from './lint/finding.ts'
import { lintIgnoredFailures } from './lint/ignored-failures.ts'
import { lintPermissions } from './lint/permissions.ts'
import { lintTriggers } from './lint/triggers.ts'
import type { Workflow } from './workflow.ts'

/** A workflow with all that its text leads to, so that judging it asks nobody. */
export interface LintSubject {
  readonly workflow: Workflow
  readonly run: RunContext
  readonly derived: Evaluation
  /** Those of the Dockerfiles it builds from that the repository has. */
  readonly dockerfiles: ReadonlySet<string>
}

/** The workflow and those of the repository that it calls, as far as they have steps. */
export const workflowsIn = ({ workflow, derived }: LintSubject): readonly Workflow[] => [
  ...new Set([workflow, ...derived.moments.map(({ leg }) => leg.workflow)]),
]

/** Everything that is off in the workflow's own text, in the order of its lines. */
export function lintWorkflow(subject: LintSubject, expectations: readonly ImageExpectation[]): readonly LintFinding[] {
  const { workflow, run, derived, dockerfiles } = subject
  const { builds, moments } = derived
  const findings = [
    ...lintTriggers(workflow, run),
    ...lintPermissions(workflow, derived),
    ...lintCaches(builds),
    ...workflowsIn(subject).flatMap(lintFakes),
    ...lintIgnoredFailures(moments),
    ...lintDockerfiles(builds, moments, dockerfiles),
    ...lintDrift(workflow, derived, expectations),
  ]
  return findings.toSorted((one, other) => order(one, other))
}

const order = ({ at: one }: LintFinding, { at: other }: LintFinding): number =>
  one.file.localeCompare(other.file) || one.line - other.line || one.column - other.column
