import { failed, type Look } from '../model/observation.ts'
import {
  type BuildRunSeen,
  type ExpectedLeg,
  type ExpectedLegs,
  type JobSeen,
  type LegSeen,
  type OwnJob,
  outcomeOf,
  type SharedAnnotation,
  type WorkflowRunSeen,
} from '../model/run.ts'
import type { ImageExpectation } from '../model/spec.ts'
import type { BuildRun, Clock, Log } from '../ports.ts'
import type { Workflow } from '../workflow/workflow.ts'
import { reduceAttempts } from './build-run/attempts.ts'
import { earlierSeconds } from './build-run/earlier-runs.ts'
import { waitsFor } from './build-run/kept-back.ts'
import { hasName, legsOfJobs, matchLegs } from './build-run/legs.ts'
import { CALLS, expandsTo } from './build-run/names.ts'
import { findOwnJob, isOfReusable, isSibling, withoutOwn } from './build-run/own-job.ts'

export interface RunQuestion {
  readonly runId: number
  /** Undefined: the newest. */
  readonly attempt: number | undefined
  /** Undefined where no workflow says; then every job of the run but our own is a leg. */
  readonly expected: ExpectedLegs | undefined
  /** The file of the build and those that it calls, as far as they are read. */
  readonly workflows: readonly Workflow[]
  readonly images: readonly ImageExpectation[]
}

interface Eyes {
  readonly buildRun: BuildRun
  readonly clock: Clock
  readonly log: Log
}

type Leg = Omit<LegSeen, 'earlierSeconds'>

interface SettledQuestion extends RunQuestion {
  readonly attempt: number
  /** The file of the run. */
  readonly path: string
}

// A job is over before the API says so; more than this is not lag.
const GRACE_MS = 30_000
const POLL_MS = 5_000
const MAX_ANNOTATED = 60

/** Sees how every leg of the build run went, and waits a little for those that GitHub still calls running. */
export async function lookAtBuildRun(question: RunQuestion, eyes: Eyes): Promise<Look<BuildRunSeen>> {
  const run = await eyes.buildRun.run(question.runId)
  if (!run.ok) return run
  const attempt = question.attempt ?? run.seen.attempt
  const isOurs = eyes.buildRun.own?.runId === question.runId
  const expected = expectedIn(run.seen, question, isOurs)
  const legs = await settledLegs({ ...question, attempt, path: run.seen.path }, expected.legs, eyes)
  if (!legs.ok) return legs
  const [annotated, earlier] = await Promise.all([
    annotationsOf(legs.seen, eyes.buildRun),
    earlierSeconds(run.seen, eyes.buildRun),
  ])
  return {
    ok: true,
    seen: {
      run: run.seen,
      attempt,
      isOurs,
      legs: legs.seen.map((leg) => ({ ...leg, earlierSeconds: earlier.secondsOf(leg.name) })),
      doubt: expected.doubt,
      annotations: annotated.annotations,
      notes: [...expected.notes, ...annotated.notes, ...earlier.notes],
    },
  }
}

interface Expectation extends Pick<BuildRunSeen, 'doubt' | 'notes'> {
  /** Undefined: every job of the run. */
  readonly legs: readonly ExpectedLeg[] | undefined
}

/** What one workflow should have had run says nothing of a run of another. */
function expectedIn({ id, path }: WorkflowRunSeen, { expected }: RunQuestion, isOurs: boolean): Expectation {
  if (expected === undefined) return { legs: undefined, doubt: undefined, notes: [] }
  const { workflow, legs } = expected
  if (path !== workflow.replace(/^\.\//, '')) {
    const other = `run ${id} is of ${path}, not of ${workflow}`
    // Nobody named it as the build.
    return { legs: undefined, doubt: isOurs ? other : undefined, notes: [`${other}: every job of it counts`] }
  }
  if (legs.length > 0) return { legs, doubt: undefined, notes: [] }
  return { legs: undefined, doubt: `nothing in ${workflow} is known to build an image`, notes: [] }
}

async function settledLegs(
  question: SettledQuestion,
  expected: readonly ExpectedLeg[] | undefined,
  { buildRun, clock, log }: Eyes,
): Promise<Look<readonly Leg[]>> {
  const deadline = clock.now() + GRACE_MS
  for (;;) {
    const jobs = await buildRun.jobs(question.runId)
    if (!jobs.ok) return jobs
    const legs = legsAmong(jobs.seen, expected, question, buildRun)
    const unfinished = legs.filter((leg) => ['unfinished', 'unknown'].includes(outcomeOf(leg)))
    const leftMs = deadline - clock.now()
    if (unfinished.length === 0 || leftMs <= 0) return { ok: true, seen: legs }
    log.info(`waiting for ${unfinished.map(({ name }) => JSON.stringify(name)).join(', ')} to end`)
    try {
      await clock.sleep(Math.min(POLL_MS, leftMs))
    } catch {
      return failed('cancelled', `cancelled while waiting for the jobs of run ${question.runId}`, '')
    }
  }
}

function legsAmong(
  all: readonly JobSeen[],
  expected: readonly ExpectedLeg[] | undefined,
  { runId, attempt, path, workflows, images, expected: said }: SettledQuestion,
  { own }: BuildRun,
): readonly Leg[] {
  const current = all.filter((job) => job.attempt === attempt)
  const ours = own?.runId === runId ? findOwnJob(current, own) : undefined
  const counted = ours ? withoutOwn(all, ours, waitsFor({ name: ours.name, key: own?.jobId }, path, workflows)) : all
  const named = reduceAttempts(counted, attempt)
  const verifies = (job: JobSeen): boolean =>
    ours !== undefined && (isSibling(job, ours) || (own?.isReusable === true && isOfReusable(job, ours)))
  const countable = named.filter(({ jobs }) => !jobs.every(verifies))
  if (expected === undefined) return legsOfJobs(countable, images)
  const before = own?.runId === runId ? expected.filter((leg) => !waitsForUs(leg, own, ours)) : expected
  const match = (legs: readonly ExpectedLeg[]) => matchLegs(legs, named, said?.others)
  const legs = ours === undefined ? match(before) : legsBeside(ours, before, match)
  if (said?.isOpen !== true) return legs
  const found = new Set(legs.flatMap(({ jobs }) => jobs))
  const others = countable.filter(({ jobs }) => !jobs.some((job) => found.has(job)))
  return [...legs, ...legsOfJobs(others, images)]
}

/** Whether a leg comes when we are over. We are told our key, and of what calls the reusable workflow only its name. */
function waitsForUs(
  { waitsFor: needed = [] }: ExpectedLeg,
  { jobId, isReusable = false }: OwnJob,
  ours: JobSeen | undefined,
): boolean {
  if (!isReusable) return jobId !== undefined && needed.includes(jobId)
  const callers = ours?.name.split(CALLS).slice(0, -1) ?? []
  return needed.some((each) => callers.some((caller) => caller === each || expandsTo(each, caller)))
}

/** A job that builds and verifies is no leg to itself, nor to the rows beside it: that it ends well is not known yet. */
function legsBeside(
  ours: JobSeen,
  expected: readonly ExpectedLeg[],
  match: (legs: readonly ExpectedLeg[]) => readonly Leg[],
): readonly Leg[] {
  const others = expected.filter((leg) => !hasName(leg, ours.name))
  const legs = match(others)
  if (others.length === expected.length) return legs
  return legs.filter(({ jobs }) => jobs.length === 0 || !jobs.every((job) => isSibling(job, ours)))
}

/** The first alone, as it tells whether there is a permission to ask for more. */
async function annotated([first, ...others]: readonly JobSeen[], buildRun: BuildRun) {
  const ask = async (job: JobSeen) => ({ job, look: await buildRun.annotations(job.id) })
  if (first === undefined) return []
  const answer = await ask(first)
  return answer.look.ok ? [answer, ...(await Promise.all(others.map(ask)))] : [answer]
}

async function annotationsOf(
  legs: readonly Leg[],
  buildRun: BuildRun,
): Promise<{ annotations: readonly SharedAnnotation[]; notes: readonly string[] }> {
  const jobs = legs.flatMap(({ jobs }) => jobs).filter(({ runnerName }) => runnerName !== undefined)
  const asked = jobs.slice(0, MAX_ANNOTATED)
  const found = new Map<string, SharedAnnotation>()
  for (const { job, look } of await annotated(asked, buildRun)) {
    if (!look.ok) {
      const why = `the annotations of the build jobs are not listed: ${look.reason}${look.hint && ` (${look.hint})`}`
      return { annotations: [...found.values()], notes: [why] }
    }
    for (const annotation of look.seen) {
      if (annotation.level !== 'warning' && annotation.level !== 'failure') continue
      const key = JSON.stringify([annotation.level, annotation.title, annotation.message])
      const jobNames = new Set([...(found.get(key)?.jobNames ?? []), job.name])
      found.set(key, { ...annotation, jobNames: [...jobNames] })
    }
  }
  const left = jobs.length - asked.length
  return {
    annotations: [...found.values()],
    notes: left > 0 ? [`the annotations of ${left} more jobs are not listed`] : [],
  }
}
