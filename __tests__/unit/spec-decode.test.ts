import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeSpec } from '../../src/spec/decode.ts'
import { suggest } from '../../src/spec/suggest.ts'

const problems = async (text: string): Promise<readonly string[]> => {
  const decoded = await decodeSpec(text, 'spec.yml')
  return decoded.ok
    ? []
    : decoded.problems.map(({ message, at }) => `${at?.file}:${at?.line}:${at?.column}: ${message}`)
}
const withImage = (lines: string) => `version: 1\nimages:\n  a:\n    image: ghcr.io/acme/a\n    ${lines}\n`

test('C26 C27 every problem is told in one go, by line, each at its place', async () => {
  const fixture = (name: string) => readFileSync(`__tests__/fixtures/spec/${name}`, 'utf8')
  const told = (await problems(fixture('wrong.yml'))).map((line) => line.replace('spec.yml', 'wrong.yml'))
  expect(told).toEqual(fixture('wrong.txt').trimEnd().split('\n'))
})

test('a problem has the way out as a hint', async () => {
  const decoded = await decodeSpec(withImage('size: 500MB\n    sise: 1\n    tags: []\n    python: 3.12'), 'spec.yml')
  expect(decoded).toMatchObject({
    problems: [
      { message: expect.stringContaining('write ~500MB') },
      {
        message: 'images.a: unknown key "sise": did you mean "size"?',
        hint: expect.stringContaining('image, platforms'),
      },
      { hint: 'list at least one, or remove the line' },
      { hint: 'put it in quotes' },
    ],
  })
})

test.each<[string, string, string]>([
  ['no version', 'images: {a: {image: x}}', 'add version: 1'],
  ['images that are not indented', 'version: 1\nimages:\na: {image: x}', 'indent what belongs to it'],
  ['a word where a list is', withImage('imports: ktrdr'), 'write it as a list: [ktrdr]'],
  ['a list where a map is', 'version: 1\nimages:\n- image: x', 'without "- " before them'],
  ['keys of one map in two columns', 'version: 1\nimages:\n  a:\n    image: x\n      tags: [y]', 'in the same column'],
])('%s: the hint says how to write it', async (_, text, hint) => {
  const decoded = await decodeSpec(text, 'spec.yml')
  expect(decoded.ok ? [] : decoded.problems.map((problem) => problem.hint)).toContainEqual(
    expect.stringContaining(hint),
  )
})

test.each([
  ['platforms: [arm64]', 'did you mean "linux/arm64"?'],
  ['files: [{ path: /a, executable: yes }]', 'is not one of true, false, owner, group, other'],
])('%s is told with what may stand there', async (line, words) => {
  expect(await problems(withImage(line))).toEqual([expect.stringContaining(words)])
})

describe('what is no spec', () => {
  test.each([
    ['C28 a scalar', 'hello', ['1:1: expected a map, got "hello"']],
    ['C28 a list', '- a', ['1:1: expected a map, got a list']],
    ['C29 a list of no images', 'version: 1\nimages: []', ['2:1: images: expected a map, got a list']],
    ['C29 no images', 'version: 1\nimages: {}', ['2:1: images: names no image, so there is nothing to verify']],
    ['C29 images without a value', 'version: 1\nimages:', ['2:1: images has no value']],
    [
      'C38 a platform that nobody has',
      'version: 1\nimages: {a: {image: x, platforms: [linux/amd65]}}',
      ['2:36: images.a.platforms.0: "linux/amd65" is not a platform such as linux/amd64: did you mean "linux/amd64"?'],
    ],
    [
      'an id that reports have a use for',
      'version: 1\nimages: {set: {image: x}}',
      ['2:10: images: "set" is what reports call all images together: choose another id'],
    ],
    ['no version', 'images: {a: {image: x}}', ['1:1: version is missing']],
    ['another version', 'version: 2\nimages: {a: {image: x}}', ['1:10: version: the number 2 is not the number 1']],
    [
      'an unknown key alone',
      'versio: 1\nimages: {a: {image: x}}',
      ['1:1: unknown key "versio": did you mean "version"?'],
    ],
    [
      'C34 prototype keys',
      'version: 1\nconstructor: 1\nimages: {a: {image: x, toString: y}}',
      ['2:1: unknown key "constructor"', '3:24: images.a: unknown key "toString"'],
    ],
    ['C34 __proto__ as an id', 'version: 1\nimages:\n  __proto__: {image: x}', ['3:3: unknown key "__proto__"']],
    [
      'all of a check as severity',
      'version: 1\nseverity: {size/*: error}\nimages: {a: {image: x}}',
      ['2:12: severity: "size/*" is not the code of a finding: write one, such as size/skew'],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await problems(text)).toEqual(expected.map((line) => `spec.yml:${line}`))
  })

  test('C34 nothing is touched that all objects share', async () => {
    await problems('version: 1\n__proto__: {x: 1}\nimages: {constructor: {image: a, prototype: {x: 1}}}')
    expect(({} as Record<string, unknown>).x).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test.each([
    ['500MB'],
    ['500MiB'],
    ['500'],
    ['1e3'],
    ['-1'],
    ['0'],
    ['.inf'],
    ['1_000'],
    ['~0MB'],
    ['true'],
    ['[~1MB]'],
  ])('C37 a size of %s', async (size) => {
    expect(await problems(withImage(`size: ${size}`))).toEqual([
      expect.stringMatching(/^spec.yml:5:\d+: images.a.size/),
    ])
  })

  test.each([
    ['torch.cuda', 'write "torch"'],
    ['os;system', 'the name that follows "import"'],
    ["'é'", 'the name that follows "import"'],
    ['a.b.', 'the name that follows "import"'],
  ])('%s cannot be absent', async (module, advice) => {
    expect(await problems(withImage(`absent: [${module}]`))).toEqual([expect.stringContaining(advice)])
  })

  test.each([
    ...['', ' ', '>=2,<3', 'latest', `1${' || 1'.repeat(100)}`],
    ...['~=2.1', '==2.1', '2.6.0+cpu', '>=2.7.0-nightly', '>=2.7.0-rc.1.x', '>=2.7.0-1', '!=2'],
  ])('%j is no range of versions', async (range) => {
    const told = await problems(withImage(`imports: [{ module: x, version: '${range}' }]`))
    expect(told).toEqual([expect.stringContaining('is not a version range: write, say, 2.*')])
  })

  test.each([
    '2.*',
    '^2.4',
    '>=2.1 <3',
    '1.2 || 1.4',
    '1.2 - 1.4',
    '~2.7',
    'v2.x',
    '*',
    '=2.6.0',
    '2.7.0rc1',
    '>=2.7.0-rc.1 <3',
    '^2.7.0a0',
  ])('%j is one', async (range) => {
    const text = withImage(`imports: [{ module: x, version: '${range}' }]`)
    expect((await decodeSpec(text, 'spec.yml')).ok).toBe(true)
  })

  test('no more than a hundred problems are told, and how many are left out', async () => {
    const told = await problems(
      `version: 1\nimages: {a: {image: x}}\n${Array.from({ length: 3000 }, (_, i) => `x${i}: 1`).join('\n')}`,
    )
    expect(told).toHaveLength(101)
    expect(told.at(-1)).toBe('spec.yml:103:1: and 2900 more problems from here on')
  })
})

test('what is left out has its default', async () => {
  const decoded = await decodeSpec('version: 1\nimages: {a: {image: x}}', 'spec.yml')
  expect(decoded).toMatchObject({
    ok: true,
    spec: {
      tags: ['latest', 'sha-{sha7}'],
      tolerance: '20%',
      images: { a: { image: 'x', timeout: '60s', memory: '4GB', entrypoint: 'clear' } },
    },
  })
})

test('any data is a spec or has problems with a place', async () => {
  const key = fc.constantFrom(
    'version',
    'images',
    'image',
    'size',
    'tags',
    'imports',
    'a',
    'waive',
    '__proto__',
    'severity',
  )
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('~1GB', 1, 'latest'),
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(key, tie('tree'))),
  }))
  await fc.assert(
    fc.asyncProperty(fc.dictionary(key, tree), async (data) => {
      const decoded = await decodeSpec(JSON.stringify(data), 'spec.yml')
      if (decoded.ok) return
      expect(decoded.problems.length).toBeGreaterThan(0)
      for (const { message, at } of decoded.problems) {
        expect(message).not.toMatch(/undefined|\[object|Invalid|too_small/)
        expect(at).toMatchObject({ file: 'spec.yml', line: expect.any(Number), column: expect.any(Number) })
      }
    }),
    { numRuns: 1000 },
  )
})

describe('suggest', () => {
  const known = ['image', 'images', 'platforms', 'max-duration', 'torch']
  test.each([
    ['platform', 'platforms'],
    ['imgae', 'image'],
    ['Images', 'images'],
    ['max_duration', 'max-duration'],
    ['maxduration', 'max-duration'],
    ['tensor', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ])('%s', (word, meant) => expect(suggest(word, known)).toBe(meant))
})

test('images and their parts stay in the order of the text, whatever takes longer to decode', async () => {
  const decoded = await decodeSpec(
    `version: 1
images:
  b: { image: x/b, config: { env: { Z: { matches: '^1$' }, A: '2' } } }
  a: { image: x/a, health: { port: 80, matches: ['^ok$'] } }
  c: { image: x/c }
`,
    'spec.yml',
  )
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
  expect(Object.keys(decoded.spec.images)).toEqual(['b', 'a', 'c'])
  expect(Object.keys(decoded.spec.images.b?.config?.env ?? {})).toEqual(['Z', 'A'])
})
