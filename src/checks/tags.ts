import { type Digest, shortDigest } from '../model/image.ts'
import type { Failed, ImageSeen, TagSeen } from '../model/observation.ts'
import { type ImageExpectation, positionOf } from '../model/spec.ts'
import { defineCheck, type Unlooked, unseen } from './define.ts'
import { previousDigest } from './probe.ts'

interface Seen extends ImageSeen {
  /** The digest in the last run that passed. */
  readonly previous?: Digest | undefined
}

export const tags = defineCheck({
  id: 'tags',
  title: 'Every tag is there, and all lead to one digest',
  scope: 'image',
  codes: { 'tags/missing': 'error', 'tags/disagree': 'error' },
  notAsked: () => undefined,
  observe: async (image, sight): Promise<Seen> => ({
    ...(await sight.image(image)),
    previous: previousDigest(image, sight),
  }),
  judge: (image, { tags, previous }: Seen) => {
    const at = positionOf(image, 'tags')
    const missing = tags.filter(({ digest }) => !digest.ok && digest.failure === 'not-found')
    const rightName = missing.length === tags.length ? `see that ${image.name} is the right name; ` : ''
    const findings = missing.map(({ tag, attempts }) => ({
      code: 'tags/missing',
      message: `${image.name}:${tag} is not in the registry (asked ${attempts === 1 ? 'once' : `${attempts} times`})`,
      expected: `${image.name}:${tag}`,
      actual: 'not found',
      hint: `${rightName}if its build job failed or was skipped, fix it and rerun the build workflow by workflow_dispatch; else compare the tags of the workflow with the spec`,
      ...(at && { at }),
    }))
    const found = tags.flatMap((seen) => (seen.digest.ok ? [{ tag: seen.tag, digest: seen.digest.seen }] : []))
    const digests = [...new Set(found.map(({ digest }) => digest))]
    if (digests.length > 1) {
      findings.push({
        code: 'tags/disagree',
        message: `the tags of ${image.name} are ${digests.length} different images`,
        expected: `${found.map(({ tag }) => tag).join(', ')} on one digest`,
        actual: found.map(({ tag, digest }) => `${tag} is ${shortDigest(digest)}`).join(', '),
        hint: `a later build moved one of them, or a push failed half-way: rerun the build, or point the tag back with docker buildx imagetools create --prefer-index=false --tag ${image.name}:<tag> ${image.name}@${previous ?? '<digest>'}`,
        ...(at && { at }),
      })
    }
    return { findings, evidence: digests.map((digest) => ({ kind: 'digest', digest })), rest: unlooked(image, tags) }
  },
})

function unlooked(image: ImageExpectation, seen: readonly TagSeen[]): Unlooked | undefined {
  const dark = seen.find(isDark)
  if (dark) return unseen(dark.digest)
  const unasked = image.tags.find((tag) => !seen.some((each) => each.tag === tag))
  if (unasked === undefined) return undefined
  return { unseen: `nobody asked for ${image.name}:${unasked}`, hint: 'rerun the job' }
}

const isDark = (seen: TagSeen): seen is TagSeen & { readonly digest: Failed } =>
  !seen.digest.ok && seen.digest.failure !== 'not-found'
