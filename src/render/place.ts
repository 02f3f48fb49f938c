import { SET } from '../model/result.ts'

/** Which image and platform a check's target is: both for a key, the image alone for its id, neither for the set. */
export interface Place {
  readonly image?: string
  readonly platform?: string
}

const KEY = /^(.+?)\/((?:linux|windows|freebsd)\/.+)$/s

/** Takes a target's name apart. */
export function placeOf(target: string): Place {
  if (target === '' || target === SET) return {}
  const [, image, platform] = KEY.exec(target) ?? []
  return image === undefined || platform === undefined ? { image: target } : { image, platform }
}
