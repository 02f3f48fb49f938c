import type { LookFailure } from '../../model/observation.ts'

/** What may heal an error, each with patience of its own. */
export type Ailment = 'server' | 'primary-limit' | 'secondary-limit'

export interface ApiFailure {
  readonly failure: LookFailure
  readonly reason: string
  readonly hint: string
  /** Undefined: asking again changes nothing. */
  readonly ailment?: Ailment
  /** How long GitHub wants to be left alone. */
  readonly waitMs?: number
}

/** What was asked for, in words, and the permission that it takes. */
export interface Question {
  readonly what: string
  readonly permission: Permission
}

export type Permission = 'actions: read' | 'checks: read' | 'contents: read' | 'metadata: read'

interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number | undefined>>
  readonly message: string
}

const MAX_MESSAGE = 200
const SECONDARY_WAIT_MS = 60_000
const MAX_WAIT_MS = 120_000
const MAX_RESET_MS = 60_000

/** An error that GitHub answered, told apart as its documentation does. */
export function failureOfAnswer(answered: Answered, { what, permission }: Question, now: Date): ApiFailure {
  const { status, headers } = answered
  const message = answered.message.slice(0, MAX_MESSAGE)
  const about = `GitHub answers ${status} for ${what}: ${message}`
  if (status === 403 || status === 429) {
    if (String(headers['x-ratelimit-remaining']) === '0') return primaryLimit(answered, what, now)
    if (status === 429 || headers['retry-after'] !== undefined || /secondary rate limit|abuse/i.test(message)) {
      return secondaryLimit(answered, about)
    }
  }
  if (status === 401) return { failure: 'denied', reason: about, hint: RENEW }
  const hint = `grant the token ${neededPermission(headers) ?? permission} (permissions: of this job), if it is there`
  if (status === 403) return { failure: 'denied', reason: about, hint }
  if (status === 404) return { failure: 'hidden', reason: `GitHub has no ${what}, or hides it from this token`, hint }
  if (status >= 500 || status === 408) return { failure: 'unavailable', reason: about, hint: LATER, ailment: 'server' }
  return { failure: 'failed', reason: about, hint: 'this is a fault of the action: please report it' }
}

const RENEW = 'the token is wrong or has run out: leave github-token to its default, or give a new one'
const LATER = 'look at https://www.githubstatus.com and rerun this job'

/** What GitHub itself says it takes: `actions=read`. */
function neededPermission(headers: Answered['headers']): string | undefined {
  const [, name, access] = /^([a-z_]+)=(read|write)$/.exec(String(headers['x-accepted-github-permissions'])) ?? []
  return name === undefined ? undefined : `${name}: ${access}`
}

/** By GitHub's own clock where it shows one. */
function primaryLimit({ headers }: Answered, what: string, now: Date): ApiFailure {
  const resetMs = Number(headers['x-ratelimit-reset']) * 1000
  const there = Date.parse(String(headers.date))
  const waitMs = resetMs - (Number.isNaN(there) ? now.getTime() : there)
  const until = Number.isNaN(resetMs) ? '' : ` until ${new Date(resetMs).toISOString()}`
  return {
    failure: 'rate-limited',
    reason: `no requests to GitHub are left${until}, so ${what} was not seen`,
    hint: 'rerun this job after that, or give it a github-token of its own',
    ...(waitMs <= MAX_RESET_MS && { ailment: 'primary-limit', waitMs: Math.max(0, waitMs) + 1000 }),
  }
}

function secondaryLimit({ headers }: Answered, reason: string): ApiFailure {
  const waitMs = Number(headers['retry-after'] ?? Number.NaN) * 1000
  return {
    failure: 'rate-limited',
    reason,
    hint: 'too much asks GitHub at once: rerun this job later',
    ...((Number.isNaN(waitMs) || waitMs <= MAX_WAIT_MS) && {
      ailment: 'secondary-limit',
      waitMs: Number.isNaN(waitMs) ? SECONDARY_WAIT_MS : waitMs,
    }),
  }
}

/** No answer at all, or none to the end. */
export const failureWithoutAnswer = (message: string, timedOut: boolean, { what }: Question): ApiFailure => ({
  failure: timedOut ? 'timeout' : 'unavailable',
  reason: `GitHub did not answer for ${what}: ${message.slice(0, MAX_MESSAGE)}`,
  hint: LATER,
  ailment: 'server',
})
