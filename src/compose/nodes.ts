import { type Alias, type Document, isAlias, isMap, isNode, isScalar, isSeq, visit, type YAMLMap } from 'yaml'

/** Looks through aliases and merge keys; throws where a merge is none, or is more than anybody writes. */
export interface Nodes {
  /** What a map comes to, key by key: its own, and of the maps that it merges in what it has not itself. */
  entriesOf(map: YAMLMap): ReadonlyMap<string, Entry>
  /** What a key of a map leads to: its own value, else that of a map it merges in. */
  valueAt(map: YAMLMap, name: string): unknown
  /** The node itself, or what an alias stands for. */
  behind(node: unknown): unknown
  /** A key as text. */
  nameOf(key: unknown): string
}

export interface Entry {
  readonly key: unknown
  /** Undefined where nothing is written. */
  readonly value: unknown
}

interface Expanded {
  readonly entries: ReadonlyMap<string, Entry>
  /** Of all maps that are in it, each as often as it is. */
  readonly keys: number
}

const MAX_KEYS = 20_000

/** The nodes of a document, every alias looked up once. */
export function nodesOf(document: Document): Nodes {
  const anchors = new Map<string, unknown>()
  const targets = new WeakMap<Alias, unknown>()
  visit(document, (_key, node) => {
    if (isAlias(node)) targets.set(node, anchors.get(node.source))
    else if (isNode(node) && 'anchor' in node && node.anchor !== undefined) anchors.set(node.anchor, node)
  })
  const expanded = new Map<YAMLMap, Expanded | 'underway'>()
  let looks = 0

  const behind = (node: unknown): unknown => (isAlias(node) ? targets.get(node) : node) ?? undefined
  const nameOf = (key: unknown): string => textOf(behind(key))

  function expand(map: YAMLMap): Expanded {
    const before = expanded.get(map)
    if (before === 'underway') throw new Error('a map merges in itself')
    if (before !== undefined) return before
    expanded.set(map, 'underway')
    const own = map.items.filter(({ key }) => !isMerge(key))
    const merged = map.items.filter(({ key }) => isMerge(key)).flatMap(({ value }) => mapsIn(value).map(expand))
    const keys = merged.reduce((sum, each) => sum + each.keys, map.items.length)
    looks += keys
    if (looks > MAX_KEYS) throw new RangeError('it takes too many aliases and merge keys to read')
    const entries = new Map<string, Entry>()
    for (const { key, value } of own) entries.set(nameOf(key), { key, value: behind(value) })
    for (const [name, entry] of merged.flatMap((each) => [...each.entries])) {
      if (!entries.has(name)) entries.set(name, entry)
    }
    const found = { entries, keys }
    expanded.set(map, found)
    return found
  }

  function mapsIn(value: unknown): readonly YAMLMap[] {
    const given = behind(value)
    return (isSeq(given) ? given.items : [given]).map((each) => {
      const map = behind(each)
      if (!isMap(map)) throw new Error('a merge key ("<<") takes a map, or a list of maps')
      return map
    })
  }

  const entriesOf = (map: YAMLMap) => expand(map).entries
  return { entriesOf, valueAt: (map, name) => entriesOf(map).get(name)?.value, behind, nameOf }
}

/** In quotes it is a key as any other. */
const isMerge = (key: unknown): boolean => isScalar(key) && typeof key.value === 'symbol'

const textOf = (key: unknown): string => {
  const value = isScalar(key) ? key.value : key
  return (typeof value === 'symbol' ? value.description : undefined) ?? String(value)
}
