import type { ExpectedLeg, ExpectedLegs } from '../model/run.ts'
import type { ImageExpectation, Position } from '../model/spec.ts'
import type { Build, Derived, Known } from '../model/workflow.ts'
import type { Workflow } from './workflow.ts'

/** The jobs that should have built the images; undefined where the file does not tell how many there are. */
export function expectedLegs(
  { file }: Workflow,
  { builds, images, unknown, problems }: Derived,
  expected: readonly ImageExpectation[],
): ExpectedLegs | undefined {
  // A job is there whether or not a condition lets its step build; a build that could not be read hides how many there are.
  const conditional = new Set(builds.flatMap(({ runs, at }) => (runs.known ? [] : [placeOf(at)])))
  const uncounted = unknown.some(
    ({ what, at }) => what === 'workflow' || what === 'matrix' || (what === 'build' && !conditional.has(placeOf(at))),
  )
  if (uncounted || problems.length > 0 || builds.length === 0) return undefined
  const idOf = (build: Build): string => {
    const names = build.references.value.flatMap(({ name }) => (name.known ? [name.value] : []))
    const own = expected.find(({ name }) => names.includes(name)) ?? images.find(({ name }) => names.includes(name))
    return own?.id ?? build.step
  }
  const legs = builds
    .filter(({ runs }) => !runs.known || runs.value)
    .map((build): ExpectedLeg => {
      return {
        imageId: idOf(build),
        jobNames: build.jobName.known ? [build.jobName.value] : [],
        rowValues: Object.values(build.row?.values ?? {}).flatMap(textOf),
        unexpandedNames: [build.unexpandedName],
        at: build.row?.at ?? build.at,
      }
    })
  return { workflow: file, legs }
}

const placeOf = ({ file, line, column }: Position): string => `${file}:${line}:${column}`

const textOf = (value: Known<unknown>): readonly string[] =>
  value.known && typeof value.value === 'string' ? [value.value] : []
