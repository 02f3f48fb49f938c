import { oneLine } from './neutralise.ts'

const MAX = 600

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '|': '&#124;',
  '@': '&#64;',
  $: '&#36;',
}

/** Foreign text as plain words of one line: no tag, mark, link, image, mention or table cell comes of it. */
export const escapeMarkdown = (text: string, max = MAX): string =>
  oneLine(text, max)
    .replace(/[\\`*_[\]#!~]/g, '\\$&')
    .replace(/[&<>"'|@$]/g, (character) => ENTITIES[character] ?? '')
    // GitHub makes links of bare addresses.
    .replaceAll('://', ':&#47;&#47;')
    .replace(/www\./gi, (prefix) => prefix.replace('.', '&#46;'))
    // What would begin a list or an underline.
    .replace(/^[-+=]/, '\\$&')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')

const SIMPLE = /^[^`<>&|[\]\\$]+$/

/** Foreign text in the letters of code; empty text stays empty. */
export function code(text: string, max = MAX): string {
  const line = oneLine(text, max)
  if (line === '') return ''
  // A code span has no escapes, and a table cuts it at `|`: what needs any goes into a tag, where they work.
  return SIMPLE.test(line) ? `\`${line}\`` : `<code>${escapeMarkdown(line, max)}</code>`
}

/** Foreign text where `words between backticks` are code and all else is plain. */
export function prose(text: string, max = MAX): string {
  const parts = oneLine(text, max).split('`')
  if (parts.length % 2 === 0) return escapeMarkdown(text, max)
  return parts.map((part, position) => (position % 2 === 0 ? spaced(part) : code(part))).join('')
}

/** Escapes a part of a sentence, with the spaces around it. */
const spaced = (part: string): string =>
  `${part.startsWith(' ') ? ' ' : ''}${escapeMarkdown(part, part.length)}${/\S\s+$/.test(part) ? ' ' : ''}`

/** A table of cells that are Markdown already; columns where every cell is empty are left out. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = header.map((_, column) => rows.some((row) => (row[column] ?? '') !== ''))
  const line = (cells: readonly string[]): string => `| ${cells.filter((_, column) => used[column]).join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Text that is folded until one opens it, unless it is open from the beginning. */
export const details = (summary: string, body: string, isOpen = false): string =>
  `<details${isOpen ? ' open' : ''}><summary>${summary}</summary>\n\n${body}\n\n</details>`

/** A link; both parts have to be escaped already. */
export const link = (text: string, url: string): string => `[${text}](${url})`

/** Text as a block of code, whatever is in it. */
export function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`
}
