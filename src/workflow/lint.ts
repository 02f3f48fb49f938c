import type { ImageExpectation } from '../model/spec.ts'
import type { RunContext } from '../model/workflow.ts'
import { buildsOf } from './builds.ts'
import { imagesOf } from './derive.ts'
import type { ReadFile } from './legs.ts'
import { lintCaches } from './lint/caches.ts'
import { lintDockerfiles } from './lint/dockerfiles.ts'
import { lintDrift } from './lint/drift.ts'
import { lintFakes } from './lint/fakes.ts'
import type { LintFinding } from './lint/finding.ts'
import { lintPermissions } from './lint/permissions.ts'
import { lintTriggers } from './lint/triggers.ts'
import type { Workflow } from './workflow.ts'

export interface LintSubject {
  readonly workflow: Workflow
  readonly run: RunContext
  /** Undefined where there is no spec: then nothing drifts from it. */
  readonly expectations?: readonly ImageExpectation[]
  /** Whether the repository has a file; undefined where nobody can say. */
  readonly exists?: (path: string) => boolean
  readonly read?: ReadFile
}

/** Everything that is off in the workflow's own text, in the order of its lines. */
export function lintWorkflow({ workflow, run, expectations, exists, read }: LintSubject): readonly LintFinding[] {
  const built = buildsOf(workflow, run, read ?? (() => undefined))
  const workflows = new Set([workflow, ...built.moments.map(({ leg }) => leg.workflow)])
  const findings = [
    ...lintTriggers(workflow, run),
    ...lintPermissions(workflow, built.moments, built.builds),
    ...lintCaches(built.builds),
    ...[...workflows].flatMap(lintFakes),
    ...(exists ? lintDockerfiles(built.builds, built.moments, exists) : []),
    ...(expectations ? lintDrift(workflow, imagesOf(built), expectations) : []),
  ]
  return findings.toSorted((one, other) => order(one, other))
}

const order = ({ at: one }: LintFinding, { at: other }: LintFinding): number =>
  one.file.localeCompare(other.file) || one.line - other.line || one.column - other.column
