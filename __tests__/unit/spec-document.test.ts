import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseDocument } from '../../src/spec/document.ts'
import { type Limits, specLimits } from '../../src/spec/limits.ts'
import { processorTime } from './processor-time.ts'

const workflowLimits: Limits = { maxBytes: 500_000, maxDepth: 32, maxAliased: 10_000 }

const read = (text: string, limits?: Limits) => {
  const parsed = parseDocument(text, 'a.yml', limits)
  if (!parsed.ok) throw new Error(problems(text, limits).join('; '))
  return parsed.document
}
const problems = (text: string, limits?: Limits): readonly string[] => {
  const parsed = parseDocument(text, 'a.yml', limits)
  return parsed.ok ? [] : parsed.problems.map(({ message, at }) => `${at?.line}:${at?.column} ${message}`)
}
const timed = (text: string, limits?: Limits) => {
  const busyMs = processorTime()
  return { found: problems(text, limits), ms: busyMs() }
}
const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}: 1`).join('\n')
const bomb = Array.from({ length: 9 }, (_, level) => {
  const items = level === 0 ? 'x' : `*a${level - 1}`
  return `k${level}: &a${level} [${Array(9).fill(items).join(', ')}]`
}).join('\n')

describe('what would cost too much is refused in under 100 ms', () => {
  test.each([
    ['C30 aliases of aliases', bomb, /^\d:\d+ aliases repeat more than 10000 values/],
    ['C31 100,000 keys', keys(100_000), '1:1 the file is larger than 64 KiB'],
    ['C32 explicit keys', '? '.repeat(900), '1:1 the file has a key marked with "? "'],
    ['C33 brackets', '['.repeat(20_000), '1:33 the file is nested deeper than 32 levels'],
    ['braces', '{a: '.repeat(10_000), '1:129 the file is nested deeper than 32 levels'],
    ['dashes', '- '.repeat(20_000), '1:65 the file is nested deeper than 32 levels'],
    [
      'indentation',
      Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      /^33:33 the file is nested/,
    ],
    ['keys of keys', 'a: '.repeat(20_000), '1:5 the file has a misplaced ":"'],
    ['keys without a name', ': '.repeat(20_000), '1:1 the file has a misplaced ":"'],
    ['keys of keys between brackets', '["a": '.repeat(9).slice(0, 6) + '"b": '.repeat(9_000), /misplaced ":"/],
    ['brackets that close nothing', 'a: ]'.repeat(9_000), '1:4 the file has a misplaced "]"'],
    ['anchors of anchors', '&a '.repeat(20_000), '1:13 the file has a misplaced "&a"'],
    ['tags of tags', '!a '.repeat(20_000), '1:13 the file has a misplaced "!a"'],
    ['block texts that hide their depth', nestedBlockTexts(40), /nested deeper/],
    ['an alias of itself', 'a: &a [*a]', /1:8 aliases nest deeper than 32 levels/],
    ['a chain of aliases', aliasChain(200), /aliases nest deeper/],
  ])('%s', (_, text, expected) => {
    // The first round pays for loading and compiling, and any of them for what others left to be collected.
    const rounds = Array.from({ length: 6 }, () => timed(text))
    const ms = Math.min(...rounds.map((round) => round.ms))
    const [{ found } = timed(text)] = rounds
    expect(found).toEqual([typeof expected === 'string' ? expected : expect.stringMatching(expected)])
    expect(ms).toBeLessThan(100)
  })

  test('a workflow of half a megabyte in one map is read, and its duplicates are found', () => {
    const { found, ms } = timed(`${keys(40_000)}\nk7: 2`, workflowLimits)
    expect(found).toEqual(['40001:1 "k7" is here twice'])
    expect(ms).toBeLessThan(5000)
  })
})

function nestedBlockTexts(levels: number): string {
  const level = (at: number) => [`${' '.repeat(at)}t: |`, `${' '.repeat(at + 1)}x`, `${' '.repeat(at)}k:`]
  return Array.from({ length: levels }, (_, at) => level(at).join('\n')).join('\n')
}

function aliasChain(length: number): string {
  return ['a0: &a0 [x]', ...Array.from({ length }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}]`)].join('\n')
}

describe('what is no document of ours', () => {
  test.each([
    ['C26 a duplicate key', 'a: 1\nb: 2\na: 3', '3:1 "a" is here twice'],
    ['a duplicate key in an inner map', 'a:\n  - {b: 1, "b": 2}', '2:12 "b" is here twice'],
    ['C28 nothing', '', '1:1 the file is empty'],
    ['C28 comments alone', '# nothing\n', '1:1 the file is empty'],
    ['C28 two documents', 'a: 1\n---\na: 2', '2:1 not YAML: source contains multiple documents'],
    ['C34 __proto__', 'a:\n  __proto__: {x: 1}', '2:3 unknown key "__proto__"'],
    ['C35 a tag', 'a: !!js/function "x"', /^1:\d+ tags such as "tag:yaml.org,2002:js\/function" are not read/],
    ['C35 a local tag on a map', 'a: !env {b: 1}', /tags such as "!env" are not read/],
    ['C36 a tab', 'a:\n\tb: 1', '2:1 not YAML: tabs are not allowed as indentation'],
    ['C36 NUL', 'a: "x\0y"', '1:6 the file has a control character (U+0000)'],
    ['an escape character', 'a: 1\nb: \x1b[2J', '2:4 the file has a control character (U+001B)'],
    ['a directive', '%YAML 1.1\n---\na: yes', '1:1 the file has a directive ("%YAML 1.1")'],
    ['a merge key', 'a: &a {b: 1}\nc: {<<: *a}', '2:5 merge keys ("<<") are not read'],
    ['an alias of nothing', 'a: *b', '1:4 "*b" stands for nothing: there is no "&b" before it'],
    ['a list as key', '[a]: 1', '1:1 a key is not plain text'],
    ['an open bracket', 'a: [1', /^1:\d not YAML: /],
    ['an open bracket before the next key', 'a: [1\nb: 2', /^2:1 not YAML: flow sequence/],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual([typeof expected === 'string' ? expected : expect.stringMatching(expected)])
  })

  test('several faults are told at once', () => {
    expect(problems('a: 1\na: *b\nc: !x 1')).toHaveLength(3)
  })

  test.each([
    ['size: >2GB', "'>2GB'"],
    ['a: {size: >=2GB}', "'>=2GB'"],
    ['tags: [latest, sha-{sha7}]', "'sha-{sha7}'"],
    ['image: {owner}/app', "'{owner}/app'"],
    ['python: @x', 'put the value in quotes'],
    ['a:\n\tb: 1', 'indent with spaces'],
    ['a: 1\n---\nb: 1', 'remove the line ---'],
  ])('%j is told how to go on', (text, quoted) => {
    const parsed = parseDocument(text, 'a.yml')
    expect(parsed).toMatchObject({ ok: false, problems: [{ hint: expect.stringContaining(quoted) }] })
  })
})

describe('what is one', () => {
  test('C36 a BOM and CRLF change nothing, positions included', () => {
    const { value, positions } = read('\uFEFFa: 1\r\nb:\r\n  c: x\r\n')
    expect(value).toEqual({ a: 1, b: { c: 'x' } })
    expect(positions.at(['a'])).toEqual({ file: 'a.yml', line: 1, column: 4 })
    expect(positions.at(['b', 'c'])).toEqual({ file: 'a.yml', line: 3, column: 6 })
  })

  test('words of YAML 1.1 are text, and keys stay as they are written', () => {
    expect(read('on: yes\n3.10: no\nnull: 0o10\n').value).toEqual({ on: 'yes', '3.10': 'no', null: 8 })
  })

  test('maps have no prototype, so that nothing is inherited or reached', () => {
    const { value } = read('constructor: {prototype: {polluted: 1}}\na: {}')
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('aliases stand for what they name, also where the name is used again', () => {
    const text = 'a: &x [1]\nb: *x\nc: &x [2]\nd: [*x, *x]'
    expect(read(text).value).toEqual({ a: [1], b: [1], c: [2], d: [[2], [2]] })
  })

  test('scripts in block texts may hold anything', () => {
    const script = '  if [[ -f x ]]; then ? y; fi\n  : {{{{ }} - - -'
    expect(read(`run: |\n${script}\nnext: 1`).value).toEqual({
      run: script.replaceAll(/^ {2}/gm, '').concat('\n'),
      next: 1,
    })
  })

  test('a depth of 32 is fine', () => {
    expect(problems(`${'['.repeat(31)}x${']'.repeat(31)}`)).toEqual([])
    expect(problems(`${'['.repeat(33)}x${']'.repeat(33)}`)).toHaveLength(1)
  })
})

describe('positions', () => {
  const { positions } = read('list:\n  - one\n  - {two: 2}\nmap: {deep: {er: x}}\nnothing:\nshared: &s [y]\nuses: *s\n')
  const at = (...path: PropertyKey[]) => `${positions.at(path).line}:${positions.at(path).column}`

  test('a single value is where it is, a map or list where its key is', () => {
    expect([at('list', 0), at('list', 1), at('map', 'deep', 'er')]).toEqual(['2:5', '3:5', '4:18'])
    expect([at('list'), at('map', 'deep'), at('nothing'), at()]).toEqual(['1:1', '4:7', '5:1', '1:1'])
  })

  test('what is not there is where its nearest parent is', () => {
    expect([at('map', 'deep', 'no', 'where'), at('list', 7), at('no')]).toEqual(['4:7', '1:1', '1:1'])
  })

  test('an alias is where it stands, its parts where they are written', () => {
    expect([at('uses'), at('uses', 0)]).toEqual(['7:7', '6:13'])
  })

  test('keys are where they are, and all below a path can be had at once', () => {
    expect(positions.ofKey(['map', 'deep', 'er'])).toMatchObject({ line: 4, column: 14 })
    expect(Object.keys(positions.under(['map']))).toEqual(['', 'deep', 'deep.er'])
    expect(positions.under(['no'])).toEqual({})
  })
})

test('any text is read or refused, in time', () => {
  const tokens = [
    'a',
    ': ',
    ':',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '|\n',
    '>\n',
    '# c\n',
    '&a ',
    '*a ',
  ]
  const more = ['!t ', '---\n', '...\n', '\t', '\\', '%', '@', '<<: ', '? ', '~', 'é', '\r\n', '\uFEFF']
  const soup = fc.array(fc.constantFrom(...tokens, ...more), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(soup, fc.constantFrom(1, 50), (parts, times) => {
      const text = parts.join('').repeat(times)
      const { found, ms } = timed(text)
      expect(ms).toBeLessThan(20_000)
      const lines = text.split('\n').length
      for (const place of found) expect(Number.parseInt(place, 10)).toBeLessThanOrEqual(lines)
    }),
    { numRuns: 500 },
  )
})

test('the limits of a spec are what the documentation says', () => {
  expect(specLimits).toMatchObject({ maxBytes: 64 * 1024, maxDepth: 32 })
})
