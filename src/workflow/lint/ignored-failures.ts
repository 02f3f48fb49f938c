import { exportsOf } from '../exporters.ts'
import { isBuildPush } from '../other-builders.ts'
import { promotionOf } from '../promotions.ts'
import type { StepMoment } from '../steps.ts'
import { fillIn } from '../templates.ts'
import { type Step, stepLabel, type Text } from '../workflow.ts'
import type { LintFinding } from './finding.ts'
import { plainScript } from './shells.ts'

/** Steps that push, or give pushed digests their tags, and whose failure leaves their job a success. */
export function lintIgnoredFailures(moments: readonly StepMoment[]): readonly LintFinding[] {
  const pushing = moments.filter((moment) => mayRun(moment) && pushes(moment))
  const pushingSteps = new Set(pushing.map(({ step }) => step))
  const ignored = pushing.flatMap((moment) => {
    const { step, leg } = moment
    const { steps } = leg.job
    const later = steps.slice(steps.indexOf(step) + 1)
    const tolerated = toleranceOf(moment)
    return tolerated && !later.some((other) => answers(other, step, pushingSteps)) ? [{ step, leg, tolerated }] : []
  })
  const byStep = new Map(ignored.map((each) => [each.step, each]))
  return [...byStep.values()].map(
    ({ step, leg, tolerated }): LintFinding => ({
      code: 'workflow/failure-ignored',
      message: `job ${leg.job.key} succeeds though its step ${JSON.stringify(stepLabel(step))} fails: continue-on-error is true`,
      expected: 'a step that fails the job',
      actual: 'continue-on-error: true',
      hint: 'remove continue-on-error, or fail the job by a later step that looks at the outcome of this one',
      at: tolerated.at,
    }),
  )
}

const mayRun = ({ runs }: StepMoment): boolean => !runs.known || runs.value

function pushes(moment: StepMoment): boolean {
  if (!isBuildPush(moment)) return promotionOf(moment) !== undefined
  const { push } = exportsOf(moment)
  return !push.known || push.value !== 'none'
}

function toleranceOf({ step, contexts }: StepMoment): Text | undefined {
  const { continueOnError } = step
  const value = continueOnError && fillIn(continueOnError.text, contexts)
  return value?.known && value.value.trim() === 'true' ? continueOnError : undefined
}

const CAN_FAIL = /\bexit\s+[1-9]|\bfalse\b|\bsetFailed\b/
const COMPARES = /\[\s|\btest\s/

/** Whether a step looks at the outcome of one before, and pushes in its place or can fail for it. */
function answers(step: Step, { id }: Step, pushing: ReadonlySet<Step>): boolean {
  if (id === undefined) return false
  const outcome = `steps.${id}.outcome`
  const asks = step.condition?.text.includes(outcome) === true
  if (pushing.has(step)) return asks
  if (step.continueOnError !== undefined) return false
  const given = [...step.env.values(), ...step.with.values()].map(({ value }) => String(value))
  const words = [plainScript(step), ...given]
  const isGiven = words.some((text) => text.includes(outcome))
  const fails = words.some((text) => CAN_FAIL.test(text))
  return fails ? asks || isGiven : isGiven && COMPARES.test(plainScript(step))
}
