import { describe, expect, test } from '@jest/globals'
import { positionOf } from '../../src/model/spec.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import type { Context } from '../../src/spec/placeholders.ts'
import { expectationsFromNames, resolveSpec } from '../../src/spec/resolve.ts'

const sha = '0123456789abcdef0123456789abcdef01234567'
const everything: Context = { owner: 'Acme', repo: 'Shop', sha, branch: 'feature/x+y', version: 'v1.2.3' }

const resolve = async (text: string, context: Context = everything) => {
  const decoded = await decodeSpec(text, 'spec.yml')
  if (!decoded.ok) throw new Error(decoded.problems.map(({ message }) => message).join('; '))
  return resolveSpec(decoded.spec, decoded.positions, context)
}
const images = async (text: string, context?: Context) => {
  const resolved = await resolve(text, context)
  if (!resolved.ok) throw new Error(resolved.problems.map(({ message }) => message).join('; '))
  return resolved.images
}
const problems = async (text: string, context?: Context) => {
  const resolved = await resolve(text, context)
  return resolved.ok ? [] : resolved.problems.map(({ message, at }) => `${at?.line}:${at?.column} ${message}`)
}
const one = (rest: string) => `version: 1\nimages:\n  a: { image: ghcr.io/acme/a, tags: [x], ${rest} }`

test('an image is expected as the spec says', async () => {
  const text = `
version: 1
tolerance: 10%
severity: { size/skew: warning, size/over: warning }
images:
  worker:
    image: ghcr.io/{owner}/worker
    tags: [latest]
    platforms: [linux/amd64, linux/arm64/v8]
    size: { compressed: <400MB, unpacked: ~1GB }
    imports: [api, { module: torch, version: 2.* }]
    absent: [tensorflow]
    torch: cpu
    python: python3.12
    timeout: 2m
    memory: 1GiB
    entrypoint: keep
    max-duration: 20m
    severity: { size/over: error }
    waive: [{ finding: size/*, reason: wheels, platform: linux/aarch64, until: 2027-01-31 }]
`
  const [worker] = await images(text)
  expect(worker).toMatchObject({
    id: 'worker',
    name: 'ghcr.io/acme/worker',
    tags: ['latest'],
    platforms: ['linux/amd64', 'linux/arm64'],
    size: {
      compressed: { text: '<400MB', minBytes: 0, maxBytes: 399_999_999 },
      unpacked: { text: '~1GB', minBytes: 900_000_000, maxBytes: 1_100_000_000 },
    },
    imports: [{ module: 'api' }, { module: 'torch', version: '2.*' }],
    absent: ['tensorflow'],
    torch: 'cpu',
    probe: { python: 'python3.12', timeoutMs: 120_000, memoryBytes: 2 ** 30, entrypoint: 'keep' },
    maxDurationMs: 1_200_000,
    severity: { 'size/skew': 'warning', 'size/over': 'error' },
    waivers: [{ finding: 'size/*', reason: 'wheels', platform: 'linux/arm64', until: '2027-01-31' }],
  })
  expect(worker && positionOf(worker, 'imports.1.version')).toEqual({ file: 'spec.yml', line: 11, column: 46 })
  expect(worker && positionOf(worker, 'size.unpacked.text')).toMatchObject({ line: 10, column: 43 })
  expect(worker && positionOf(worker, 'health')).toMatchObject({ line: 6, column: 3 })
})

test('GPUs, and the runners that have them', async () => {
  const spec = (image: string) =>
    `version: 1\nimages: { a: { image: app, platforms: [linux/amd64, linux/arm64], ${image} } }`
  expect((await images(spec('gpus: 2, runner: gpu-t4')))[0]).toMatchObject({
    gpus: '2',
    runners: { 'linux/amd64': 'gpu-t4', 'linux/arm64': 'gpu-t4' },
  })
  expect((await images(spec('gpus: all, runner: { linux/aarch64: gh200 }')))[0]).toMatchObject({
    gpus: 'all',
    runners: { 'linux/arm64': 'gh200' },
  })
  expect((await images(spec('torch: cuda')))[0]).not.toHaveProperty('gpus')
})

test('little is needed: all else has a default', async () => {
  expect(await images('version: 1\nimages: { a: { image: app } }')).toMatchObject([
    {
      name: 'docker.io/library/app',
      tags: ['latest', 'sha-0123456'],
      platforms: undefined,
      size: {},
      imports: [],
      absent: [],
      torch: undefined,
      probe: { timeoutMs: 60_000, memoryBytes: 4e9, entrypoint: 'clear' },
      maxDurationMs: undefined,
      severity: {},
      waivers: [],
    },
  ])
})

test('what an image takes from the top level stands there', async () => {
  const [image] = await images('version: 1\ntags: [x]\nplatforms:\n  - linux/amd64\nimages: { a: { image: app } }')
  expect(image).toMatchObject({ tags: ['x'], platforms: ['linux/amd64'] })
  expect(image && positionOf(image, 'platforms.0')).toMatchObject({ line: 4, column: 5 })
  expect(image && positionOf(image, 'tags')).toMatchObject({ line: 2, column: 1 })
})

describe('placeholders', () => {
  test('each is filled from the run', async () => {
    const text = `version: 1\nimages: { a: { image: 'ghcr.io/{owner}/{repo}', tags: ['{sha}', '{sha7}', '{branch}', 'v{version}'] } }`
    expect(await images(text)).toMatchObject([
      { name: 'ghcr.io/acme/shop', tags: [sha, '0123456', 'feature-x-y', 'v1.2.3'] },
    ])
  })

  test.each([
    ['owner', 'a repository: run on a runner, or name the owner itself'],
    ['repo', 'a repository: run on a runner, or name it itself'],
    ['sha', 'a commit: set the input sha, or run on a runner'],
    ['sha7', 'a commit: set the input sha, or run on a runner'],
    ['branch', 'a branch: run for a branch, or name the tag itself'],
    ['version', 'a release: run for a tag such as v1.2.3'],
  ])('{%s} that is not known says what it needs, and is never empty', async (name, needs) => {
    const text = `version: 1\nimages: { a: { image: app, tags: ['x{${name}}'] } }`
    const expected = [`2:35 images.a.tags.0: {${name}} needs ${needs}`]
    expect(await problems(text, {})).toEqual(expected)
    expect(await problems(text, { [name === 'sha7' ? 'sha' : name]: '' })).toEqual(expected)
  })

  test('one that does not exist is corrected', async () => {
    const expression = ['$', '{{ github.sha }}'].join('')
    expect(await problems(`version: 1\nimages: { a: { image: 'x/{ownr}', tags: ['${expression}', '{}'] } }`)).toEqual([
      '2:23 images.a.image: {ownr} is unknown: did you mean "{owner}"?',
      expect.stringContaining(`"${expression}" is an expression for workflows`),
      expect.stringContaining('{} is unknown: use {owner}, {repo}, {sha}, {sha7}, {branch}, {version}'),
    ])
  })

  test('default tags that cannot be had are told once, as defaults', async () => {
    expect(await problems('version: 1\nimages: { a: { image: x }, b: { image: y } }', {})).toEqual([
      '1:1 tags (by default): {sha7} needs a commit: set the input sha, or run on a runner',
    ])
  })
})

describe('what cannot be meant', () => {
  test.each([
    [
      'C38 a platform twice',
      one('platforms: [linux/arm64, linux/arm64/v8]'),
      '"linux/arm64/v8" is listed twice (it is linux/arm64): remove one',
    ],
    [
      'a tag twice',
      "version: 1\nimages: { a: { image: a, tags: ['{sha7}', '0123456'] } }",
      '"0123456" is listed twice',
    ],
    ['a module twice', one('imports: [x, { module: x, version: ^1 }]'), '"x" is listed twice'],
    ['an absent module twice', one('absent: [x, x]'), '"x" is listed twice'],
    ['a module both there and not', one('imports: [x], absent: [x]'), '"x" must import, yet "x" must be absent'],
    ['a part of an absent module', one('imports: [x.y], absent: [x]'), '"x.y" must import, yet "x" must be absent'],
    [
      'a build of an absent torch',
      one('torch: any, absent: [torch]'),
      'torch must be the build "any", yet it must be absent',
    ],
    ['C40 an option', 'version: 1\nimages: { a: { image: --privileged } }', '"--privileged" is not an image name'],
    ['C40 a command', 'version: 1\nimages: { a: { image: $(id) } }', '"$(id)" is not an image name'],
    ['C40 capitals', 'version: 1\nimages: { a: { image: ghcr.io/Acme/a } }', 'write "ghcr.io/acme/a"'],
    ['C40 300 characters', `version: 1\nimages: { a: { image: ghcr.io/${'a'.repeat(300)} } }`, 'longer than 255'],
    [
      'C40 a tag and a digest',
      `version: 1\nimages: { a: { image: 'app:1@sha256:${'0'.repeat(64)}' } }`,
      'is pinned to a digest',
    ],
    ['C40 a tag', "version: 1\nimages: { a: { image: 'app:1' } }", '"app:1" has a tag'],
    ['a tag that is none', "version: 1\nimages: { a: { image: app, tags: ['a b'] } }", '"a b" is not a tag'],
    [
      'two images of one reference',
      'version: 1\nimages: { a: { image: app, tags: [x, y] }, b: { image: docker.io/library/app, tags: [z, y] } }',
      'images.b.image: docker.io/library/app:y is the image of "a" already',
    ],
  ])('%s', async (_, text, problem) => {
    expect(await problems(text)).toEqual([expect.stringContaining(problem)])
  })

  test('several are told at once, by line', async () => {
    const told = await problems(
      "version: 1\nimages:\n  a: { image: A, tags: ['{x}'] }\n  b: { image: b, tags: [' '] , absent: [c, c] }".replace(
        "' '",
        "'-'",
      ),
    )
    expect(told.map((line) => line.split(' ')[0])).toEqual(['3:15', '3:25', '4:25', '4:44'])
  })
})

describe('images that are only named', () => {
  const named = (...names: string[]) => {
    const resolved = expectationsFromNames(names, everything)
    return resolved.ok
      ? resolved.images.map(({ id, name, tags }) => [id, name, ...tags])
      : resolved.problems.map(({ message }) => message)
  }

  test('the tag is latest where there is none', () => {
    expect(
      named('ghcr.io/acme/api', ' localhost:5000/api2 ', 'redis:7', '', 'ghcr.io/{owner}/{repo}:sha-{sha7}'),
    ).toEqual([
      ['api', 'ghcr.io/acme/api', 'latest'],
      ['api2', 'localhost:5000/api2', 'latest'],
      ['redis', 'docker.io/library/redis', '7'],
      ['shop', 'ghcr.io/acme/shop', 'sha-0123456'],
    ])
  })

  test('nothing is expected but that they are there and sound', () => {
    expect(expectationsFromNames(['acme/set'], {})).toMatchObject({ images: [{ id: 'set-2' }] })
    expect(expectationsFromNames(['app'], {})).toMatchObject({
      ok: true,
      images: [
        { platforms: undefined, size: {}, imports: [], absent: [], probe: { timeoutMs: 60_000 }, positions: {} },
      ],
    })
  })

  test('ids are unique', () => {
    expect(named('a/app:cpu', 'a/app:GPU', 'b/app:cpu').map(([id]) => id)).toEqual(['app-cpu', 'app-gpu', 'app-cpu-2'])
  })

  test('what is wrong is told by name', () => {
    expect(named('ghcr.io/A/b', 'app@sha256:00', '{x}', 'app:', 'x:1', 'docker.io/library/x:1')).toEqual([
      '"{x}": {x} is unknown: use {owner}, {repo}, {sha}, {sha7}, {branch}, {version}',
      expect.stringContaining('"ghcr.io/A/b" is not an image name'),
      expect.stringContaining('"app@sha256:00" is pinned to a digest'),
      expect.stringContaining('"" is not a tag'),
      expect.stringContaining('docker.io/library/x:1 is the image of "x-1" already'),
    ])
  })
})
