import type { ImageName } from '../model/image.ts'
import type { Derived, DerivedImage, RunContext, UnknownPiece } from '../model/workflow.ts'
import { type Builds, buildsOf, unique } from './builds.ts'
import { contributionsOf, sourceOf } from './contributions.ts'
import { imageIds } from './image-ids.ts'
import type { ReadFile } from './legs.ts'
import { type BuiltContribution, type Merged, mergeDigests, mergeTagged, type PromotedContribution } from './merge.ts'
import type { StepMoment } from './steps.ts'
import type { Workflow } from './workflow.ts'

/** What follows from a workflow, and the steps that it follows from. */
export interface Evaluation extends Derived {
  readonly moments: readonly StepMoment[]
}

/** What a workflow should leave in the registry when it runs in this context, and all of it that cannot be known. */
export function deriveImages(workflow: Workflow, run: RunContext, read: ReadFile = () => undefined): Evaluation {
  const { moments, ...built } = buildsOf(workflow, run, read)
  return { ...imagesOf(built), moments }
}

function imagesOf({ builds, promotions, unclear, unknown, problems }: Omit<Builds, 'moments'>): Derived {
  const pieces: UnknownPiece[] = [...unknown]
  const built: BuiltContribution[] = []
  const promoted: PromotedContribution[] = []
  for (const build of builds) {
    if (build.push.known && build.push.value === 'none') continue
    const { value, at } = build.references
    const source = sourceOf(build)
    if (!build.runs.known) pieces.push({ what: 'build', name: source, reason: conditional(build.runs), at: build.at })
    if (!build.push.known) pieces.push({ what: 'push', name: source, reason: conditional(build.push), at: build.at })
    if (value.length === 0) pieces.push({ what: 'name', name: source, reason: 'it pushes without any name', at })
    const contributions = contributionsOf(value, at, source)
    pieces.push(...contributions.unknown)
    built.push(...contributions.named.map((one) => ({ ...one, build })))
  }
  for (const promotion of promotions) {
    const { references, at, job, runs } = promotion
    const contributions = contributionsOf(references, at, job)
    if (!runs.known) pieces.push({ what: 'tags', name: job, reason: conditional(runs), at })
    pieces.push(...contributions.unknown)
    promoted.push(...contributions.named.map((one) => ({ ...one, promotion })))
  }
  const names = [...new Set([...built, ...promoted].map(({ name }) => name))]
  const drafts = names.flatMap((name) => draftsOf(name, built, promoted))
  pieces.push(...drafts.flatMap(doubtsOf))
  const ids = imageIds(drafts)
  const images = drafts.map(
    ({ merged: _, ...image }, index): DerivedImage => ({ id: ids[index] ?? image.name, ...image }),
  )
  return { builds, promotions: [...promotions, ...unclear], images, unknown: unique(pieces), problems }
}

const conditional = ({ name, reason }: { name: string; reason: string }): string => `only if ${name}: ${reason}`

type Draft = Omit<DerivedImage, 'id'> & { readonly merged: Merged }

function draftsOf(
  name: ImageName,
  built: readonly BuiltContribution[],
  promoted: readonly PromotedContribution[],
): readonly Draft[] {
  const own = built.filter((one) => one.name === name)
  const isDigest = ({ build }: BuiltContribution): boolean => build.push.known && build.push.value === 'digest'
  const digests = mergeDigests(
    own.filter(isDigest),
    promoted.filter((one) => one.name === name),
  )
  const tagged = mergeTagged(own.filter((one) => !isDigest(one)))
  return [...digests, ...tagged].flatMap((merged) => draft(name, merged) ?? [])
}

function draft(name: ImageName, merged: Merged): Draft | undefined {
  const { builds, promotion, platforms } = merged
  const [first] = builds
  const contributions = [...builds, ...(promotion ? [promotion] : [])]
  const at = promotion?.promotion.at ?? first?.build.references.at
  if (!at) return undefined
  const dockerfiles = new Set(builds.map(({ build }) => JSON.stringify(build.dockerfile.value)))
  const dockerfile = first?.build.dockerfile.value ?? {
    known: false,
    name: 'dockerfile',
    reason: 'no build is read here',
  }
  const differ = { known: false, name: 'dockerfile', reason: 'its builds use several' } as const
  const names = [...builds.map(({ build }) => build.jobName), ...(promotion ? [promotion.promotion.jobName] : [])]
  return {
    name,
    tags: [...new Set(contributions.flatMap(({ tags }) => tags))],
    tagsComplete: contributions.every(({ unknownTags }) => unknownTags.length === 0) && merged.doubt === undefined,
    platforms,
    dockerfile: dockerfiles.size > 1 ? differ : dockerfile,
    jobNames: [...new Map(names.map((one) => [one.known ? one.value : one.name, one])).values()],
    rows: builds.flatMap(({ build }) => build.row ?? []),
    builds: builds.map(({ build }) => build),
    positions: {
      image: first?.build.references.at ?? at,
      tags: at,
      platforms: first?.build.platforms.at ?? at,
    },
    merged,
  }
}

function doubtsOf({ name, platforms, tags, positions, merged }: Draft): readonly UnknownPiece[] {
  const pieces: UnknownPiece[] = []
  const label = tags[0] === undefined ? name : `${name}:${tags[0]}`
  if (merged.doubt !== undefined) {
    pieces.push({ what: 'tags', name: label, reason: merged.doubt, at: positions.tags, image: name })
  }
  if (!platforms.known && platforms.reason !== merged.doubt) {
    const reason = `${platforms.name}: ${platforms.reason}`
    pieces.push({ what: 'platforms', name: label, reason, at: positions.platforms, image: name })
  }
  return pieces
}
