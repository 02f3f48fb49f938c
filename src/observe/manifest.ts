import * as z from 'zod'
import { type Digest, parseDigest } from '../model/image.ts'
import type { AttestationSeen, Descriptor, Look, ManifestSeen } from '../model/observation.ts'
import { descriptor } from './descriptor.ts'
import { malformed, parseObject, readAs, textMap } from './json.ts'

const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]
const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]
const CONFIG_TYPES = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json']
const MAX_CHILDREN = 64
const MAX_LAYERS = 256

export type DecodedManifest =
  | {
      readonly kind: 'index'
      readonly mediaType: string
      readonly annotations: Readonly<Record<string, string>>
      readonly images: readonly Descriptor[]
      readonly attestations: readonly AttestationSeen[]
      /** Neither images nor attestations: signatures, charts, things to come. */
      readonly others: readonly Descriptor[]
    }
  | { readonly kind: 'manifest'; readonly manifest: Omit<ManifestSeen, 'digest'> }

/**
 * Reads a manifest or index of OCI's or Docker's kind; whatever the bytes are, it does not throw. `stated` is the media
 * type by which the registry or the index announced it: a document that calls itself otherwise could be read two ways.
 */
export function decodeManifest(bytes: Uint8Array, stated?: string): Look<DecodedManifest> {
  const read = readDocument(bytes, stated)
  if (!read.ok) return read
  const { document, type } = read.seen
  return INDEX_TYPES.includes(type) ? decodeIndex(document, type) : decodeImage(document, type)
}

/** Counts the in-toto statements of an attestation manifest, whatever its config is; it does not throw either. */
export function countStatements(bytes: Uint8Array, stated: string): Look<number> {
  const read = readDocument(bytes, stated)
  if (!read.ok) return read
  const { document, type } = read.seen
  if (INDEX_TYPES.includes(type)) return malformed(NOT_AN_INDEX)
  const listed = readLayers(document)
  return listed.ok ? { ok: true, seen: listed.seen.filter(({ mediaType }) => IN_TOTO.test(mediaType)).length } : listed
}

export const NOT_AN_INDEX = 'it is an index where a manifest should be'

// https://github.com/in-toto/attestation/blob/main/spec/v1/bundle.md
const IN_TOTO = /^application\/vnd\.in-toto[.+]/

type Document = Readonly<Record<string, unknown>>

function readDocument(
  bytes: Uint8Array,
  stated: string | undefined,
): Look<{ readonly document: Document; readonly type: string }> {
  const parsed = parseObject(bytes)
  if (!parsed.ok) return parsed
  const document = parsed.seen
  if (document.schemaVersion === 1) return malformed('it is a schema 1 manifest, which engines no longer pull')
  if (document.schemaVersion !== 2) return malformed(`its schemaVersion is ${quote(document.schemaVersion)}`)
  const type = typeOf(document, stated)
  return type.ok ? { ok: true, seen: { document, type: type.seen } } : type
}

const has = (document: Document, key: string): boolean => document[key] !== undefined && document[key] !== null
const quote = (value: unknown): string => JSON.stringify(value) ?? 'missing'

/** The one media type a document can have. CVE-2021-41190: one that is index and manifest at once is neither. */
function typeOf(document: Document, stated: string | undefined): Look<string> {
  const isIndex = has(document, 'manifests')
  const isManifest = has(document, 'config') || has(document, 'layers')
  if (isIndex && isManifest) return malformed('it is ambiguous: it has manifests, and config or layers as well')
  const own = has(document, 'mediaType') ? document.mediaType : undefined
  const type = own ?? stated ?? (isIndex ? INDEX_TYPES : MANIFEST_TYPES)[0]
  if (typeof type !== 'string' || ![...INDEX_TYPES, ...MANIFEST_TYPES].includes(type)) {
    return malformed(`its media type ${quote(type)} is not that of an image`)
  }
  if (stated !== undefined && stated !== type) {
    return malformed(`it is ambiguous: announced as ${quote(stated)}, it calls itself ${quote(type)}`)
  }
  const misses = INDEX_TYPES.includes(type) ? isManifest : isIndex
  if (misses) return malformed(`it is ambiguous: its media type is ${quote(type)}, and its content is not`)
  return { ok: true, seen: type }
}

function decodeIndex(document: Document, mediaType: string): Look<DecodedManifest> {
  const { manifests } = document
  if (!Array.isArray(manifests)) return malformed('it is an index without a list of manifests')
  if (manifests.length > MAX_CHILDREN) {
    return malformed(`it lists ${manifests.length} manifests, and ${MAX_CHILDREN} is the most`)
  }
  const read = readAs(z.object({ manifests: z.array(descriptor), annotations: textMap }), document)
  if (!read.ok) return read
  const images: Descriptor[] = []
  const others: Descriptor[] = []
  const attestations: AttestationSeen[] = []
  for (const { descriptor: child, artifactType } of read.seen.manifests) {
    if (INDEX_TYPES.includes(child.mediaType)) return malformed(`it lists another index, ${child.digest}`)
    if (isAttestation(child)) {
      if (child.platform !== undefined) {
        return malformed(`it is ambiguous: ${child.digest} is marked as an attestation and as ${child.platform}`)
      }
      attestations.push({ descriptor: child, subject: subjectOf(child) })
    } else if (!MANIFEST_TYPES.includes(child.mediaType) || (artifactType !== '' && child.platform === undefined)) {
      others.push(child)
    } else images.push(child)
  }
  return {
    ok: true,
    seen: { kind: 'index', mediaType, annotations: read.seen.annotations, images, attestations, others },
  }
}

// https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
const isAttestation = ({ annotations }: Descriptor): boolean =>
  annotations['vnd.docker.reference.type'] === 'attestation-manifest'

function subjectOf({ annotations }: Descriptor): Digest | undefined {
  try {
    return parseDigest(annotations['vnd.docker.reference.digest'] ?? '')
  } catch {
    return undefined
  }
}

function readLayers(document: Document): Look<readonly Descriptor[]> {
  const { layers } = document
  if (Array.isArray(layers) && layers.length > MAX_LAYERS) {
    return malformed(`it has ${layers.length} layers, and ${MAX_LAYERS} is the most`)
  }
  const read = readAs(z.object({ layers: z.array(descriptor) }), document)
  return read.ok ? { ok: true, seen: read.seen.layers.map((layer) => layer.descriptor) } : read
}

function decodeImage(document: Document, mediaType: string): Look<DecodedManifest> {
  const listed = readLayers(document)
  if (!listed.ok) return listed
  const blobs = listed.seen
  const read = readAs(z.object({ config: descriptor, annotations: textMap }), document)
  if (!read.ok) return read
  const config = read.seen.config.descriptor
  if (!CONFIG_TYPES.includes(config.mediaType)) {
    return malformed(`it is no image: its config is of type ${quote(config.mediaType)}`)
  }
  const compressedBytes = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (!Number.isSafeInteger(compressedBytes)) return malformed('the sizes of its layers add up to more than can be')
  const { annotations } = read.seen
  return {
    ok: true,
    seen: { kind: 'manifest', manifest: { mediaType, config, layers: blobs, annotations, compressedBytes } },
  }
}
