// A repository and a spec that a workflow agrees with: what is found then is in its own text.
import type { ImageExpectation } from '../../src/model/spec.ts'
import type { Derived } from '../../src/model/workflow.ts'
import { anImage } from './sightings.ts'

export const namedDockerfiles = ({ builds }: Derived): ReadonlySet<string> =>
  new Set(builds.flatMap(({ dockerfile: { value } }) => (value.known ? [value.value] : [])))

export const agreeingExpectations = ({ images }: Derived): readonly ImageExpectation[] =>
  images.map(({ id, name, tags, platforms }) =>
    anImage({ id, name, tags, platforms: platforms.known ? platforms.value : undefined }),
  )
