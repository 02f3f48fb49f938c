import { type ImageName, pinned, tagged } from '../model/image.ts'
import type {
  ChildSeen,
  Descriptor,
  ImageSeen,
  IndexSeen,
  Look,
  ManifestSeen,
  RawManifest,
} from '../model/observation.ts'
import type { ImageExpectation } from '../model/spec.ts'
import type { Ports, Registry } from '../ports.ts'
import { lookAtAttestation, lookAtChild, lookAtConfig } from './child.ts'
import { about, malformed } from './json.ts'
import { type DecodedManifest, decodeManifest } from './manifest.ts'
import { type TagAnswer, waitForTag } from './tag.ts'

export interface ImageLookOptions {
  /** How long a tag just pushed may take to appear, over all tags of the image. */
  readonly waitMs: number
  /** The commit whose tag is preferred for looking further. */
  readonly sha?: string | undefined
}

/** Looks at all that the registry says of an image: each tag once, then one index down to its configs by digest. */
export async function lookAtImage(
  image: ImageExpectation,
  ports: Pick<Ports, 'registry' | 'clock' | 'log'>,
  { waitMs, sha }: ImageLookOptions,
): Promise<ImageSeen> {
  let deadline: number | undefined
  // from the first answer on, as before that a question may stand in line behind those for other images
  const until = (): number => {
    deadline ??= ports.clock.now() + waitMs
    return deadline
  }
  const answers = await Promise.all(image.tags.map((tag) => waitForTag(tagged(image.name, tag), ports, until)))
  const tags = image.tags.map((tag, at) => ({ tag, answer: answers[at] ?? UNASKED }))
  const names = (tag: string) => sha !== undefined && tag.includes(sha.slice(0, 7))
  const found = tags.filter(({ answer }) => answer.look.ok)
  const { answer } = found.find(({ tag }) => names(tag)) ?? found[0] ?? tags[0] ?? { answer: UNASKED }
  return {
    tags: tags.map(({ tag, answer: { look, attempts } }) => ({
      tag,
      digest: look.ok ? { ok: true, seen: look.seen.digest } : look,
      attempts,
    })),
    index: answer.look.ok ? await lookAtIndex(image, answer.look.seen, ports.registry) : answer.look,
  }
}

const UNASKED: TagAnswer = { look: malformed('no tag is expected', 'name at least one tag in the spec'), attempts: 0 }

async function lookAtIndex(image: ImageExpectation, raw: RawManifest, registry: Registry): Promise<Look<IndexSeen>> {
  const decoded = about(raw.reference, decodeManifest(raw.bytes, raw.contentType))
  if (!decoded.ok) return decoded
  if (decoded.seen.kind === 'manifest') {
    const manifest = { digest: raw.digest, ...decoded.seen.manifest }
    return { ok: true, seen: await asIndex(image.name, manifest, raw.bytes.length, registry) }
  }
  const { kind, mediaType, annotations, images, attestations: listed } = decoded.seen
  const [looks, attestations] = await Promise.all([
    Promise.all(images.map((descriptor) => lookAtChild(image.name, descriptor, registry))),
    image.attestations ? Promise.all(listed.map((each) => lookAtAttestation(image.name, each, registry))) : listed,
  ])
  const children = [...looks, ...strangers(image, decoded.seen)]
  return { ok: true, seen: { digest: raw.digest, mediaType, kind, annotations, children, attestations } }
}

/** A tag that leads straight to a manifest: an index of one, whose platform only its config knows. */
async function asIndex(
  name: ImageName,
  manifest: ManifestSeen,
  sizeBytes: number,
  registry: Registry,
): Promise<IndexSeen> {
  const { digest, mediaType, annotations } = manifest
  const config = await lookAtConfig(name, manifest, registry)
  const platform = config.ok ? config.seen.platform : undefined
  const descriptor = { mediaType, digest, sizeBytes, annotations: {}, ...(platform && { platform }) }
  const children = [{ descriptor, manifest: { ok: true, seen: manifest }, config }] as const
  return { digest, mediaType, kind: 'manifest', annotations, children, attestations: [] }
}

/** What is no image and stands where an expected platform should be. */
function strangers({ name, platforms = [] }: ImageExpectation, index: Extract<DecodedManifest, { kind: 'index' }>) {
  const inTheWay = ({ platform }: Descriptor) => platform !== undefined && platforms.includes(platform)
  return index.others.filter(inTheWay).map((descriptor): ChildSeen => {
    const words = malformed(`its media type ${JSON.stringify(descriptor.mediaType)} is not that of an image`)
    const look = about(pinned(name, descriptor.digest), words)
    return { descriptor, manifest: look, config: look }
  })
}
