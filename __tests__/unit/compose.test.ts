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
    ['an error, unset', '<{UNSET:?say it}', 'it wants UNSET set: say it', 'UNSET'],
    ['an error, empty', '<{EMPTY:?}', 'it wants EMPTY set', 'EMPTY'],
    ['an open brace', '<{SET', 'does not close', undefined],
    ['a single dollar', '5< x', 'single', undefined],
    ['a name that is none', '<{1A}', 'not a variable', undefined],
    ['an unknown operator', '<{SET/a/b}', 'not a variable', undefined],
    ['a deep one', `${'<{A:-'.repeat(40)}${'}'.repeat(40)}`, 'deeper', undefined],
    ['a long one', 'a'.repeat(5000), 'longer', undefined],
  ])('refuses %s', (_, text, words, required) => {
    const filled = interpolate(text.replaceAll('<', dollar), variables)
    expect(filled).toEqual({ ok: false, reason: expect.stringContaining(words), required })
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
    const plain = { pullPolicy: undefined, provided: false, unclear: undefined }
    expect(services('services:\n  a:\n    image: one\n  b: { image: two, build: . }\n  c: { build: . }\n')).toEqual([
      {
        name: 'a',
        ...plain,
        image: 'one',
        builds: false,
        at: { file: 'compose.yml', line: 3, column: 12 },
      },
      {
        name: 'b',
        ...plain,
        image: 'two',
        builds: true,
        at: { file: 'compose.yml', line: 4, column: 15 },
      },
      {
        name: 'c',
        ...plain,
        image: undefined,
        builds: true,
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
    ['reset', 'services:\n  b: { image: !reset null }', undefined],
    ['an override', 'services:\n  b: { image: !override x }', 'x'],
    ['an alias for a key', 'x-k: &k image\nservices:\n  b: { *k : x }', 'x'],
    ['an alias for a name', 'x-k: &k b\nservices:\n  *k : { image: x }', 'x'],
    ['services merged in', 'x-a: &a\n  b: { image: x }\nservices:\n  <<: *a\n  a: { image: y }', 'x'],
    ['services merged in twice', 'x-a: &a\n  b: { image: y }\nservices:\n  <<: [{ b: { image: x } }, *a]', 'x'],
    [
      'a service of its own before that merged in',
      'x: &a { b: { image: y } }\nservices: { <<: *a, b: { image: x } }',
      'x',
    ],
    ['all merged in', 'x: &a\n  services: { b: { image: x } }\n<<: *a', 'x'],
    ['an empty image before that of extends', 'services:\n  a: { image: x }\n  b: { extends: a, image: }', 'x'],
  ])('with %s', (_, text, image) => {
    expect(services(text).find(({ name }) => name === 'b')?.image).toBe(image)
  })

  test('with what it takes from other files', () => {
    expect(readCompose('include: [o.yml]\nservices: {}', 'c.yml')).toMatchObject({
      ok: true,
      file: { includes: ['o.yml'] },
    })
    expect(readCompose('x: &a { include: [o.yml] }\n<<: *a\nservices: {}', 'c.yml')).toMatchObject({
      file: { includes: ['o.yml'] },
    })
  })

  test.each([
    ['its image in another file', '{ extends: { file: o.yml, service: a } }', 'extends o.yml, so its image'],
    ['another file that may build it', '{ image: x, extends: { file: o.yml, service: a } }', 'so its pull_policy'],
    ['an image that is taken away', '{ image: !reset x, build: . }', 'its image has the tag !reset'],
    ['a build that is taken away', '{ image: x, build: !reset null }', 'its build has the tag !reset'],
    ['nothing left of it', '!reset { image: x }', 'its service has the tag !reset'],
    ['what it extends taken away', '{ image: x, extends: !reset a }', 'its extends has the tag !reset'],
    ['a variable for what it extends', `{ extends: "${dollar}X" }`, 'extends $X'],
  ])('with %s, which the file alone does not tell', (_, body, words) => {
    expect(services(`services:\n  b: ${body}`)[0]?.unclear?.reason).toContain(words)
  })

  test.each([
    ['', undefined],
    [', pull_policy: always', undefined],
  ])('with what it extends, wherever it says what it builds%s', (own, unclear) => {
    const base = 'services:\n  a: { build: ., pull_policy: build }\n'
    const [, service] = services(`${base}  b: { extends: a, image: x${own} }`)
    expect(service).toMatchObject({ image: 'x', builds: true, pullPolicy: own === '' ? 'build' : 'always', unclear })
    const elsewhere = `services:\n  b: { extends: { file: o.yml }, image: x, pull_policy: always }`
    expect(services(elsewhere)).toMatchObject([{ unclear }])
  })

  test.each([
    ['no YAML', 'services: [', 'YAML'],
    ['two documents', 'services: { a: { image: x } }\n---\nservices: { b: { image: y } }', 'several documents'],
    ['no services', 'version: "3"', 'no map of services'],
    ['services in a list', 'services: [a]', 'no map of services'],
    ['a text', 'hello', 'no map of services'],
    ['a service twice', 'services:\n  a: { image: x }\n  a: { image: y }', '"a" is here twice'],
    ['an image twice', 'services:\n  a: { image: x, image: y }', '"image" is here twice'],
    ['a key twice that nobody asks for', 'x: { a: 1, "a": 2 }\nservices:\n  a: { image: x }', '"a" is here twice'],
    ['a key twice through an alias', 'x: &k image\nservices:\n  a: { image: x, *k : y }', '"image" is here twice'],
    ['two merge keys', 'x: &a { image: x }\nservices:\n  a:\n    <<: *a\n    <<: *a', '"<<" is here twice'],
    ['a merge of nothing', 'services:\n  a: { image: x, <<: }', 'takes a map'],
    ['a merge of itself', 'services:\n  a: &a { image: x, <<: *a }', 'merges in itself'],
    ['an alias of nothing', 'services:\n  a: { image: *x }', '"*x" stands for nothing'],
    ['an image that is a number', 'services:\n  a: { image: 5 }', 'the image of a is no text'],
    ['a service that is none', 'services:\n  a:', 'a is no map'],
    ['extends in a circle', 'services:\n  a: { extends: b, image: x }\n  b: { extends: a }', 'extends itself'],
    ['extends nothing', 'services:\n  b: { extends: z, image: x }', 'extends z, which is not there'],
    ['extends nobody', 'services:\n  b: { extends: {}, image: x }', 'extends no service'],
    [
      'extends too far',
      `services:\n${Array.from({ length: 30 }, (_, n) => `  s${n}: { image: x, extends: s${n + 1} }\n`).join('')}  s30: { image: x }`,
      'extends more than 20',
    ],
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
