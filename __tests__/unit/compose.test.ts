import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { interpolate } from '../../src/compose/interpolate.ts'
import { type ComposeService, readCompose } from '../../src/compose/read.ts'
import { parseServiceImage } from '../../src/compose/reference.ts'

const dollar = '$'

describe('variables are filled in as compose does', () => {
  const variables = { SET: 'v', EMPTY: '' }
  test.each([
    ['no variable', 'app:latest', 'app:latest'],
    ['by name', '$SET-x', 'v-x'],
    ['in braces', '<{SET}x', 'vx'],
    ['not set', 'a<{UNSET}b', 'ab'],
    ['default, set', '<{SET:-d}', 'v'],
    ['default, empty', '<{EMPTY:-d}', 'd'],
    ['default, unset', '<{UNSET:-d}', 'd'],
    ['default of the unset only, empty', '<{EMPTY-d}', ''],
    ['default of the unset only, unset', '<{UNSET-d}', 'd'],
    ['an empty default', '<{UNSET:-}', ''],
    ['a default in a default', '<{UNSET:-<{EMPTY:-<{SET}}}', 'v'],
    ['a replacement, set', '<{SET:+r}', 'r'],
    ['a replacement, empty', '<{EMPTY:+r}', ''],
    ['a replacement of the unset only, empty', '<{EMPTY+r}', 'r'],
    ['a replacement, unset', '<{UNSET+r}', ''],
    ['an error, set', '<{SET:?no}', 'v'],
    ['an error of the unset only, empty', '<{EMPTY?no}', ''],
    ['a dollar', '$$SET <<{SET}', '$SET <{SET}'],
    ['what an object has from birth', '<{toString:-d}', 'd'],
  ])('%s', (_, text, filled) => {
    const written = text.replaceAll('<<', '$$$$').replaceAll('<', dollar)
    expect(interpolate(written, variables)).toMatchObject({ ok: true, text: filled.replaceAll('<', dollar) })
  })

  test.each([
    ['an error, unset', '<{UNSET:?say it}', 'it wants UNSET set: say it', true],
    ['an error, empty', '<{EMPTY:?}', 'it wants EMPTY set', true],
    ['an open brace', '<{SET', 'does not close', false],
    ['a single dollar', '5< x', 'single', false],
    ['a name that is none', '<{1A}', 'not a variable', false],
    ['an unknown operator', '<{SET/a/b}', 'not a variable', false],
    ['a deep one', `${'<{A:-'.repeat(40)}${'}'.repeat(40)}`, 'deeper', false],
    ['a long one', 'a'.repeat(5000), 'longer', false],
  ])('refuses %s', (_, text, words, required) => {
    const filled = interpolate(text.replaceAll('<', dollar), variables)
    expect(filled).toMatchObject({ ok: false, reason: expect.stringContaining(words), required })
  })

  test('tells which variables nobody sets', () => {
    expect(interpolate('$A-$B-$A-$SET', variables)).toMatchObject({ blank: ['A', 'B'] })
  })

  test('never throws', () => {
    const pieces = fc.array(fc.constantFrom('$', '{', '}', 'A', ':-', ':?', '+', '-', 'x'), { maxLength: 40 })
    fc.assert(fc.property(pieces, (parts) => expect(interpolate(parts.join(''), { A: 'v' })).toHaveProperty('ok')))
  })
})

describe('the images of services', () => {
  test.each([
    ['ghcr.io/acme/app', { name: 'ghcr.io/acme/app', tag: 'latest', digest: undefined }],
    ['ghcr.io/acme/app:v1', { name: 'ghcr.io/acme/app', tag: 'v1' }],
    ['localhost:5000/app', { name: 'localhost:5000/app', tag: 'latest' }],
    ['localhost:5000/app:v1', { name: 'localhost:5000/app', tag: 'v1' }],
    ['redis', { name: 'docker.io/library/redis', tag: 'latest' }],
    [`app@sha256:${'a'.repeat(64)}`, { tag: undefined, digest: `sha256:${'a'.repeat(64)}` }],
    [`app:v1@sha256:${'a'.repeat(64)}`, { tag: 'v1', digest: `sha256:${'a'.repeat(64)}` }],
  ])('%s', (text, image) => expect(parseServiceImage(text)).toMatchObject(image))

  test.each([
    ['ghcr.io/<github-username>/app:latest', 'placeholder <github-username>'],
    ['ghcr.io/Acme/app', 'lower case'],
    ['ghcr.io/acme/app:', 'not a tag'],
    ['app@sha256:short', 'not a digest'],
    ['', 'not an image name'],
  ])('not %s', (text, words) => expect(() => parseServiceImage(text)).toThrow(words))
})

const services = (text: string): readonly ComposeService[] => {
  const read = readCompose(text, 'compose.yml')
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('; '))
  return read.file.services
}

describe('a compose file is read', () => {
  test('with the line of each image', () => {
    expect(services('services:\n  a:\n    image: one\n  b: { image: two, build: . }\n  c: { build: . }\n')).toEqual([
      {
        name: 'a',
        image: 'one',
        builds: false,
        extendsFile: undefined,
        at: { file: 'compose.yml', line: 3, column: 12 },
      },
      {
        name: 'b',
        image: 'two',
        builds: true,
        extendsFile: undefined,
        at: { file: 'compose.yml', line: 4, column: 15 },
      },
      {
        name: 'c',
        image: undefined,
        builds: true,
        extendsFile: undefined,
        at: { file: 'compose.yml', line: 5, column: 3 },
      },
    ])
  })

  test.each([
    ['an anchor', 'services:\n  a: &a { image: x }\n  b: *a', 'x'],
    ['a merge key', 'x-a: &a { image: x }\nservices:\n  b: { <<: *a, command: c }', 'x'],
    ['merge keys in a list', 'x-a: &a { command: c }\nx-b: &b { image: x }\nservices:\n  b: { <<: [*a, *b] }', 'x'],
    ['its own before the merged', 'x-a: &a { image: y }\nservices:\n  b: { <<: *a, image: x }', 'x'],
    ['extends', 'services:\n  a: { image: x }\n  b: { extends: a }', 'x'],
    ['extends with service', 'services:\n  a: { image: x }\n  b: { extends: { service: a } }', 'x'],
    ['extends, and its own', 'services:\n  a: { image: y }\n  b: { extends: a, image: x }', 'x'],
    ['extends in a circle', 'services:\n  b: { extends: b }', undefined],
    ['extends nothing', 'services:\n  b: { extends: z }', undefined],
    ['reset', 'services:\n  b: { image: !reset null }', undefined],
    ['nothing', 'services:\n  b:', undefined],
  ])('with %s', (_, text, image) => {
    expect(services(text).find(({ name }) => name === 'b')?.image).toBe(image)
  })

  test('with what it takes from other files', () => {
    expect(services('services:\n  b: { extends: { file: o.yml, service: a } }')[0]?.extendsFile).toBe('o.yml')
    expect(readCompose('include: [o.yml]\nservices: {}', 'c.yml')).toMatchObject({ ok: true, file: { includes: true } })
  })

  test.each([
    ['no YAML', 'services: [', 'YAML'],
    ['no services', 'version: "3"', 'no map of services'],
    ['services in a list', 'services: [a]', 'no map of services'],
    ['a text', 'hello', 'no map of services'],
    ['a service twice', 'services:\n  a: { image: x }\n  a: { image: y }', 'twice'],
    ['too large a file', `#${'x'.repeat(300_000)}`, 'larger'],
    ['too deep a file', `services: ${'['.repeat(60)}${']'.repeat(60)}`, 'deeper'],
    [
      'aliases that explode',
      `${Array.from({ length: 9 }, (_, n) => `x${n}: &a${n} { ${n === 0 ? 'k: v' : `<<: [${`*a${n - 1},`.repeat(9)}]`} }`).join('\n')}\nservices:\n  b: { <<: *a8 }`,
      'too many aliases',
    ],
    [
      'too many services',
      `services:\n${Array.from({ length: 501 }, (_, n) => `  s${n}: {}`).join('\n')}`,
      'more than 500',
    ],
  ])('but not %s', (_, text, words) => {
    const read = readCompose(text, 'c.yml')
    expect(read).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining(words) }] })
  })
})
