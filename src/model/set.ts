import type { Digest } from './image.ts'

/** Why a part of the set is not known. */
export interface UnseenPart {
  readonly reason: string
  readonly hint: string
  readonly because?: string
}

/** What the registry says of one image that others must agree with. */
export interface ImageInSet {
  readonly id: string
  readonly digest?: Digest
  /** The commit that each platform says it was built from, where it says so. */
  readonly commits: readonly string[]
  readonly unseen?: UnseenPart
}

/** What the probe of one target says that others must agree with. */
export interface TargetInSet {
  readonly target: string
  /** Undefined where no probe came to its end. */
  readonly container?: { readonly startedAt: string; readonly nonce: string }
  /** Module → version, of those that imported and tell one. */
  readonly versions: Readonly<Record<string, string>>
  readonly unseen?: UnseenPart
}

/** All that checks of the whole set look at, small enough to travel from one runner to another. */
export interface SetSeen {
  readonly images: readonly ImageInSet[]
  /** Of the targets that were to be probed where they were looked at. */
  readonly probes: readonly TargetInSet[]
}
