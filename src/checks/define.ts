import type { Execution, LookFailure } from '../model/observation.ts'
import type { Evidence, Finding } from '../model/result.ts'
import type { ImageExpectation, Severity, Target } from '../model/spec.ts'
import type { Sight } from '../observe/sight.ts'

/** What a check looks at: one image, one platform of it, or all images together. */
export interface Subjects {
  readonly image: ImageExpectation
  readonly platform: Target
  readonly set: readonly ImageExpectation[]
}
export type Scope = keyof Subjects

/** A finding before the spec has said how bad it is. */
export type Verdictless = Omit<Finding, 'severity'>

export type Judgement =
  | { readonly findings: readonly Verdictless[]; readonly evidence: readonly Evidence[] }
  | { readonly skipped: string }
  | { readonly unseen: string; readonly hint: string; readonly because?: string }

export interface CheckDefinition<S extends Scope, Seen> {
  /** The file's name, the first half of its finding codes, and a heading in docs/checks.md. */
  readonly id: string
  readonly title: string
  readonly scope: S
  /** Every code the check may give, and how bad that is unless the spec says otherwise. */
  readonly codes: Readonly<Record<string, Severity>>
  /** Why there is nothing to do for this subject; undefined where there is. */
  notAsked(subject: Subjects[S]): string | undefined
  /** All the IO of the check, and no opinion. */
  observe(subject: Subjects[S], sight: Sight): Promise<Seen>
  /** All the opinion of the check, and no IO. */
  judge(subject: Subjects[S], seen: Seen): Judgement
}

export interface Check<S extends Scope = Scope> {
  readonly id: string
  readonly title: string
  readonly scope: S
  readonly codes: Readonly<Record<string, Severity>>
  notAsked(subject: Subjects[S]): string | undefined
  look(subject: Subjects[S], sight: Sight): Promise<Judgement>
}

/** Ties what a check sees to what it thinks of it; `judge` stays at hand for tests. */
export function defineCheck<S extends Scope, Seen>(
  definition: CheckDefinition<S, Seen>,
): Check<S> & Pick<CheckDefinition<S, Seen>, 'judge'> {
  return {
    ...definition,
    look: async (subject, sight) => definition.judge(subject, await definition.observe(subject, sight)),
  }
}

/** A look that failed, as a judgement: never a finding, always red. */
export const unseen = ({ reason, hint }: { reason: string; hint: string }, because?: string): Judgement => ({
  unseen: reason,
  hint,
  ...(because === undefined ? {} : { because }),
})

/** What a platform that did not run means for a check that needs it to. */
export const notRun = (execution: Extract<Execution, { executed: 'no' }>): Judgement =>
  execution.asked ? unseen(execution, execution.because) : { skipped: execution.reason }

/** Failures that say the thing itself is wrong, not that we could not see it. */
export const isWrong = (failure: LookFailure): boolean => ['not-found', 'altered', 'malformed'].includes(failure)
