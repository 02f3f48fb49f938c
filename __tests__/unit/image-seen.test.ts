import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import {
  type Digest,
  type ImageName,
  parseDigest,
  parseImageName,
  parsePlatform,
  parseTag,
  pinned,
  type Reference,
} from '../../src/model/image.ts'
import type { Look, RawManifest } from '../../src/model/observation.ts'
import type { ImageExpectation } from '../../src/model/spec.ts'
import { lookAtImage } from '../../src/observe/image.ts'
import type { Clock, Log, Registry } from '../../src/ports.ts'

const name = parseImageName('ghcr.io/acme/app')
const OCI = 'application/vnd.oci.image'
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const digestOf = (bytes: Uint8Array) => parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)
const absent = (reference: string): Look<never> => ({
  ok: false,
  failure: 'not-found',
  reason: `${reference}: not found`,
  hint: '',
})

/** A registry in memory; a tag that leads to nothing so often is there afterwards. */
function world() {
  const blobs = new Map<string, Uint8Array>()
  const tags = new Map<string, { digest: Digest; absentTimes: number; contentType?: string }>()
  const asked: string[] = []
  let now = 0
  const lines: string[] = []
  const clock: Clock = {
    now: () => now,
    date: () => new Date(now),
    sleep: async (ms) => {
      now += ms
    },
  }
  const log: Log = {
    info: () => {},
    warn: () => {},
    debug: () => {},
    foreign: () => {},
    step: (what, of) => ({
      update: (text) => lines.push(`${what} ${of}: ${text}`),
      done: (text) => lines.push(`${what} ${of}: ${text}`),
    }),
    announce: () => {},
    settle: () => {},
  }
  const blob = (name: ImageName, digest: Digest): Look<Uint8Array> => {
    const seen = blobs.get(digest)
    return seen ? { ok: true, seen } : absent(pinned(name, digest))
  }
  const registry: Registry = {
    async manifest(reference): Promise<Look<RawManifest>> {
      asked.push(reference)
      const [, tag] = /:([^:/@]+)$/.exec(reference.includes('@') ? '' : reference) ?? []
      const known = tag === undefined ? undefined : tags.get(tag)
      if (tag !== undefined && (known === undefined || known.absentTimes-- > 0)) return absent(reference)
      const digest = known?.digest ?? parseDigest(reference.slice(reference.indexOf('@') + 1))
      const look = blob(name, digest)
      const { contentType } = known ?? {}
      return look.ok
        ? { ok: true, seen: { reference, digest, bytes: look.seen, ...(contentType && { contentType }) } }
        : look
    },
    async config(name, config) {
      asked.push(pinned(name, config))
      return blob(name, config)
    },
  }
  const put = (value: unknown) => {
    const bytes = bytesOf(value)
    blobs.set(digestOf(bytes), bytes)
    return { digest: digestOf(bytes), size: bytes.length }
  }
  const manifest = (architecture: string, layers: unknown[] = []) => {
    const config = { mediaType: `${OCI}.config.v1+json`, ...put({ os: 'linux', architecture }) }
    return {
      mediaType: `${OCI}.manifest.v1+json`,
      ...put({ schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config, layers }),
    }
  }
  const child = (architecture: string, changes: object = {}) => ({
    ...manifest(architecture),
    platform: { os: 'linux', architecture },
    ...changes,
  })
  const index = (manifests: unknown[]) => put({ schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests })
  const tag = (
    text: string,
    { digest }: { digest: Digest },
    more: { absentTimes?: number; contentType?: string } = {},
  ) => tags.set(text, { absentTimes: 0, ...more, digest })
  return { blobs, asked, lines, clock, log, registry, put, manifest, child, index, tag, now: () => now }
}

const expected = (tags: string[], platforms?: string[]) =>
  ({ name, tags: tags.map(parseTag), platforms: platforms?.map(parsePlatform) }) as unknown as ImageExpectation

async function seenIndex(here: ReturnType<typeof world>, image = expected(['latest'])) {
  const { index } = await lookAtImage(image, here, { waitMs: 0 })
  if (!index.ok) throw new Error(index.reason)
  return index.seen
}

describe('tags', () => {
  test('C46 what was just pushed is waited for, and the asking is counted and told', async () => {
    const here = world()
    here.tag('latest', here.index([here.child('amd64')]), { absentTimes: 3 })
    const { tags, index } = await lookAtImage(expected(['latest']), here, { waitMs: 60_000 })
    expect(tags[0]).toMatchObject({ attempts: 4, digest: { ok: true } })
    expect(index.ok).toBe(true)
    expect(here.now()).toBe(7000)
    expect(here.lines[0]).toBe('wait for ghcr.io/acme/app:latest: not there yet, asked once, 60 s left')
    expect(here.lines.at(-1)).toBe('wait for ghcr.io/acme/app:latest: there after 7 s, asked 4 times')
  })

  test('C46 the waiting begins with the first answer, however long the question stood in line', async () => {
    const here = world()
    here.tag('latest', here.index([here.child('amd64')]), { absentTimes: 1 })
    let asked = 0
    const manifest: Registry['manifest'] = async (reference) => {
      if (asked++ === 0) await here.clock.sleep(61_000)
      return here.registry.manifest(reference)
    }
    const registry = { ...here.registry, manifest }
    const { tags } = await lookAtImage(expected(['latest']), { ...here, registry }, { waitMs: 60_000 })
    expect(tags[0]).toMatchObject({ attempts: 2, digest: { ok: true } })
  })

  test('C47 not longer than it may be waited for', async () => {
    const here = world()
    const { tags, index } = await lookAtImage(expected(['latest']), here, { waitMs: 60_000 })
    expect(here.now()).toBe(60_000)
    expect(tags.map(({ digest }) => digest.ok)).toEqual([false])
    expect(index).toMatchObject({ failure: 'not-found', reason: expect.stringContaining('asked 8 times in 60 s') })
  })

  test('no waiting where there is no time for it', async () => {
    const here = world()
    const { tags } = await lookAtImage(expected(['latest']), here, { waitMs: 0 })
    expect(tags[0]).toMatchObject({ attempts: 1, digest: { failure: 'not-found' } })
    expect(here.lines).toEqual([])
  })

  test('C50 nothing but not-found is waited for', async () => {
    const here = world()
    const denied: Look<never> = { ok: false, failure: 'denied', reason: 'no', hint: '' }
    const registry = { ...here.registry, manifest: async () => denied }
    const { tags } = await lookAtImage(expected(['latest']), { ...here, registry }, { waitMs: 60_000 })
    expect(tags[0]).toEqual({ tag: 'latest', attempts: 1, digest: denied })
    expect(here.now()).toBe(0)
  })

  test('cancelling ends the waiting', async () => {
    const here = world()
    const clock = { ...here.clock, sleep: () => Promise.reject(new Error('aborted')) }
    const { index } = await lookAtImage(expected(['latest']), { ...here, clock }, { waitMs: 60_000 })
    expect(index).toMatchObject({ failure: 'cancelled' })
  })

  test('C81 each tag has its own digest, and the one of the commit is looked into', async () => {
    const here = world()
    const old = here.index([here.child('amd64')])
    const fresh = here.index([here.child('amd64'), here.child('arm64')])
    here.tag('latest', old)
    here.tag('sha-0a1b2c3', fresh)
    const image = expected(['latest', 'sha-0a1b2c3'])
    const { tags, index } = await lookAtImage(image, here, { waitMs: 0, sha: `0a1b2c3${'d'.repeat(33)}` })
    expect(tags.map(({ digest }) => digest)).toEqual([
      { ok: true, seen: old.digest },
      { ok: true, seen: fresh.digest },
    ])
    expect(index).toMatchObject({ ok: true, seen: { digest: fresh.digest } })
    expect(await lookAtImage(image, here, { waitMs: 0 })).toMatchObject({ index: { seen: { digest: old.digest } } })
  })

  test('where the tag of the commit is missing, another is looked into', async () => {
    const here = world()
    const old = here.index([here.child('amd64')])
    here.tag('latest', old)
    const look = await lookAtImage(expected(['sha-0a1b2c3', 'latest']), here, { waitMs: 0, sha: '0a1b2c3' })
    expect(look).toMatchObject({ index: { ok: true, seen: { digest: old.digest } } })
  })

  test('C80 a tag is asked for once, and everything else by digest', async () => {
    const here = world()
    here.tag('latest', here.index([here.child('amd64'), here.child('arm64')]))
    await seenIndex(here)
    expect(here.asked.filter((reference) => !reference.includes('@'))).toEqual([`${name}:latest`])
    expect(here.asked).toHaveLength(5)
  })
})

describe('children', () => {
  test('every platform that is listed, expected or not', async () => {
    const here = world()
    here.tag('latest', here.index([here.child('amd64'), here.child('s390x')]))
    const { kind, children } = await seenIndex(here, expected(['latest'], ['linux/amd64']))
    expect(kind).toBe('index')
    expect(children.map(({ config }) => config.ok && config.seen.platform)).toEqual(['linux/amd64', 'linux/s390x'])
  })

  test('C71 a child that is gone', async () => {
    const here = world()
    const arm64 = here.child('arm64')
    here.tag('latest', here.index([here.child('amd64'), arm64]))
    here.blobs.delete(arm64.digest)
    const { children } = await seenIndex(here)
    expect(children.map(({ manifest }) => manifest.ok || manifest.failure)).toEqual([true, 'not-found'])
    expect(children.map(({ config }) => config.ok || config.failure)).toEqual([true, 'not-found'])
  })

  test('C70 a config of another platform is seen as it is', async () => {
    const here = world()
    here.tag('latest', here.index([here.child('arm64', { platform: { os: 'linux', architecture: 'amd64' } })]))
    const [child] = (await seenIndex(here)).children
    expect(child).toMatchObject({
      descriptor: { platform: 'linux/amd64' },
      config: { seen: { platform: 'linux/arm64' } },
    })
  })

  test('C77 a size that is not that of the bytes', async () => {
    const here = world()
    here.tag('latest', here.index([here.child('amd64', { size: 7 })]))
    const [child] = (await seenIndex(here)).children
    expect(child?.manifest).toMatchObject({
      failure: 'altered',
      reason: expect.stringMatching(/has \d+ bytes, and 7 are/),
    })
  })

  test('C77 a config of another size', async () => {
    const here = world()
    const config = { mediaType: `${OCI}.config.v1+json`, ...here.put({ os: 'linux', architecture: 'amd64' }), size: 3 }
    here.tag('latest', here.put({ schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config, layers: [] }))
    const [child] = (await seenIndex(here)).children
    expect(child).toMatchObject({ manifest: { ok: true }, config: { failure: 'altered' } })
  })

  test('C67 a child of another type than announced', async () => {
    const here = world()
    const mediaType = 'application/vnd.docker.distribution.manifest.v2+json'
    here.tag('latest', here.index([here.child('amd64', { mediaType })]))
    const [child] = (await seenIndex(here)).children
    expect(child?.manifest).toMatchObject({ failure: 'malformed', reason: expect.stringContaining('ambiguous') })
  })

  test('C67 a tag of another type than the header says', async () => {
    const here = world()
    here.tag('latest', here.index([here.child('amd64')]), { contentType: `${OCI}.manifest.v1+json` })
    const { index } = await lookAtImage(expected(['latest']), here, { waitMs: 0 })
    expect(index).toMatchObject({
      failure: 'malformed',
      reason: expect.stringContaining(`${name}:latest: it is ambiguous`),
    })
  })

  test('C68 an index where a manifest should be', async () => {
    const here = world()
    const nested = here.index([here.child('amd64')])
    const platform = { os: 'linux', architecture: 'amd64' }
    here.tag('latest', here.index([{ mediaType: `${OCI}.manifest.v1+json`, ...nested, platform }]))
    const [child] = (await seenIndex(here)).children
    expect(child?.manifest).toMatchObject({ failure: 'malformed' })
  })

  test('C75 a stranger is in the way only where a platform is expected', async () => {
    const here = world()
    const stranger = here.child('arm64', { mediaType: 'application/vnd.evil+json' })
    here.tag('latest', here.index([here.child('amd64'), stranger]))
    expect((await seenIndex(here, expected(['latest'], ['linux/amd64']))).children).toHaveLength(1)
    const both = await seenIndex(here, expected(['latest'], ['linux/amd64', 'linux/arm64']))
    expect(both.children[1]?.manifest).toMatchObject({ failure: 'malformed', reason: expect.stringContaining('evil') })
  })

  test('C84 a single manifest has the platform of its config', async () => {
    const here = world()
    const manifest = here.manifest('arm64', [{ mediaType: 'layer', digest: `sha256:${'a'.repeat(64)}`, size: 42 }])
    here.tag('latest', manifest)
    const { kind, digest, children } = await seenIndex(here)
    expect({ kind, digest }).toEqual({ kind: 'manifest', digest: manifest.digest })
    expect(children).toMatchObject([
      { descriptor: { platform: 'linux/arm64' }, manifest: { seen: { compressedBytes: 42 } }, config: { ok: true } },
    ])
  })

  test('attestations are handed on with whom they speak of', async () => {
    const here = world()
    const amd64 = here.child('amd64')
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': amd64.digest,
    }
    const attestation = { ...here.manifest('x'), platform: { os: 'unknown', architecture: 'unknown' }, annotations }
    here.tag('latest', here.index([amd64, attestation]))
    const { children, attestations } = await seenIndex(here)
    expect(children).toHaveLength(1)
    expect(attestations).toMatchObject([{ descriptor: { digest: attestation.digest }, subject: amd64.digest }])
    expect(here.asked).not.toContain(pinned(name, attestation.digest) as Reference)
    expect(attestations[0]).not.toHaveProperty('statements')
  })

  describe('where attestations are required, each is asked for by its digest', () => {
    const statement = { mediaType: 'application/vnd.in-toto+json', digest: `sha256:${'5'.repeat(64)}`, size: 1331 }
    const layer = { ...statement, mediaType: `${OCI}.layer.v1.tar+gzip` }
    type World = ReturnType<typeof world>
    const artifact = (here: World, layers: unknown[]) => {
      const mediaType = `${OCI}.manifest.v1+json`
      const config = { mediaType: 'application/vnd.oci.empty.v1+json', ...here.put({}) }
      const artifactType = 'application/vnd.docker.attestation.manifest.v1+json'
      return { mediaType, ...here.put({ schemaVersion: 2, mediaType, artifactType, config, layers }) }
    }

    async function statements(made: (here: World) => { digest: Digest }) {
      const here = world()
      const amd64 = here.child('amd64')
      const listed = made(here)
      const annotations = {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': amd64.digest,
      }
      here.tag('latest', here.index([amd64, { ...listed, annotations }]))
      const { attestations } = await seenIndex(here, { ...expected(['latest']), attestations: true })
      expect(here.asked.filter((reference) => reference === pinned(name, listed.digest))).toHaveLength(1)
      return attestations[0]?.statements
    }

    test.each<[string, number, (here: World) => { digest: Digest }]>([
      ['a provenance', 1, (here) => here.manifest('x', [statement])],
      ['a provenance and an SBOM', 2, (here) => here.manifest('x', [statement, statement])],
      ['an artifact, whose config is empty', 1, (here) => artifact(here, [statement])],
      [
        'a signed statement',
        1,
        (here) => artifact(here, [{ ...statement, mediaType: 'application/vnd.in-toto.provenance+dsse' }]),
      ],
      ['nothing', 0, (here) => here.manifest('x')],
      ['a layer of files', 0, (here) => here.manifest('x', [layer])],
    ])('%s: %d', async (_, count, made) => {
      expect(await statements(made)).toEqual({ ok: true, seen: count })
    })

    test('one that is gone', async () => {
      const gone = (here: World) => {
        const made = here.manifest('x', [statement])
        here.blobs.delete(made.digest)
        return made
      }
      expect(await statements(gone)).toMatchObject({ ok: false, failure: 'not-found' })
    })

    test('one of another size than announced', async () => {
      const look = await statements((here) => ({ ...here.manifest('x', [statement]), size: 7 }))
      expect(look).toMatchObject({ ok: false, failure: 'altered' })
    })

    test.each<[string, object]>([
      ['an index', { manifests: [] }],
      ['no layers', {}],
      ['layers that are none', { layers: [7] }],
      ['more layers than anybody needs', { layers: Array.from({ length: 257 }, () => statement) }],
    ])('what cannot be one: %s', async (_, body) => {
      const type = 'manifests' in body ? `${OCI}.index.v1+json` : `${OCI}.manifest.v1+json`
      const look = await statements((here) => ({
        mediaType: `${OCI}.manifest.v1+json`,
        ...here.put({ schemaVersion: 2, mediaType: type, ...body }),
      }))
      expect(look).toMatchObject({
        ok: false,
        failure: 'malformed',
        reason: expect.stringContaining(`${name}@sha256:`),
      })
    })
  })
})
