import { type ImageName, pinned, type Reference } from '../model/image.ts'
import {
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
import { decodeManifest } from './manifest.ts'

/** Looks at a platform that an index lists: its manifest and its config, each by digest and of the size announced. */
export async function lookAtChild(name: ImageName, descriptor: Descriptor, registry: Registry): Promise<ChildSeen> {
  const manifest = await lookAtManifest(pinned(name, descriptor.digest), descriptor, registry)
  const config = manifest.ok ? await lookAtConfig(name, manifest.seen, registry) : manifest
  return { descriptor, manifest, config }
}

async function lookAtManifest(
  reference: Reference,
  descriptor: Descriptor,
  registry: Registry,
): Promise<Look<ManifestSeen>> {
  const raw = await registry.manifest(reference)
  if (!raw.ok) return raw
  const wrongSize = sizeDiffers(reference, descriptor, raw.seen.bytes)
  if (wrongSize) return wrongSize
  const decoded = decodeManifest(raw.seen.bytes, descriptor.mediaType)
  if (!decoded.ok) return about(reference, decoded)
  if (decoded.seen.kind === 'index') return about(reference, malformed('it is an index where a manifest should be'))
  return { ok: true, seen: { digest: descriptor.digest, ...decoded.seen.manifest } }
}

/** Looks at the config that a manifest names. */
export async function lookAtConfig(
  name: ImageName,
  { digest, config }: Pick<ManifestSeen, 'digest' | 'config'>,
  registry: Registry,
): Promise<Look<ConfigSeen>> {
  const bytes = await registry.config(name, digest, config.digest)
  if (!bytes.ok) return bytes
  const reference = pinned(name, config.digest)
  return sizeDiffers(reference, config, bytes.seen) ?? about(reference, decodeConfig(bytes.seen))
}

function sizeDiffers(reference: Reference, { sizeBytes }: Descriptor, bytes: Uint8Array): Failed | undefined {
  if (bytes.length === sizeBytes) return undefined
  const reason = `${reference} has ${bytes.length} bytes, and ${sizeBytes} are announced`
  return failed('altered', reason, 'build and push the image again')
}
