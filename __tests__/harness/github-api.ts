// A GitHub REST API on this machine: the routes, shapes, limits and errors that docs.github.com/rest describes.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, answerTo, type GitHubState, message, notFound, primaryLimit } from './github-routes.ts'
import type { RateLimit } from './github-shapes.ts'

export { missingPermission, primaryLimit, secondaryLimit } from './github-routes.ts'
export { aJob, anAnnotation, aRun, OWN_JOB_ID } from './github-shapes.ts'

export interface Fault extends Partial<Answer> {
  /** Against `path?query`: a part of it or a pattern. */
  match: string | RegExp
  /** How many requests it meets: 1 unless said. */
  times?: number
  /** How many requests it lets pass before. */
  skip?: number
  /** Answers later; without a status with what is right. */
  delayMs?: number
  /** Never answers. */
  hang?: boolean
  /** Breaks the connection. */
  reset?: boolean
}

export interface LoggedRequest {
  method: string
  path: string
  query: Record<string, string>
  headers: IncomingHttpHeaders
  /** What was answered; 0 when nothing was. */
  status: number
}

export interface GitHubOptions extends Partial<GitHubState> {
  repository?: string
  token?: string
  /** A private repository does not exist for who brings no token. */
  private?: boolean
  faults?: Fault[]
}

export interface GitHub extends AsyncDisposable {
  url: string
  /** Change it and the next answer is another. */
  state: GitHubState
  requests: LoggedRequest[]
  fail(...faults: Fault[]): void
}

function rateLimit({ rateLimit: { limit, remaining, resetSeconds } }: GitHubState): RateLimit & { resource: string } {
  const reset = Math.ceil(Date.now() / 1000) + resetSeconds
  return { limit, remaining, used: limit - remaining, reset, resource: 'core' }
}

/** The answer that a fault asks for: its own, or the right one with other headers. */
function spoiled({ status, body, headers }: Fault, right: () => Answer): Answer {
  const answer = status === undefined && body === undefined ? right() : message(status ?? 200, 'Fault')
  return { ...answer, ...(body === undefined ? {} : { body }), headers: { ...answer.headers, ...headers } }
}

/** Starts a GitHub that knows one repository. */
export async function startGitHub(options: GitHubOptions = {}): Promise<GitHub> {
  const { repository = 'octo-org/octo-repo', token } = options
  const state: GitHubState = {
    runs: options.runs ?? [],
    jobs: options.jobs ?? [],
    annotations: options.annotations ?? {},
    files: options.files ?? {},
    permissions: options.permissions ?? {},
    rateLimit: options.rateLimit ?? { limit: 1000, remaining: 1000, resetSeconds: 3600 },
  }
  const requests: LoggedRequest[] = []
  const faults: { fault: Fault; skip: number; left: number }[] = []
  const fail = (...more: Fault[]): void => {
    for (const fault of more) faults.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 })
  }
  fail(...(options.faults ?? []))

  function nextFault(target: string): Fault | undefined {
    for (const entry of faults) {
      const { match } = entry.fault
      const meets = typeof match === 'string' ? target.includes(match) : match.test(target)
      if (!meets || entry.left === 0) continue
      if (entry.skip-- > 0) continue
      entry.left -= 1
      return entry.fault
    }
    return undefined
  }

  function answer(request: IncomingMessage, url: URL): Answer {
    const { authorization = '', accept = '' } = request.headers
    const given = /^(?:bearer|token) (.+)$/i.exec(authorization)?.[1]
    if (authorization !== '' && (given === undefined || (token !== undefined && given !== token))) {
      return message(401, 'Bad credentials')
    }
    if (url.pathname === '/rate_limit') {
      const { resource, ...rate } = rateLimit(state)
      return { status: 200, body: { resources: { [resource]: rate, search: rate, graphql: rate }, rate } }
    }
    if (state.rateLimit.remaining <= 0) return primaryLimit(state.rateLimit.resetSeconds)
    state.rateLimit.remaining -= 1
    const [, name = '', rest = ''] =
      /^\/(?:repos\/([^/]+\/[^/]+)|repositories\/1296269)\/(.*)$/.exec(url.pathname) ?? []
    const known = name === '' || name.toLowerCase() === repository.toLowerCase()
    if (!known || (options.private && given === undefined) || request.method !== 'GET') return notFound
    return answerTo(rest, { repository, origin: url.origin, url, accept, state })
  }

  function send(response: ServerResponse, { status, headers, body }: Answer): void {
    const limit = rateLimit(state)
    const plain = typeof body === 'string' || Buffer.isBuffer(body)
    response.writeHead(status, {
      'content-type': plain ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
      'x-github-media-type': 'github.v3; format=json',
      'x-github-api-version-selected': '2022-11-28',
      'x-github-request-id': 'C0DE:1F2A3:4B5C6D:7E8F90:12345678',
      'x-ratelimit-limit': limit.limit,
      'x-ratelimit-remaining': limit.remaining,
      'x-ratelimit-used': limit.used,
      'x-ratelimit-reset': limit.reset,
      'x-ratelimit-resource': limit.resource,
      ...headers,
    })
    response.end(plain ? body : JSON.stringify(body))
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const { method = '', headers } = request
    const query = Object.fromEntries(url.searchParams)
    const logged: LoggedRequest = { method, path: url.pathname, query, headers, status: 0 }
    requests.push(logged)
    const fault = nextFault(url.pathname + url.search)
    if (fault?.delayMs) await sleep(fault.delayMs, undefined, { ref: false })
    if (fault?.hang) return
    if (fault?.reset) {
      request.socket.resetAndDestroy()
      return
    }
    const right = (): Answer => answer(request, url)
    const given = fault ? spoiled(fault, right) : right()
    logged.status = given.status
    send(response, given)
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => send(response, message(500, String(error))))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    state,
    requests,
    fail,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
