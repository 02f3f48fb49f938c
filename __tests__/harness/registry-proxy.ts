// A proxy before a real registry that misbehaves as the first part of the repository's name says, so that nothing has
// to be set up and clients do not disturb each other:
//
//   ADDRESS/quick/app:latest                          passes through
//   ADDRESS/status-503/quick/app:latest               503 to every manifest and blob
//   ADDRESS/status-503_times-2/quick/app:latest       503 to the first two requests of each method and path
//   ADDRESS/status-429_retry-3/quick/app:latest       with Retry-After: 3
//   ADDRESS/status-429_method-get_say-880.092us/…     only to GET; the body asks to stay away, as that of ghcr.io does
//   ADDRESS/status-403_method-get_say-secondary/…     403 for a secondary rate limit
//   ADDRESS/status-500_on-blobs/…                     manifests pass, blobs and configs do not; also: tags, digests
//   ADDRESS/cut-100/…                                 closes the connection after 100 bytes of the body
//   ADDRESS/reset-1/…                                 closes it before any answer
//   ADDRESS/hang-1/… , stall-20/…                     never answers; answers 20 bytes and no more
//   ADDRESS/delay-500/…                               answers half a second late
//   ADDRESS/html-1/…                                  200 with a page
//   ADDRESS/auth-any/… , auth-private/…               wants a token that anyone gets, that only ktrdr:secret gets
//   ADDRESS/auth-brief/…                              wants a token that is good for two seconds
//   ADDRESS/auth-never/…                              no token is ever good enough
import { type IncomingMessage, type RequestOptions, request, type ServerResponse } from 'node:http'
import { type RegistryServer, refuse, startServer } from './registry-server.ts'

const KEYS = [
  'status',
  'times',
  'retry',
  'say',
  'on',
  'method',
  'cut',
  'stall',
  'hang',
  'reset',
  'delay',
  'html',
  'auth',
]
const TRANSIENT: readonly string[] = ['times', 'on', 'method', 'auth']

type Fault = Readonly<Record<string, string>>

/** Starts the proxy before a registry on this machine, given as host and port. */
export async function startRegistryProxy(upstream: string): Promise<RegistryServer> {
  const counts = new Map<string, number>()
  const count = (key: string) => {
    const next = (counts.get(key) ?? 0) + 1
    counts.set(key, next)
    return next
  }
  return startServer((asked, response, address) => {
    const url = asked.url ?? ''
    if (url.startsWith('/token')) return giveToken(asked, response)
    const { fault, name, path } = readFault(url)
    if (fault.auth && !isAuthorized(asked, fault.auth, name)) {
      const realm = `http://${address}/token?kind=${fault.auth}&name=${name}`
      const scope = `repository:${path.replace(/^\/v2\/|\/(?:manifests|blobs)\/.*/g, '')}:pull`
      const challenge = `Bearer realm="${realm}",service="stack",scope="${scope}"`
      return refuse(response, 401, 'authentication required', { 'www-authenticate': challenge })
    }
    const applies =
      Object.keys(fault).some((key) => !TRANSIENT.includes(key)) &&
      (fault.on ?? kindOf(url)) === kindOf(url) &&
      (fault.method ?? asked.method?.toLowerCase()) === asked.method?.toLowerCase() &&
      (fault.times === undefined || count(`${asked.method} ${url}`) <= Number(fault.times))
    misbehave(asked, response, applies ? fault : {}, `http://${upstream}${path}`)
  })
}

function readFault(url: string): { fault: Fault; name: string; path: string } {
  const [, name = '', rest = ''] = /^\/v2\/([^/]+)\/(.+)$/.exec(url) ?? []
  const pairs = name.split('_').map((pair) => /^([a-z]+)-(.+)$/.exec(pair)?.slice(1) ?? [])
  const isFault = pairs.every(([key = '']) => KEYS.includes(key))
  return isFault ? { fault: Object.fromEntries(pairs), name, path: `/v2/${rest}` } : { fault: {}, name: '', path: url }
}

function kindOf(url: string): 'blobs' | 'digests' | 'tags' {
  if (url.includes('/blobs/')) return 'blobs'
  return /\/manifests\/[^/]*:/.test(url) ? 'digests' : 'tags'
}

function misbehave(asked: IncomingMessage, response: ServerResponse, fault: Fault, url: string): void {
  const act = () => {
    if (fault.reset) response.destroy()
    else if (fault.status) refuse(response, Number(fault.status), wordsOf(fault), retryHeader(fault))
    else if (fault.html) response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please log in.</html>')
    else forward(asked, response, url, fault)
  }
  if (fault.hang === undefined) setTimeout(act, Number(fault.delay ?? 0))
}

const retryHeader = ({ retry }: Fault): Record<string, string> => (retry === undefined ? {} : { 'retry-after': retry })

function wordsOf({ say, status }: Fault): string {
  if (say === 'secondary') return 'You have exceeded a secondary rate limit'
  return say === undefined ? `injected ${status}` : `retry-after: ${say.replace('us', 'µs')}, allowed: 44000/minute`
}

/** Hands a request on; what comes back may be cut or stall after so many bytes of the body. */
function forward(asked: IncomingMessage, response: ServerResponse, url: string, { cut, stall }: Fault): void {
  const { host: _host, authorization: _token, ...headers } = asked.headers
  const options: RequestOptions = { headers, ...(asked.method && { method: asked.method }) }
  const up = request(url, options, (from) => {
    const most = asked.method === 'HEAD' ? undefined : (cut ?? stall)
    response.writeHead(from.statusCode ?? 502, from.headers)
    if (most === undefined) {
      from.pipe(response)
      return
    }
    let sent = 0
    from.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, Math.max(0, Number(most) - sent))
      sent += part.length
      response.write(part, () => cut !== undefined && sent >= Number(cut) && response.destroy())
    })
  })
  up.on('error', () => response.destroy())
  asked.pipe(up)
}

const BRIEF_MS = 2000

/** A token is the name it was given for, and the time. */
function isAuthorized({ headers }: IncomingMessage, kind: string, name: string): boolean {
  const [, given, at] = /^Bearer (.+)\.(\d+)$/.exec(headers.authorization ?? '') ?? []
  return kind !== 'never' && given === name && (kind !== 'brief' || Date.now() - Number(at) < BRIEF_MS)
}

/** Like that of ghcr.io, the token server takes GET only: clients with a password try POST first and fall back. */
function giveToken(asked: IncomingMessage, response: ServerResponse): void {
  const { searchParams } = new URL(asked.url ?? '', 'http://token')
  const user = Buffer.from((asked.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString()
  if (asked.method !== 'GET') refuse(response, 404, 'no such page')
  else if (user !== '' && user !== 'ktrdr:secret') refuse(response, 401, 'wrong password')
  else if (searchParams.get('kind') === 'private' && user === '') refuse(response, 403, 'not for anyone')
  else {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ token: `${searchParams.get('name')}.${Date.now()}`, expires_in: 300 }))
  }
}
