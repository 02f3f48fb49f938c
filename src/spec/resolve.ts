import type { CanaryExpectation } from '../model/canary.ts'
import type { DeploymentExpectation } from '../model/deployment.ts'
import { tagged } from '../model/image.ts'
import type { Problem } from '../model/result.ts'
import type { ImageExpectation, Position, Waiver } from '../model/spec.ts'
import { expectCanary } from './canary.ts'
import { inOrder } from './decode.ts'
import { expectDeployments } from './deployments.ts'
import { type Complain, expectImage, type Shared } from './expectation.ts'
import { idsFor, splitTag } from './names.ts'
import { type Context, fillPlaceholders } from './placeholders.ts'
import type { Positions } from './positions.ts'
import { imageSchema, type Spec } from './schema.ts'
import { addStructureTests, type StructureTestFiles } from './structure-test/add.ts'

export type Resolved =
  | {
      readonly ok: true
      readonly images: readonly ImageExpectation[]
      readonly deployments?: readonly DeploymentExpectation[]
      /** Of findings of the set as a whole. */
      readonly waivers?: readonly Waiver[]
      readonly canary?: CanaryExpectation
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** What the checks are to expect of each image in this run, or everything that keeps us from knowing. */
export function resolveSpec(
  spec: Spec,
  positions: Positions,
  context: Context,
  structureTests: StructureTestFiles = new Map(),
): Resolved {
  const problems = new Map<string, Problem>()
  const hasTags = Object.keys(positions.under(['tags'])).length > 0
  const complain: Complain = (path, message) => {
    const label = path[0] === 'tags' && !hasTags ? 'tags (by default)' : path.map(String).join('.')
    const at = positions.at(path)
    const problem = { message: `${label}: ${message}`, at }
    problems.set(`${at.line}:${at.column} ${problem.message}`, problem)
  }
  const images = Object.entries(spec.images).flatMap(([id, image]): ImageExpectation[] => {
    const expected = expectImage(id, image, spec, context, complain)
    if (expected === undefined) return []
    const placed = { ...expected, positions: positionsOf(id, image, positions) }
    return [addStructureTests(placed, image, structureTests, complain)]
  })
  refuseShared(images, complain)
  const deployments = expectDeployments(spec, positions, complain)
  const canary = expectCanary(spec, positions, complain)
  if (problems.size > 0) return { ok: false, problems: inOrder([...problems.values()]) }
  return {
    ok: true,
    images,
    ...(deployments.length > 0 && { deployments }),
    ...(canary && { canary }),
    ...(spec.waive && { waivers: spec.waive }),
  }
}

/** One reference cannot be two images: whatever it leads to, one of them would be judged by the other's terms. */
function refuseShared(images: readonly ImageExpectation[], complain: Complain): void {
  const owners = new Map<string, string>()
  for (const { id, name, tags } of images) {
    for (const reference of new Set(tags.map((tag) => tagged(name, tag)))) {
      const owner = owners.get(reference)
      if (owner === undefined) owners.set(reference, id)
      else complain(['images', id, 'image'], `${reference} is the image of ${JSON.stringify(owner)} already`)
    }
  }
}

function positionsOf(
  id: string,
  image: Spec['images'][string],
  positions: Positions,
): Readonly<Record<string, Position>> {
  const inherited = (['tags', 'platforms'] as const).filter((key) => image[key] === undefined)
  return {
    ...Object.fromEntries(
      inherited.flatMap((key) =>
        Object.entries(positions.under([key])).map(([path, at]) => [path === '' ? key : `${key}.${path}`, at]),
      ),
    ),
    ...positions.under(['images', id]),
  }
}

/** The terms of images that no spec speaks of. */
export const nothingShared: Shared = { tags: ['latest'], tolerance: '20%', growth: '20%' }
export const nothingSaid = imageSchema.parse({ image: 'any' })

/** What to expect of images that are only named, `name` or `name:tag`: the tag is there, whatever platforms it has. */
export function expectationsFromNames(names: readonly string[], context: Context): Resolved {
  const problems: Problem[] = []
  const complain = (name: string, message: string) => problems.push({ message: `${JSON.stringify(name)}: ${message}` })
  const lines = names.map((line) => line.trim()).filter((line) => line !== '')
  const given = lines.flatMap((line) => {
    const filled = fillPlaceholders(line, context)
    if ('text' in filled) return [splitTag(filled.text)]
    for (const problem of filled.problems) complain(line, problem)
    return []
  })
  const ids = idsFor(given)
  const images = given.flatMap(({ name, tag }, index): ImageExpectation[] => {
    const image = { ...nothingSaid, image: name, tags: [tag], starts: true }
    const expected = expectImage(ids[index] ?? name, image, nothingShared, context, (_, message) =>
      complain(name, message),
    )
    return expected === undefined ? [] : [{ ...expected, positions: {} }]
  })
  refuseShared(images, ([, id], message) => complain(String(id), message))
  return problems.length > 0 ? { ok: false, problems } : { ok: true, images }
}
