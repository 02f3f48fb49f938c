import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import compare from 'semver/functions/compare.js'
import { isWithin, readVersion } from '../../src/checks/python-version.ts'

const ranges = [
  '*',
  '2.*',
  '^2.4',
  '>=2.7',
  '>=2.7.0',
  '<2.7',
  '<=2.7.0',
  '>2.7.0',
  '2.7.0',
  '1.2 || 1.4',
  '>=0 <999999',
]

// What somebody who writes `2.*` meets.
test.each<[string, readonly string[]]>([
  ['2.6.0', ['2.*', '^2.4', '<2.7', '<=2.7.0']],
  ['2.6.0+cpu', ['2.*', '^2.4', '<2.7', '<=2.7.0']],
  ['2.7.0a0+gitabc', ['2.*', '^2.4', '<=2.7.0']],
  ['2.7.0.dev20250101+cu126', ['2.*', '^2.4', '<=2.7.0']],
  ['2.7.0-dev20250101', ['2.*', '^2.4', '<=2.7.0']],
  ['2.7.0-nightly', ['2.*', '^2.4', '<=2.7.0']],
  ['2.7.0-14-g8f3c2ab', ['2.*', '^2.4', '<=2.7.0']],
  ['2.7.0 rc1', ['2.*', '^2.4', '<=2.7.0']],
  ['2.7.0 (cuda 12.6)', ['2.*', '^2.4', '>=2.7', '>=2.7.0', '<=2.7.0', '2.7.0']],
  ['2.7', ['2.*', '^2.4', '>=2.7', '>=2.7.0', '<=2.7.0', '2.7.0']],
  ['v2.7.0.post1\n', ['2.*', '^2.4', '>=2.7', '>=2.7.0', '<=2.7.0', '2.7.0']],
  ['2.7.0.post1.dev3+gabc', ['2.*', '^2.4', '>=2.7', '>=2.7.0', '<=2.7.0', '2.7.0']],
  ['2.7.0.4rc1', ['2.*', '^2.4', '>=2.7', '>=2.7.0', '<=2.7.0', '2.7.0']],
  ['2.7.0.0rc1', ['2.*', '^2.4', '<=2.7.0']],
  ['2.07.00', ['2.*', '^2.4', '>=2.7', '>=2.7.0', '<=2.7.0', '2.7.0']],
  ['2.0.0rc1', ['<2.7', '<=2.7.0']],
  ['3.0.0.dev1', ['>=2.7', '>=2.7.0', '>2.7.0']],
  ['1.0.post3', ['<2.7', '<=2.7.0']],
  ['1.4.7.1', ['<2.7', '<=2.7.0', '1.2 || 1.4']],
  ['2024.01.05', ['>=2.7', '>=2.7.0', '>2.7.0']],
])('%j lies in %j', (told, within) => {
  const met = ranges.filter((range) => isWithin(told, range))
  expect(new Set(met)).toEqual(new Set(['*', '>=0 <999999', ...within]))
})

test.each([
  '',
  '.',
  'unknown',
  'main-20241126',
  'g8f3c2ab',
  '8f3c2ab',
  '7-abc',
  '20241126-main',
  '+2.7.0',
  '(2.7.0)',
  'release 2.7.0',
  '2!1.0',
  '2.0!1.0',
  '٢.٧',
  '99999999999999999999.0',
])('%j is no number to compare, and lies nowhere', (told) => {
  expect(readVersion(told)).toBeNull()
  expect(ranges.filter((range) => isWithin(told, range))).toEqual([])
})

test('a range that names a pre-release meets pre-releases, in the order of Python', () => {
  const order = [
    '2.7.0.dev2',
    '2.7.0.dev10',
    '2.7.0a0.dev1',
    '2.7.0a0',
    '2.7.0a0.post1',
    '2.7.0b2',
    '2.7.0c1.dev3',
    '2.7.0rc1',
    '2.7.0rc2',
    '2.7.0-RC.10',
    '2.7.0',
    '2.7.1.dev1',
  ]
  const numbers = order.map(readVersion)
  for (const [at, number] of numbers.entries()) {
    if (number === null) throw new Error(`${order[at]} was not read`)
    for (const [other, later] of numbers.entries())
      expect(Math.sign(compare(number, later ?? ''))).toBe(Math.sign(at - other))
  }
  const within = (range: string) => order.filter((told) => isWithin(told, range))
  expect(within('>=2.7.0rc1')).toEqual(['2.7.0rc1', '2.7.0rc2', '2.7.0-RC.10', '2.7.0', '2.7.1.dev1'])
  expect(within('>=2.7.0-rc.2 <2.7.1')).toEqual(['2.7.0rc2', '2.7.0-RC.10', '2.7.0'])
  expect(within('2.7.0rc2')).toEqual(['2.7.0rc2'])
  expect(within('^2.7.0dev10')).toEqual(order.slice(1))
  expect(within('<2.7.0rc1')).toEqual(order.slice(0, 7))
  expect(within('<=2.7.0post1')).toEqual(order.slice(0, 11))
})

describe('whatever the version', () => {
  const number = fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
  const pre = fc.constantFrom(
    '.dev1',
    'a0',
    'b3',
    'rc1',
    '-alpha.2',
    '.dev20250101+cu126',
    'a0+gitabc',
    '-nightly',
    '-rc',
  )
  const dotted = fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30)).map((parts) => parts.join('.'))
  const operators = ['>=', '<=', '>', '<', '=', '^', '~']
  const any = fc.tuple(fc.constantFrom(...operators), dotted).map((words) => words.join(''))

  test('what lies in a range begins with a number, and any text gives an answer', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123.!+-_ abcdevpostrg()') }))
    fc.assert(
      fc.property(text, fc.constantFrom(...ranges), (told, range) => {
        if (isWithin(told, range)) expect(told.trim()).toMatch(/^v?\d+(?:\.\d+)*(?!!)/i)
      }),
      { numRuns: 20_000 },
    )
  })

  test('a pre-release lies before its release: not in what begins there, nor in what ends before it', () => {
    fc.assert(
      fc.property(dotted, pre, (release, tail) => {
        fc.pre(/[1-9]/.test(release)) // npm takes >=0.0.0 for any version
        for (const range of [`>=${release}`, `<${release}`, `^${release}`, `~${release}`, release, `>${release}`])
          expect([range, isWithin(`${release}${tail}`, range)]).toEqual([range, false])
        expect(isWithin(`${release}${tail}`, `<=${release}`)).toBe(true)
        expect(isWithin(release, `>=${release}`)).toBe(true)
      }),
    )
  })

  test('a local version and a post release count as their release', () => {
    const same = fc.constantFrom(
      '+cpu',
      '+cu126',
      '.post1',
      '-2',
      'r3',
      '.post1.dev4',
      '.post1+g8f3c2ab',
      ' (a remark)',
    )
    fc.assert(
      fc.property(number, same, any, (release, tail, range) => {
        expect(isWithin(`${release}${tail}`, range)).toBe(isWithin(release, range))
      }),
      { numRuns: 2_000 },
    )
  })
})
