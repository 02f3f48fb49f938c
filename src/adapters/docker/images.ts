import type { Platform, Reference } from '../../model/image.ts'
import { type Failed, failed, type PulledSeen } from '../../model/observation.ts'
import type { CommandResult } from '../command.ts'
import type { Docker } from './command.ts'
import { inspectedImage, readInspected } from './inspected.ts'

/** Whether the engine has an image already; when in doubt it has, and nothing of it will be removed. */
export async function isThere(docker: Docker, reference: Reference): Promise<boolean> {
  const result = await docker(['image', 'inspect', '--format', '{{json .Id}}', '--', reference])
  return !isGone(result)
}

/** Whether a command failed since the engine has no such image. */
export const isGone = ({ exitCode, stderr }: CommandResult): boolean => exitCode !== 0 && /no such image/i.test(stderr)

/** What the engine has under a reference that it was made to pull; `gone` where somebody removed it since. */
export async function inspectPulled(
  docker: Docker,
  reference: Reference,
  platform: Platform,
  store: 'classic' | 'containerd',
  signal?: AbortSignal,
): Promise<Failed | 'gone' | Omit<PulledSeen, 'seconds'>> {
  const result = await docker(['image', 'inspect', '--format', '{{json .}}', '--', reference])
  if (isGone(result)) return 'gone'
  const look = readInspected(inspectedImage, result, `${reference} after its pull`, signal)
  // what the engine cannot say of an image is not the image's fault, which `malformed` would be of a pull
  if (!look.ok) return look.failure === 'malformed' ? { ...look, failure: 'failed' } : look
  const { seen: image } = look
  const here = `${image.Os}/${image.Architecture}`
  if (platform !== here && !platform.startsWith(`${here}/`)) {
    return failed(
      'malformed',
      `${reference} says of itself that it is for ${here}, and was asked for as ${platform}`,
      'the index lists it under a platform that it is not built for: see the platforms of the build',
    )
  }
  const unpackedBytes = store === 'classic' ? image.Size : undefined
  return { id: image.Id, repoDigests: image.RepoDigests, unpackedBytes }
}
