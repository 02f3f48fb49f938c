import type { YAMLError } from 'yaml'
import type { Fault } from './fault.ts'

/** What the YAML parser complains of, in our voice. */
export function syntaxFault({ code, message, pos: [offset] }: YAMLError, text: string): Fault {
  const hint = hintFor(code, text, offset)
  const [words = ''] = message.split('; please use ')
  return {
    offset: Math.min(offset, text.length),
    message: `not YAML: ${words.charAt(0).toLowerCase()}${words.slice(1)}`,
    ...(hint === undefined ? {} : { hint }),
  }
}

/** Looking for a hint may take the square of the time. */
const LONGEST_LINE = 1_000

function hintFor(code: YAMLError['code'], text: string, offset: number): string | undefined {
  if (code === 'TAB_AS_INDENT') return 'indent with spaces'
  if (code === 'MULTIPLE_DOCS') return 'keep one document: remove the line ---'
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const [line = ''] = text.slice(start, start + LONGEST_LINE).split('\n', 1)
  const comparison = /[:,[{-]\s+(>=?\s?[0-9][^,\]}\s]*)/.exec(line)?.[1]
  if (comparison !== undefined) return `">" begins a text block in YAML: put it in quotes, '${comparison}'`
  const placeholder = /[^\s,[\]"']*\{[a-z0-9]+\}[^\s,[\]"']*/.exec(line)?.[0]
  if (placeholder !== undefined) return `braces have a meaning in YAML: put it in quotes, '${placeholder}'`
  if (/[:,[{-]\s+[%@`*&!|]/.test(line)) return 'put the value in quotes'
  return undefined
}
