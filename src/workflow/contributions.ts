import { errorMessage } from '../errors.ts'
import { type ImageName, parseImageName, parseTag, type Tag } from '../model/image.ts'
import type { Position } from '../model/spec.ts'
import type { Build, BuiltReference, Unknown, UnknownPiece } from '../model/workflow.ts'
import { unknown } from './known.ts'

/** What one build, or one promotion, gives to one image name. */
export interface Contribution {
  readonly name: ImageName
  readonly tags: readonly Tag[]
  readonly unknownTags: readonly Unknown[]
}

export interface Contributions {
  readonly named: readonly Contribution[]
  readonly unknown: readonly UnknownPiece[]
}

/** Sorts references by image name; a name or tag that cannot be known, or cannot be one, is a piece of its own. */
export function contributionsOf(references: readonly BuiltReference[], at: Position, source: string): Contributions {
  const named = new Map<ImageName, { tags: Set<Tag>; unknownTags: Unknown[] }>()
  const pieces: UnknownPiece[] = []
  for (const reference of references) {
    const name = reference.name.known ? parsed(parseImageName, reference.name.value) : reference.name
    if (typeof name !== 'string') {
      pieces.push({ what: 'name', name: source, reason: `${name.name}: ${name.reason}`, at })
      continue
    }
    const entry = named.get(name) ?? { tags: new Set(), unknownTags: [] }
    named.set(name, entry)
    if (reference.tag === undefined) continue
    const tag = reference.tag.known ? parsed(parseTag, reference.tag.value) : reference.tag
    if (typeof tag === 'string') entry.tags.add(tag)
    else {
      entry.unknownTags.push(tag)
      pieces.push({ what: 'tags', name: tag.name, reason: tag.reason, at, image: name })
    }
  }
  return {
    named: [...named].map(([name, { tags, unknownTags }]) => ({ name, tags: [...tags], unknownTags })),
    unknown: pieces,
  }
}

function parsed<T extends string>(parse: (text: string) => T, text: string): T | Unknown {
  try {
    return parse(text)
  } catch (error) {
    return unknown(text, errorMessage(error))
  }
}

/** What a build is called in sentences. */
export const sourceOf = ({ job, jobName, step }: Pick<Build, 'job' | 'jobName' | 'step'>): string =>
  `${jobName.known ? jobName.value : job}: ${step}`
