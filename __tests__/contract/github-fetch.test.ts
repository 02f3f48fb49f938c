import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from '@jest/globals'
import { githubFetch } from '../../src/adapters/github/fetch.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const tells: RequestListener = ({ url, headers }, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'x-url': url })
  response.end(JSON.stringify(headers.authorization ?? 'nobody'))
}
const options = { headers: { authorization: 'bearer secret' } }

it('gives status, headers and text', async () => {
  const answer = await githubFetch(`${await serve(tells)}/repos?page=2`, options)
  expect([answer.status, answer.headers.get('x-url'), await answer.text()]).toEqual([
    200,
    '/repos?page=2',
    '"bearer secret"',
  ])
})

it('follows a redirect on the same server, and tells another one no token', async () => {
  const elsewhere = await serve(tells)
  const address = await serve((request, response) => {
    if (request.url === '/old') response.writeHead(301, { location: '/new' }).end()
    else if (request.url === '/away') response.writeHead(307, { location: `${elsewhere}/new` }).end()
    else tells(request, response)
  })
  expect(await (await githubFetch(`${address}/old`, options)).text()).toBe('"bearer secret"')
  expect(await (await githubFetch(`${address}/away`, options)).text()).toBe('"nobody"')
})

it('does not follow them for ever', async () => {
  let asked = 0
  const address = await serve((_, response) => {
    asked += 1
    response.writeHead(302, { location: '/again' }).end()
  })
  expect((await githubFetch(address, options)).status).toBe(302)
  expect(asked).toBe(6)
})

it('says when an answer breaks off, and ends when it is told to', async () => {
  const address = await serve(({ url }, response) => {
    response.writeHead(200, { 'content-length': '100' })
    if (url === '/cut') response.write('half', () => response.destroy())
    else response.write('half')
  })
  await expect((await githubFetch(`${address}/cut`, options)).text()).rejects.toThrow()
  const controller = new AbortController()
  const stalls = await githubFetch(`${address}/stalls`, { ...options, signal: controller.signal })
  setTimeout(() => controller.abort(), 50)
  await expect(stalls.text()).rejects.toThrow()
})
