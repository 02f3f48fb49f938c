import { LineCounter, parseDocument as parse } from 'yaml'
import type { Problem } from '../model/result.ts'
import type { Position } from '../model/spec.ts'
import type { Fault } from './fault.ts'
import { findExcess, type Limits, specLimits } from './limits.ts'
import { inspectNodes } from './nodes.ts'
import { toPlain } from './plain.ts'
import { type Positions, positionsIn } from './positions.ts'
import { syntaxFault } from './syntax.ts'

/** A YAML file as plain data, and where each part of it stands. */
export interface YamlDocument {
  /** Maps are objects without a prototype; their keys are texts as the file writes them. */
  readonly value: unknown
  readonly positions: Positions
}

export type ParsedDocument =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const BOM = '\uFEFF'

/** Reads one YAML 1.2 document with anchors, but without merge keys, tags or duplicate keys; never slow, never throws. */
export function parseDocument(given: string, file: string, limits: Limits = specLimits): ParsedDocument {
  const text = given.startsWith(BOM) ? given.slice(1) : given
  const lineCounter = new LineCounter()
  const positionAt = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const refuse = (faults: readonly Fault[]): ParsedDocument => ({
    ok: false,
    problems: faults.map(({ offset, ...fault }) => ({ ...fault, at: positionAt(offset) })),
  })

  const excess = findExcess(text, limits)
  if (excess !== undefined) {
    for (let at = -1; at < excess.offset; ) {
      lineCounter.addNewLine(at + 1)
      const next = text.indexOf('\n', at + 1)
      if (next < 0) break
      at = next
    }
    return refuse([excess])
  }

  // `uniqueKeys` costs the square of a map's size: nodes.ts looks for duplicates in linear time.
  const parsed = parse(text, { lineCounter, prettyErrors: false, uniqueKeys: false })
  const errors = [...parsed.errors, ...parsed.warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED')]
  if (errors.length > 0) return refuse(errors.map((error) => syntaxFault(error, text)))

  const { faults, targets } = inspectNodes(parsed)
  if (faults.length > 0) return refuse(faults)
  if (parsed.contents === null) {
    return refuse([{ offset: 0, message: 'the file is empty', hint: 'see docs/spec.md for an example to start from' }])
  }
  const plain = toPlain(parsed.contents, targets, limits)
  if (!plain.ok) return refuse([plain.fault])
  return {
    ok: true,
    document: { value: plain.value, positions: positionsIn(parsed.contents, targets, positionAt) },
  }
}
