import type { ImageName, Tag } from '../model/image.ts'
import type { ExpectedLeg, ExpectedLegs } from '../model/run.ts'
import type { ImageExpectation, Position } from '../model/spec.ts'
import type { Build, Row, StepOfJob } from '../model/workflow.ts'
import { contributionsOf } from './contributions.ts'
import type { Evaluation } from './derive.ts'
import type { Workflow } from './workflow.ts'

/** The jobs that should have built the images, and given them their tags; none where nothing in the file builds, undefined where it tells none for sure. */
export function expectedLegs(
  { file }: Workflow,
  { builds, promotions, images, unknown, problems, moments }: Evaluation,
  expected: readonly ImageExpectation[],
): ExpectedLegs | undefined {
  // A job is there whether or not a condition lets its step build; a build that could not be read hides how many there are.
  const conditional = new Set(builds.flatMap(({ runs, at }) => (runs.known ? [] : [placeOf(at)])))
  const uncounted = unknown.some(
    ({ what, at }) => what === 'workflow' || what === 'matrix' || (what === 'build' && !conditional.has(placeOf(at))),
  )
  // What gives tags alone says nothing of the jobs that build.
  const onlyTagged = builds.length === 0 && promotions.length > 0
  if (problems.length > 0 || onlyTagged) return undefined
  const rowless = new Set(moments.flatMap(({ leg }) => (leg.uncounted.length > 0 ? [leg.key] : [])))
  const isSure = ({ job, jobName }: StepOfJob): boolean => !uncounted || (jobName.known && !rowless.has(job))
  const idsOf = (build: Build): readonly string[] => {
    const { value, at } = build.references
    const made = images.filter(({ builds }) => builds.includes(build))
    const ids = contributionsOf(value, at, build.step).named.flatMap(({ name, tags }) => {
      const all = [...tags, ...made.flatMap((image) => (image.name === name ? image.tags : []))]
      return [expected, made].map((known) => idsAmong(known, name, all)).find(({ length }) => length > 0) ?? []
    })
    return ids.length > 0 ? [...new Set(ids)] : [build.step]
  }
  const legs = [
    ...builds.filter(isSure).map((build) => legOf(build, idsOf(build))),
    ...promotions.filter(isSure).map((promotion) => ({ ...legOf(promotion, []), waitsFor: promotion.waitsFor })),
  ]
  if (uncounted && legs.length === 0) return undefined
  const own = new Set([...builds, ...promotions].map(({ job }) => job))
  const others = moments.flatMap(({ leg: { key, name, unexpandedName } }) =>
    own.has(key) ? [] : [unexpandedName, ...(name.known ? [name.value] : [])],
  )
  return { workflow: file, legs, isOpen: uncounted, others: [...new Set(others)] }
}

/** The images of a name; of several, those that have one of the tags, where any has. */
function idsAmong(
  images: readonly Pick<ImageExpectation, 'id' | 'name' | 'tags'>[],
  name: ImageName,
  tags: readonly Tag[],
): readonly string[] {
  const named = images.filter((image) => image.name === name)
  const tagged = named.filter((image) => image.tags.some((tag) => tags.includes(tag)))
  return (tagged.length > 0 ? tagged : named).map(({ id }) => id)
}

const legOf = ({ jobName, row, unexpandedName, at }: StepOfJob, imageIds: readonly string[]): ExpectedLeg => ({
  imageIds,
  jobNames: jobName.known ? [jobName.value] : [],
  rowValues: valuesIn(unexpandedName, row),
  unexpandedNames: [unexpandedName],
  at: row?.at ?? at,
})

const placeOf = ({ file, line, column }: Position): string => `${file}:${line}:${column}`

/** The values of a row that are in its name: where that has expressions, those they ask for. */
function valuesIn(unexpandedName: string, row: Row | undefined): readonly string[] {
  const own = unexpandedName.split(' / ').at(-1) ?? ''
  const asked = new Set(
    [...own.matchAll(/\bmatrix\s*(?:\.\s*([\w-]+)|\[\s*'([^']+)'\s*\])/g)].map(([, key, index]) => key ?? index),
  )
  const isIn = ([key, value]: readonly [string, unknown]): boolean =>
    own.includes('${{') ? asked.has(key) && isScalar(value) : typeof value === 'string'
  const settled = Object.entries(row?.values ?? {}).flatMap(([key, value]) =>
    value.known ? [[key, value.value] as const] : [],
  )
  return settled.filter(isIn).map(([, value]) => String(value))
}

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)
