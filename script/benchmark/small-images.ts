import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { tar } from '../../__tests__/harness/tar.ts'
import { place } from './place.ts'

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly os: string; readonly architecture: string }
}
interface Manifest {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}
interface Config {
  readonly history: readonly object[]
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly string[] }
}

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'
const BASE = 'quick/ktrdr-backend'

const hash = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

async function call(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  const url = path.startsWith('http') ? path : `http://${place.registry}/v2/${path}`
  const response = await fetch(url, { ...init, method })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response
}

async function read<Shape>(path: string, accept: string): Promise<Shape> {
  const response = await call('GET', path, { headers: { accept } })
  return (await response.json()) as Shape
}

async function putBlob(repository: string, bytes: Buffer<ArrayBuffer>, mediaType: string): Promise<Descriptor> {
  const digest = hash(bytes)
  const started = await call('POST', `${repository}/blobs/uploads/`)
  const url = new URL(started.headers.get('location') ?? '', `http://${place.registry}`)
  url.searchParams.set('digest', digest)
  await call('PUT', url.href, { headers: { 'content-type': 'application/octet-stream' }, body: bytes })
  return { mediaType, digest, size: bytes.length }
}

async function putManifest(repository: string, value: Manifest | object, mediaType: string, tags: readonly string[]) {
  const bytes = Buffer.from(JSON.stringify(value))
  const digest = hash(bytes)
  for (const reference of tags.length > 0 ? tags : [digest]) {
    await call('PUT', `${repository}/manifests/${reference}`, { headers: { 'content-type': mediaType }, body: bytes })
  }
  return { mediaType, digest, size: bytes.length }
}

const nameOf = (position: number): string => `bench/small-${String(position).padStart(3, '0')}`

/** Pushes images that share all but one small layer, and gives the spec that verifies them. */
export async function pushSmallImages(count: number): Promise<string> {
  const index = await read<{ manifests: readonly Descriptor[] }>(`${BASE}/manifests/latest`, INDEX)
  const entry = index.manifests.find(({ platform }) => platform?.architecture === 'amd64')
  if (entry === undefined) throw new Error(`${BASE} has no amd64`)
  const base = await read<Manifest>(`${BASE}/manifests/${entry.digest}`, entry.mediaType)
  const config = await read<Config>(`${BASE}/blobs/${base.config.digest}`, '*/*')
  for (let position = 0; position < count; position += 1) await push(position, base, config)
  return `version: 1
tags: [latest, 'sha-{sha7}']
images:
${Array.from(
  { length: count },
  (_, position) => `  small-${position}:
    image: ${place.registry}/${nameOf(position)}
    platforms: [linux/amd64]
    size: <200MB
    imports: [ktrdr]
    absent: [torch]
`,
).join('')}`
}

async function push(position: number, base: Manifest, baseConfig: Config): Promise<void> {
  const repository = nameOf(position)
  const files = tar([{ name: 'which', body: Buffer.from(`${position}\n`) }])
  const layer = await putBlob(repository, Buffer.from(gzipSync(files)), LAYER)
  for (const { digest } of base.layers) await call('POST', `${repository}/blobs/uploads/?mount=${digest}&from=${BASE}`)
  const rootfs = { type: 'layers', diff_ids: [...baseConfig.rootfs.diff_ids, hash(files)] }
  const history = [...baseConfig.history, { created_by: 'COPY which /' }]
  const config = await putBlob(repository, Buffer.from(JSON.stringify({ ...baseConfig, rootfs, history })), CONFIG)
  const image = { schemaVersion: 2, mediaType: MANIFEST, config, layers: [...base.layers, layer] }
  const child = await putManifest(repository, image, MANIFEST, [])
  const manifests = [{ ...child, platform: { os: 'linux', architecture: 'amd64' } }]
  const tags = ['latest', `sha-${place.sha.slice(0, 7)}`]
  await putManifest(repository, { schemaVersion: 2, mediaType: INDEX, manifests }, INDEX, tags)
}
