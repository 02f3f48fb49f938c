import { once } from 'node:events'
import type { Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Docker } from './command.ts'
import { collect, type TarBody, tarReader } from './tar.ts'

const MAX_MANIFEST_BYTES = 1024 * 1024
const LISTING = 'manifest.json'

/**
 * The length of all files of all layers, as the classic store counts it; undefined when they could not all be read. The
 * layers are unpacked here as they stream out of `docker save`, which is dear: the engine hands out some 80 MB a second.
 */
export async function savedSize(docker: Docker, reference: string, timeoutMs: number): Promise<number | undefined> {
  const layers = new Map<string, Promise<number>>()
  let listing: Buffer | undefined
  const read = tarReader(({ name, type, sizeBytes }) => {
    if (type !== '0') return undefined
    if (name === LISTING) {
      return collect(MAX_MANIFEST_BYTES, (bytes) => {
        listing = bytes
      })
    }
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    promise.catch(() => {}) // looked at below, and only where it is of a layer
    layers.set(name, promise)
    return sizeBytes === 0 ? { write: () => undefined, end: () => void resolve(0) } : layerBody(resolve, reject)
  })
  let reading = Promise.resolve()
  const result = await docker(['image', 'save', '--', reference], {
    timeoutMs,
    maxBytes: 0,
    onStdout: (chunk) => {
      reading = reading.then(() => read(Buffer.from(chunk)))
      return reading
    },
  })
  try {
    await reading
    if (result.exitCode !== 0 || listing === undefined) return undefined
    const [{ Layers }] = JSON.parse(listing.toString('utf8')) as [{ Layers: readonly string[] }]
    const sizes = await Promise.all(Layers.map((name) => layers.get(name) ?? Promise.reject(new Error(name))))
    return sizes.reduce((sum, size) => sum + size, 0)
  } catch {
    return undefined
  }
}

/** Sums up the files in a layer: a tar, maybe compressed. A blob that is no layer is read to its end and forgotten. */
function layerBody(resolve: (bytes: number) => void, reject: (error: Error) => void): TarBody {
  let sum = 0
  const read = tarReader(({ type, sizeBytes, target }) => {
    if (type === '0' || type === '7') sum += sizeBytes
    if (type === '2') sum += target.length
    return undefined
  })
  let unpacking: { readonly stream: Transform; readonly done: Promise<void> } | undefined
  let begun = false
  return {
    write: async (chunk) => {
      if (!begun) {
        begun = true
        const stream = unpackerOf(chunk)
        unpacking = stream && { stream, done: drain(stream, read) }
        unpacking?.done.catch(reject)
      }
      if (unpacking === undefined) return read(chunk)
      if (unpacking.stream.write(chunk) || unpacking.stream.destroyed) return
      await Promise.race([once(unpacking.stream, 'drain'), unpacking.done]).catch(reject)
    },
    end: async () => {
      unpacking?.stream.end()
      await unpacking?.done.then(() => resolve(sum), reject)
      if (unpacking === undefined) resolve(sum)
    },
  }
}

async function drain(stream: Transform, read: (chunk: Buffer) => Promise<void>): Promise<void> {
  for await (const chunk of stream) await read(chunk)
}

const CHUNK_BYTES = 1024 * 1024

function unpackerOf(start: Buffer): Transform | undefined {
  if (start[0] === 0x1f && start[1] === 0x8b) return createGunzip({ chunkSize: CHUNK_BYTES })
  if (start.length >= 4 && start.readUInt32LE(0) === 0xfd2fb528) return createZstdDecompress({ chunkSize: CHUNK_BYTES })
  return undefined
}
