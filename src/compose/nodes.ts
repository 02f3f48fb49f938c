import { type Alias, type Document, isAlias, isMap, isNode, isScalar, isSeq, visit, type YAMLMap } from 'yaml'

/** Looks up keys of maps through aliases and merge keys; throws a `RangeError` where that is more than anybody writes. */
export interface Nodes {
  /** What a key of a map leads to: its own value, else that of a map it merges in. */
  valueAt(map: YAMLMap, name: string): unknown
  /** The node itself, or what an alias stands for. */
  behind(node: unknown): unknown
}

const MAX_LOOKS = 20_000

/** The nodes of a document, every alias looked up once. */
export function nodesOf(document: Document): Nodes {
  const anchors = new Map<string, unknown>()
  const targets = new WeakMap<Alias, unknown>()
  visit(document, (_key, node) => {
    if (isAlias(node)) targets.set(node, anchors.get(node.source))
    else if (isNode(node) && 'anchor' in node && node.anchor !== undefined) anchors.set(node.anchor, node)
  })
  let looks = 0

  const behind = (node: unknown): unknown => (isAlias(node) ? targets.get(node) : node) ?? undefined

  function valueAt(map: YAMLMap, name: string): unknown {
    const merged: unknown[] = []
    for (const { key, value } of map.items) {
      looks += 1
      if (looks > MAX_LOOKS) throw new RangeError('it takes too many aliases and merge keys to read')
      if (nameOf(key) === name) return behind(value)
      if (nameOf(key) === '<<') merged.push(behind(value))
    }
    for (const each of merged.flatMap((node) => (isSeq(node) ? node.items : [node]))) {
      const other = behind(each)
      const found = isMap(other) ? valueAt(other, name) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }

  return { valueAt, behind }
}

/** A key as text. */
export const nameOf = (key: unknown): string => {
  const value = isScalar(key) ? key.value : key
  return (typeof value === 'symbol' ? value.description : undefined) ?? String(value)
}
