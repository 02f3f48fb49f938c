import { type ChildSeen, type ImageSeen, type IndexSeen, platformOf } from '../model/observation.ts'
import type { UnweighedFinding } from '../model/result.ts'
import type { ImageExpectation, Source } from '../model/spec.ts'
import { defineCheck, noIndex, unread } from './define.ts'

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
  judge: (image, { tags, index, source }: Seen) => {
    const sha = source.sha?.toLowerCase()
    if (sha === undefined) return { skipped: 'no commit to compare with: set the input sha' }
    if (!index.ok) return noIndex(index, { tags })
    const { digest, children } = index.seen
    const findings = children.flatMap((child) => compare(image, index.seen, child, sha))
    return { findings, evidence: [{ kind: 'digest', digest }], rest: unread(image, index.seen) }
  },
})

function compare(
  image: ImageExpectation,
  index: IndexSeen,
  child: ChildSeen,
  sha: string,
): readonly UnweighedFinding[] {
  if (!child.config.ok) return []
  const built = revisionOf(index, child)
  if (built === sha) return []
  const platform = platformOf(index, child)
  const where = `${image.name} for ${platform ?? child.config.seen.platformText}`
  const about = { expected: `${LABEL}=${sha}`, ...(platform && { platform }) }
  if (built === undefined) {
    return [
      {
        code: 'revision/unlabelled',
        message: `${where} does not say which commit it was built from`,
        actual: 'no such label or annotation',
        hint: 'give the build step the labels that docker/metadata-action puts out (labels:)',
        ...about,
      },
    ]
  }
  return [
    {
      code: 'revision/mismatch',
      message: `${where} was built from ${built.slice(0, 40)}, not from ${sha.slice(0, 7)}`,
      actual: built.slice(0, 64),
      hint: 'another run pushed it, or this run did not push: rerun the build for this commit, or name the commit you mean by the input sha',
      ...about,
      expected: sha,
    },
  ]
}

/** What a platform says of its commit: its label, else its manifest's annotation, else the index's. */
export function revisionOf(index: IndexSeen, { config, manifest }: ChildSeen): string | undefined {
  if (!config.ok) return undefined
  const annotation = (manifest.ok && manifest.seen.annotations[LABEL]) || index.annotations[LABEL]
  return (config.seen.labels[LABEL] || annotation)?.toLowerCase() || undefined
}
