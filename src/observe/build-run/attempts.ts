import type { JobSeen } from '../../model/run.ts'
import { callersOf, expandsTo, isUnexpanded } from './names.ts'

/** The jobs that one name stands for in the end: one, or several where nobody can tell which counts. */
export interface NamedJobs {
  readonly name: string
  readonly jobs: readonly [JobSeen, ...JobSeen[]]
}

/** A name with its jobs of all attempts, and the first and last attempt that had one. */
interface Name {
  readonly name: string
  readonly jobs: readonly JobSeen[]
  readonly first: number
  readonly last: number
}

/**
 * Every name with its newest job up to an attempt: what a rerun left alone stays from the attempt before. A name that two
 * jobs of one attempt had stays ambiguous for good, since a rerun may have been of either. Of a job's rows and the one job
 * that it is without rows, only the newer count.
 */
export function reduceAttempts(jobs: readonly JobSeen[], upToAttempt: number): readonly NamedJobs[] {
  const counted = jobs.filter(({ attempt }) => attempt <= upToAttempt)
  const names = [...Map.groupBy(counted, ({ name }) => name)].map(([name, named]): Name => {
    const attempts = named.map(({ attempt }) => attempt)
    return { name, jobs: named, first: Math.min(...attempts), last: Math.max(...attempts) }
  })
  const withoutRows = new Set(names.filter(({ jobs }) => jobs.some(endedOtherwise)))
  const isPast = (name: Name): boolean =>
    (withoutRows.has(name) && names.some((row) => hasRowsNow(name, row))) ||
    [...withoutRows].some((matrix) => lostItsRow(matrix, name))
  return names
    .filter((name) => !isPast(name))
    .flatMap(({ name, jobs: named }) => {
      const [first, ...more] = newestOf(named)
      return first === undefined ? [] : [{ name, jobs: [first, ...more] }]
    })
}

function newestOf(named: readonly JobSeen[]): readonly JobSeen[] {
  const byAttempt = [...Map.groupBy(named, ({ attempt }) => attempt)].sort(([one], [other]) => other - one)
  return byAttempt.find(([, twins]) => twins.length > 1)?.[1] ?? byAttempt[0]?.[1] ?? []
}

/** A matrix that was skipped has one job for all its rows; once a later attempt has rows, it says nothing any more. */
function hasRowsNow(matrix: Name, row: Name): boolean {
  if (row.last <= matrix.last || !isRowOf(matrix, row)) return false
  const [job, ...twins] = newestOf(matrix.jobs)
  const wasSkipped = job?.conclusion === 'skipped' || job?.conclusion === 'cancelled'
  // What an expression became may be any name: of a name from before, nobody can tell.
  return wasSkipped && twins.length === 0 && (row.first > matrix.last || !isUnexpanded(matrix.name))
}

/** A row of an earlier attempt says nothing of one in which its matrix, or what calls it, ended before there were rows. */
const lostItsRow = (matrix: Name, row: Name): boolean =>
  matrix.last > row.last &&
  isRowOf(matrix, row) &&
  matrix.jobs.some((job) => job.attempt > row.last && endedOtherwise(job))

/** Whether a job is over, and no success. */
export const endedOtherwise = ({ conclusion }: JobSeen): boolean => conclusion !== undefined && conclusion !== 'success'

/** Whether one may be a row of the other, or a job that it calls: those are never there in one attempt. */
const isRowOf = (matrix: Name, { name, jobs }: Name): boolean =>
  callersOf(name).some((each) => each === matrix.name || expandsTo(matrix.name, each)) &&
  !jobs.some(({ attempt }) => matrix.jobs.some((job) => job.attempt === attempt))
