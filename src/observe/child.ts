import { type ImageName, pinned, type Reference } from '../model/image.ts'
import {
  type AttestationSeen,
  type ChildSeen,
  type ConfigSeen,
  type Descriptor,
  type Failed,
  failed,
  type Look,
  type ManifestSeen,
} from '../model/observation.ts'
import type { Registry } from '../ports.ts'
import { decodeConfig } from './config.ts'
import { about, malformed } from './json.ts'
import { countStatements, decodeManifest, NOT_AN_INDEX } from './manifest.ts'

/** Looks at a platform that an index lists: its manifest and its config, each by digest and of the size announced. */
export async function lookAtChild(name: ImageName, descriptor: Descriptor, registry: Registry): Promise<ChildSeen> {
  const manifest = await lookAtManifest(pinned(name, descriptor.digest), descriptor, registry)
  const config = manifest.ok ? await lookAtConfig(name, manifest.seen, registry) : manifest
  return { descriptor, manifest, config }
}

/** Looks at an attestation that an index lists: whether it is there, of the size announced, and holds any statements. */
export async function lookAtAttestation(
  name: ImageName,
  { descriptor, subject }: AttestationSeen,
  registry: Registry,
): Promise<AttestationSeen> {
  const reference = pinned(name, descriptor.digest)
  const bytes = await fetchListed(reference, descriptor, registry)
  const statements = bytes.ok ? about(reference, countStatements(bytes.seen, descriptor.mediaType)) : bytes
  return { descriptor, subject, statements }
}

async function lookAtManifest(
  reference: Reference,
  descriptor: Descriptor,
  registry: Registry,
): Promise<Look<ManifestSeen>> {
  const bytes = await fetchListed(reference, descriptor, registry)
  if (!bytes.ok) return bytes
  const decoded = decodeManifest(bytes.seen, descriptor.mediaType)
  if (!decoded.ok) return about(reference, decoded)
  if (decoded.seen.kind === 'index') return about(reference, malformed(NOT_AN_INDEX))
  return { ok: true, seen: { digest: descriptor.digest, ...decoded.seen.manifest } }
}

async function fetchListed(
  reference: Reference,
  descriptor: Descriptor,
  registry: Registry,
): Promise<Look<Uint8Array>> {
  const raw = await registry.manifest(reference)
  if (!raw.ok) return raw
  return sizeDiffers(reference, descriptor, raw.seen.bytes) ?? { ok: true, seen: raw.seen.bytes }
}

/** Looks at the config that a manifest names. */
export async function lookAtConfig(
  name: ImageName,
  { config }: Pick<ManifestSeen, 'config'>,
  registry: Registry,
): Promise<Look<ConfigSeen>> {
  const bytes = await registry.config(name, config.digest)
  if (!bytes.ok) return bytes
  const reference = pinned(name, config.digest)
  return sizeDiffers(reference, config, bytes.seen) ?? about(reference, decodeConfig(bytes.seen))
}

function sizeDiffers(reference: Reference, { sizeBytes }: Descriptor, bytes: Uint8Array): Failed | undefined {
  if (bytes.length === sizeBytes) return undefined
  const reason = `${reference} has ${bytes.length} bytes, and ${sizeBytes} are announced`
  return failed('altered', reason, 'build and push the image again')
}
