import { buildxVersions } from '../../model/buildx-releases.ts'
import { failed, type LookFailure } from '../../model/observation.ts'
import { type Healing, retryAfterIn, type Try } from '../retry.ts'

const SERVER_FAULT: Healing = { delaysMs: [1000, 3000, 9000], budgetMs: 30_000 }
const STALL: Healing = { delaysMs: [1000], budgetMs: 60_000 }
const RATE_LIMIT: Healing = { delaysMs: [2000, 4000, 8000], budgetMs: 120_000 }
/** What may have been a bad moment of a proxy, and if not, is what the registry holds. */
export const ONCE_MORE: Healing = { delaysMs: [1000], budgetMs: 30_000 }

type Verdict = readonly [failure: LookFailure, healing?: Healing]
const DENIED: Verdict = ['denied']
const UNAVAILABLE: Verdict = ['unavailable', SERVER_FAULT]
const RATE_LIMITED: Verdict = ['rate-limited', RATE_LIMIT]
const MALFORMED: Verdict = ['malformed', ONCE_MORE]

const RATE_LIMIT_WORDS = /secondary rate limit|toomanyrequests/i

/** The first that matches counts. `: not found` ends the most different of messages, so it comes last and anchored. */
const MESSAGES: readonly (readonly [RegExp, Verdict])[] = [
  [/is not a docker command|unknown command: docker buildx|unknown flag: --raw/, ['no-tool']],
  [/rejecting \d+ byte manifest/, ['malformed']],
  [/could not fetch content descriptor \S+ \([^)]*\) from remote/, MALFORMED],
  [RATE_LIMIT_WORDS, RATE_LIMITED],
  [/stopped after \d+ redirects/, ['failed']],
  [/invalid character|unexpected end of JSON|cannot unmarshal|decode token|not a valid digest/, MALFORMED],
  [/x509:|tls: (?!.*timeout)|server gave HTTP response to HTTPS client/, ['unavailable']],
  [/connection (?:refused|reset)|broken pipe|no route to host|network is unreachable|\bEOF\b/, UNAVAILABLE],
  [/no such host|server misbehaving|temporary failure in name/i, ['unavailable', ONCE_MORE]],
  [/i\/o timeout|handshake timeout|deadline exceeded|Client\.Timeout|stream error|GOAWAY/i, UNAVAILABLE],
  [/access denied|denied:|authorization failed|failed to authorize|insufficient_scope|unauthorized:/i, DENIED],
  [/(?:manifest|name|blob)[ _]unknown/i, ['not-found']],
  [/content at \S+ not found: not found$/, ['not-found']],
]

const STATUS = /unexpected status from [A-Z]+ request to \S+: (\d{3})\b/

function byStatus(status: number): Verdict {
  if (status === 401 || status === 403) return DENIED
  if (status === 404) return ['not-found']
  if (status === 429) return RATE_LIMITED
  return status === 408 || status === 499 || status >= 500 ? UNAVAILABLE : ['failed']
}

/** What buildx's words about a reference mean, what there is to do, and whether asking again may help. */
export function readFailure(stderr: string, reference: string, now: Date): Try<never> {
  const said = inOneLine(stderr)
  const [failure, healing] = verdictOn(said, reference)
  const plain = inPlainWords(said)
  const words = plain.length > MAX_WORDS ? `${plain.slice(0, MAX_WORDS)}…` : plain
  const look = failedLookAt(reference, failure, words === '' ? 'buildx failed without a word' : words, healing)
  return failure === 'rate-limited' ? { ...look, retryAfterMs: retryAfterIn(stderr, now) } : look
}

/** A look at a reference that failed, for this reason. */
export const failedLookAt = (reference: string, failure: LookFailure, words: string, healing?: Healing) => ({
  ...failed(failure, words.includes(reference) ? words : `${reference}: ${words}`, hintFor(failure, reference)),
  ...(healing && { healing }),
})

/** A look that was ended because no answer came. */
export const stalled = (reference: string, seconds: number) =>
  failedLookAt(reference, 'timeout', `no answer within ${Math.round(seconds)} s`, STALL)

function verdictOn(said: string, reference: string): Verdict {
  if (said === `${reference}: not found`) return ['not-found']
  const status = Number(STATUS.exec(said)?.[1] ?? 0)
  if (status === 0 || RATE_LIMIT_WORDS.test(said))
    return MESSAGES.find(([words]) => words.test(said))?.[1] ?? ['failed']
  if (status === 404 && said.startsWith('failed to authorize')) return ['failed']
  return byStatus(status)
}

const MAX_WORDS = 300

const inPlainWords = (said: string): string =>
  said
    .replace(/^(?:failed to copy: )?(?:httpReadSeeker: failed open: )?/, '')
    .replace(/unexpected status from [A-Z]+ request to \S+:/, 'the registry answers')
    .replace(/failed to do request: [A-Z][a-z]+ "\S+":/, 'no answer:')
    .replace(/^could not fetch content descriptor \S+ \((\S*)\) from remote: .*/, 'the registry answers with $1')
    .replace(/^content at \S+ not found: not found$/, 'the registry announces it and does not have it')
    .replace(/^rejecting (\d+) byte manifest for .*/, 'it has $1 bytes, and 4 MiB is the most')

/** What stands after the last `ERROR:`, without anything that a terminal or a log would act on. */
const inOneLine = (stderr: string): string =>
  stderr
    .slice(Math.max(0, stderr.lastIndexOf('ERROR: ')))
    .replace(/^ERROR: /, '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()

function hintFor(failure: LookFailure, reference: string): string {
  switch (failure) {
    case 'denied':
      return deniedHint(reference)
    case 'not-found':
      return 'see whether the build pushed it, and under this name; a private image looks absent to those who may not read it'
    case 'rate-limited':
      return 'wait and run this job again; logging in to the registry raises most limits'
    case 'unavailable':
      return 'see whether the registry can be reached from this runner and has no outage, and run this job again'
    case 'timeout':
      return 'run this job again; if it lasts, see whether the registry has an outage'
    case 'no-tool':
      return `add docker/setup-buildx-action before this step, or give this one buildx-version: ${buildxVersions('arm64')[0]}`
    case 'malformed':
      return 'see what answers under this name; build and push the image again'
    case 'altered':
      return 'do not use this image: build and push it again, and see what sits between you and the registry'
    default:
      return ''
  }
}

function deniedHint(reference: string): string {
  const [, owner, name] = /^ghcr\.io\/([^/]+)\/([^:@]+)/.exec(reference) ?? []
  if (owner === undefined || name === undefined) {
    const host = reference.slice(0, reference.indexOf('/'))
    const inputs = 'docker/login-action, or the inputs registry-username and registry-password'
    return [
      'The usual causes:',
      `(1) nobody did log in to ${host}, or with a wrong or expired password: log in to ${host} with ${inputs};`,
      '(2) the account may not read this image;',
      '(3) there is no such image: many registries answer alike for absent and forbidden',
    ].join(' ')
  }
  const page = `${owner}/packages/container/${encodeURIComponent(name)}/settings`
  return [
    'ghcr.io answers alike for absent and forbidden. The usual causes:',
    '(1) the job lacks `permissions: packages: read`;',
    `(2) the package gives this repository's Actions no access: https://github.com/orgs/${page} (users/ for a personal account);`,
    '(3) the login is missing or is that of somebody else: docker/login-action, or the inputs registry-username and registry-password',
  ].join(' ')
}
