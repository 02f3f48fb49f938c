import type { Known } from '../model/workflow.ts'
import { known, unknown } from './known.ts'

export type Replacements = (name: string) => Known<string> | undefined

/** Replaces each `{{name}}`; a name or a form that is not known makes the whole unknown. */
export function render(pattern: string, valueOfName: Replacements): Known<string> {
  let rendered = ''
  let rest = pattern
  for (;;) {
    const found = /\{\{\s*(\w+)([^{}]*)\}\}/.exec(rest)
    if (!found) break
    const [all, name = ''] = found
    const value = valueOfName(name)
    if (value === undefined) return unknown(all, 'the pattern is none that is evaluated here')
    if (!value.known) return value
    rendered += rest.slice(0, found.index) + value.value
    rest = rest.slice(found.index + all.length)
  }
  if (rest.includes('{{')) return unknown(pattern, 'the pattern is none that is evaluated here')
  return known(rendered + rest)
}

/** Whether a pattern is `{{raw}}` and nothing else. */
export const isRaw = (pattern: string): boolean => /^\{\{\s*raw\s*\}\}$/.test(pattern)
