import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { neutralise, oneLine } from '../../src/render/neutralise.ts'
import { commandReader, effectsOf, splitLines } from '../harness/commands.ts'
import { hostileText } from './hostile.ts'

const numRuns = Number(process.env.VERIFY_FUZZ_RUNS ?? 10_000)

/** Whether the text leaves the runner as it found it. */
function isInert(text: string): boolean {
  const reader = commandReader()
  return splitLines(text).every((line) => reader.read(line) === undefined) && reader.stopToken === undefined
}

describe('neutralise', () => {
  test.each([
    ['a command', '::set-output name=verified::true', '  │ : :set-output name=verified: :true'],
    ['a command of the old kind', 'foo ##[set-output name=verdict]pass', '  │ foo ## [set-output name=verdict]pass'],
    ['a command after a carriage return', 'x\r::add-mask::pass', '  │ x\n  │ : :add-mask: :pass'],
    ['a command after odd white space', '\u00A0\u3000::error::x', '  │ \u00A0\u3000: :error: :x'],
    ['a stop token', '::stop-commands::q', '  │ : :stop-commands: :q'],
    ['many colons', 'a::::b', '  │ a: : : :b'],
    ['characters without weight inside a command', '#\u00AD#[group]a', '  │ #<U+00AD>#[group]a'],
    ['enclosing marks inside a command', '##\u20DD[group]a', '  │ ##<U+20DD>[group]a'],
    ['marks inside a command', ':\u0301:error::a', '  │ : \u0301:error: :a'],
    ['unassigned characters inside a command', '#\u0378#[error]a', '  │ #\u0378# [error]a'],
    ['an escape inside a command', ':\u001B[0m:error:\u001B[1m:a', '  │ : :error: :a'],
    ['a screen that is cleared', '\u001B[2J\u001B[Hok', '  │ ok'],
    ['a link', '\u001B]8;;https://evil.example\u0007good\u001B]8;;\u0007', '  │ good'],
    ['the clipboard', '\u001B]52;c;Y3VybA==\u001B\\x', '  │ x'],
    ['a string that never ends', '\u001B]0;title\nnext line', '  │ \n  │ next line'],
    ['single-character controls', '\u009B31mred\u009B0m\u0007\u0008\u007F', '  │ red'],
    ['text that runs backwards', 'a\u202Eb', '  │ a<U+202E>b'],
    ['text that cannot be seen', 'a\u200Bb\uFEFF\u{E0041}', '  │ a<U+200B>b<U+FEFF><U+E0041>'],
    ['an emoji', '⚠️ careful', '  │ ⚠ careful'],
    ['a traceback', 'File "a.py", line 1', '  │ File "a.py", line 1'],
    [
      'every line end',
      'a\nb\rc\r\nd\ve\ff\u001Cg\u0085h\u2028i\u2029j',
      'abcdefghij'.replace(/./g, '  │ $&\n').trimEnd(),
    ],
    ['a tab', 'a\tb', '  │ a\tb'],
    ['nothing', '', '  │ '],
  ])('C01 C02 C03 C04 C07 C08 makes %s harmless', (_name, text, expected) => {
    expect(neutralise(text)).toBe(expected)
    expect(isInert(neutralise(text))).toBe(true)
  })

  test('C11 reads bytes that are no text', () => {
    const bytes = Uint8Array.of(0xff, 0xfe, 0x00, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x41)
    expect(neutralise(bytes)).toMatch(/^ {2}│ \uFFFD+A$/)
    expect(neutralise('\uD800A')).toBe('  │ \uFFFDA')
  })

  test('C10 keeps the head and the tail of many lines, and says how many are gone', () => {
    const text = Array.from({ length: 1000 }, (_, line) => `${line}`).join('\n')
    expect(neutralise(text, { maxLines: 4, prefix: '' })).toBe('0\n1\n… 996 lines dropped …\n998\n999')
    expect(neutralise('1\n2', { maxLines: 2, prefix: '' })).toBe('1\n2')
  })

  test('cuts a long line, and never inside a character', () => {
    expect(neutralise('x'.repeat(5000), { prefix: '' })).toBe(`${'x'.repeat(2000)}… (+3000)`)
    expect(neutralise('😀😀', { prefix: '', maxColumns: 3 })).toBe('😀… (+1)')
  })

  test('C09 takes a flood in its stride', () => {
    expect(neutralise('\n'.repeat(1_000_000)).split('\n')).toHaveLength(401)
    expect(neutralise('::'.repeat(500_000)).length).toBeLessThan(2100)
    expect(neutralise(`#${'\u0301'.repeat(200_000)}`).length).toBeLessThan(2100)
  })

  test('C01 C02 C03 C04 C12 invariant 13: has no effect on the runner, whatever comes', () => {
    fc.assert(
      fc.property(hostileText, (text) => isInert(neutralise(text)) && isInert(oneLine(text))),
      { numRuns },
    )
  })

  test('has no effect on the runner when bytes come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => isInert(neutralise(bytes))),
      { numRuns: 10_000 },
    )
  })

  test('C08 leaves no character that a terminal obeys', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    const obeyed = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/
    fc.assert(
      fc.property(hostileText, (text) => !obeyed.test(neutralise(text)) && !/[\t\n]/.test(oneLine(text))),
      { numRuns: 10_000 },
    )
  })

  test('the attacks are real: raw, they have effects', () => {
    const attacks = fc.sample(hostileText, { numRuns: 2000, seed: 7 })
    expect(attacks.filter((text) => effectsOf(text).length > 0).length).toBeGreaterThan(500)
  })
})

describe('oneLine', () => {
  test.each([
    ['several lines', 'a\n b\r\n\tc ', 'a b c'],
    ['a command', '::error::x', ': :error: :x'],
    ['an old command', '##[error]x', '## [error]x'],
    ['terminal codes', '\u001B[31mred\u001B[0m', 'red'],
    ['an image', 'ghcr.io/acme/app@sha256:00', 'ghcr.io/acme/app@sha256:00'],
  ])('joins %s', (_name, text, expected) => {
    expect(oneLine(text)).toBe(expected)
  })

  test('is never longer than asked', () => {
    expect(oneLine('x'.repeat(301))).toBe(`${'x'.repeat(299)}…`)
    expect(oneLine(':'.repeat(100), 10)).toHaveLength(10)
    expect(oneLine('ab😀', 3)).toBe('ab…')
  })
})
