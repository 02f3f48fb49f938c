import pLimit from 'p-limit'
import type * as z from 'zod'
import { failed, type Look } from '../../model/observation.ts'
import { readAs } from '../../observe/json.ts'
import type { Clock, Log } from '../../ports.ts'
import { version } from '../../version.ts'
import { type Try, withRetries } from '../retry.ts'
import { type Ailment, type ApiFailure, failureOfAnswer, failureWithoutAnswer, type Question } from './errors.ts'

export interface GitHubOptions {
  /** `GITHUB_API_URL`: of github.com, or of a GitHub Enterprise Server. */
  readonly apiUrl: string
  /** Undefined: what everybody may see. */
  readonly token: string | undefined
  readonly clock: Clock
  readonly log: Pick<Log, 'info'>
  readonly signal: AbortSignal
  /** For one answer. */
  readonly timeoutMs?: number
}

export type Parameters = Readonly<Record<string, string | number>>

export interface GitHubClient {
  /** An answer in JSON, read by a schema. */
  json<Schema extends z.ZodType>(
    path: string,
    parameters: Parameters,
    schema: Schema,
    question: Question,
  ): Promise<Look<z.output<Schema>>>
  /** A file as it is. */
  text(path: string, parameters: Parameters, question: Question): Promise<Look<string>>
}

const PATIENCE_MS: Readonly<Record<Ailment, readonly number[]>> = {
  server: [1_000, 4_000, 9_000],
  'primary-limit': [60_000],
  'secondary-limit': [60_000, 60_000],
}
const BUDGET_MS = 240_000
const PARALLEL = 4

/** Asks GitHub by GET alone, patiently and within the run's signal. Octokit is loaded with the first question. */
export function githubClient(options: GitHubOptions): GitHubClient {
  const { clock, log } = options
  const limit = pLimit(PARALLEL)
  let octokit: ReturnType<typeof openOctokit> | undefined

  async function ask(path: string, parameters: Parameters, accept: string, question: Question): Promise<Look<unknown>> {
    octokit ??= openOctokit(options)
    const { request } = await octokit
    const patience = patienceOf()
    const attempt = async (): Promise<Try<unknown>> => {
      const answer = await once(request, path, { ...parameters, headers: { accept } }, options, question)
      return 'data' in answer ? { ok: true, seen: answer.data } : patience(answer)
    }
    return withRetries(attempt, {
      clock,
      gate: limit,
      onWait: ({ reason }, delayMs) =>
        log.info(`asking GitHub again in ${Math.ceil(delayMs / 1000)} s for ${question.what}: ${reason}`),
    })
  }

  return {
    json: async (path, parameters, schema, question) => {
      const answer = await ask(path, parameters, 'application/vnd.github+json', question)
      if (!answer.ok) return answer
      const read = readAs(schema, answer.seen)
      if (read.ok) return read
      const reason = `what GitHub answers for ${question.what} is not as documented: ${read.reason}`
      return { ...read, reason, hint: 'rerun this job; if it stays so, please report it' }
    },
    text: async (path, parameters, question) => {
      const answer = await ask(path, parameters, 'application/vnd.github.raw+json', question)
      if (!answer.ok) return answer
      if (typeof answer.seen === 'string') return { ok: true, seen: answer.seen }
      return failed('malformed', `${question.what} is no text file`, '')
    },
  }
}

async function openOctokit({ apiUrl, token }: GitHubOptions) {
  const { Octokit } = await import('@octokit/core')
  const { githubFetch } = await import('./fetch.ts')
  const silent = (): void => {}
  return new Octokit({
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: `verify-images/${version}`,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: { fetch: githubFetch },
    ...(token !== undefined && { auth: token }),
  })
}

type Request = (
  route: string,
  parameters: Record<string, unknown>,
) => Promise<{ readonly data: unknown; readonly headers: object }>

const TIMEOUT_MS = 15_000

async function once(
  request: Request,
  path: string,
  parameters: Parameters | object,
  { clock, signal, timeoutMs = TIMEOUT_MS }: GitHubOptions,
  question: Question,
): Promise<{ readonly data: unknown } | ApiFailure> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const { data, headers } = await request(`GET ${path}`, {
      ...parameters,
      request: { signal: AbortSignal.any([signal, timeout]) },
    })
    const isJson = 'content-type' in headers && /^application\/json\b/.test(String(headers['content-type']))
    // Octokit gives the letters of a JSON that does not parse, and an empty text where the connection broke.
    if (!timeout.aborted && !(isJson && typeof data === 'string')) return { data }
    return failureWithoutAnswer('the answer broke off', timeout.aborted, question)
  } catch (error) {
    if (signal.aborted) return { failure: 'cancelled', reason: `cancelled while asking for ${question.what}`, hint: '' }
    return failureOf(error, timeout.aborted, timeoutMs, question, clock)
  }
}

function failureOf(error: unknown, timedOut: boolean, timeoutMs: number, question: Question, clock: Clock): ApiFailure {
  if (timedOut) return failureWithoutAnswer(`nothing within ${timeoutMs / 1000} s`, true, question)
  // without its causes, which Octokit's own message repeats
  const message = error instanceof Error ? error.message : String(error)
  if (!isAnswered(error)) return failureWithoutAnswer(message, false, question)
  const { status, headers } = error.response
  return failureOfAnswer({ status, headers, message }, question, clock.date())
}

interface Answered {
  readonly response: { readonly status: number; readonly headers: Record<string, string | number | undefined> }
}

const isAnswered = (error: unknown): error is Answered =>
  error instanceof Error && 'response' in error && error.response !== undefined

/** Counts the tries of one question, each ailment's apart: two bad gateways take nothing from the wait for a limit. */
function patienceOf(): (failure: ApiFailure) => Try<never> {
  const tries: Ailment[] = []
  return ({ ailment, waitMs, failure, reason, hint }) => {
    const look = failed(failure, reason, hint)
    if (ailment === undefined) return look
    const delayMs = PATIENCE_MS[ailment][tries.filter((each) => each === ailment).length]
    tries.push(ailment)
    if (delayMs === undefined) return look
    const delaysMs = tries.map(() => delayMs)
    return { ...look, healing: { delaysMs, budgetMs: BUDGET_MS }, retryAfterMs: waitMs }
  }
}
