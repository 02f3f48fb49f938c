import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { code, details, escapeMarkdown, link, prose, table } from '../../src/render/markdown.ts'
import { HOSTILE, hostileText } from './hostile.ts'

describe('escapeMarkdown', () => {
  test.each([
    ['tags', '</td><img src=x>', '&lt;/td&gt;&lt;img src=x&gt;'],
    ['entities', '&lt; &amp;', '&amp;lt; &amp;amp;'],
    ['quotes', `"a" 'b'`, '&quot;a&quot; &#39;b&#39;'],
    ['emphasis', '*a* _b_ ~~c~~', '\\*a\\* \\_b\\_ \\~\\~c\\~\\~'],
    ['links and images', '![a](b) [c](d)', '\\!\\[a\\](b) \\[c\\](d)'],
    ['code', '`a` \\', '\\`a\\` \\\\'],
    ['cells', 'a | b', 'a &#124; b'],
    ['mentions', '@org/team', '&#64;org/team'],
    ['formulas', '$x$', '&#36;x&#36;'],
    ['addresses', 'https://a.example www.b.example', 'https:&#47;&#47;a.example www&#46;b.example'],
    ['headings', '# a', '\\# a'],
    ['lists', '- a', '\\- a'],
    ['numbered lists', '1. a', '1\\. a'],
    ['sizes', '9.02 GB (~2GB)', '9.02 GB (\\~2GB)'],
    ['lines', 'a\n\n# b', 'a \\# b'],
  ])('takes the meaning from %s', (_name, text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected)
  })
})

describe('code', () => {
  test.each([
    ['a tag', 'sha-3f2a1bc', '`sha-3f2a1bc`'],
    ['a reference', 'ghcr.io/acme/app@sha256:0a', '`ghcr.io/acme/app@sha256:0a`'],
    ['a backtick', 'a`b', '<code>a\\`b</code>'],
    ['a size', '<2GB', '<code>&lt;2GB</code>'],
    ['a cell', 'a|b', '<code>a&#124;b</code>'],
    ['nothing', ' \n', ''],
  ])('shows %s', (_name, text, expected) => {
    expect(code(text)).toBe(expected)
  })
})

describe('prose', () => {
  test.each([
    ['code in a sentence', 'write `packages: read`, then rerun', 'write `packages: read`, then rerun'],
    ['code with a tag', 'run `a <b>` now', 'run <code>a &lt;b&gt;</code> now'],
    ['a lone backtick', 'a ` b', 'a \\` b'],
    ['code at the ends', '`a` and `b`', '`a` and `b`'],
    ['nothing between', 'a `` b', 'a  b'],
  ])('keeps %s', (_name, text, expected) => {
    expect(prose(text)).toBe(expected)
  })
})

test('a table has as many cells in each row, and no empty column', () => {
  expect(
    table(
      ['', 'a', 'b'],
      [
        ['x', '', '1'],
        ['y', '', ''],
      ],
    ),
  ).toBe('|  | b |\n| --- | --- |\n| x | 1 |\n| y |  |')
})

test('folds and links', () => {
  expect(details('2 passed', 'a')).toBe('<details><summary>2 passed</summary>\n\na\n\n</details>')
  expect(link('a', 'https://b')).toBe('[a](https://b)')
})

test('no foreign text brings a tag, a cell, a link or a line of its own', () => {
  const text = fc.oneof(hostileText, fc.constantFrom(...HOSTILE))
  fc.assert(
    fc.property(text, (given) => {
      for (const render of [escapeMarkdown, code, prose]) {
        const shown = render(given)
        const bare = shown.replace(/<\/?code>/g, '').replace(/`[^`<>&|[\]\\$]+`/g, '')
        expect(bare).not.toMatch(/[<>|\n]|(?<!\\)[[\]*_`]|:\/\/|www\./i)
      }
    }),
    { numRuns: 5000 },
  )
})
