import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'
import type { Fault } from './fault.ts'
import type { Limits } from './limits.ts'
import { keyOf, type Targets } from './nodes.ts'

export type Plain = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: Fault }

/** Turns nodes into data of bounded size and depth, whatever the aliases say. */
export function toPlain(root: Node, targets: Targets, { maxAliased, maxDepth }: Limits): Plain {
  let aliased = 0

  function convert(node: unknown, depth: number, via: Node | undefined): unknown {
    if (depth > maxDepth) throw new Excess(via, `aliases nest deeper than ${maxDepth} levels`)
    if (via !== undefined && ++aliased > maxAliased)
      throw new Excess(via, `aliases repeat more than ${maxAliased} values`)
    if (isAlias(node)) return convert(targets.get(node), depth + 1, via ?? node)
    if (isScalar(node)) return node.value
    if (isSeq(node)) return node.items.map((item) => convert(item, depth + 1, via))
    if (!isMap<unknown, unknown>(node)) return null
    const map: Record<string, unknown> = Object.create(null)
    for (const pair of node.items) map[keyOf(pair) ?? ''] = convert(pair.value, depth + 1, via)
    return map
  }

  try {
    return { ok: true, value: convert(root, 1, undefined) }
  } catch (error) {
    if (!(error instanceof Excess)) throw error
    return {
      ok: false,
      fault: { offset: error.offset, message: error.message, hint: 'write out what the aliases repeat' },
    }
  }
}

class Excess extends Error {
  readonly offset: number

  constructor(alias: Node | undefined, message: string) {
    super(message)
    this.offset = alias?.range?.[0] ?? 0
  }
}
