import { errorMessage } from '../errors.ts'
import type { Tag } from '../model/image.ts'
import { interpolate } from './interpolate.ts'
import { parseServiceImage, type ServiceImage } from './reference.ts'

/** The variable that deployments choose the build by. */
export const TAG_VARIABLE = 'IMAGE_TAG'

/** What a service runs under one setting of the variable. */
export interface Resolved {
  /** `with IMAGE_TAG=sha-3f2a1bc`, `without IMAGE_TAG` */
  readonly setting: string
  /** As compose would have it. */
  readonly text: string
  readonly image: ServiceImage
  /** Variables nobody sets, which it is filled in without. */
  readonly blank: readonly string[]
}

export interface Refused {
  readonly setting: string
  readonly reason: string
  /** The variable that compose refuses to start it without, as the file wants. */
  readonly required: string | undefined
  /** Variables nobody sets, so that it cannot be told what it is. */
  readonly blank: readonly string[]
}

/** The image a text of a compose file names, with `IMAGE_TAG` set to a tag, or unset. */
export function resolveImage(
  text: string,
  env: Readonly<Record<string, string>>,
  tag: Tag | undefined,
): Resolved | Refused {
  const setting = tag === undefined ? `without ${TAG_VARIABLE}` : `with ${TAG_VARIABLE}=${tag}`
  const filled = interpolate(text, tag === undefined ? env : { ...env, [TAG_VARIABLE]: tag })
  if (!filled.ok) return { setting, reason: filled.reason, required: filled.required, blank: [] }
  const { blank } = filled
  try {
    return { setting, text: filled.text, image: parseServiceImage(filled.text), blank }
  } catch (error) {
    const unset = blank.length === 0 ? '' : `, since ${blank.join(', ')} has no value`
    return { setting, reason: `${errorMessage(error)}${unset}`, required: undefined, blank }
  }
}
