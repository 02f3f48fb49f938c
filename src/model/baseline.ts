import type { ImageReport, PlatformReport, Report } from './result.ts'
import type { ImageExpectation, Target } from './spec.ts'

/** What an earlier report says of an image, where it is the same repository under the same id. */
export const imageThen = (then: Report, { id, name }: ImageExpectation): ImageReport | undefined =>
  then.images.find((image) => image.id === id && image.reference === name)

/** What an earlier report says of one platform of an image. */
export const platformThen = (then: Report, { image, platform }: Target): PlatformReport | undefined =>
  imageThen(then, image)?.platforms.find((each) => each.platform === platform)
