// Regular expressions of RE2, in linear time. What Go finds by the same was noted from Go's own documentation.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseGoPattern, parsePattern } from '../../src/spec/pattern.ts'
import { processorTime } from './processor-time.ts'

const finds = (pattern: string, text: string) => parseGoPattern(pattern).find(text) !== undefined

describe('finds and does not find', () => {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: patterns
  test.each<[string, readonly string[], readonly string[]]>([
    ['abc', ['xabcx'], ['ab']],
    ['.*Usage.*', ['\nUsage: x\n'], ['usage']],
    ['^a$', ['a'], ['a\n', '\na', 'ab']],
    ['(?m)^a$', ['b\na\nc', 'a'], ['a\r', 'ab']],
    ['(?m:^a)$', ['b\na'], ['a\nb']],
    ['a.c', ['abc', 'a\rc', 'a\u2028c', 'a😀c'], ['a\nc']],
    ['(?s)a.c', ['a\nc'], ['ac']],
    ['(?s:a.)b.c', ['a\nbxc'], ['a\nb\nc']],
    ['(?i)ABC|def', ['xabc', 'DEF'], ['ab']],
    ['x(?i)y|z', ['xY', 'Z', 'z'], ['XY']],
    ['x(?i:y)z', ['xYz'], ['xYZ']],
    ['(a(?i)b)c', ['aBc'], ['aBC']],
    ['(?i)a(?-i)b', ['Ab'], ['AB']],
    ['(?im)^a', ['b\nA'], ['bA']],
    ['\\Aa\\z', ['a'], ['a\n', 'ba']],
    ['\\Qa.b*\\E+', ['a.b*', 'a.b***'], ['axb']],
    ['\\Qa.b', ['a.b'], ['axb']],
    ['FOO\\:BAR\\=\\-\\/\\"', ['FOO:BAR=-/"'], []],
    ['\\s', [' ', '\f'], ['\v', '\u00a0', '\u2028']],
    ['^\\S$', ['\v', '\u00a0', '😀'], ['\t']],
    ['^[\\s]$', [' '], ['\v']],
    ['^[\\S]$', ['\v', '\u{10ffff}'], [' ']],
    ['\\bab\\b', ['x ab y'], ['xab']],
    ['[[:alpha:]_]+[[:digit:]]', ['ab_1'], ['é1']],
    ['[]a]', [']', 'a'], ['b']],
    ['[^]a]', ['b', '\n'], [']', 'a']],
    ['^[a-c\\-x]$', ['b', '-', 'x'], ['d']],
    ['^[a\\]b]$', [']'], ['c']],
    ['^[-a]$|^[b-]$', ['-', 'a', 'b'], ['c']],
    ['^[&&a]$', ['&', 'a'], ['b']],
    ['^[(.*$^{]$', ['(', '.', '*', '$', '^', '{'], ['a']],
    ['a{2}', ['aa'], ['a']],
    ['a{2,}b{1,2}c', ['aabc'], ['abc']],
    ['^a{,2}$', ['a{,2}'], ['aa']],
    ['{"a":1}', ['{"a":1}'], []],
    ['x]y}', ['x]y}'], []],
    ['a/b', ['a/b'], []],
    ['\\x41\\x{1F600}\\101\\012', ['A😀A\n'], []],
    ['\\pL\\p{Lu}\\PN', ['aBx'], ['aB1']],
    ['^\\p{Greek}$', ['α'], ['a']],
    ['^\\p{^Greek}$', ['a'], ['α']],
    ['^\\P{^Greek}$', ['α'], ['a']],
    ['^[\\p{Greek}\\d]$', ['α', '1'], ['a']],
    ['(?P<year>\\d{4})-(?<month>\\d\\d)', ['2026-11'], ['26-11']],
    ['a|b|', ['', 'c'], []],
    ['', ['', 'x'], []],
    ['(?)a', ['a'], ['b']],
    ['^(?U)a+$', ['aa'], ['b']],
    ['^[[:^alpha:]]$', ['1', 'é'], ['a']],
    ['^[[:word:]]$', ['_', 'a', '0'], ['-', 'é']],
    ['^\\W$', ['é', '-'], ['_']],
    ['(?i)^k$', ['K', '\u212a'], ['l']],
    ['\\Bb', ['ab'], ['b', ' b']],
    ['\\*\\a', ['*\u0007'], ['*a']],
    ['a*?b+?c??', ['b'], ['a']],
    ['^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{6}$', ['2026-11-21T07:41:36.123456'], ['2026-11-21']],
    ['.*(FOO|BAR)=keepit(secret|safe)!.*', ['X\nFOO=keepitsecret!'], ['FOO=keepit']],
    ['.*Inst.*Security.* | .*Security.*Inst.*', ['Inst Security '], ['Inst']],
    ['DPkg::Pre-Install-Pkgs "";', ['DPkg::Pre-Install-Pkgs "";'], []],
  ])('%j', (pattern, yes, nope) => {
    for (const text of yes) expect([text, finds(pattern, text)]).toEqual([text, true])
    for (const text of nope) expect([text, finds(pattern, text)]).toEqual([text, false])
  })
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: patterns
})

test.each([
  ['('],
  [')'],
  ['(?=a)'],
  ['(?!a)'],
  ['(?<=a)'],
  ['(?>a)'],
  ['a**'],
  ['*a'],
  ['[a'],
  ['[b-a]'],
  ['[[:word'],
  ['[[:nonsense:]]'],
  ['[\\b]'],
  ['(a)\\1'],
  ['\\C'],
  ['\\Z'],
  ['\\h'],
  ['\\p{Nonsense}'],
  ['\\'],
  ['a{2,1}'],
  ['a{1001}'],
  ['(a{100}){11}'],
  ['(a|(b|(c|d))){1000}'],
  ['a'.repeat(1001)],
])('refuses %j', (pattern) => expect(() => parseGoPattern(pattern)).toThrow())

test.each([
  ['a(?=b)', 'look-around'],
  ['a(?!b)', 'look-around'],
  ['(?<=a)b', 'look-around'],
  ['(?<!a)b', 'look-around'],
  ['(a)\\1', 'backreferences'],
  ['(?<x>a)\\k<x>', 'backreferences'],
  ['(?>a+)b', 'atomic'],
  ['a++', 'possessive'],
  ['\\u00e9', '\\x{2028}'],
  ['\\p{Script=Greek}', '\\p{Greek}'],
  ['[a', 'missing closing ]'],
])('says of %j what it is that is not supported', (pattern, words) => {
  expect(() => parsePattern(pattern)).toThrow(words)
  expect(() => parsePattern(pattern)).toThrow(JSON.stringify(pattern))
})

describe("the spec's own", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['^b$', ['b', 'a\nb\nc'], ['ab', 'b\r\n']],
    ['^b\\r?$', ['a\r\nb\r\n'], []],
    ['(?-m)^b$', ['b'], ['a\nb']],
    ['a.c', ['a\rc'], ['a\nc']],
    ['\\bERROR\\b', ['an ERROR'], ['ERRORS']],
    ['(?i:error)', ['Error'], ['terr or']],
  ])('%j: ^ and $ are the ends of a line', (pattern, yes, nope) => {
    for (const text of yes) expect([text, parsePattern(pattern).find(text) !== undefined]).toEqual([text, true])
    for (const text of nope) expect([text, parsePattern(pattern).find(text)]).toEqual([text, undefined])
  })

  test('nothing at all is not looked for', () => expect(() => parsePattern('')).toThrow('every text'))

  test('the first words are told, and where they are', () =>
    expect(parsePattern('b+').find('😀abbcb')).toEqual({ index: 3, words: 'bb' }))
})

/** Of what RE2 and JavaScript write alike and mean alike, and JavaScript finds without going back often. */
const simplePattern: fc.Arbitrary<string> = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', 'ab', '.', '[ab]', '[^a]', '\\d', '\\w', '\\n', '\\.', 'é', '^', '$', '\\b'),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `${one}${other}`),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(?:${one}|${other})`),
    fc.tuple(tie('pattern'), fc.constantFrom('*', '+?', '?', '{1,2}')).map(([one, often]) => `(?:${one})${often}`),
  ),
})).pattern
const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', '.', ' ', '\n', 'é', '😀'), maxLength: 12 })

test('finds it where JavaScript finds it by the same words, where both mean the same', () => {
  fc.assert(
    fc.property(simplePattern, text, (pattern, where) => {
      const { index } = new RegExp(pattern, 'mu').exec(where) ?? {}
      expect(parsePattern(pattern).find(where)?.index).toBe(index)
    }),
    { numRuns: 10_000 },
  )
})

const KEPT = 256 * 1024
test.each([
  ['(a+)+$', `${'a'.repeat(KEPT)}!`],
  ['(a|aa)+$', `${'a'.repeat(KEPT)}!`],
  ['(a|a?)+b$', `${'a'.repeat(KEPT)}b!`],
  ['(.*)*x$', 'a'.repeat(KEPT)],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(KEPT)],
  ['(x+x+)+y', `${'x'.repeat(KEPT)}z`],
  ['.*.*.*=.*;$', `${'x='.repeat(KEPT / 2)}`],
  ['\\s+$', `${' '.repeat(KEPT)}x`],
  ['.*Usage.*', 'x'.repeat(KEPT)],
])('%j over a long and hostile text is done soon', (pattern, hostile) => {
  const busyMs = processorTime()
  expect(parsePattern(pattern).find(hostile)).toBeUndefined()
  expect(busyMs()).toBeLessThan(2_000)
})
