import type { Platform } from '../model/image.ts'
import { childFor, type ImageSeen, type IndexSeen, platformOf } from '../model/observation.ts'
import type { ImageExpectation, Source } from '../model/spec.ts'
import { defineCheck, unseen, type Verdictless } from './define.ts'

const LABEL = 'org.opencontainers.image.revision'

interface Seen extends ImageSeen {
  readonly source: Source
}

export const revision = defineCheck({
  id: 'revision',
  title: 'Every platform says it was built from the commit',
  scope: 'image',
  codes: { 'revision/mismatch': 'error', 'revision/unlabelled': 'error' },
  notAsked: () => undefined,
  observe: async (image, sight): Promise<Seen> => ({ ...(await sight.image(image)), source: sight.source }),
  judge: (image, { index, source }: Seen) => {
    const { sha } = source
    if (sha === undefined) return { skipped: 'no commit to compare with: set the input sha' }
    if (!index.ok) return unseen(index, 'tags')
    const wanted = image.platforms ?? index.seen.children.flatMap((child) => platformOf(index.seen, child) ?? [])
    const looked = wanted.flatMap((platform) => revisionOf(image, index.seen, platform) ?? [])
    const findings = looked.flatMap(({ where, label }): Verdictless[] => {
      if (label === sha) return []
      if (label === undefined) {
        return [
          {
            code: 'revision/unlabelled',
            message: `${where} does not say which commit it was built from`,
            expected: `${LABEL}=${sha}`,
            actual: 'no such label or annotation',
            hint: 'give the build `labels: ${{ steps.meta.outputs.labels }}` of docker/metadata-action',
          },
        ]
      }
      return [
        {
          code: 'revision/mismatch',
          message: `${where} was built from ${label.slice(0, 40)}, not from ${sha.slice(0, 7)}`,
          expected: sha,
          actual: label.slice(0, 64),
          hint: 'another run pushed it, or this run did not push: rerun the build for this commit, or name the commit you mean by the input sha',
        },
      ]
    })
    if (findings.length === 0 && looked.length < wanted.length) {
      return { unseen: 'not every platform has a config to read it from', hint: '', because: 'platforms' }
    }
    return { findings, evidence: [{ kind: 'digest', digest: index.seen.digest }] }
  },
})

/** What a platform says of its commit: its label, else its manifest's annotation, else the index's. */
function revisionOf(image: ImageExpectation, index: IndexSeen, platform: Platform) {
  const child = childFor(index, platform)
  if (!child?.config.ok) return undefined
  const annotation =
    (child.manifest.ok ? child.manifest.seen.annotations[LABEL] : undefined) ?? index.annotations[LABEL]
  return { where: `${image.name} for ${platform}`, label: child.config.seen.labels[LABEL] ?? annotation }
}
