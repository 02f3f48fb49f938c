// What the registries of the tests share: a server on a free port of this machine that keeps a log of what it was asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly authorized: boolean
  /** Milliseconds since the server started. */
  readonly atMs: number
  /** 0 until there is an answer. */
  status: number
}

export interface RegistryServer extends AsyncDisposable {
  /** Host and port, as an image name begins. */
  readonly address: string
  /** The requests whose path contains a text, in order. */
  asked(containing?: string): readonly Asked[]
}

export type Handler = (request: IncomingMessage, response: ServerResponse, address: string) => void

/** Starts a server on 127.0.0.1; disposing it cuts what is still open. */
export async function startServer(handle: Handler): Promise<RegistryServer> {
  const log: Asked[] = []
  const began = performance.now()
  let address = ''
  const server = createServer((request, response) => {
    const entry: Asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      authorized: request.headers.authorization !== undefined,
      atMs: performance.now() - began,
      status: 0,
    }
    log.push(entry)
    response.on('close', () => {
      entry.status = response.headersSent ? response.statusCode : 0
    })
    handle(request, response, address)
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    address,
    asked: (containing = '') => log.filter(({ path }) => path.includes(containing)),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const CODES: Readonly<Record<number, string>> = {
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  404: 'MANIFEST_UNKNOWN',
  429: 'TOOMANYREQUESTS',
}

/** An error as the OCI distribution spec words it. */
export function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ errors: [{ code: CODES[status] ?? 'UNKNOWN', message }] }))
}
