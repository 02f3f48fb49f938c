import type { IncomingMessage } from 'node:http'
import { httpRequest, type RequestOptions } from '../http-request.ts'

/** As much of fetch's Response as Octokit reads. */
interface Answer {
  readonly status: number
  readonly url: string
  readonly headers: ReadonlyMap<string, string>
  text(): Promise<string>
  arrayBuffer(): Promise<ArrayBuffer>
}

const MOST_REDIRECTS = 5

/** What Octokit may use in the place of fetch, for requests by GET: GitHub redirects where a repository was renamed. */
export async function githubFetch(url: string, options: RequestOptions, redirects = 0): Promise<Answer> {
  const response = await httpRequest(url, options)
  const { statusCode: status = 0, headers } = response
  if ([301, 302, 307, 308].includes(status) && headers.location !== undefined && redirects < MOST_REDIRECTS) {
    response.destroy()
    const next = new URL(headers.location, url)
    return githubFetch(next.href, next.origin === new URL(url).origin ? options : anonymous(options), redirects + 1)
  }
  return {
    status,
    url,
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    text: async () => (await bodyOf(response)).toString('utf8'),
    arrayBuffer: async () => new Uint8Array(await bodyOf(response)).buffer,
  }
}

/** The token is for GitHub's API alone. */
function anonymous({ headers = {}, signal }: RequestOptions): RequestOptions {
  const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization')
  return { headers: Object.fromEntries(kept), signal }
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks)
}
