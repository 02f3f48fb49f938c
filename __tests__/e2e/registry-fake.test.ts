import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { PATH_OF_OTHERS, startFakeRegistry } from '../harness/fake-registry.ts'
import { look, outcomeOf } from '../harness/registry-look.ts'
import type { RegistryServer } from '../harness/registry-server.ts'

let server: RegistryServer
beforeAll(async () => {
  server = await startFakeRegistry()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const at = (name: string) => `${server.address}/${name}`

describe('what a real registry would not serve ends in its own outcome', () => {
  test.each<[row: string, name: string, outcome: string]>([
    ['a good one', 'good', 'ok'],
    ['C61 the digest of something else', 'wrong-digest', 'not-found'],
    ['C62 another index than its digest says', 'swapped-index', 'altered'],
    ['C63 another child than its digest says', 'swapped-child', 'ok, altered'],
    ['C63 another config than its digest says', 'swapped-config', 'config altered, ok'],
    ['C64 5 MiB', 'giant-5', 'malformed'],
    ['C64 50 MiB', 'giant-50', 'malformed'],
    ['C65 HTML', 'html', 'malformed'],
    ['C65 nothing', 'nothing', 'malformed'],
    ['C65 null', 'null', 'malformed'],
    ['C65 a list', 'list', 'malformed'],
    ['C65 half a document', 'half', 'malformed'],
    ['C66 index and manifest at once', 'ambiguous', 'malformed'],
    ['C66 manifest and index at once', 'ambiguous-manifest', 'malformed'],
    ['C67 an index under the type of a manifest', 'wrong-type', 'malformed'],
    ['C68 an index in an index, 60 deep', 'deep', 'malformed'],
    ['C68 brackets, 100,000 deep', 'deep-json', 'malformed'],
    ['C69 a platform twice', 'platform-twice', 'ok'],
    ['C70 a platform that is another', 'platform-lies', 'ok'],
    ['C71 a child that is not there', 'child-missing', 'ok, not-found'],
    ['C72 an index of nothing', 'empty', 'ok'],
    ['C73 3,000 children', 'wide', 'malformed'],
    ['C75 a child of unknown type in the place of a platform', 'unknown-type', 'ok, malformed'],
    ['C76 a layer from elsewhere', 'foreign-layer', 'ok, malformed'],
    ['C77 a size that is not true', 'size-wrong', 'ok, altered'],
    ['C77 a negative size', 'size-negative', 'malformed'],
    ['C77 a size of 2^63', 'size-huge', 'malformed'],
    ['C78 a path in the place of a digest', 'child-traversal', 'malformed'],
    ['C78 a digest without hex', 'child-no-hex', 'malformed'],
    ['C78 a path in the header', 'malformed-digest', 'malformed'],
    ['C79 a redirect to itself', 'redirect-loop', 'failed'],
    ['C79 a redirect to elsewhere', 'redirect-away', 'not-found'],
    ['C82 schema 1', 'schema-1', 'malformed'],
    ['a repository that is not there', 'nobody', 'not-found'],
  ])('%s', async (_row, name, outcome) => {
    const { seen, seconds } = await look(at(name), { faster: 10 })
    expect(outcomeOf(seen)).toBe(outcome)
    expect(seconds).toBeLessThan(100)
  })
})

describe('and in what it asks for', () => {
  test('C69 C70 both are seen as they are', async () => {
    const platforms = async (name: string) => {
      const { index } = (await look(at(name))).seen
      if (!index.ok) throw new Error(index.reason)
      return index.seen.children.map(({ descriptor, config }) => [
        descriptor.platform,
        config.ok && config.seen.platform,
      ])
    }
    const amd64 = ['linux/amd64', 'linux/amd64']
    expect(await platforms('platform-twice')).toEqual([amd64, ['linux/amd64', 'linux/arm64']])
    expect(await platforms('platform-lies')).toEqual([amd64, ['linux/arm64', 'linux/amd64']])
  })

  test('C73 of 3,000 children none is asked for, and in two seconds it is over', async () => {
    const before = server.asked('/v2/wide/').length
    const first = await look(at('wide'))
    // by tag and by digest, each with its headers first: buildx alone asks 6,004 times
    expect(server.asked('/v2/wide/').length - before).toBeLessThanOrEqual(4)
    // any of them may wait for a busy machine
    const seconds = [first.seconds]
    while (seconds.length < 10 && Math.min(...seconds) >= 2) seconds.push((await look(at('wide'))).seconds)
    expect(Math.min(...seconds)).toBeLessThan(2)
  })

  test('C64 what is too much is asked for once more at most, and not waited for as if it were to come', async () => {
    const before = server.asked('/v2/giant-5/').length
    const { seen, waitsMs } = await look(at('giant-5'), { waitMs: 60_000, faster: 10 })
    expect(seen.tags[0]?.attempts).toBe(1)
    expect(waitsMs.length).toBeLessThanOrEqual(1)
    expect(server.asked('/v2/giant-5/').length - before).toBeLessThanOrEqual(6)
  })

  test('C76 what lies elsewhere is not', async () => {
    const before = server.asked(PATH_OF_OTHERS).length
    await look(at('foreign-layer'))
    expect(server.asked(PATH_OF_OTHERS).length).toBe(before)
  })

  test('C78 what is no digest is not', async () => {
    await look(at('child-traversal'))
    await look(at('child-no-hex'))
    const strange = server.asked().filter(({ path }) => path.includes('passwd') || path.includes('sha256:zz'))
    expect(strange).toEqual([])
  })

  test('C80 a tag that moves while we look: all is said of where it led first', async () => {
    const { seen } = await look(at('moves'))
    expect(outcomeOf(seen)).toBe('ok')
    expect(seen.index).toMatchObject({ seen: { digest: seen.tags[0]?.digest.ok && seen.tags[0].digest.seen } })
    const heads = server.asked('/v2/moves/manifests/latest')
    expect(heads).toHaveLength(1)
    const again = await look(at('moves'))
    expect(again.seen.tags[0]?.digest).not.toEqual(seen.tags[0]?.digest)
  })
})
