import type { ServiceImage } from '../../compose/reference.ts'
import { familyOf, parseTag, pinned, tagged } from '../../model/image.ts'
import { failed, type Look } from '../../model/observation.ts'
import type { Ports, PulledImage } from '../../ports.ts'
import { about } from '../json.ts'
import { decodeManifest } from '../manifest.ts'

/** Pulls an image that nobody verifies, as a file names it, by the digest that it has now for the engine's platform. */
export async function pullOther(
  { name, tag, digest }: ServiceImage,
  { engine, registry, log }: Pick<Ports, 'engine' | 'registry' | 'log'>,
): Promise<Look<PulledImage>> {
  const here = await engine.describe()
  if (!here.ok) return here
  const { platform } = here.seen
  const reference = digest === undefined ? tagged(name, tag ?? parseTag('latest')) : pinned(name, digest)
  const raw = await registry.manifest(reference)
  if (!raw.ok) return raw
  const decoded = about(reference, decodeManifest(raw.seen.bytes, raw.seen.contentType))
  if (!decoded.ok) return decoded
  const child =
    decoded.seen.kind === 'index'
      ? decoded.seen.images.find(
          (each) => each.platform !== undefined && familyOf(each.platform) === familyOf(platform),
        )
      : { digest: raw.seen.digest, platform }
  if (child === undefined) {
    const reason = `${reference} has no ${platform}, which this machine is`
    return failed('not-found', reason, 'bring the canary up on a runner of another platform')
  }
  const step = log.step('pull', reference)
  const unknown = { compressedBytes: 0, layers: [] }
  const look = await engine.pull(pinned(name, child.digest), child.platform ?? platform, unknown, ({ text }) =>
    step.update(text),
  )
  step.done(look.ok ? 'pulled' : look.reason)
  return look
}
