import type { Digest } from '../model/image.ts'
import { childFor, type Execution, type IndexSeen, isWrong, type Look, type PulledSeen } from '../model/observation.ts'
import { defineCheck, noPlatform, notListed, notRun, unseen } from './define.ts'

interface Seen {
  readonly execution: Execution
  readonly pulled: Look<PulledSeen> | undefined
  /** What the registry lists; undefined where that is not known. */
  readonly index: IndexSeen | undefined
  /** The digest that was asked for. */
  readonly digest: Digest | undefined
}

export const pull = defineCheck({
  id: 'pull',
  title: 'The image can be pulled by its digest',
  scope: 'platform',
  codes: { 'pull/failed': 'error', 'pull/digest-mismatch': 'error' },
  notAsked: () => undefined,
  observe: async (target, sight): Promise<Seen> => {
    const execution = await sight.execution(target)
    const { index } = await sight.image(target.image)
    const digest = index.ok ? childFor(index.seen, target.platform)?.descriptor.digest : undefined
    const known = { execution, index: index.ok ? index.seen : undefined, digest }
    return { ...known, pulled: execution.executed === 'no' ? undefined : await sight.pulled(target) }
  },
  judge: (target, { execution, index, digest, pulled }: Seen) => {
    if (execution.executed === 'no') {
      const isMissing = execution.asked && index !== undefined && digest === undefined
      if (isMissing) return notListed(target.image, target.platform, index)
      const { because, ...rest } = { because: undefined, ...execution }
      return notRun(because === undefined || because === 'pull' ? rest : execution)
    }
    if (digest === undefined) return noPlatform(target.image, target.platform)
    if (pulled === undefined) return { unseen: 'nothing was pulled', hint: 'rerun the job' }
    if (!pulled.ok) {
      if (!isWrong(pulled.failure)) return unseen(pulled)
      return {
        findings: [
          {
            code: 'pull/failed',
            message: `${target.key} cannot be pulled: ${pulled.reason}`,
            expected: digest,
            actual: pulled.reason,
            hint: 'rebuild and push it; until then point the moving tags back to the digest of the last passed report',
          },
        ],
        evidence: [],
      }
    }
    const { repoDigests } = pulled.seen
    if (!repoDigests.some((repoDigest) => repoDigest.endsWith(`@${digest}`))) {
      return {
        findings: [
          {
            code: 'pull/digest-mismatch',
            message: `${target.key} was asked for by its digest, and the engine has something else`,
            expected: digest,
            actual: repoDigests.join(', ') || 'no digest',
            hint: 'a proxy or mirror between this runner and the registry may answer with other bytes: verify on another runner',
          },
        ],
        evidence: [],
      }
    }
    return { findings: [], evidence: [{ kind: 'digest', digest }] }
  },
})
