import { familyOf } from '../model/image.ts'
import { type ChildSeen, isWrong } from '../model/observation.ts'
import type { Target } from '../model/spec.ts'
import { leadsOutside } from '../model/workdir.ts'

export interface Wrong {
  readonly reason: string
  readonly hint: string
}

const SEE_PLATFORMS = 'see what the check platforms says'

type Subject = Pick<Target, 'image' | 'platform'>

/** An expected platform that the index does not list. */
export const noSuchPlatform = ({ image, platform }: Subject): Wrong => ({
  reason: `${image.name} has no ${platform}`,
  hint: SEE_PLATFORMS,
})

/** Why an image is not worth its pull: what the registry has of it is no image of that platform, or none that may run. */
export function provenWrong(target: Subject, child: ChildSeen | undefined): Wrong | undefined {
  if (child === undefined) return noSuchPlatform(target)
  const { manifest, config } = child
  const gone = manifest.ok ? config : manifest
  if (!gone.ok) return isWrong(gone.failure) ? { reason: gone.reason, hint: gone.hint } : undefined
  if (!config.ok) return undefined
  const { platform: built, platformText, workdir } = config.seen
  if (built !== undefined && familyOf(built) !== familyOf(target.platform)) {
    return { reason: `${target.image.name} for ${target.platform} was built for ${platformText}`, hint: SEE_PLATFORMS }
  }
  if (!leadsOutside(workdir)) return undefined
  return { reason: `its working directory leads out of the container: ${workdir}`, hint: SEE_PLATFORMS }
}
