import type { Platform } from '../model/image.ts'
import {
  type ChildSeen,
  type Failed,
  type ImageSeen,
  type IndexSeen,
  isWrong,
  type Look,
  platformOf,
  type TagSeen,
} from '../model/observation.ts'
import type { UnweighedFinding } from '../model/result.ts'
import { type ImageExpectation, positionOf } from '../model/spec.ts'
import { leadsOutside } from '../model/workdir.ts'
import { defineCheck, type Judgement, noIndex, type Unlooked, unseen } from './define.ts'

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
    'platforms/malformed': 'error',
    'platforms/mislabelled': 'error',
    'platforms/outside': 'error',
  },
  notAsked: () => undefined,
  observe: (image, sight) => sight.image(image),
  judge: (image, { tags, index }: ImageSeen) => {
    if (!index.ok) return notAnIndex(image, tags, index)
    const { digest, children } = index.seen
    const findings = [...compare(image, index.seen), ...children.flatMap((child) => inspect(image, child))]
    return { findings, evidence: [{ kind: 'digest', digest }], rest: unknown(image, index.seen) }
  },
})

const isDark = (look: Look<unknown>): look is Failed => !look.ok && !isWrong(look.failure)

/** A tag that leads to bytes we hashed and cannot read leads to no image; otherwise nobody knows what it leads to. */
function notAnIndex(image: ImageExpectation, tags: readonly TagSeen[], index: Failed): Judgement {
  const there = tags.find(({ digest }) => digest.ok)
  if (there === undefined) return noIndex(index, { tags })
  if (!isWrong(index.failure)) return unseen(index)
  const at = positionOf(image, 'platforms')
  return {
    findings: [
      {
        code: `platforms/${index.failure === 'altered' ? 'altered' : 'malformed'}`,
        message: `${image.name}:${there.tag} leads to what is no image: ${index.reason}`,
        expected: 'an image index or manifest',
        actual: index.reason,
        hint: index.hint || rebuild,
        ...(at && { at }),
      },
    ],
    evidence: [],
  }
}

/** The first platform of which is not known what it is. */
function unknown(image: ImageExpectation, index: IndexSeen): Unlooked | undefined {
  const dark = index.children.flatMap(({ manifest, config }) => [manifest, config]).find(isDark)
  if (dark !== undefined) return unseen(dark)
  if (image.platforms !== undefined) return undefined
  const stranger = index.children.find((child) => child.config.ok && platformOf(index, child) === undefined)
  if (stranger === undefined) return undefined
  return {
    unseen: `${image.name} lists ${nameOf(stranger)}, which is no platform known here: it was not looked at`,
    hint: 'say in a spec which platforms the image is to have',
  }
}

/** The set of platforms, both ways round. */
function compare(image: ImageExpectation, index: IndexSeen): readonly UnweighedFinding[] {
  const at = positionOf(image, 'platforms')
  // What a single manifest is for, only its config says: without it nobody knows.
  if (index.kind === 'manifest' && index.children.some(({ config }) => !config.ok)) return []
  const listed = index.children.map((child) => {
    const platform = platformOf(index, child)
    return { platform, name: platform ?? nameOf(child) }
  })
  const names = listed.map(({ name }) => name)
  const actual = names.join(', ') || 'none'
  const expected = image.platforms?.join(', ') ?? 'each platform once, and at least one'
  const about = (code: string, message: string, hint: string, platform?: Platform): UnweighedFinding => ({
    code: `platforms/${code}`,
    message,
    ...(platform !== undefined && { platform }),
    expected,
    actual,
    hint,
    ...(at && { at }),
  })
  const wanted: readonly string[] = image.platforms ?? names
  const distinct = [...new Map(listed.map((each) => [each.name, each])).values()]
  return [
    ...(listed.length === 0 ? [about('missing', `${image.name} lists no platform at all`, buildx)] : []),
    ...(image.platforms ?? [])
      .filter((platform) => !names.includes(platform))
      .map((platform) => about('missing', `${image.name} has no ${platform}`, buildx, platform)),
    ...distinct
      .filter(({ name }) => !wanted.includes(name))
      .map(({ name, platform }) =>
        about(
          'extra',
          `${image.name} has ${name}, which nobody asked for`,
          'take it out of the build job’s platforms, or add it to the spec',
          platform,
        ),
      ),
    ...distinct
      .filter(({ name }) => names.indexOf(name) !== names.lastIndexOf(name))
      .map(({ name, platform }) =>
        about(
          'duplicate',
          `${image.name} lists ${name} more than once: which one is pulled depends on the client`,
          buildx,
          platform,
        ),
      ),
  ]
}

const buildx =
  'check the buildx configuration of the build job: `platforms` of docker/build-push-action, docker/setup-qemu-action, and no later push of the same tag'

const rebuild = 'rebuild and push it; trust nothing of it until then, and ask again from another machine'

const nameOf = ({ descriptor, config }: ChildSeen): string =>
  descriptor.platform ??
  descriptor.platformText ??
  ((config.ok && config.seen.platformText) || 'an entry without a platform')

/** Whether a listed platform is really there and is what the index says. */
function inspect(image: ImageExpectation, child: ChildSeen): readonly UnweighedFinding[] {
  const { descriptor, manifest, config } = child
  const { platform } = descriptor
  const about = { expected: descriptor.digest, ...(platform && { platform }) }
  const gone = [manifest, config].find((look): look is Failed => !look.ok && isWrong(look.failure))
  if (gone?.failure === 'not-found') {
    return [
      {
        ...about,
        code: 'platforms/dangling',
        message: `${image.name} lists ${nameOf(child)}, but what it leads to is gone: ${gone.reason}`,
        actual: gone.reason,
        hint: 'a clean-up of untagged images may have deleted it: rebuild and push, and exclude the children of multi-platform images from the clean-up',
      },
    ]
  }
  if (gone) {
    const words = gone.failure === 'altered' ? 'not what its digest says' : 'no image'
    return [
      {
        ...about,
        code: `platforms/${gone.failure === 'altered' ? 'altered' : 'malformed'}`,
        message: `${image.name} lists ${nameOf(child)}, but what it leads to is ${words}: ${gone.reason}`,
        actual: gone.reason,
        hint: gone.hint || rebuild,
      },
    ]
  }
  if (!config.ok) return []
  const { workdir, platformText } = config.seen
  const outside = {
    ...about,
    code: 'platforms/outside',
    message: `${image.name} for ${nameOf(child)} is to work in ${workdir}, which leads out of the container`,
    expected: 'a working directory among its own files',
    actual: workdir,
    hint: 'trust nothing of it, and run it nowhere: see WORKDIR in the Dockerfile and in its base image',
  }
  const strays = leadsOutside(workdir) ? [outside] : []
  if (platform === undefined || config.seen.platform === platform) return strays
  return [
    ...strays,
    {
      code: 'platforms/mislabelled',
      message: `${image.name} says ${platform}, but the image behind it was built for ${platformText}`,
      platform,
      expected: platform,
      actual: platformText,
      hint: 'build each platform with --platform set, and combine them with docker buildx imagetools create: it would run the wrong program, or none',
    },
  ]
}
