import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

/** Another address on this machine for a server on it, for as long as this process has something else to do. */
export async function anotherAddress(of: string): Promise<string> {
  const port = Number(of.slice(of.lastIndexOf(':') + 1))
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    near.on('error', () => far.destroy()).on('close', () => far.destroy())
    far.on('error', () => near.destroy()).on('close', () => near.destroy())
    near.pipe(far).pipe(near)
    near.unref()
    far.unref()
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
