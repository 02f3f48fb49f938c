// A registry that serves what a real one would not. The repository's name says what: ADDRESS/wide:latest.
import type { ServerResponse } from 'node:http'
import { type Content, content, type Descriptor, type Document, types } from './registry-content.ts'
import { type RegistryServer, refuse, startServer } from './registry-server.ts'

const MIB = 1024 * 1024
const NOWHERE = `sha256:${'1'.repeat(64)}`

/** How a repository answers: what its tag leads to, and what it does other than a registry should. */
interface Repository {
  readonly tag: Document
  /** What the tag leads to from the second time on. */
  readonly later?: Document
  /** Headers instead of the true ones. */
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes instead of the true ones, by digest. */
  readonly swapped?: Readonly<Record<string, Buffer>>
  /** Digests that nobody may have. */
  readonly denied?: readonly string[]
  /** Where every request for a manifest is sent on to. */
  readonly redirect?: string
}

type Made = Readonly<Record<string, Repository>>

/** Starts it; `PATH_OF_OTHERS` is where no client has any business. */
export async function startFakeRegistry(): Promise<RegistryServer> {
  const shelf = content()
  const repositories: Record<string, Repository> = {
    ...integrity(shelf),
    ...shapes(shelf),
    ...children(shelf),
    ...attestations(shelf),
  }
  const seen = new Map<string, number>()
  return startServer((request, response, address) => {
    const [, name = '', kind, reference = ''] = /^\/v2\/([^/]+)\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? []
    const repository = repositories[name]
    if (request.url === '/v2/') response.writeHead(200).end('{}')
    else if (repository === undefined) refuse(response, 404, 'no such repository')
    else if (repository.denied?.includes(reference)) refuse(response, 403, 'not for you')
    else if (repository.redirect) {
      response.writeHead(307, { location: repository.redirect.replace('ADDRESS', address) }).end()
    } else {
      const isTag = !reference.includes(':')
      const times = isTag && request.method === 'HEAD' ? (seen.get(name) ?? 0) + 1 : (seen.get(name) ?? 1)
      if (isTag) seen.set(name, times)
      const tagged = times > 1 ? (repository.later ?? repository.tag) : repository.tag
      const document = isTag ? tagged : shelf.documents.get(reference)
      const isBlob = document?.mediaType === types.config
      if (document === undefined || isBlob !== (kind === 'blobs')) refuse(response, 404, 'manifest unknown')
      else serve(response, document, repository, request.method === 'HEAD')
    }
  })
}

/** Part of the URLs that manifests and redirects lead clients to, and they should not go. */
export const PATH_OF_OTHERS = '/latest/meta-data/'

function serve(response: ServerResponse, document: Document, { headers, swapped }: Repository, isHead: boolean): void {
  const bytes = (isHead ? undefined : swapped?.[document.digest]) ?? document.bytes
  response.writeHead(200, {
    'content-type': document.mediaType,
    'docker-content-digest': document.digest,
    'content-length': bytes.length,
    ...headers,
  })
  response.end(isHead ? undefined : bytes)
}

/** Bytes, digests and headers that do not go together. */
function integrity(shelf: Content): Made {
  const both = [shelf.image('amd64'), shelf.image('arm64')] as const
  const good = shelf.index(both)
  const other = shelf.index(both, { annotations: { other: 'build' } })
  const respaced = (digest: string) =>
    Buffer.from(shelf.documents.get(digest)?.bytes.toString().replace('{', '{ ') ?? '')
  const config = JSON.parse(shelf.documents.get(both[0].digest)?.bytes.toString() ?? '{}').config.digest
  return {
    good: { tag: good },
    moves: { tag: good, later: other },
    'wrong-digest': { tag: good, headers: { 'docker-content-digest': NOWHERE } },
    'malformed-digest': { tag: good, headers: { 'docker-content-digest': 'sha256:../../etc/passwd' } },
    'wrong-type': { tag: good, headers: { 'content-type': types.manifest } },
    'swapped-index': { tag: good, swapped: { [good.digest]: other.bytes } },
    'swapped-child': { tag: good, swapped: { [both[1].digest]: respaced(both[1].digest) } },
    'swapped-config': { tag: good, swapped: { [config]: respaced(config) } },
    'redirect-loop': { tag: good, redirect: '/v2/redirect-loop/manifests/latest' },
    'redirect-away': { tag: good, redirect: `http://ADDRESS${PATH_OF_OTHERS}` },
  }
}

/** Documents that are too much, or nothing that can be read one way. */
function shapes(shelf: Content): Made {
  const amd64 = shelf.image('amd64')
  const of = (document: Document): Repository => ({ tag: document })
  const ambiguous = { layers: [], config: { mediaType: types.config, digest: amd64.digest, size: 1 } }
  let deep = shelf.index([amd64])
  for (let level = 0; level < 60; level += 1) {
    deep = shelf.index([{ mediaType: types.index, digest: deep.digest, size: deep.bytes.length }])
  }
  const wide = Array.from({ length: 3000 }, (_, at) => ({
    ...amd64,
    platform: { os: 'linux', architecture: `a${at}` },
  }))
  return {
    'giant-5': of(shelf.index([amd64], { annotations: { a: 'x'.repeat(5 * MIB) } })),
    'giant-50': of(shelf.index([amd64], { annotations: { a: 'x'.repeat(50 * MIB) } })),
    wide: of(shelf.index(wide)),
    deep: of(deep),
    'deep-json': of(shelf.document(`{"schemaVersion":2,"manifests":${'['.repeat(100_000)}`, types.index)),
    ambiguous: of(shelf.index([amd64], ambiguous)),
    'ambiguous-manifest': of(shelf.document({ schemaVersion: 2, manifests: [amd64], ...ambiguous }, types.manifest)),
    empty: of(shelf.index([])),
    null: of(shelf.document('null', types.index)),
    list: of(shelf.document('[]', types.index)),
    half: of(shelf.document('{"schemaVersion":2,', types.index)),
    nothing: of(shelf.document('', types.index)),
    html: of(shelf.document('<html>login</html>', 'text/html')),
    'schema-1': of(shelf.document({ schemaVersion: 1, name: 'x', tag: 'y', fsLayers: [] }, types.schema1)),
  }
}

/** Indexes whose children are not what they should be. */
function children(shelf: Content): Made {
  const amd64 = shelf.image('amd64')
  const arm64 = shelf.image('arm64')
  const like = (changes: Partial<Descriptor>, base = arm64): Repository => ({
    tag: shelf.index([amd64, { ...base, ...changes }]),
  })
  const elsewhere = { digest: NOWHERE, size: 10, urls: [`http://127.0.0.1${PATH_OF_OTHERS}`] }
  return {
    'child-missing': like({ digest: NOWHERE }),
    'child-traversal': like({ digest: 'sha256:../../../../etc/passwd' }),
    'child-no-hex': like({ digest: 'sha256:zz' }),
    'size-wrong': like({ size: 7 }),
    'size-negative': like({ size: -5 }),
    'size-huge': like({ size: 2 ** 63 }),
    'platform-lies': like({ platform: arm64.platform }, shelf.image('amd64', { annotations: { of: 'another' } })),
    'platform-twice': like({ platform: amd64.platform }),
    'platform-none': like({ platform: undefined }),
    'unknown-type': like({ mediaType: 'application/vnd.evil+json' }),
    'foreign-layer': like({}, shelf.image('arm64', { layers: [{ mediaType: types.layer, ...elsewhere }] })),
  }
}

/** Good images, and what is said of them. */
function attestations(shelf: Content): Made {
  const images = [shelf.image('amd64'), shelf.image('arm64')]
  const statement = { mediaType: 'application/vnd.in-toto+json', digest: NOWHERE, size: 10 }
  const listed = images.map(({ digest: subject }, at) => {
    const of = (layers: readonly unknown[]) => ({
      ...shelf.image('unknown', { layers, annotations: { at: `${at}` } }),
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': subject },
      platform: { os: 'unknown', architecture: 'unknown' },
    })
    return { good: of([statement]), empty: of([]) }
  })
  const good = listed.map((each) => each.good)
  const [first] = good
  const tag = shelf.index([...images, ...good])
  return {
    attested: { tag },
    'attestation-empty': { tag: shelf.index([...images, ...listed.map(({ empty }) => empty)]) },
    'attestation-swapped': { tag, swapped: { [`${first?.digest}`]: Buffer.from('{}') } },
    'attestation-denied': { tag, denied: [`${first?.digest}`] },
  }
}
