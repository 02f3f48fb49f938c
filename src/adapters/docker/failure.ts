import { type Failed, failed, type LookFailure } from '../../model/observation.ts'
import type { CommandResult } from '../command.ts'
import { textOf } from './command.ts'

/** What to do about an engine that is not reached. */
export const ENGINE = 'see that the engine runs and answers this user: docker version'
const DENIED =
  'one of three: the job lacks `permissions: packages: read`; the package does not give this repository access (package settings, Manage Actions access); nobody logged in to this registry, or with another account’s credentials'

/** By docker's own words, the first that fits: they overlap, and exit codes tell nothing apart. */
const WORDS: readonly (readonly [RegExp, LookFailure, string])[] = [
  [
    /cannot connect to the docker daemon|error during connect|docker daemon socket|failed to connect to the docker api/i,
    'unavailable',
    ENGINE,
  ],
  [
    /no space left on device|disk quota exceeded|not enough space/i,
    'disk-full',
    'free space on the engine’s disk before this step, or verify fewer images per runner',
  ],
  [
    /too ?many ?requests|rate limit/i,
    'rate-limited',
    'wait and run again, log in, or lower `parallel`: the registry counts requests per account or address',
  ],
  [
    /login prior to pull|unauthorized|forbidden|\bdenied\b|no basic auth credentials|authentication required/i,
    'denied',
    DENIED,
  ],
  [
    /filesystem layer verification failed|unexpected digest|digest mismatch|failed digest validation|invalid checksum/i,
    'altered',
    'what the registry sent is not what the digest says: push the image again',
  ],
  [
    /no matching manifest|does not match the specified platform|does not provide the specified platform|no match for platform/i,
    'not-found',
    'the image has no such platform: see the platforms of the build',
  ],
  [
    /no such host|connection refused|network is unreachable|no route to host|tls: |x509: |server gave http response/i,
    'unavailable',
    'see that this machine reaches the registry',
  ],
  [
    /unmarshalling|invalid character|unexpected media type|unsupported media type|mediatype/i,
    'malformed',
    'what the registry sent is no image: push it again, and see that no proxy answers in its stead',
  ],
  [
    /manifest unknown|name unknown|unknown blob|blob unknown|no such image|not found/i,
    'not-found',
    'see that it was pushed, and not deleted since',
  ],
  [
    /unexpected eof|\beof\b|connection reset|broken pipe|timeout|deadline exceeded|temporary failure|: (?:408|499|5\d\d) [A-Z]/i,
    'unavailable',
    'the registry or the way to it failed: run again',
  ],
]

/** Why a docker command failed, by what it printed; `what` says what was tried. */
export function failureOf(result: CommandResult, what: string, signal?: AbortSignal): Failed {
  if (signal?.aborted) return failed('cancelled', `${what}: the run was ended`, '')
  if (result.missing) {
    return failed(
      'no-tool',
      `${what}: there is no docker command`,
      'run on a machine with Docker, or set execute: none',
    )
  }
  const said = `${result.stderr}\n${textOf(result).slice(-4096)}`
  const [, failure, hint] = WORDS.find(([words]) => words.test(said)) ?? [undefined, 'failed', 'see what docker says']
  if (result.timedOut && failure === 'failed') {
    return failed('timeout', `${what}: no end after ${Math.round(result.seconds)} s`, ENGINE)
  }
  return failed(failure as LookFailure, `${what}: ${lastLine(result) || ending(result)}`, hint ?? '')
}

const MAX_QUOTED = 400

/** The last thing it said, which is where docker puts the cause. */
const lastLine = ({ stderr }: CommandResult): string =>
  stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:run 'docker .*--help'|usage:|see 'docker|warning)/i.test(line))
    .at(-1)
    ?.slice(0, MAX_QUOTED) ?? ''

const ending = ({ exitCode, signal }: CommandResult): string =>
  exitCode === undefined ? `docker was ended by ${signal ?? 'something'}` : `docker exited ${exitCode} without a word`
