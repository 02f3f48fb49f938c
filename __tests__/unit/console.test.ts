import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { renderConsole } from '../../src/render/console.ts'
import { consoleTable } from '../../src/render/console-table.ts'
import { rowsOf } from '../../src/render/rows.ts'
import { painter, truncate, width, wrap } from '../../src/render/terminal.ts'
import { reports } from './arbitraries.ts'
import { erroredReport, failedReport, passedReport, problemReport } from './samples.ts'

describe('renderConsole', () => {
  test.each([
    ['a pass', passedReport()],
    ['a failure', failedReport()],
    ['no answer', erroredReport()],
    ['a wrong spec', problemReport()],
  ])('shows %s', (_name, report) => {
    expect(renderConsole(report, { width: 120 })).toMatchSnapshot()
  })

  test('ends with the verdict and the counts', () => {
    expect(renderConsole(failedReport()).split('\n').slice(-2)).toEqual([
      '✗ 2 of 3 images are wrong, 1 could not be verified',
      '  3 checks failed · 4 errored · 1 warned · 15 passed · 7 skipped',
    ])
  })

  test('says the same in colour', () => {
    const coloured = renderConsole(failedReport(), { colour: true })
    expect(coloured).not.toBe(renderConsole(failedReport()))
    expect(stripVTControlCharacters(coloured)).toBe(renderConsole(failedReport()))
  })

  test('keeps its table within the terminal', () => {
    fc.assert(
      fc.property(reports(), fc.integer({ min: 80, max: 200 }), (report, columns) => {
        const lines = consoleTable(rowsOf(report), columns, painter(false))
        // What does not yield: mark, platform, digest, time, a word of each of the others.
        expect(Math.max(0, ...lines.map(width))).toBeLessThanOrEqual(Math.max(columns, 110))
      }),
      { numRuns: 200 },
    )
    const lines = consoleTable(rowsOf(failedReport()), 100, painter(false))
    expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(100)
  })
})

test.each([
  ['abc', 3],
  ['日本', 4],
  ['é', 1],
  ['✅', 2],
  ['✓', 1],
])('%s is %d columns wide', (text, columns) => {
  expect(width(text)).toBe(columns)
})

test('cuts to columns, not to characters', () => {
  expect(truncate('日本語', 6)).toBe('日本語')
  expect(truncate('日本語', 5)).toBe('日本…')
  expect(truncate('日本語', 4)).toBe('日…')
  expect(truncate('abc', 0)).toBe('')
})

test('wraps between words, and leaves a long one whole', () => {
  expect(wrap('a bc https://example.com d', 5)).toEqual(['a bc', 'https://example.com', 'd'])
})
