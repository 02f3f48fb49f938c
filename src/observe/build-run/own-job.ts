import type { JobSeen, OwnJob } from '../../model/run.ts'

/**
 * The job that we are, so that it is not waited for. By its id where the workflow hands `job.check_run_id` on; else the
 * one that runs on our runner, since a runner has one job at a time; else the only running one with our key in its
 * name. Undefined where none of these tells.
 */
export function findOwnJob(jobs: readonly JobSeen[], own: OwnJob): JobSeen | undefined {
  const byId = jobs.find(({ id }) => id === own.checkRunId)
  if (byId !== undefined) return byId
  const running = jobs.filter(({ status }) => status === 'in_progress')
  const onRunner = running.filter(({ runnerName }) => runnerName !== undefined && runnerName === own.runnerName)
  if (onRunner.length > 0) return onlyOne(onRunner)
  const { jobId } = own
  return jobId === undefined ? undefined : onlyOne(running.filter(({ name }) => isShownAs(jobId, name)))
}

const onlyOne = <Value>(values: readonly Value[]): Value | undefined => (values.length === 1 ? values[0] : undefined)

/** Whether a job of that key may be shown so: `verify`, `verify (row)`, `caller / verify (row)`. */
function isShownAs(key: string, name: string): boolean {
  const parts = name.split(' / ')
  const tails = parts.map((_, at) => parts.slice(at).join(' / '))
  return tails.some((tail) => tail === key || (tail.startsWith(`${key} (`) && tail.endsWith(')')))
}

const withoutRow = (name: string): string => name.replace(/ \(.*\)$/s, '')

/**
 * The jobs that were not us. Of an earlier attempt of ours, neither it counts nor what it kept from running, which waits for
 * us by name: that comes after us again. A twin of our name in this attempt makes all of that name count, since nobody can
 * tell which was which.
 */
export function withoutOwn(
  jobs: readonly JobSeen[],
  ours: JobSeen,
  waitsForUs: (name: string) => boolean,
): readonly JobSeen[] {
  const isOurs = ({ name }: JobSeen): boolean => name === ours.name
  const twins = jobs.filter((job) => isOurs(job) && job.attempt === ours.attempt)
  if (twins.length > 1) return jobs.filter(({ id }) => id !== ours.id)
  const endOfOurs = new Map(jobs.filter(isOurs).map(({ attempt, completedAt }) => [attempt, completedAt]))
  const comesAgain = (job: JobSeen) => isKeptBack(job, endOfOurs.get(job.attempt)) && waitsForUs(job.name)
  return jobs.filter((job) => !isOurs(job) && !comesAgain(job))
}

/** Skipped, and not even there before we were over. */
const isKeptBack = ({ conclusion, createdAt }: JobSeen, endOfOurs: string | undefined): boolean =>
  conclusion === 'skipped' &&
  createdAt !== undefined &&
  endOfOurs !== undefined &&
  Date.parse(createdAt) >= Date.parse(endOfOurs)

/** The rows of our own matrix that still run beside us: they verify too, and are no part of what is verified. */
export function isSibling(job: JobSeen, own: JobSeen): boolean {
  const isRow = withoutRow(own.name) !== own.name && withoutRow(job.name) !== job.name
  return isRow && job.status !== 'completed' && withoutRow(job.name) === withoutRow(own.name)
}

const OF_REUSABLE = /^(?:verify|plan|report|[a-z0-9-]+-[1-9][0-9]*)$/

/** Whether a job is beside us in the reusable workflow: called by the same job, and named as only the jobs there are. */
export function isOfReusable(job: JobSeen, ours: JobSeen): boolean {
  const caller = ours.name.slice(0, ours.name.lastIndexOf(' / ') + 3)
  const isCalled = ({ name }: JobSeen) => name.startsWith(caller) && OF_REUSABLE.test(name.slice(caller.length))
  return ours.name.includes(' / ') && isCalled(ours) && isCalled(job)
}
