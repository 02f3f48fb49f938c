import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { action } from './action.ts'

/** Milliseconds from the start of the action's process to the first request at a registry that has nothing. */
export async function firstRequestMs(): Promise<number> {
  let firstAt: number | undefined
  const server = createServer((_request, response) => {
    firstAt ??= performance.timeOrigin + performance.now()
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const image = `127.0.0.1:${port}/nothing/here`
    const { startedAt, log } = await action(`version: 1\ntags: [latest]\nimages:\n  here:\n    image: ${image}\n`)
    if (firstAt === undefined) throw new Error(`no request came:\n${log}`)
    return firstAt - startedAt
  } finally {
    server.close()
  }
}
