import type { ImageReport, PlatformReport } from '../../model/result.ts'
import type { CanaryLook } from '../../observe/canary.ts'

/** The images, with those that only the canary ran told as run. */
export function withCanary(images: readonly ImageReport[], look: CanaryLook | undefined): readonly ImageReport[] {
  const run = look?.ok ? look.seen.run : undefined
  if (run === undefined) return images
  const started = run.containers.flatMap(({ service, startedAt }) =>
    startedAt === undefined ? [] : [run.digests[service]],
  )
  const withRun = (platform: PlatformReport): PlatformReport => {
    if (platform.executed !== 'no' || platform.digest === undefined || !started.includes(platform.digest)) {
      return platform
    }
    const { reason: _, ...rest } = platform
    return { ...rest, executed: 'native' }
  }
  return images.map((image) => ({ ...image, platforms: image.platforms.map(withRun) }))
}
