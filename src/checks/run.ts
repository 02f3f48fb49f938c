import prettyMilliseconds from 'pretty-ms'
import type { Look } from '../model/observation.ts'
import type { UnweighedFinding } from '../model/result.ts'
import {
  type BuildRunSeen,
  type JobSeen,
  type LegOutcome,
  type LegSeen,
  outcomeOf,
  queueSeconds,
  runSeconds,
  type SharedAnnotation,
} from '../model/run.ts'
import { type ImageExpectation, positionOf } from '../model/spec.ts'
import { defineCheck, type Judgement, type Unlooked, unseen } from './define.ts'

const NOBODY_SAID = 'nobody said which run built the images (run-id)'

/** Undefined where nobody said which run built the images. */
export type RunLook = Look<BuildRunSeen> | undefined

export const run = defineCheck({
  id: 'run',
  title: 'Every leg of the build ran, succeeded, and kept to its time',
  scope: 'set',
  codes: {
    'run/job-missing': 'error',
    'run/job-failed': 'error',
    'run/job-skipped': 'error',
    'run/job-cancelled': 'error',
    'run/job-unfinished': 'error',
    'run/job-ambiguous': 'error',
    'run/over-budget': 'warning',
    'run/annotation': 'warning',
  },
  notAsked: () => undefined,
  observe: (_images, sight): Promise<RunLook> => sight.buildRun(),
  judge: (images, look: RunLook): Judgement => {
    if (look === undefined) return { skipped: NOBODY_SAID }
    if (!look.ok) return unseen(look)
    const { run, attempt, isOurs, legs, doubt, annotations } = look.seen
    if (legs.length === 0) {
      // A workflow that only verifies, or one job that does everything: nobody said that this run builds anything.
      if (isOurs) return { skipped: `this run has no job that builds, and ${NOBODY_SAID}` }
      return { unseen: `run ${run.id} has no job`, hint: 'name the run that built the images by run-id' }
    }
    const budgets = images.flatMap((image) => judgeBudget(image, legs))
    const open = [...legs.flatMap(unknownOutcome), ...(doubt === undefined ? budgets.filter(isUnseen) : [])]
    return {
      findings: [...legs.flatMap(judgeOutcome), ...budgets.filter(isFinding), ...judgeAnnotations(annotations)],
      evidence: [{ kind: 'run', runId: run.id, attempt }],
      // Jobs that end well prove nothing where none of them builds; one that does not may be the one that does.
      rest: together(open) ?? (doubt === undefined ? undefined : { skipped: unproven(look.seen, doubt) }),
    }
  },
})

const unproven = ({ run, isOurs }: BuildRunSeen, doubt: string): string =>
  `no job of run ${run.id} is known to build: ${doubt}${isOurs ? `, and ${NOBODY_SAID}` : ''}`

type Unseen = Extract<Unlooked, { unseen: string }>

const isFinding = (part: UnweighedFinding | Unseen): part is UnweighedFinding => 'code' in part
const isUnseen = (part: UnweighedFinding | Unseen): part is Unseen => !isFinding(part)

/** All that could not be seen as one, or nothing. */
function together(parts: readonly Unseen[]): Unseen | undefined {
  const [first] = parts
  return first && { ...first, unseen: parts.map(({ unseen }) => unseen).join('; ') }
}

function unknownOutcome(leg: LegSeen): readonly Unseen[] {
  if (outcomeOf(leg) !== 'unknown') return []
  const said = leg.jobs.map(describeJob).join('; ')
  return [
    {
      unseen: `GitHub does not say how job ${JSON.stringify(leg.name)} went (${said})`,
      hint: 'look at the page of the run, and rerun this job',
    },
  ]
}

type Wrong = Exclude<LegOutcome, 'succeeded' | 'unknown'>

const WRONG: Readonly<Record<Wrong, { readonly what: string; readonly hint: string }>> = {
  missing: {
    what: 'is not in the run',
    hint: 'compare the matrix and the names of the workflow with the jobs of the run; a job that an expression left out was never built',
  },
  failed: { what: 'did not succeed', hint: 'look at its log, mend it, and rerun the failed jobs' },
  skipped: { what: 'was skipped', hint: 'a job it needs failed, or its if: was false: nothing was built' },
  cancelled: { what: 'was cancelled', hint: 'rerun the build; look whether fail-fast or concurrency ended it' },
  unfinished: { what: 'has not come to an end', hint: 'let this job need it (needs:), and rerun when it is over' },
  ambiguous: {
    what: 'could be any of several jobs',
    hint: 'give every job of the workflow a name of its own, with the values of its row',
  },
}

function judgeOutcome(leg: LegSeen): readonly UnweighedFinding[] {
  const outcome = outcomeOf(leg)
  if (outcome === 'succeeded' || outcome === 'unknown') return []
  const { what, hint } = WRONG[outcome]
  const builds = leg.imageIds.length === 0 ? '' : ` (${leg.imageIds.join(', ')})`
  return [
    {
      code: `run/job-${outcome}`,
      message: `job ${JSON.stringify(leg.name)}${builds} ${what}`,
      expected: 'one job, completed with success',
      actual: leg.jobs.length === 0 ? 'no such job' : leg.jobs.map(describeJob).join('; '),
      hint,
      ...(leg.at && { at: leg.at }),
    },
  ]
}

const describeJob = ({ status, conclusion, url }: JobSeen): string =>
  `${[status, conclusion].filter((word) => word !== undefined).join(', ')}${url && ` ${url}`}`

/** Each leg of an image has the whole budget, since legs run side by side. */
function judgeBudget(image: ImageExpectation, legs: readonly LegSeen[]): readonly (UnweighedFinding | Unseen)[] {
  const { id, maxDurationMs } = image
  if (maxDurationMs === undefined) return []
  const own = legs.filter(({ imageIds }) => imageIds.includes(id))
  if (own.length === 0) {
    return [
      {
        unseen: `no job of the run is known to build ${id}, so that its max-duration cannot be judged`,
        hint: `let the name of its job hold ${id}, name the build workflow by the input workflow, or leave max-duration out`,
      },
    ]
  }
  return own.flatMap((leg): readonly (UnweighedFinding | Unseen)[] => {
    const [job] = leg.jobs
    if (job === undefined || outcomeOf(leg) !== 'succeeded') return []
    const seconds = runSeconds(job)
    const name = JSON.stringify(leg.name)
    if (seconds === undefined)
      return [{ unseen: `GitHub does not say how long job ${name} took`, hint: 'look at the page of the run' }]
    if (seconds * 1000 <= maxDurationMs) return []
    const at = positionOf(image, 'max-duration')
    return [
      {
        code: 'run/over-budget',
        message: `${id}: job ${name} took ${duration(seconds)}`,
        expected: `${duration(maxDurationMs / 1000)} at most`,
        actual: `${duration(seconds)}${describeQueue(job)}; ${describeEarlier(leg)}`,
        hint: 'look which steps took it and whether the cache was cold; make the build faster, or raise max-duration',
        ...(at && { at }),
      },
    ]
  })
}

function describeQueue(job: JobSeen): string {
  const seconds = queueSeconds(job)
  return seconds === undefined ? '' : `, after ${duration(seconds)} in the queue`
}

const describeEarlier = ({ earlierSeconds }: LegSeen): string =>
  earlierSeconds.length === 0
    ? 'nothing is known of earlier runs'
    : `the last successful ${earlierSeconds.length === 1 ? 'run' : 'runs'}: ${earlierSeconds.map(duration).join(', ')}`

const duration = (seconds: number): string => prettyMilliseconds(seconds * 1000, { secondsDecimalDigits: 0 })

const MAX_ANNOTATIONS = 10
const MAX_NAMES = 5
const MAX_MESSAGE = 300

function judgeAnnotations(annotations: readonly SharedAnnotation[]): readonly UnweighedFinding[] {
  const told = annotations.slice(0, MAX_ANNOTATIONS).map(({ level, title, message, jobNames }): UnweighedFinding => {
    const text = `${title && `${title}: `}${message}`
    return {
      code: 'run/annotation',
      message: `${level} of ${list(jobNames)}`,
      actual: text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text,
      hint: 'look at the log of the job',
    }
  })
  const left = annotations.length - told.length
  if (left <= 0) return told
  const more = { code: 'run/annotation', message: `${left} more annotations`, hint: 'look at the page of the run' }
  return [...told, more]
}

function list(names: readonly string[]): string {
  const told = names.slice(0, MAX_NAMES).map((name) => JSON.stringify(name))
  return `${told.join(', ')}${names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more jobs` : ''}`
}
