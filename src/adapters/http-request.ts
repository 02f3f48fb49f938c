import { type IncomingMessage, request } from 'node:http'
import { request as requestSecurely } from 'node:https'

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Asks, and gives the answer back before its body has come; follows no redirect. Not fetch, which takes 23 MB (measured). */
export function httpRequest(url: string, options: RequestOptions = {}): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body, signal } = options
  return new Promise((resolve, reject) => {
    const ask = new URL(url).protocol === 'https:' ? requestSecurely : request
    ask(url, { method, headers, ...(signal && { signal }) }, resolve)
      .on('error', reject)
      .end(body)
  })
}
