// Regular expressions of Go, as JavaScript's that find the same. What Go finds was noted from Go's own documentation.
import { describe, expect, test } from '@jest/globals'
import { parseGoPattern } from '../../src/spec/go-pattern.ts'

const finds = (pattern: string, text: string) => parseGoPattern(pattern).regex.test(text)

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
  ['(?U)a*'],
  ['(?)'],
  ['a**'],
  ['*a'],
  ['[a'],
  ['[b-a]'],
  ['[[:word'],
  ['[[:^alpha:]]'],
  ['[[:nonsense:]]'],
  ['[\\b]'],
  ['(a)\\1'],
  ['\\C'],
  ['\\Z'],
  ['\\h'],
  ['\\p{Nonsense}'],
  ['\\'],
  ['a{2,1}'],
])('refuses %j', (pattern) => expect(() => parseGoPattern(pattern)).toThrow())
