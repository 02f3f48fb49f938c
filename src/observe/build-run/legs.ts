import type { ExpectedLeg, LegSeen } from '../../model/run.ts'
import type { ImageExpectation } from '../../model/spec.ts'
import { shownName } from '../../workflow/job-name.ts'
import { endedOtherwise, type NamedJobs } from './attempts.ts'
import { isPlaceholder, mayBeShown } from './placeholders.ts'

type Leg = Omit<LegSeen, 'earlierSeconds'>

/**
 * The job of every leg that the workflow should have had: by its name, else what was skipped before there were rows, else
 * by the values of its row, as another matrix may have the same ones; else, where nobody knows its name, by what the
 * workflow writes for it.
 */
export function matchLegs(
  expected: readonly ExpectedLeg[],
  jobs: readonly NamedJobs[],
  others: readonly string[] = [],
): readonly Leg[] {
  const byName = new Map(expected.map((leg) => [leg, named(leg, jobs)]))
  const byRow = claims(byName, hasRow, jobs)
  const byText = claims(new Map([...byName, ...byRow]), isWritten(others), jobs)
  const found = (leg: ExpectedLeg): readonly NamedJobs[] =>
    contested(leg, byText) ?? contested(leg, byRow) ?? byName.get(leg) ?? []
  return joined(expected.map((leg) => legOf(leg, found(leg))))
}

type Claims = ReadonlyMap<ExpectedLeg, readonly NamedJobs[]>

/** What legs that found nothing before may be, among the jobs that no other leg has. */
function claims(
  before: Claims,
  mayBe: (leg: ExpectedLeg) => (job: NamedJobs) => boolean,
  jobs: readonly NamedJobs[],
): Claims {
  const taken = new Set([...before.values()].flat())
  const free = jobs.filter((each) => !taken.has(each))
  return new Map([...before].flatMap(([leg, found]) => (found.length > 0 ? [] : [[leg, free.filter(mayBe(leg))]])))
}

/** The jobs of a leg's name, else the one that was skipped for it and others. */
function named(leg: ExpectedLeg, jobs: readonly NamedJobs[]): readonly NamedJobs[] {
  const exact = jobs.filter(({ name }) => hasName(leg, name))
  return exact.length > 0 ? exact : jobs.filter((each) => areOver(each) && isPlaceholder(leg, each.name))
}

/** Whether a job of that name is the leg. */
export const hasName = ({ jobNames }: ExpectedLeg, name: string): boolean =>
  jobNames.some((each) => name === each || name === shownName(each))

/** Only what ended without rows may stand for all of them. */
const areOver = ({ jobs }: NamedJobs): boolean => jobs.every(endedOtherwise)

const hasRow =
  (leg: ExpectedLeg) =>
  ({ name }: NamedJobs): boolean =>
    leg.rowValues.length > 0 && leg.rowValues.every((value) => hasWord(name, value)) && mayBeShown(leg, name)

/** Nobody knows its name, and none of its row is in it; a job of the workflow that builds nothing is not it. */
const isWritten =
  (others: readonly string[]) =>
  (leg: ExpectedLeg) =>
  ({ name }: NamedJobs): boolean =>
    leg.jobNames.length + leg.rowValues.length === 0 &&
    !others.some((other) => name === shownName(other)) &&
    mayBeShown(leg, name)

/** Jobs that no other row lays claim to; where one does, all claimed ones, so that it is ambiguous. */
function contested(leg: ExpectedLeg, claims: Claims): readonly NamedJobs[] | undefined {
  const own = claims.get(leg)
  const [job, ...more] = own ?? []
  if (job === undefined || more.length > 0) return own
  const rivals = [...claims].filter(([other, jobs]) => !isSameRow(other, leg) && jobs.includes(job))
  return rivals.length === 0 ? own : [job, job]
}

const isSameRow = (one: ExpectedLeg, other: ExpectedLeg): boolean =>
  isSame(one.rowValues, other.rowValues) && isSame(one.unexpandedNames, other.unexpandedNames)
const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((value, at) => value === other[at])

const writtenName = ({
  unexpandedNames: [name = ''],
  rowValues,
}: Omit<ExpectedLeg, 'imageIds' | 'jobNames'>): string =>
  rowValues.length === 0 ? name : `${name} (${rowValues.join(', ')})`

const legOf = ({ imageIds, jobNames, at, ...leg }: ExpectedLeg, found: readonly NamedJobs[]): Leg => ({
  name: found[0]?.name ?? jobNames[0] ?? writtenName(leg),
  imageIds,
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
