import type { JobSeen } from '../../model/run.ts'

/** The jobs that one name stands for in the end: one, or several where nobody can tell which counts. */
export interface NamedJobs {
  readonly name: string
  readonly jobs: readonly [JobSeen, ...JobSeen[]]
}

/**
 * Every name with its newest job up to an attempt: what a rerun left alone stays from the attempt before. A name that two
 * jobs of one attempt had stays ambiguous for good, since a rerun may have been of either.
 */
export function reduceAttempts(jobs: readonly JobSeen[], upToAttempt: number): readonly NamedJobs[] {
  const counted = jobs.filter(({ attempt }) => attempt <= upToAttempt)
  const byName = [...Map.groupBy(counted, ({ name }) => name)]
  const newest = byName.flatMap(([name, named]): NamedJobs[] => {
    const byAttempt = [...Map.groupBy(named, ({ attempt }) => attempt)].sort(([one], [other]) => other - one)
    const [first, ...more] = byAttempt.find(([, twins]) => twins.length > 1)?.[1] ?? byAttempt[0]?.[1] ?? []
    return first === undefined ? [] : [{ name, jobs: [first, ...more] }]
  })
  const began = byName.map(([name, named]) => ({ name, attempt: Math.min(...named.map(({ attempt }) => attempt)) }))
  const namesAfter = (last: number): readonly string[] =>
    began.flatMap(({ name, attempt }) => (attempt > last ? [name] : []))
  return newest.filter((each) => !wasPlaceholder(each, namesAfter))
}

/** A matrix that was skipped has one job for all its rows; once a later attempt has rows, it says nothing any more. */
function wasPlaceholder(
  { name, jobs: [job, ...twins] }: NamedJobs,
  namesAfter: (attempt: number) => readonly string[],
): boolean {
  const { conclusion, attempt } = job
  if (twins.length > 0 || (conclusion !== 'skipped' && conclusion !== 'cancelled')) return false
  return namesAfter(attempt).some((each) => expandsTo(name, each))
}

const EXPRESSION = /\$\{\{.*?\}\}/s

/** Whether a job's name before there were rows can be what a row's job is called: `build` and `build (amd64)`. */
export function expandsTo(unexpanded: string, name: string): boolean {
  if (!EXPRESSION.test(unexpanded)) return name.startsWith(`${unexpanded} (`) && name.endsWith(')')
  const [first = '', ...rest] = unexpanded.split(new RegExp(EXPRESSION, 'gs'))
  if (!name.startsWith(first)) return false
  const last = rest.pop() ?? ''
  let at = first.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.endsWith(last) && name.length - last.length >= at
}
