import type { Platform } from '../model/image.ts'
import { childFor, type Execution, type ImageSeen, type IndexSeen } from '../model/observation.ts'
import type { Evidence, UnweighedFinding } from '../model/result.ts'
import type { SetSeen } from '../model/set.ts'
import type { ImageExpectation, Severity, Target } from '../model/spec.ts'
import { noSuchPlatform } from '../observe/proven-wrong.ts'
import type { Sight } from '../observe/sight.ts'

/** What a check looks at: one image, one platform of it, or all images together. */
export interface Subjects {
  readonly image: ImageExpectation
  readonly platform: Target
  readonly set: readonly ImageExpectation[]
}
export type Scope = keyof Subjects

/** What a check may look at. */
export interface Sights {
  readonly image: Sight
  readonly platform: Sight
  readonly set: SetSight
}

/** No image by itself: where shards are put together, others looked at them. */
export interface SetSight
  extends Pick<Sight, 'source' | 'sharded' | 'buildRun' | 'workflow' | 'deployments' | 'canary'> {
  /** What the images must agree in, whoever looked at them. */
  set(): Promise<SetSeen>
}

/** There was nothing to look at, or no way to. */
export type Unlooked =
  /** `unasked`: the spec is silent on it, so nobody misses it. */
  | { readonly skipped: string; readonly unasked?: true }
  | {
      readonly unseen: string
      readonly hint: string
      readonly because?: string
      /** Findings of another check that say the same: where the spec accepts them all, it accepts this. */
      readonly saidBy?: readonly Said[]
    }

type Said = Pick<UnweighedFinding, 'code' | 'platform'>

export type Judgement =
  | {
      readonly findings: readonly UnweighedFinding[]
      readonly evidence: readonly Evidence[]
      /** The part that was not looked at: findings may be waived or mere warnings, and must not hide it. */
      readonly rest?: Unlooked | undefined
    }
  | Unlooked

export interface CheckDefinition<S extends Scope, Seen> {
  /** The file's name, the first half of its finding codes, and a heading in docs/checks.md. */
  readonly id: string
  readonly title: string
  readonly scope: S
  /** Every code the check may give, and how bad that is unless the spec says otherwise. */
  readonly codes: Readonly<Record<string, Severity>>
  /** Why there is nothing to do for this subject; undefined where there is. */
  notAsked(subject: Subjects[S]): string | undefined
  /** All the IO of the check, and no opinion. */
  observe(subject: Subjects[S], sight: Sights[S]): Promise<Seen>
  /** All the opinion of the check, and no IO. */
  judge(subject: Subjects[S], seen: Seen): Judgement
}

export interface Check<S extends Scope = Scope> {
  readonly id: string
  readonly title: string
  readonly scope: S
  readonly codes: Readonly<Record<string, Severity>>
  notAsked(subject: Subjects[S]): string | undefined
  look(subject: Subjects[S], sight: Sights[S]): Promise<Judgement>
}

/** Ties what a check sees to what it thinks of it; `judge` stays at hand for tests. */
export function defineCheck<S extends Scope, Seen>(
  definition: CheckDefinition<S, Seen>,
): Check<S> & Pick<CheckDefinition<S, Seen>, 'judge'> {
  return {
    ...definition,
    look: async (subject, sight) => definition.judge(subject, await definition.observe(subject, sight)),
  }
}

/** A look that failed, as a judgement: never a finding, always red. */
export const unseen = (
  { reason, hint }: { reason: string; hint: string },
  because?: string,
): Extract<Unlooked, { unseen: string }> => ({
  unseen: reason,
  hint,
  ...(because === undefined ? {} : { because }),
})

/** What no index means: the tags say why, unless one of them leads to bytes that are no index. */
export const noIndex = (look: { reason: string; hint: string }, { tags }: Pick<ImageSeen, 'tags'>): Unlooked =>
  unseen(look, tags.some(({ digest }) => digest.ok) ? 'platforms' : 'tags')

/** What an expected platform that is not in the index means for whoever wanted to look at it. */
export const noPlatform = (image: ImageExpectation, platform: Platform) =>
  unseen(noSuchPlatform({ image, platform }), 'platforms')

/** The same for whoever asks nothing of its container: what may be missing, by the index itself, need not be looked at. */
export function notListed(image: ImageExpectation, platform: Platform, { kind, children }: IndexSeen): Unlooked {
  const isKnown = children.length > 0 && (kind === 'index' || children.every(({ config }) => config.ok))
  return { ...noPlatform(image, platform), ...(isKnown && { saidBy: [missing(platform)] }) }
}

const missing = (platform: Platform): Said => ({ code: 'platforms/missing', platform })

/** The first platform that has no config to read anything from. */
export function unread(image: ImageExpectation, index: IndexSeen): Unlooked | undefined {
  const dark = index.children.map(({ config }) => config).find((config) => !config.ok)
  if (dark !== undefined && !dark.ok) return unseen(dark, 'platforms')
  if (index.children.length === 0) {
    return unseen({ reason: `${image.name} lists no platform`, hint: 'see what the check platforms says' }, 'platforms')
  }
  const absent = (image.platforms ?? []).filter((platform) => childFor(index, platform) === undefined)
  const [first] = absent
  return first && { ...noPlatform(image, first), saidBy: absent.map(missing) }
}

/** What a platform that did not run means for a check that needs it to. */
export const notRun = (execution: Extract<Execution, { executed: 'no' }>): Unlooked =>
  execution.asked ? unseen(execution, execution.because) : { skipped: execution.reason }
