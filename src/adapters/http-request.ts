import type { IncomingMessage } from 'node:http'

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Asks, and gives the answer back before its body has come; follows no redirect. By Node's module itself and once it is
 * needed: fetch, and an import of node:http just as much, would load undici.
 */
export function httpRequest(url: string, options: RequestOptions = {}): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body, signal } = options
  return new Promise((resolve, reject) => {
    const { request } = process.getBuiltinModule(new URL(url).protocol === 'https:' ? 'node:https' : 'node:http')
    request(url, { method, headers, ...(signal && { signal }) }, resolve)
      .on('error', reject)
      .end(body)
  })
}
