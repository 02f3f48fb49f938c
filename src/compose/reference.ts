import { type Digest, type ImageName, parseDigest, parseImageName, parseTag, type Tag } from '../model/image.ts'

/** An image as a service names it; `latest` where it names neither tag nor digest. */
export interface ServiceImage {
  readonly name: ImageName
  readonly tag: Tag | undefined
  readonly digest: Digest | undefined
}

/** Reads `name[:tag][@digest]`; throws with the reason when it is none. */
export function parseServiceImage(text: string): ServiceImage {
  const [placeholder] = /<[^<>]*>/.exec(text) ?? []
  if (placeholder !== undefined) throw new Error(`${JSON.stringify(text)} still has the placeholder ${placeholder}`)
  const [, rest = text, digest] = /^([^@]*)@(.*)$/s.exec(text) ?? []
  const [, name = rest, tag] = /^(.*):([^/:]*)$/s.exec(rest) ?? []
  return {
    name: parseImageName(name),
    tag: tag === undefined ? (digest === undefined ? parseTag('latest') : undefined) : parseTag(tag),
    digest: digest === undefined ? undefined : parseDigest(digest),
  }
}
