import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml'
import type { Position } from '../model/spec.ts'
import { keyOf, type Targets } from './nodes.ts'

export type Path = readonly PropertyKey[]

/** Where the parts of a file stand. */
export interface Positions {
  /** A single value itself, a list or map by its key; where there is none, the nearest around it. */
  at(path: Path): Position
  /** The key that ends the path. */
  ofKey(path: Path): Position
  /** All parts below a path, by their dotted path from there; `''` is the part itself. */
  under(path: Path): Readonly<Record<string, Position>>
}

interface Entry {
  readonly key: Node | undefined
  readonly value: Node | undefined
}

/** Answers in constant time a step, once a map has been looked into. */
export function positionsIn(root: Node, targets: Targets, positionAt: (offset: number) => Position): Positions {
  const entries = new WeakMap<Node, ReadonlyMap<string, Entry>>()

  const behind = (node: unknown): Node | undefined =>
    isAlias(node) ? behind(targets.get(node)) : ((node ?? undefined) as Node | undefined)

  function entriesOf(node: Node | undefined): ReadonlyMap<string, Entry> {
    if (!isMap<unknown, unknown>(node) && !isSeq(node)) return new Map()
    const known = entries.get(node)
    if (known !== undefined) return known
    const found = new Map<string, Entry>(
      isMap<unknown, unknown>(node)
        ? node.items.map((pair) => [keyOf(pair) ?? '', entryOf(pair)])
        : node.items.map((item, index) => [String(index), { key: undefined, value: item as Node }]),
    )
    entries.set(node, found)
    return found
  }

  function find(path: Path): { readonly entry: Entry; readonly isWhole: boolean } {
    let entry: Entry = { key: undefined, value: root }
    for (const step of path) {
      const next = entriesOf(behind(entry.value)).get(String(step))
      if (next === undefined) return { entry, isWhole: false }
      entry = next
    }
    return { entry, isWhole: true }
  }

  const place = ({ key, value }: Entry): Position => {
    const isSingle = isScalar(value) || isAlias(value)
    const node = key !== undefined && !(isSingle && hasText(value)) ? key : value
    return positionAt(node?.range?.[0] ?? 0)
  }

  function* placesIn(entry: Entry, dotted: string): Generator<[string, Position]> {
    yield [dotted, place(entry)]
    for (const [step, next] of entriesOf(behind(entry.value))) {
      yield* placesIn(next, dotted === '' ? step : `${dotted}.${step}`)
    }
  }

  return {
    at: (path) => place(find(path).entry),
    ofKey: (path) => {
      const { entry, isWhole } = find(path)
      return isWhole && entry.key !== undefined ? positionAt(entry.key.range?.[0] ?? 0) : place(entry)
    },
    under: (path) => {
      const { entry, isWhole } = find(path)
      return isWhole ? Object.fromEntries(placesIn(entry, '')) : {}
    },
  }
}

const entryOf = ({ key, value }: Pair<unknown, unknown>): Entry => ({
  key: (key ?? undefined) as Node | undefined,
  value: (value ?? undefined) as Node | undefined,
})

const hasText = (node: Node): boolean => isAlias(node) || (node.range?.[0] ?? 0) < (node.range?.[1] ?? 0)
