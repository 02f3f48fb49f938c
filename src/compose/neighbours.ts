import { isMap, isScalar, isSeq, visit } from 'yaml'
import { errorMessage } from '../errors.ts'
import type { Nodes } from './nodes.ts'
import { type ComposeRefused, parseCompose, refuse } from './parse.ts'

/** Another file that a compose file takes in. */
export interface Neighbour {
  readonly kind: 'include' | 'extends' | 'env_file' | 'label_file'
  /** As it is written, from the folder of the file that names it. */
  readonly path: string
}

export type NeighboursRead = { readonly ok: true; readonly neighbours: readonly Neighbour[] } | ComposeRefused

/**
 * The files that docker compose would read for this one, before it could be asked what comes of it: whatever stands
 * anywhere under a key that takes one, so that no alias or merge hides it. Never throws; what cannot be told is a problem.
 */
export function neighboursOf(text: string, file: string): NeighboursRead {
  const parsed = parseCompose(text, file)
  if (!parsed.ok) return parsed
  const { root, nodes, place } = parsed
  if (!isMap(root)) return refuse('it is no compose file', place(root))
  const neighbours: Neighbour[] = []
  try {
    visit(root, {
      Pair: (_, { key, value }) => {
        neighbours.push(...named(nodes.nameOf(key), nodes.behind(value), nodes))
      },
    })
    return { ok: true, neighbours }
  } catch (error) {
    return refuse(errorMessage(error), place(root))
  }
}

function named(key: string, value: unknown, nodes: Nodes): readonly Neighbour[] {
  switch (key) {
    case 'extends':
      return isMap(value) ? paths(key, nodes.valueAt(value, 'file'), nodes) : []
    case 'label_file':
      return paths(key, value, nodes)
    case 'env_file':
      return items(value, nodes).flatMap((each) => paths(key, isMap(each) ? nodes.valueAt(each, 'path') : each, nodes))
    case 'include':
      return items(value, nodes).flatMap((each) => {
        if (!isMap(each)) return paths(key, each, nodes)
        const more = [...nodes.entriesOf(each).keys()].find((name) => name !== 'path' && name !== 'env_file')
        if (more !== undefined) throw new Error(`${more} of include is not read`)
        return paths(key, nodes.valueAt(each, 'path'), nodes)
      })
    default:
      return []
  }
}

const items = (value: unknown, nodes: Nodes): readonly unknown[] =>
  (isSeq(value) ? value.items : [value]).map((each) => nodes.behind(each))

const paths = (kind: Neighbour['kind'], value: unknown, nodes: Nodes): readonly Neighbour[] =>
  items(value, nodes).flatMap((each) => {
    if (each === undefined || (isScalar(each) && each.value === null)) return []
    if (!isScalar(each)) throw new Error(`${kind} names no file that can be read`)
    const path = String(each.value)
    if (path.includes('$')) throw new Error(`${kind} names its file by a variable: ${JSON.stringify(path)}`)
    return [{ kind, path }]
  })

/** Whether a path leads to another machine. */
export const isRemote = (path: string): boolean =>
  /^[a-z][a-z0-9+.-]*:/i.test(path) || /^(?:git@|(?:www\.)?github\.com\/)/i.test(path) || path.includes('.git#')

/** A path up to its last slash. */
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)

/** The path from the workspace of what a file names. */
export const pathFrom = (file: string, path: string): string =>
  path.startsWith('/') ? path : `${folderOf(file)}${path.replace(/^(?:\.\/)+/, '')}`
