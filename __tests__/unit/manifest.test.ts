import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeConfig } from '../../src/observe/config.ts'
import { countStatements, type DecodedManifest, decodeManifest } from '../../src/observe/manifest.ts'

const OCI = 'application/vnd.oci.image'
const DOCKER = 'application/vnd.docker'
const hex = (character: string) => `sha256:${character.repeat(64)}`
const bytesOf = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const recorded = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/imagetools', name))

const child = (changes: object = {}) => ({
  mediaType: `${OCI}.manifest.v1+json`,
  digest: hex('a'),
  size: 500,
  platform: { os: 'linux', architecture: 'amd64' },
  ...changes,
})
const layer = (changes: object = {}) => ({
  mediaType: `${OCI}.layer.v1.tar+gzip`,
  digest: hex('b'),
  size: 1000,
  ...changes,
})
const index = (changes: object = {}) => ({
  schemaVersion: 2,
  mediaType: `${OCI}.index.v1+json`,
  manifests: [child()],
  ...changes,
})
const manifest = (changes: object = {}) => ({
  schemaVersion: 2,
  mediaType: `${OCI}.manifest.v1+json`,
  config: { mediaType: `${OCI}.config.v1+json`, digest: hex('c'), size: 121 },
  layers: [layer(), layer({ size: 234 })],
  ...changes,
})

type Index = Extract<DecodedManifest, { kind: 'index' }>
function decodedIndex(value: unknown): Index {
  const look = decodeManifest(value instanceof Uint8Array ? value : bytesOf(value))
  if (!look.ok || look.seen.kind !== 'index') throw new Error(`no index: ${JSON.stringify(look)}`)
  return look.seen
}
function reasonOf(value: unknown, stated?: string): string {
  const look = decodeManifest(bytesOf(value), stated)
  if (look.ok) throw new Error(`decoded: ${JSON.stringify(look)}`)
  expect(look.failure).toBe('malformed')
  return look.reason
}

describe('what buildx recorded', () => {
  test('C74 attestations of an index are no platforms', () => {
    const { images, attestations, others } = decodedIndex(recorded('attestations.manifest.json'))
    expect(images.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64'])
    expect(attestations.map(({ subject }) => subject)).toEqual(images.map(({ digest }) => digest))
    expect(others).toEqual([])
  })

  test.each([
    ['attestations-one-platform', ['linux/amd64']],
    ['index', ['linux/amd64', 'linux/arm64']],
    ['sbom', ['linux/amd64', 'linux/arm64']],
  ])('%s', (name, platforms) => {
    expect(decodedIndex(recorded(`${name}.manifest.json`)).images.map(({ platform }) => platform)).toEqual(platforms)
  })

  test.each(['single', 'single-arm64'])('%s', (name) => {
    const look = decodeManifest(recorded(`${name}.manifest.json`))
    if (!look.ok || look.seen.kind !== 'manifest') throw new Error('no manifest')
    const { manifest } = look.seen
    expect(manifest.mediaType).toBe(`${DOCKER}.distribution.manifest.v2+json`)
    expect(manifest.compressedBytes).toBe(manifest.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
    expect(manifest.compressedBytes).toBeGreaterThan(0)
  })

  test('the recording is exact to the byte', () => {
    const digest = createHash('sha256').update(recorded('attestations.manifest.json')).digest('hex')
    expect(digest).toBe('e6cd6967d8f728947bfc2f73cd8dff8e60d198c6e111443e0dcaf2486f676564')
  })
})

describe('index', () => {
  test('of Docker, of OCI, mixed, and without a media type of its own', () => {
    for (const mediaType of [`${OCI}.index.v1+json`, `${DOCKER}.distribution.manifest.list.v2+json`, undefined]) {
      const mixed = [child(), child({ mediaType: `${DOCKER}.distribution.manifest.v2+json`, digest: hex('d') })]
      expect(decodedIndex(index({ mediaType, manifests: mixed })).images).toHaveLength(2)
    }
  })

  test('a platform we do not know stays as it is written', () => {
    const platform = { os: 'plan9', architecture: 'mips', variant: 'v1' }
    const { images } = decodedIndex(index({ manifests: [child({ platform })] }))
    expect(images[0]).toMatchObject({ platformText: 'plan9/mips/v1' })
    expect(images[0]).not.toHaveProperty('platform')
  })

  test('C74 unknown/unknown without the annotation is an image like any other', () => {
    const platform = { os: 'unknown', architecture: 'unknown' }
    const { images, attestations } = decodedIndex(index({ manifests: [child({ platform })] }))
    expect(images).toHaveLength(1)
    expect(attestations).toEqual([])
  })

  test('an image does not hide as an attestation', () => {
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' }
    expect(reasonOf(index({ manifests: [child({ annotations })] }))).toContain('ambiguous')
  })

  test('C75 children of other kinds are kept apart', () => {
    const strange = child({ mediaType: 'application/vnd.evil+json' })
    const artifact = child({ artifactType: 'application/vnd.signature', platform: undefined })
    const { images, others } = decodedIndex(index({ manifests: [strange, artifact, child()] }))
    expect(images).toHaveLength(1)
    expect(others).toHaveLength(2)
  })

  test.each<[string, unknown, string]>([
    ['C66 manifests and layers', index({ layers: [], config: layer() }), 'ambiguous'],
    ['C66 manifests and config', manifest({ manifests: [] }), 'ambiguous'],
    ['C67 a manifest that calls itself an index', manifest({ mediaType: `${OCI}.index.v1+json` }), 'ambiguous'],
    ['C68 a nested index', index({ manifests: [child({ mediaType: `${OCI}.index.v1+json` })] }), 'another index'],
    ['C72 null', index({ manifests: null }), 'without a list'],
    ['C73 3,000 children', index({ manifests: Array(3000).fill(child()) }), 'lists 3000 manifests'],
    ['C73 a million things', index({ manifests: Array(1_000_000).fill(0) }), 'lists 1000000 manifests'],
    ['C77 a negative size', index({ manifests: [child({ size: -5 })] }), 'manifests.0.size'],
    ['C77 a size of 2^63', index({ manifests: [child({ size: 2 ** 63 })] }), 'manifests.0.size'],
    ['C77 half a byte', index({ manifests: [child({ size: 0.5 })] }), 'manifests.0.size'],
    ['C78 a path as a digest', index({ manifests: [child({ digest: 'sha256:../../etc/passwd' })] }), 'is not a digest'],
    ['C78 no hex', index({ manifests: [child({ digest: 'sha256:zz' })] }), 'is not a digest'],
    ['urls', index({ manifests: [child({ urls: ['http://169.254.169.254/'] })] }), 'policy'],
  ])('%s', (_, value, reason) => expect(reasonOf(value)).toContain(reason))

  test('C72 an index of nothing has nothing', () => {
    expect(decodedIndex(index({ manifests: [] }))).toMatchObject({ images: [], attestations: [], others: [] })
  })

  test('C78 sha512 is a digest', () => {
    const digest = `sha512:${'e'.repeat(128)}`
    expect(decodedIndex(index({ manifests: [child({ digest })] })).images[0]?.digest).toBe(digest)
  })
})

describe('manifest', () => {
  test('adds up its layers', () => {
    const look = decodeManifest(bytesOf(manifest()))
    expect(look).toMatchObject({ ok: true, seen: { kind: 'manifest', manifest: { compressedBytes: 1234 } } })
  })

  test('C67 announced as another type', () => {
    expect(reasonOf(manifest(), `${DOCKER}.distribution.manifest.v2+json`)).toContain('ambiguous')
  })

  test.each<[string, unknown, string]>([
    ['C65 null', 'null', 'no JSON object'],
    ['C65 a list', '[]', 'no JSON object'],
    ['C65 half JSON', '{"schemaVersion":2,', 'no JSON object'],
    ['C65 HTML', '<html>login</html>', 'no JSON object'],
    ['C65 nothing', '', 'no JSON object'],
    ['C64 4 MiB and a byte', ' '.repeat(4 * 1024 * 1024 + 1), '4194305 bytes'],
    ['C68 deep JSON', `{"a":${'['.repeat(100_000)}`, 'nested more than 32 deep'],
    ['C76 a foreign layer', manifest({ layers: [layer({ urls: ['http://127.0.0.1/'] })] }), 'policy'],
    ['C82 schema 1', { schemaVersion: 1, fsLayers: [] }, 'schema 1'],
    ['no schema', manifest({ schemaVersion: undefined }), 'schemaVersion is missing'],
    ['257 layers', manifest({ layers: Array(257).fill(layer()) }), '257 layers'],
    ['a chart', manifest({ config: layer({ mediaType: 'application/vnd.cncf.helm.config.v1+json' }) }), 'no image'],
    ['no config', manifest({ config: undefined }), 'config'],
    ['no layers', manifest({ layers: undefined }), 'layers'],
    ['layers past counting', manifest({ layers: Array(3).fill(layer({ size: 2 ** 53 - 1 })) }), 'add up'],
    ['an unknown type', manifest({ mediaType: 'application/json' }), 'is not that of an image'],
  ])('%s', (_, value, reason) => expect(reasonOf(value)).toContain(reason))

  test('brackets in strings do not count as depth', () => {
    const annotations = { a: `\\"${'['.repeat(100)}` }
    expect(decodeManifest(bytesOf(manifest({ annotations }))).ok).toBe(true)
  })

  test('a reason stays short whatever it quotes', () => {
    expect(reasonOf(index({ manifests: [child({ digest: 'x'.repeat(100_000) })] })).length).toBeLessThan(350)
  })
})

describe('config', () => {
  test('reads what checks look at', () => {
    const value = {
      os: 'linux',
      architecture: 'arm64',
      variant: 'v8',
      config: {
        Labels: { a: 'b' },
        Env: ['PATH=/bin'],
        Entrypoint: ['/entry'],
        Cmd: null,
        User: 'app',
        WorkingDir: '/app',
        ExposedPorts: { '80/tcp': {} },
        Volumes: { '/data': {} },
        Healthcheck: { Test: ['CMD', 'true'] },
      },
    }
    expect(decodeConfig(bytesOf(value))).toEqual({
      ok: true,
      seen: {
        platform: 'linux/arm64',
        platformText: 'linux/arm64/v8',
        labels: { a: 'b' },
        env: ['PATH=/bin'],
        entrypoint: ['/entry'],
        cmd: [],
        user: 'app',
        workdir: '/app',
        exposedPorts: ['80/tcp'],
        volumes: ['/data'],
        healthcheck: ['CMD', 'true'],
      },
    })
  })

  test('an image that sets nothing', () => {
    const look = decodeConfig(bytesOf({ os: 'linux', architecture: 'amd64' }))
    expect(look).toMatchObject({ ok: true, seen: { platform: 'linux/amd64', labels: {}, healthcheck: undefined } })
  })

  test('labels that are no texts', () => {
    const look = decodeConfig(bytesOf({ os: 'linux', architecture: 'amd64', config: { Labels: { a: 1 } } }))
    expect(look).toMatchObject({ ok: false, failure: 'malformed', reason: expect.stringContaining('config.Labels.a') })
  })
})

describe('any bytes', () => {
  const keys = fc.constantFrom('schemaVersion', 'mediaType', 'manifests', 'config', 'layers', 'annotations', 'os')
  const json = fc.dictionary(keys, fc.jsonValue()).map((value) => bytesOf({ schemaVersion: 2, ...value }))
  const good = fc.constantFrom(bytesOf(index()), bytesOf(manifest()), recorded('attestations.manifest.json'))
  const broken = fc.tuple(good, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
    const copy = Uint8Array.from(bytes)
    copy[at % copy.length] = byte
    return copy
  })

  test('give an answer and never throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), json, broken), (bytes) => {
        for (const look of [
          decodeManifest(bytes),
          countStatements(bytes, `${OCI}.manifest.v1+json`),
          decodeConfig(bytes),
        ]) {
          expect(look.ok || look.failure).toBe(look.ok || 'malformed')
        }
      }),
      { numRuns: 10_000 },
    )
  })
})
