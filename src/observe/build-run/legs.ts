import type { ExpectedLeg, JobSeen, LegSeen } from '../../model/run.ts'
import type { ImageExpectation } from '../../model/spec.ts'
import { expandsTo, type NamedJobs } from './attempts.ts'

type Leg = Omit<LegSeen, 'earlierSeconds'>

/** The job of every leg that the workflow should have had: by its name, else by the values of its row, else as skipped. */
export function matchLegs(expected: readonly ExpectedLeg[], jobs: readonly NamedJobs[]): readonly Leg[] {
  const byName = new Map(expected.map((leg) => [leg, named(leg, jobs)]))
  const taken = new Set([...byName.values()].flat())
  const free = jobs.filter((each) => !taken.has(each))
  const byRow = new Map(
    expected.flatMap((leg) => (byName.get(leg)?.length === 0 ? [[leg, free.filter(hasRow(leg))] as const] : [])),
  )
  const legs = expected.map((leg) => {
    const found = byName.get(leg)?.length ? byName.get(leg) : contested(leg, byRow)
    return legOf(leg, found?.length ? found : jobs.filter(isUnexpanded(leg)))
  })
  return joined(legs)
}

// https://github.com/actions/runner/blob/main/src/Sdk/DTPipelines/Pipelines/ObjectTemplating/JobDisplayNameBuilder.cs
const MAX_NAME = 100
const shown = (name: string): string => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 3)}...` : name)

/** The jobs of a leg's exact name, or of that name where another workflow called this one: `caller / build (row)`. */
function named(leg: ExpectedLeg, jobs: readonly NamedJobs[]): readonly NamedJobs[] {
  const exact = jobs.filter(({ name }) => leg.jobNames.some((each) => name === each || name === shown(each)))
  return exact.length > 0 ? exact : jobs.filter(({ name }) => isCalled(leg, name))
}

/** Whether a job of that name may be the leg. */
export const isCalled = ({ jobNames }: ExpectedLeg, name: string): boolean =>
  jobNames.flatMap((each) => [each, shown(each)]).some((each) => name === each || name.endsWith(` / ${each}`))

const hasRow =
  ({ rowValues }: ExpectedLeg) =>
  ({ name }: NamedJobs): boolean =>
    rowValues.length > 0 && rowValues.every((value) => hasWord(name, value))

/** Jobs that no other row lays claim to; where one does, all claimed ones, so that it is ambiguous. */
function contested(
  leg: ExpectedLeg,
  claims: ReadonlyMap<ExpectedLeg, readonly NamedJobs[]>,
): readonly NamedJobs[] | undefined {
  const own = claims.get(leg)
  const [job, ...more] = own ?? []
  if (job === undefined || more.length > 0) return own
  const rivals = [...claims].filter(([other, jobs]) => !isSameRow(other, leg) && jobs.includes(job))
  return rivals.length === 0 ? own : [job, job]
}

const isSameRow = (one: ExpectedLeg, other: ExpectedLeg): boolean =>
  one.rowValues.length === other.rowValues.length && one.rowValues.every((value, at) => value === other.rowValues[at])

const isUnexpanded =
  ({ jobNames, unexpandedNames }: ExpectedLeg) =>
  ({ name, jobs }: NamedJobs): boolean =>
    jobs.every(isOver) &&
    (unexpandedNames.some((each) => name === shown(each) || name.endsWith(` / ${shown(each)}`)) ||
      jobNames.some((each) => expandsTo(name, each)))

/** Only what ended without rows may stand for all of them. */
const isOver = ({ conclusion }: JobSeen): boolean => conclusion !== undefined && conclusion !== 'success'

const legOf = ({ imageId, jobNames, rowValues, at }: ExpectedLeg, found: readonly NamedJobs[]): Leg => ({
  name: found[0]?.name ?? jobNames[0] ?? rowValues.join(', '),
  imageIds: [imageId],
  jobs: found.flatMap(({ jobs }) => jobs),
  ...(at && { at }),
})

/** Several images of one job are one leg. */
function joined(legs: readonly Leg[]): readonly Leg[] {
  return [...Map.groupBy(legs, ({ name, jobs }) => `${jobs.map(({ id }) => id).join(' ')} ${name}`).values()].flatMap(
    ([first, ...more]) =>
      first === undefined
        ? []
        : [{ ...first, imageIds: [...new Set([first, ...more].flatMap(({ imageIds }) => imageIds))] }],
  )
}

/** Every job as a leg, for when no workflow says which to expect; its image is the only one that its name names. */
export const legsOfJobs = (jobs: readonly NamedJobs[], images: readonly ImageExpectation[]): readonly Leg[] =>
  jobs.map(({ name, jobs: named }) => {
    const imageIds = images.filter((image) => wordsFor(image).some((word) => hasWord(name, word))).map(({ id }) => id)
    return { name, imageIds: imageIds.length === 1 ? imageIds : [], jobs: named }
  })

function wordsFor({ id, name }: ImageExpectation): readonly string[] {
  const repository = name.slice(name.indexOf('/') + 1)
  return [id, name, repository, repository.slice(repository.lastIndexOf('/') + 1)]
}

/** Whether a word stands in a text, and not as a part of a longer one: `worker` is not in `worker-cpu`. */
function hasWord(text: string, word: string): boolean {
  if (word === '') return false
  const isEdge = (at: number): boolean => !/[\p{L}\p{N}_./-]/u.test(text[at] ?? ' ')
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (isEdge(at - 1) && isEdge(at + word.length)) return true
  }
  return false
}
