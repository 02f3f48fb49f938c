import type { StepOfJob } from '../model/workflow.ts'
import { rowOf } from './matrix.ts'
import type { StepMoment } from './steps.ts'

/** What is known of the job of a step before it runs. */
export const stepOfJob = ({ leg, step }: StepMoment): StepOfJob => ({
  job: leg.key,
  jobName: leg.name,
  unexpandedName: leg.unexpandedName,
  waitsFor: leg.waitsFor,
  row: leg.row && rowOf(leg.row),
  at: step.at,
})
