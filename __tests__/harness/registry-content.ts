// Small manifests and indexes, good and bad, as bytes by their digests.
import { createHash } from 'node:crypto'

export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly os: string; readonly architecture: string } | undefined
  readonly urls?: readonly string[]
}

export interface Document {
  readonly mediaType: string
  readonly digest: string
  readonly bytes: Buffer
}

const OCI = 'application/vnd.oci.image'
export const types = {
  index: `${OCI}.index.v1+json`,
  manifest: `${OCI}.manifest.v1+json`,
  config: `${OCI}.config.v1+json`,
  layer: `${OCI}.layer.v1.tar+gzip`,
  schema1: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
}

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

export interface Content {
  /** Everything made so far, manifests and configs alike. */
  readonly documents: ReadonlyMap<string, Document>
  /** Any bytes under any media type. */
  document(body: unknown, mediaType: string): Document
  /** A platform's manifest, to be listed; `changes` are made to the manifest's own text. */
  image(architecture: string, changes?: object): Descriptor
  index(manifests: readonly unknown[], changes?: object): Document
}

/** Starts with nothing. */
export function content(): Content {
  const documents = new Map<string, Document>()
  const document = (body: unknown, mediaType: string): Document => {
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    const made = { mediaType, digest: sha256(bytes), bytes }
    documents.set(made.digest, made)
    return made
  }
  const listed = ({ mediaType, digest, bytes }: Document) => ({ mediaType, digest, size: bytes.length })
  return {
    documents,
    document,
    image(architecture, changes = {}) {
      const config = document(
        { os: 'linux', architecture, config: {}, rootfs: { type: 'layers', diff_ids: [] } },
        types.config,
      )
      const base = { schemaVersion: 2, mediaType: types.manifest, config: listed(config), layers: [] }
      const manifest = document({ ...base, ...changes }, types.manifest)
      return { ...listed(manifest), platform: { os: 'linux', architecture } }
    },
    index: (manifests, changes = {}) =>
      document({ schemaVersion: 2, mediaType: types.index, manifests, ...changes }, types.index),
  }
}
