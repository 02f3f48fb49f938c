import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseDuration, parsePercent, parseSize, parseSizeRange, patterns } from '../../src/spec/quantities.ts'

describe('sizes', () => {
  test.each([
    ['500MB', 500e6],
    ['1.3GB', 1.3e9],
    ['4 kB', 4000],
    ['1KiB', 1024],
    ['1.5MiB', 1.5 * 2 ** 20],
    ['2GiB', 2 ** 31],
    ['1TB', 1e12],
    ['1TiB', 2 ** 40],
    ['7B', 7],
  ])('%s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
    expect(text).toMatch(new RegExp(patterns.size))
  })

  test.each([
    ['500', 'has no unit: write 500MB'],
    ['500mb', 'has an unknown unit: write 500MB'],
    ['4g', 'has an unknown unit: write 4GB'],
    ['4KB', 'has an unknown unit: write 4kB'],
    ['4toString', 'has an unknown unit: write one of B, kB, MB'],
    ['0.5 gig', 'has an unknown unit: write one of B, kB, MB'],
    ['1e3', 'is not a size'],
    ['1e3MB', 'is not a size'],
    ['-1MB', 'is not a size'],
    ['1_000MB', 'is not a size'],
    ['.inf', 'is not a size'],
    ['Infinity', 'is not a size'],
    ['', 'is not a size'],
    ['1.MB', 'is not a size'],
    ['0MB', 'is nothing'],
    ['0.1B', 'is nothing'],
    ['9999999TB', 'more than can be counted'],
    [`${'9'.repeat(400)}MB`, 'longer than 64 characters'],
  ])('%j is none', (text, problem) => {
    expect(() => parseSize(text)).toThrow(problem)
  })
})

describe('size ranges', () => {
  test.each([
    ['~500MB', 400e6, 600e6],
    ['~ 500 MB', 400e6, 600e6],
    ['<2GB', 0, 2e9 - 1],
    ['<=2GB', 0, 2e9],
    ['>2GB', 2e9 + 1, Infinity],
    ['>=2GB', 2e9, Infinity],
    ['400MB..600MB', 400e6, 600e6],
    ['400MB .. 0.6GB', 400e6, 600e6],
    ['500MB±10%', 450e6, 550e6],
    ['500MB ± 10 %', 450e6, 550e6],
    ['500MB+-10%', 450e6, 550e6],
    ['500MB+/-10%', 450e6, 550e6],
  ])('%s', (text, minBytes, maxBytes) => {
    expect(parseSizeRange(text)).toEqual({ text, minBytes, maxBytes })
    expect(text).toMatch(new RegExp(patterns.sizeRange))
  })

  test('~ allows what it is told to', () => {
    expect(parseSizeRange('~1GB', 0.05)).toMatchObject({ minBytes: 950e6, maxBytes: 1050e6 })
  })

  test.each([
    ['500MB', 'is one exact size, and no build hits it: write ~500MB'],
    ['500', 'has no unit'],
    ['~500', 'has no unit'],
    ['~<500MB', 'is not a size'],
    ['=500MB', 'is not a size'],
    ['600MB..400MB', 'runs backwards: write 400MB..600MB'],
    ['400MB..400MB', 'has no room'],
    ['400MB..500MB..600MB', 'is not a range'],
    ['400..600MB', 'has no unit'],
    ['..600MB', 'is not a size'],
    ['500MB±0%', 'is not a percentage'],
    ['500MB±100%', 'is not a percentage'],
    ['500MB±10', 'is not a percentage'],
    ['<0MB', 'is nothing'],
    ['', 'is not a size'],
  ])('%j is none', (text, problem) => {
    expect(() => parseSizeRange(text)).toThrow(problem)
  })

  test('around a size lies the size', () => {
    const amount = fc.integer({ min: 1, max: 100_000 })
    fc.assert(
      fc.property(amount, fc.constantFrom('kB', 'MB', 'GB', 'KiB', 'MiB', 'GiB'), (number, unit) => {
        const { minBytes, maxBytes } = parseSizeRange(`~${number}${unit}`)
        const bytes = parseSize(`${number}${unit}`)
        expect(minBytes).toBeLessThan(bytes)
        expect(maxBytes).toBeGreaterThan(bytes)
      }),
    )
  })
})

describe('percentages', () => {
  test.each([
    ['20%', 0.2],
    ['2.5 %', 0.025],
  ])('%s', (text, share) => expect(parsePercent(text)).toBeCloseTo(share))

  test.each(['0%', '100%', '20', '-5%', '', 'NaN%'])('%j is none', (text) => {
    expect(() => parsePercent(text)).toThrow('is not a percentage between 0% and 100%')
  })
})

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['1h2m3s4ms', 3_723_004],
    ['500ms', 500],
    ['1.5h', 5_400_000],
    ['0s', 0],
    ['168h', 604_800_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
    expect(text).toMatch(new RegExp(patterns.duration))
  })

  test.each([
    ['90', 'has no unit: write 90s or 90m'],
    ['', 'is not a duration'],
    ['10 minutes', 'is not a duration'],
    ['30m1h', 'is not a duration'],
    ['-1s', 'is not a duration'],
    ['1e3s', 'is not a duration'],
    ['1d', 'is not a duration'],
    ['169h', 'is longer than 168h'],
    [`${'9'.repeat(400)}s`, 'longer than 64 characters'],
  ])('%j is none', (text, problem) => {
    expect(() => parseDuration(text)).toThrow(problem)
  })
})

test('a text is a quantity for us where it is one for editors, and else an error of our own', () => {
  const pieces = [
    '1',
    '20',
    '.5',
    ' ',
    'MB',
    'GiB',
    'kB',
    '~',
    '<',
    '>=',
    '..',
    '±',
    '%',
    'h',
    'm',
    's',
    'ms',
    '-',
    'é',
  ]
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((some) => some.join('')),
  )
  const parsers = [
    [parseSize, patterns.size],
    [parseSizeRange, patterns.sizeRange],
    [parsePercent, patterns.percent],
    [parseDuration, patterns.duration],
  ] as const
  fc.assert(
    fc.property(text, fc.constantFrom(...parsers), (given, [parse, pattern]) => {
      try {
        parse(given)
        expect(given).toMatch(new RegExp(pattern))
      } catch (error) {
        expect(Object.getPrototypeOf(error)).toBe(Error.prototype)
      }
    }),
    { numRuns: 5000 },
  )
})
