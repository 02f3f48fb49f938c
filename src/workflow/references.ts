import type { BuiltReference } from '../model/workflow.ts'
import { known } from './known.ts'
import { itemsOf, linesOf } from './lists.ts'
import type { Metadata } from './metadata.ts'
import type { StepMoment } from './steps.ts'
import { type Holed, interpolate, settle, soleStepOutput } from './templates.ts'

const DEFAULT_TAG = 'latest'

/** The references of a `tags:` input; a line that is a metadata step's output gives that step's, known or not, one by one. */
export function referencesOf(input: string, moment: StepMoment): readonly BuiltReference[] {
  return linesOf(input).flatMap((line) => {
    const output = soleStepOutput(line)
    const metadata = output && moment.metadata.get(output.step)
    if (metadata && output.output === 'tags') return metadataReferences(metadata.made)
    const filled = interpolate(line, moment.contexts)
    return itemsOf(filled.text).map((item) => parseReference(item, filled.holes))
  })
}

/** Every name with every tag. */
export const metadataReferences = ({ names, tags }: Metadata): readonly BuiltReference[] =>
  names.flatMap((name) => tags.map((tag) => ({ name, tag })))

/** Cuts `name:tag`; an unknown part stays with the side it stands on. */
export function parseReference(text: string, holes: Holed['holes']): BuiltReference {
  const colon = text.lastIndexOf(':')
  const hasTag = colon > text.lastIndexOf('/')
  const name = settle(hasTag ? text.slice(0, colon) : text, holes)
  if (hasTag) return { name, tag: settle(text.slice(colon + 1), holes) }
  // A name that ends in an unknown part may hold a tag, which then is as unknown.
  return { name, tag: name.known ? known(DEFAULT_TAG) : name }
}
