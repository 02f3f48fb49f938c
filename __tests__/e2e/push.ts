// Images of the stack with a layer that no engine has seen yet: what is pulled of them is pulled by the test.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { tar } from '../harness/tar.ts'
import { registry } from './stack.ts'

const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const ACCEPT = { accept: `application/vnd.oci.image.index.v1+json, ${MANIFEST}` }

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly architecture: string }
}

interface Manifest {
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

interface Config {
  config: object
  readonly rootfs: { readonly diff_ids: string[] }
  readonly history?: object[]
}

export interface FreshImage {
  /** Without host: `fresh/…`. */
  readonly name: string
  readonly digest: string
}

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Pushes the amd64 image of a repository with one more layer, of a file of chance and `more`, and other settings, as `latest` of a new repository. */
export async function pushFresh(
  base: string,
  settings: Readonly<Record<string, unknown>> = {},
  more: Readonly<Record<string, string | Buffer>> = {},
): Promise<FreshImage> {
  const name = `fresh/${randomUUID()}`
  const { manifests } = (await (await get(`${base}/manifests/latest`)).json()) as { manifests: readonly Descriptor[] }
  const amd64 = manifests.find(({ platform }) => platform?.architecture === 'amd64')
  const manifest = (await (await get(`${base}/manifests/${amd64?.digest}`)).json()) as Manifest
  const config = (await (await get(`${base}/blobs/${manifest.config.digest}`)).json()) as Config
  const files = tar([
    { name: 'fresh', body: randomBytes(300_000) },
    ...Object.entries(more).map(([name, body]) => ({ name, body: Buffer.from(body) })),
  ])
  const layer = gzipSync(files)
  config.config = { ...config.config, ...settings }
  config.rootfs.diff_ids.push(sha256(files))
  config.history?.push({ created_by: 'test' })
  for (const { digest } of manifest.layers) await mount(name, digest, base)
  const layers = [...manifest.layers, { ...(await upload(name, layer)), mediaType: LAYER }]
  const body = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { ...(await upload(name, Buffer.from(JSON.stringify(config)))), mediaType: manifest.config.mediaType },
      layers,
    }),
  )
  await send('PUT', `/v2/${name}/manifests/latest`, body, { 'content-type': MANIFEST })
  return { name, digest: sha256(body) }
}

async function get(path: string): Promise<Response> {
  const response = await fetch(`http://${registry}/v2/${path}`, { headers: ACCEPT })
  if (!response.ok) throw new Error(`${path}: ${response.status}: run script/stack/images`)
  return response
}

async function send(method: string, path: string, body?: Buffer, headers: Record<string, string> = {}) {
  const url = path.startsWith('http') ? path : `http://${registry}${path}`
  const response = await fetch(url, { method, headers, ...(body && { body: new Uint8Array(body) }) })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response
}

const mount = (name: string, digest: string, from: string) =>
  send('POST', `/v2/${name}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`)

async function upload(name: string, bytes: Buffer): Promise<{ digest: string; size: number }> {
  const digest = sha256(bytes)
  const { headers } = await send('POST', `/v2/${name}/blobs/uploads/`)
  const location = new URL(headers.get('location') ?? '', `http://${registry}`)
  location.searchParams.set('digest', digest)
  await send('PUT', location.href, bytes, { 'content-type': 'application/octet-stream' })
  return { digest, size: bytes.length }
}
