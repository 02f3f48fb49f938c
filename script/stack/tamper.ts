// node script/stack/tamper.ts REGISTRY-URL: push what no build tool makes, as bad/<name>, made from
// quick/ktrdr-backend. Each has a repository of its own, so that what is deleted there hurts nobody.
import { createHash } from 'node:crypto'

interface Descriptor {
  mediaType: string
  digest: string
  size: number
  platform?: { os: string; architecture: string; variant?: string }
  annotations?: Record<string, string>
}
interface Manifest {
  schemaVersion: 2
  mediaType: string
  config: Descriptor
  layers: Descriptor[]
}
interface Index {
  schemaVersion: 2
  mediaType: string
  manifests: Descriptor[]
}

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'

const registry = (process.argv[2] ?? 'http://127.0.0.1:5000').replace(/\/$/, '')
const sha = process.env.SHA ?? process.env.STACK_SHA ?? ''
if (!/^[0-9a-f]{40}$/.test(sha)) throw new Error('SHA must be the commit of the images: source script/stack/env.sh')
const tags = ['latest', `sha-${sha.slice(0, 7)}`]

async function call(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  const url = path.startsWith('http') ? path : `${registry}/v2/${path}`
  const response = await fetch(url, { ...init, method })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response
}

async function getManifest<T>(repository: string, reference: string): Promise<T> {
  const accept = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST].join(', ')
  const response = await call('GET', `${repository}/manifests/${reference}`, { headers: { accept } })
  return (await response.json()) as T
}

/** Bytes as they are pushed, and their descriptor. */
function pack(value: unknown, mediaType: string): { text: string; descriptor: Descriptor } {
  const text = JSON.stringify(value, null, 2)
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
  return { text, descriptor: { mediaType, digest, size: Buffer.byteLength(text) } }
}

/** Pushes a manifest or an index, by its digest and by the tags given. */
async function put<T extends { mediaType: string }>(
  repository: string,
  value: T,
  under: string[] = [],
): Promise<Descriptor> {
  const { text, descriptor } = pack(value, value.mediaType)
  for (const reference of under.length > 0 ? under : [descriptor.digest]) {
    const headers = { 'content-type': value.mediaType }
    await call('PUT', `${repository}/manifests/${reference}`, { headers, body: text })
  }
  return descriptor
}

async function putBlob(repository: string, value: unknown, mediaType: string): Promise<Descriptor> {
  const { text, descriptor } = pack(value, mediaType)
  const started = await call('POST', `${repository}/blobs/uploads/`)
  const url = new URL(started.headers.get('location') ?? '', registry)
  url.searchParams.set('digest', descriptor.digest)
  const headers = { 'content-type': 'application/octet-stream' }
  await call('PUT', url.href, { headers, body: text })
  return descriptor
}

const source = 'quick/ktrdr-backend'
const otherSource = 'bad/old-version'

const isPlatform = (entry: Descriptor): boolean => entry.annotations?.['vnd.docker.reference.type'] === undefined

function child(index: Index, architecture: string): Descriptor {
  const found = index.manifests.find((entry) => isPlatform(entry) && entry.platform?.architecture === architecture)
  if (!found) throw new Error(`no ${architecture} in the index`)
  return found
}

/** Copies a manifest with its config and layers, without moving bytes. */
async function copyManifest(from: string, to: string, descriptor: Descriptor): Promise<Manifest> {
  const manifest = await getManifest<Manifest>(from, descriptor.digest)
  for (const { digest } of [manifest.config, ...manifest.layers])
    await call('POST', `${to}/blobs/uploads/?mount=${digest}&from=${from}`)
  // the very bytes, for the digest to stay
  const accept = descriptor.mediaType
  const response = await call('GET', `${from}/manifests/${descriptor.digest}`, { headers: { accept } })
  const headers = { 'content-type': accept }
  await call('PUT', `${to}/manifests/${descriptor.digest}`, { headers, body: await response.arrayBuffer() })
  return manifest
}

async function copyIndex(from: string, to: string): Promise<Index> {
  const index = await getManifest<Index>(from, 'latest')
  for (const entry of index.manifests) await copyManifest(from, to, entry)
  return index
}

type Tamper = (repository: string, index: Index) => Promise<void>

const tampers: Record<string, Tamper> = {
  async 'child-deleted'(repository, index) {
    await put(repository, index, tags)
    await call('DELETE', `${repository}/manifests/${child(index, 'arm64').digest}`)
  },

  async 'layer-deleted'(repository, index) {
    await put(repository, index, tags)
    const manifest = await getManifest<Manifest>(repository, child(index, 'amd64').digest)
    for (const layer of manifest.layers.slice(-1)) await call('DELETE', `${repository}/blobs/${layer.digest}`)
  },

  async 'config-lies'(repository, index) {
    const entry = child(index, 'arm64')
    const manifest = await getManifest<Manifest>(repository, entry.digest)
    const response = await call('GET', `${repository}/blobs/${manifest.config.digest}`)
    const config = (await response.json()) as Record<string, unknown>
    const lie = await putBlob(repository, { ...config, architecture: 'amd64' }, manifest.config.mediaType)
    const made = await put(repository, { ...manifest, config: lie })
    const manifests = index.manifests.map((one) => (one === entry ? { ...entry, ...made } : one))
    await put(repository, { ...index, manifests }, tags)
  },

  async mislabelled(repository, index) {
    const [amd64, arm64] = [child(index, 'amd64'), child(index, 'arm64')]
    const swapped = (one: Descriptor) => ({ ...one, ...(one === amd64 ? arm64 : amd64), platform: one.platform })
    const manifests = index.manifests.map((one) => (one === amd64 || one === arm64 ? swapped(one) : one))
    await put(repository, { ...index, manifests }, tags)
  },

  async 'same-child'(repository, index) {
    const [amd64, arm64] = [child(index, 'amd64'), child(index, 'arm64')]
    const manifests = index.manifests.map((one) => (one === arm64 ? { ...amd64, platform: arm64.platform } : one))
    await put(repository, { ...index, manifests }, tags)
  },

  async 'duplicate-platform'(repository, index) {
    const other = child(await getManifest<Index>(otherSource, 'latest'), 'amd64')
    await copyManifest(otherSource, repository, other)
    await put(repository, { ...index, manifests: [...index.manifests, other] }, tags)
  },

  async 'no-platform'(repository, index) {
    const manifests = index.manifests.map(({ platform, ...rest }) => (isPlatform(rest) ? rest : { ...rest, platform }))
    await put(repository, { ...index, manifests }, tags)
  },

  async 'empty-index'(repository, index) {
    await put(repository, { ...index, manifests: [] }, tags)
  },

  async 'attestations-only'(repository, index) {
    await put(repository, { ...index, manifests: index.manifests.filter((one) => !isPlatform(one)) }, tags)
  },

  async 'attestation-dangling'(repository, index) {
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': `sha256:${'0'.repeat(64)}`,
    }
    const manifests = index.manifests.map((one) => (isPlatform(one) ? one : { ...one, annotations }))
    await put(repository, { ...index, manifests }, tags)
  },

  async 'attestation-deleted'(repository, index) {
    await put(repository, index, tags)
    for (const { digest } of index.manifests.filter((one) => !isPlatform(one)))
      await call('DELETE', `${repository}/manifests/${digest}`)
  },

  async 'nested-index'(repository, index) {
    const inner = await put(repository, index)
    await put(
      repository,
      { ...index, manifests: [{ ...inner, platform: { os: 'linux', architecture: 'amd64' } }] },
      tags,
    )
  },
}

for (const [name, tamper] of Object.entries(tampers)) {
  const repository = `bad/${name}`
  const from = name === 'layer-deleted' ? repository : source
  await tamper(repository, await copyIndex(from, repository))
  console.error(`      pushed ${repository}`)
}
