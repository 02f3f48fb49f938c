import type { Problem } from '../model/result.ts'
import type { Position } from '../model/spec.ts'
import { parseDocument } from '../spec/document.ts'
import type { Path, Positions } from '../spec/positions.ts'

export interface YamlScalar {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  readonly at: Position
  /** Where the n-th line of its text stands in the file; `words` of that line find it where lines are folded. */
  line(index: number, words: string): Position
}
export interface YamlList {
  readonly kind: 'list'
  readonly items: readonly Yaml[]
  readonly at: Position
}
export interface YamlEntry {
  readonly key: string
  readonly value: Yaml
  readonly at: Position
}
export interface YamlMap {
  readonly kind: 'map'
  readonly entries: readonly YamlEntry[]
  readonly at: Position
}
/** A value of a file, and where it stands. */
export type Yaml = YamlScalar | YamlList | YamlMap

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const limits = { maxBytes: 512 * 1024, maxDepth: 40, maxAliased: 20_000 }

/** Reads YAML 1.2 as GitHub does (`on` is a text, anchors are followed, merge keys are none), each value with its position. */
// https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations#yaml-anchors-and-aliases
export function readYaml(text: string, file: string): Outcome<Yaml> {
  const parsed = parseDocument(text, file, limits)
  if (!parsed.ok) return parsed
  const { value, positions } = parsed.document
  return { ok: true, value: placed(value, [], positions, text.split('\n')) }
}

function placed(value: unknown, path: Path, positions: Positions, lines: readonly string[]): Yaml {
  const at = positions.at(path)
  const below = (child: unknown, key: PropertyKey): Yaml => placed(child, [...path, key], positions, lines)
  if (Array.isArray(value)) return { kind: 'list', items: value.map(below), at }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, child]) => ({
      key,
      value: below(child, key),
      at: positions.ofKey([...path, key]),
    }))
    return { kind: 'map', entries, at }
  }
  return { kind: 'scalar', value: plain(value), at, line: (index, words) => lineOf(at, lines, index, words) }
}

const plain = (value: unknown): YamlScalar['value'] =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : String(value)

/** A literal block keeps its lines; any other text is looked for in the lines that follow. */
function lineOf(at: Position, lines: readonly string[], index: number, words: string): Position {
  const start = lines[at.line - 1]?.slice(at.column - 1) ?? ''
  if (/^(&\S+\s+)?\|/.test(start)) {
    const line = at.line + 1 + index
    return { file: at.file, line, column: indentOf(lines[line - 1] ?? '') + 1 }
  }
  const isBlock = /^(&\S+\s+)?>/.test(start)
  for (let line = at.line; line <= lines.length; line += 1) {
    const text = lines[line - 1] ?? ''
    const column = text.indexOf(words, line === at.line ? at.column - 1 : 0)
    if (column >= 0) return { file: at.file, line, column: column + 1 }
    if (isBlock && line > at.line && text.trim() !== '' && indentOf(text) === 0) break
  }
  return at
}

const indentOf = (text: string): number => Math.max(0, text.search(/\S/))
