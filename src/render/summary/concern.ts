import type { Concern } from '../concerns.ts'
import { code, escapeMarkdown, link, prose } from '../markdown.ts'
import { placeOf } from '../place.ts'

/** One finding, or one look that failed, as a list item: where, what, expected and actual, what to do. */
export function renderConcern(concern: Concern, docs: string | undefined): string {
  const { code: name = '', target, message, expected, actual, hint, at, blocked } = concern
  const { image, platform } = placeOf(target)
  const title = [
    image === undefined ? '' : `**${escapeMarkdown(image)}**`,
    platform === undefined ? '' : escapeMarkdown(platform),
    documented(name, docs),
    at === undefined ? '' : code(`${at.file}:${at.line}:${at.column}`),
  ]
  const comparison = [
    expected === undefined ? '' : `expected ${code(expected) || 'nothing'}`,
    actual === undefined ? '' : `got ${code(actual) || 'nothing'}`,
  ]
  const lines = [
    join(title, ' · '),
    prose(withoutPlace(message, target)),
    join(comparison, ', '),
    hint === '' ? '' : `→ ${prose(hint)}`,
    renderBlocked(blocked, target),
  ]
  return `- ${join(lines, '<br>')}`
}

const join = (parts: readonly string[], separator: string): string =>
  parts.filter((part) => part !== '').join(separator)

/** What is no check has no heading in the documentation, and no name to show either. */
function documented(name: string, docs: string | undefined): string {
  // GitHub's anchor of a heading: lower case, without what is no letter, digit, hyphen or underscore.
  const anchor = name.toLowerCase().replace(/[^a-z0-9_-]/g, '')
  return docs === undefined || !/^[a-z][a-z0-9/_-]*$/.test(name) ? code(name) : link(code(name), `${docs}#${anchor}`)
}

/** Messages may begin with the target's name, which the title has just said. */
function withoutPlace(message: string, target: string): string {
  const beginning = [`${target}: `, `${target} `].find((each) => target !== '' && message.startsWith(each))
  return beginning === undefined ? message : message.slice(beginning.length)
}

const MAX_BLOCKED = 12

function renderBlocked(blocked: Concern['blocked'], target: string): string {
  if (blocked.length === 0) return ''
  const names = blocked.map((result) =>
    result.target === target ? code(result.check) : `${code(result.check)} of ${escapeMarkdown(result.target)}`,
  )
  const more = names.length > MAX_BLOCKED ? ` and ${names.length - MAX_BLOCKED} more` : ''
  return `therefore not looked at: ${names.slice(0, MAX_BLOCKED).join(', ')}${more}`
}
