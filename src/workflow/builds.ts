import type { Build, Promotion, RunContext, StepOfJob, UnknownPiece } from '../model/workflow.ts'
import { buildOf } from './build-step.ts'
import { type Leg, type Legs, legsOf, type ReadFile } from './legs.ts'
import { isBuildPush, otherBuilder } from './other-builders.ts'
import { promotionOf } from './promotions.ts'
import { stepOfJob } from './step-of-job.ts'
import { momentsOf, type StepMoment } from './steps.ts'
import { unreadBuilder } from './unread-builders.ts'
import { type Step, stepLabel, type Workflow } from './workflow.ts'

export interface Builds {
  readonly builds: readonly Build[]
  readonly promotions: readonly Promotion[]
  /** Steps that give tags in a way that is not read. */
  readonly unclear: readonly StepOfJob[]
  readonly unknown: readonly UnknownPiece[]
  readonly problems: Legs['problems']
  readonly moments: readonly StepMoment[]
}

/** Everything the workflow builds, or joins under tags, with what cannot be known beside it. */
export function buildsOf(workflow: Workflow, run: RunContext, read: ReadFile): Builds {
  const { legs, unknown, problems } = legsOf(workflow, run, read)
  const moments = legs.flatMap((leg) => momentsOf(leg, run))
  const running = moments.filter(({ runs }) => !runs.known || runs.value)
  const builds = running.filter(isBuildPush).map(buildOf)
  const promotions: Promotion[] = []
  const unclear: StepOfJob[] = []
  const pieces: UnknownPiece[] = [...unknown]
  const told = new Set<Leg>()
  for (const moment of running) {
    const { step, leg } = moment
    const name = nameOf(leg, step)
    const promotion = promotionOf(moment)
    const isBuild = isBuildPush(moment)
    if (promotion === 'unclear') {
      const reason = 'a script joins manifests in a way that is not read here'
      pieces.push({ what: 'tags', name, reason, at: step.at })
      unclear.push(stepOfJob(moment))
    } else if (promotion) promotions.push(promotion)
    const reason = isBuild ? undefined : otherBuilder(moment, read)
    // Nobody has to know how many jobs there are that only test.
    if (isBuild || promotion || reason !== undefined) {
      pieces.push(...leg.uncounted)
      told.add(leg)
    }
    if (reason !== undefined) pieces.push({ what: 'build', name, reason, at: step.at })
  }
  for (const [leg, own] of Map.groupBy(running, ({ leg }) => leg)) {
    const step = told.has(leg) ? undefined : unreadBuilder(own)
    if (step) pieces.push({ what: 'build', name: nameOf(leg, step), reason: UNREAD, at: step.at })
  }
  return { builds, promotions, unclear, unknown: unique(pieces), problems, moments }
}

const UNREAD = 'the job logs in to a registry and may push, and what this step does is not read here'

const nameOf = ({ key }: Leg, step: Step): string => `${key}: ${stepLabel(step)}`

/** Rows of a matrix, and tags of one kind, say the same of the same step. */
export const unique = (pieces: readonly UnknownPiece[]): readonly UnknownPiece[] => {
  const seen = new Map(pieces.map((piece) => [JSON.stringify(piece), piece]))
  return [...seen.values()]
}
