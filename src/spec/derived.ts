import type { Problem } from '../model/result.ts'
import type { ImageExpectation } from '../model/spec.ts'
import type { Derived, DerivedImage } from '../model/workflow.ts'
import { expectImage } from './expectation.ts'
import { nothingSaid, nothingShared } from './resolve.ts'

/** What the build workflow alone says is to exist, or all that keeps it from saying so: never a guess, never an empty set. */
export function expectationsFromWorkflow(
  path: string,
  { images, unknown, problems }: Derived,
): { ok: true; images: readonly ImageExpectation[] } | { ok: false; problems: readonly Problem[] } {
  const open = unknown.map(({ what, name, reason, at }) => ({
    message: `${what} ${name}: ${reason}`,
    hint: WRITE_A_SPEC,
    at,
  }))
  const empty = { message: `${path} builds no image that can be told from the file`, hint: WRITE_A_SPEC }
  const found = [...problems, ...open, ...(images.length === 0 ? [empty] : [])]
  if (found.length > 0) return { ok: false, problems: found }
  return { ok: true, images: images.map(expectation) }
}

const WRITE_A_SPEC = 'write .github/verify-images.yml: the starter below is what is known so far'

function expectation({ id, name, tags, platforms, positions }: DerivedImage): ImageExpectation {
  const said = { ...nothingSaid, image: name, tags: [...tags], starts: true }
  const listed = platforms.known ? { platforms: [...platforms.value] } : {}
  const expected = expectImage(id, { ...said, ...listed }, nothingShared, {}, (path, message) => {
    throw new Error(`${path.map(String).join('.')}: ${message}`)
  })
  if (expected === undefined) throw new Error(`${name} gives no expectation`)
  return { ...expected, positions: { '': positions.image, tags: positions.tags, platforms: positions.platforms } }
}
