import { isMap, isScalar, isSeq } from 'yaml'
import { isRemote } from './neighbours.ts'
import type { Nodes } from './nodes.ts'

/**
 * The files that a compose file includes, as they are written; undefined where what comes of them cannot be told: one of
 * elsewhere, or by a variable, several put together as one, or with variables of their own.
 */
export function includesOf(value: unknown, nodes: Nodes): readonly string[] | undefined {
  if (value === undefined || isNothing(value)) return []
  if (!isSeq(value)) return undefined
  const paths = value.items.map((each) => pathOf(nodes.behind(each), nodes))
  const known = paths.filter((path) => path !== undefined)
  return known.length === paths.length ? known : undefined
}

function pathOf(entry: unknown, nodes: Nodes): string | undefined {
  if (isMap(entry)) {
    const keys = [...nodes.entriesOf(entry).keys()]
    return keys.length === 1 ? pathOf(nodes.valueAt(entry, 'path'), nodes) : undefined
  }
  const only = isSeq(entry) && entry.items.length === 1 ? nodes.behind(entry.items[0]) : entry
  if (!isScalar(only) || typeof only.value !== 'string') return undefined
  const path = only.value
  return path === '' || path.includes('$') || path.startsWith('~') || isRemote(path) ? undefined : path
}

const isNothing = (value: unknown): boolean => isScalar(value) && value.value === null
