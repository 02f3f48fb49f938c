import { type Alias, type Document, isAlias, isMap, isScalar, type Node, type Pair, visit, type YAMLMap } from 'yaml'
import type { Fault } from './fault.ts'

/** What each alias stands for. */
export type Targets = ReadonlyMap<Alias, Node>

/** A map key as the file writes it; undefined where it is no plain text, number, boolean or null. */
export function keyOf({ key }: Pair<unknown, unknown>): string | undefined {
  if (!isScalar(key)) return undefined
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
}

/** Finds what YAML would allow and we do not, and resolves the aliases, in one pass. */
export function inspectNodes(document: Document.Parsed): { faults: readonly Fault[]; targets: Targets } {
  const faults: Fault[] = []
  const anchors = new Map<string, Node>()
  const targets = new Map<Alias, Node>()
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source)
        if (target === undefined) faults.push(unknownAnchor(node))
        else targets.set(node, target)
        return
      }
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
      if (node.tag !== undefined) faults.push(taggedValue(node))
      if (isMap<unknown, unknown>(node)) faults.push(...keyFaults(node))
    },
  })
  return { faults, targets }
}

const unknownAnchor = (alias: Alias): Fault => ({
  offset: startOf(alias),
  message: `"*${alias.source}" stands for nothing: there is no "&${alias.source}" before it`,
  hint: `put quotes around '*${alias.source}' if it is text`,
})

const taggedValue = (node: Node & { tag?: string }): Fault => ({
  offset: startOf(node),
  message: `tags such as ${JSON.stringify(node.tag)} are not read`,
  hint: 'remove the tag, and put quotes around what is to be text',
})

function keyFaults(map: YAMLMap<unknown, unknown>): Fault[] {
  const seen = new Set<string>()
  return map.items.flatMap((pair) => {
    const key = keyOf(pair)
    const offset = startOf(pair.key as Node | null) || startOf(map)
    if (key === undefined) return [{ offset, message: 'a key is not plain text', hint: 'write key: value' }]
    if (key === '<<') {
      return [{ offset, message: 'merge keys ("<<") are not read', hint: 'repeat the keys, or alias each value' }]
    }
    // Libraries pass over this key without a word, where they do not fall for it.
    if (key === '__proto__') return [{ offset, message: 'unknown key "__proto__"', hint: 'remove it' }]
    if (seen.has(key)) return [{ offset, message: `${JSON.stringify(key)} is here twice`, hint: 'remove one of them' }]
    seen.add(key)
    return []
  })
}

const startOf = (node: Node | null): number => node?.range?.[0] ?? 0
