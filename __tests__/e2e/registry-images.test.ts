import { describe, expect, test } from '@jest/globals'
import { platformOf } from '../../src/model/observation.ts'
import { look, outcomeOf } from '../harness/registry-look.ts'
import { registry, sha } from './stack.ts'

const tags = ['latest', `sha-${sha.slice(0, 7)}`]

async function seen(name: string) {
  const { seen } = await look(`${registry}/${name}`, { tags, sha })
  if (!seen.index.ok) throw new Error(seen.index.reason)
  const index = seen.index.seen
  const platforms = index.children.map((child) => platformOf(index, child) ?? 'none')
  return { ...seen, index, platforms, outcome: outcomeOf(seen) }
}

describe('images as buildx pushes them', () => {
  test.each([
    ['quick/ktrdr-backend', ['linux/amd64', 'linux/arm64'], 2],
    ['quick/ktrdr-worker-cpu', ['linux/amd64', 'linux/arm64'], 2],
    ['C85 quick/ktrdr-worker-gpu', ['linux/amd64'], 1],
    ['shapes/no-attestations', ['linux/amd64', 'linux/arm64'], 0],
    ['C84 bad/single', ['linux/amd64'], 0],
    ['shapes/single-arm64', ['linux/arm64'], 0],
  ])('%s', async (title, expected, attestations) => {
    const { index, platforms, outcome, tags } = await seen(title.replace(/^C\d+ /, ''))
    expect(outcome).toBe('ok')
    expect(platforms).toEqual(expected)
    expect(index.attestations).toHaveLength(attestations)
    expect(tags.map(({ digest }) => digest)).toEqual([
      { ok: true, seen: index.digest },
      { ok: true, seen: index.digest },
    ])
    for (const { manifest, config } of index.children) {
      expect(manifest).toMatchObject({ seen: { compressedBytes: expect.any(Number) } })
      expect(config).toMatchObject({ seen: { labels: { 'org.opencontainers.image.revision': sha } } })
    }
  })

  test('C86 the layers add up to what is in the registry', async () => {
    const { index } = await seen('quick/ktrdr-backend')
    for (const { manifest } of index.children) {
      const bytes = manifest.ok ? manifest.seen.compressedBytes : 0
      expect(bytes).toBeGreaterThan(1_000_000)
      expect(bytes).toBeLessThan(100_000_000)
    }
  })
})

describe('images that are sabotaged', () => {
  test.each([
    ['C69 duplicate-platform', 'ok', ['linux/amd64', 'linux/arm64', 'linux/amd64']],
    ['C70 config-lies', 'ok', ['linux/amd64', 'linux/arm64']],
    ['C70 mislabelled', 'ok', ['linux/amd64', 'linux/arm64']],
    ['C71 child-deleted', 'ok, not-found', ['linux/amd64', 'linux/arm64']],
    ['C72 empty-index', 'ok', []],
    ['C74 attestations-only', 'ok', []],
    ['C74 attestation-dangling', 'ok', ['linux/amd64', 'linux/arm64']],
    ['C74 attestation-deleted', 'ok', ['linux/amd64', 'linux/arm64']],
    ['no-platform', 'ok', ['none', 'none']],
  ])('%s', async (title, expected, listed) => {
    const { outcome, platforms } = await seen(`bad/${title.replace(/^C\d+ /, '')}`)
    expect(outcome).toBe(expected)
    expect(platforms.toSorted()).toEqual(listed.toSorted())
  })

  test('C70 configs tell the truth', async () => {
    const { index } = await seen('bad/mislabelled')
    const lies = index.children.map(
      ({ descriptor, config }) => `${descriptor.platform}: ${config.ok && config.seen.platform}`,
    )
    expect(lies.toSorted()).toEqual(['linux/amd64: linux/arm64', 'linux/arm64: linux/amd64'])
  })

  test('C68 an index in an index', async () => {
    await expect(seen('bad/nested-index')).rejects.toThrow('it lists another index')
  })

  test('C81 latest behind the commit: the commit is looked into', async () => {
    const { index, tags } = await seen('bad/latest-behind')
    expect(tags[0]?.digest).not.toEqual(tags[1]?.digest)
    expect(tags[1]?.digest).toEqual({ ok: true, seen: index.digest })
  })
})
