import { type Document, isNode, LineCounter, parseDocument, visit } from 'yaml'
import type { Problem } from '../model/result.ts'
import type { Position } from '../model/spec.ts'
import { findExcess, type Limits } from '../spec/limits.ts'
import { type Nodes, nodesOf } from './nodes.ts'

export type Place = (node: unknown) => Position

export type ComposeParsed =
  | { readonly ok: true; readonly root: unknown; readonly nodes: Nodes; readonly place: Place }
  | ComposeRefused

export interface ComposeRefused {
  readonly ok: false
  readonly problems: readonly Problem[]
}

const limits: Limits = { maxBytes: 256 * 1024, maxDepth: 40, maxAliased: 0 }

/** Parses a compose file as far as its nodes, within limits. Never throws. */
export function parseCompose(text: string, file: string): ComposeParsed {
  const excess = findExcess(text, limits)
  if (excess !== undefined) {
    return refuse(excess.message, { file, line: text.slice(0, excess.offset).split('\n').length, column: 1 })
  }
  const lineCounter = new LineCounter()
  const placeAt = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  // `uniqueKeys` costs the square of a map's size.
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false, merge: true })
  const [error] = document.errors
  if (error?.code === 'MULTIPLE_DOCS')
    return refuse('it has several documents (---): one is read', placeAt(error.pos[0]))
  if (error !== undefined) return refuse(`it is no YAML: ${error.message}`, placeAt(error.pos[0]))
  const place: Place = (node) => placeAt(isNode(node) ? (node.range?.[0] ?? 0) : 0)
  const nodes = nodesOf(document)
  const [fault] = faultsIn(document, nodes)
  if (fault !== undefined) return refuse(fault.message, place(fault.node))
  return { ok: true, root: document.contents, nodes, place }
}

interface NodeFault {
  readonly node: unknown
  readonly message: string
}

/** What compose refuses to read, wherever it is in the file. */
function faultsIn(document: Document, nodes: Nodes): readonly NodeFault[] {
  const faults: NodeFault[] = []
  visit(document, {
    Alias: (_, alias) => {
      if (nodes.behind(alias) === undefined)
        faults.push({ node: alias, message: `"*${alias.source}" stands for nothing` })
    },
    Map: (_, { items }) => {
      const seen = new Set<string>()
      for (const { key } of items) {
        const name = nodes.nameOf(key)
        if (seen.has(name)) faults.push({ node: key, message: `${JSON.stringify(name)} is here twice` })
        seen.add(name)
      }
    },
  })
  return faults
}

/** A file that compose would refuse, and the line it is about. */
export const refuse = (message: string, at: Position): ComposeRefused => ({
  ok: false,
  problems: [{ message, hint: 'see what docker compose config says of it', at }],
})
