import type { Position } from '../model/spec.ts'
import type { Yaml, YamlScalar } from './yaml.ts'

/** A text of the workflow that may hold expressions, and where it stands. */
export interface Text {
  readonly text: string
  readonly at: Position
}

export type Texts = ReadonlyMap<string, YamlScalar>

export interface Trigger {
  readonly event: string
  readonly at: Position
  /** Filters of a push; undefined where not written. */
  readonly branches?: readonly string[]
  readonly branchesIgnore?: readonly string[]
  readonly tags?: readonly string[]
  /** Of `workflow_call` and `workflow_dispatch`. */
  readonly inputs?: ReadonlyMap<string, DeclaredInput>
}

export interface DeclaredInput {
  readonly type: string | undefined
  readonly byDefault: Yaml | undefined
}

/** Permission → access; `all` is the short form `write-all` or `read-all`. */
export interface Permissions {
  readonly at: Position
  readonly all: 'read' | 'write' | undefined
  readonly scopes: ReadonlyMap<string, Text>
}

export interface Step {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly index: number
  readonly at: Position
  readonly uses: Text | undefined
  readonly with: Texts
  readonly run: YamlScalar | undefined
  readonly shell: string | undefined
  readonly condition: Text | undefined
  readonly env: Texts
  readonly continueOnError: Text | undefined
}

export interface Job {
  readonly key: string
  readonly at: Position
  readonly name: Text | undefined
  readonly needs: readonly string[]
  readonly runsOn: Yaml | undefined
  readonly condition: Text | undefined
  readonly env: Texts
  readonly permissions: Permissions | undefined
  readonly shell: string | undefined
  readonly continueOnError: Text | undefined
  readonly strategy: Yaml | undefined
  readonly services: Yaml | undefined
  readonly steps: readonly Step[]
  /** Of a job that calls a reusable workflow. */
  readonly uses: Text | undefined
  readonly with: ReadonlyMap<string, Yaml>
}

/** A workflow file as written: nothing evaluated. */
export interface Workflow {
  readonly file: string
  readonly name: string | undefined
  readonly at: Position
  readonly triggers: readonly Trigger[]
  readonly env: Texts
  readonly permissions: Permissions | undefined
  readonly shell: string | undefined
  readonly jobs: readonly Job[]
}

/** What a step is called in sentences. */
export const stepLabel = (step: Step): string => step.name ?? step.id ?? step.uses?.text ?? `step ${step.index + 1}`

/** What permissions allow for packages: `none` where they leave it out, undefined where nothing is written. */
export const packagesAccess = (permissions: Permissions | undefined): string | undefined =>
  permissions && (permissions.all ?? permissions.scopes.get('packages')?.text ?? 'none')
