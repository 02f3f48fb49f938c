import { type ChildSeen, type ImageSeen, type IndexSeen, platformOf } from '../model/observation.ts'
import { type ImageExpectation, positionOf } from '../model/spec.ts'
import { defineCheck, isWrong, unseen, type Verdictless } from './define.ts'

export const platforms = defineCheck({
  id: 'platforms',
  title: 'The index lists exactly the platforms expected, and each is really there',
  scope: 'image',
  codes: {
    'platforms/missing': 'error',
    'platforms/extra': 'error',
    'platforms/duplicate': 'error',
    'platforms/dangling': 'error',
    'platforms/altered': 'error',
    'platforms/mislabelled': 'error',
  },
  notAsked: () => undefined,
  observe: (image, sight) => sight.image(image),
  judge: (image, { index }: ImageSeen) => {
    if (!index.ok) return unseen(index, 'tags')
    const findings = [...compare(image, index.seen), ...index.seen.children.flatMap((child) => inspect(image, child))]
    const dark = index.seen.children.flatMap(({ manifest, config }) => [manifest, config]).find(isDark)
    if (findings.length === 0 && dark !== undefined) return unseen(dark)
    return { findings, evidence: [{ kind: 'digest', digest: index.seen.digest }] }
  },
})

type Failed = Extract<ChildSeen['config'], { ok: false }>

const isDark = (look: ChildSeen['manifest'] | ChildSeen['config']): look is Failed => !look.ok && !isWrong(look.failure)

/** The set of platforms, both ways round. */
function compare(image: ImageExpectation, index: IndexSeen): readonly Verdictless[] {
  const at = positionOf(image, 'platforms')
  const listed = index.children.map((child) => platformOf(index, child) ?? child.descriptor.platformText ?? 'unknown')
  const actual = listed.join(', ') || 'none'
  const expected = image.platforms?.join(', ')
  const about = (code: string, message: string, hint: string): Verdictless => ({
    code: `platforms/${code}`,
    message,
    ...(expected !== undefined && { expected }),
    actual,
    hint,
    ...(at && { at }),
  })
  const wanted: readonly string[] = image.platforms ?? listed
  return [
    ...(listed.length === 0 ? [about('missing', `${image.name} lists no platform at all`, buildx)] : []),
    ...wanted
      .filter((platform) => !listed.includes(platform))
      .map((platform) => about('missing', `${image.name} has no ${platform}`, buildx)),
    ...[...new Set(listed)]
      .filter((platform) => !wanted.includes(platform))
      .map((platform) =>
        about(
          'extra',
          `${image.name} has ${platform}, which nobody asked for`,
          'take it out of the build job’s platforms, or add it to the spec',
        ),
      ),
    ...[...new Set(listed.filter((platform, position) => listed.indexOf(platform) !== position))].map((platform) =>
      about(
        'duplicate',
        `${image.name} lists ${platform} more than once: which one is pulled depends on the client`,
        buildx,
      ),
    ),
  ]
}

const buildx =
  'check the buildx configuration of the build job: `platforms` of docker/build-push-action, docker/setup-qemu-action, and no later push of the same tag'

/** Whether a listed platform is really there and is what the index says. */
function inspect(image: ImageExpectation, child: ChildSeen): readonly Verdictless[] {
  const { descriptor, manifest, config } = child
  const name = descriptor.platform ?? descriptor.platformText ?? 'the only platform'
  const gone = [manifest, config].find((look): look is Failed => !look.ok && isWrong(look.failure))
  if (gone) {
    const altered = gone.failure !== 'not-found'
    return [
      {
        code: altered ? 'platforms/altered' : 'platforms/dangling',
        message: `${image.name} lists ${name}, but what it leads to is ${altered ? 'not what its digest says' : 'gone'}: ${gone.reason}`,
        expected: descriptor.digest,
        actual: gone.reason,
        hint: 'a clean-up of untagged images may have deleted it: rebuild and push, and exclude the children of multi-platform images from the clean-up',
      },
    ]
  }
  if (!config.ok || descriptor.platform === undefined || config.seen.platform === descriptor.platform) return []
  return [
    {
      code: 'platforms/mislabelled',
      message: `${image.name} says ${descriptor.platform}, but the image behind it was built for ${config.seen.platformText}`,
      expected: descriptor.platform,
      actual: config.seen.platformText,
      hint: 'build each platform with --platform set, and combine them with docker buildx imagetools create: it would run the wrong program, or none',
    },
  ]
}
