import type { SetSeen } from './set.ts'

/** `<sha256 of what is planned>.<nonce>.<attempt>`: which plan a shard is of. The attempt is 0 where nobody knows it. */
export type PlanToken = string & { readonly brand: 'PlanToken' }

// https://docs.github.com/en/actions/reference/limits
export const MOST_SHARDS = 256

export const PLAN_TOKEN = /^[0-9a-f]{64}\.[0-9a-f]{16,64}\.(?:0|[1-9]\d{0,8})$/

/** Reads what another job says its plan is. */
export function parsePlanToken(text: string): PlanToken {
  if (!PLAN_TOKEN.test(text)) throw new Error(`${JSON.stringify(text.slice(0, 120))} is no output plan of mode plan`)
  return text as PlanToken
}

/** Names a plan by what is planned, by this making of it, and by the attempt it was made in. */
export const planToken = (digest: string, nonce: string, attempt: number | undefined): PlanToken =>
  parsePlanToken(`${digest}.${nonce}.${attempt ?? 0}`)

export interface PlanIdentity {
  /** Of what is planned: the same for the same spec, workflow, commit and run. */
  readonly digest: string
  /** Tells one making of that plan from the next. */
  readonly nonce: string
  /** The attempt of the run that made it; 0 where nobody knows. */
  readonly attempt: number
}

/** Takes apart what `planToken` put together. */
export function identityOf(token: PlanToken): PlanIdentity {
  const [digest = '', nonce = '', attempt = '0'] = token.split('.')
  return { digest, nonce, attempt: Number(attempt) }
}

/** What a shard says of itself, beside what it found. */
export interface ShardReport {
  readonly plan: PlanToken
  /** Keys of the targets it was given. */
  readonly targets: readonly string[]
  /** What checks of the whole set need of it. */
  readonly seen: SetSeen
}
