import { isMap, isNode, isScalar, type YAMLMap } from 'yaml'
import { errorMessage } from '../errors.ts'
import type { Position } from '../model/spec.ts'
import { includesOf } from './includes.ts'
import type { Nodes } from './nodes.ts'
import { type ComposeRefused, type Place, parseCompose, refuse } from './parse.ts'

/** A service of a compose file, as far as its image goes. */
export interface ComposeService {
  readonly name: string
  /** As it is written; undefined where it has none. */
  readonly image: string | undefined
  readonly builds: boolean
  /** As it is written; undefined where it has none. */
  readonly pullPolicy: string | undefined
  /** It is a program of the machine that deploys, and no container. */
  readonly provided: boolean
  /** Why the file alone does not tell what it runs. */
  readonly unclear: Unclear | undefined
  /** Of its image, or else of itself. */
  readonly at: Position
}

export interface Unclear {
  readonly reason: string
  readonly hint: string
}

export interface ComposeFile {
  readonly services: readonly ComposeService[]
  /** The files that it includes, as they are written, whose services are not among these; undefined where that cannot be told. */
  readonly includes: readonly string[] | undefined
}

export type ComposeRead = { readonly ok: true; readonly file: ComposeFile } | ComposeRefused

const MAX_SERVICES = 500
const MAX_EXTENDED = 20

/** Reads the services of a compose file: anchors, merge keys and `extends` inside the file are followed. Never throws. */
export function readCompose(text: string, file: string): ComposeRead {
  const parsed = parseCompose(text, file)
  if (!parsed.ok) return parsed
  const { root, nodes, place } = parsed
  try {
    return readRoot(root, nodes, place)
  } catch (error) {
    return refuse(errorMessage(error), error instanceof Misplaced ? place(error.node) : place(root))
  }
}

/** What compose refuses the whole file for. */
class Misplaced extends Error {
  readonly node: unknown

  constructor(message: string, node: unknown) {
    super(message)
    this.node = node
  }
}

function readRoot(root: unknown, nodes: Nodes, place: Place): ComposeRead {
  const all = isMap(root) ? nodes.valueAt(root, 'services') : undefined
  if (!isMap(root) || !isMap(all)) return refuse('it is no compose file: it has no map of services', place(root))
  const services = nodes.entriesOf(all)
  if (services.size > MAX_SERVICES) {
    return refuse(`it has ${services.size} services, more than ${MAX_SERVICES}`, place(root))
  }
  return {
    ok: true,
    file: {
      services: [...services].map(([name, { key }]) => readService(name, key, { all, nodes, place })),
      includes: includesOf(nodes.valueAt(root, 'include'), nodes),
    },
  }
}

interface Reading {
  /** The map of services. */
  readonly all: YAMLMap
  readonly nodes: Nodes
  readonly place: Place
}

function readService(name: string, key: unknown, { all, nodes, place }: Reading): ComposeService {
  const { maps, unclear } = chainOf(name, key, { all, nodes, place })
  const written = (what: string): unknown => maps.map((map) => nodes.valueAt(map, what)).find(isWritten)
  const textAt = (what: string): string | undefined => {
    const node = written(what)
    if (node === undefined || isReset(node)) return undefined
    if (isScalar(node) && typeof node.value === 'string') return node.value
    throw new Misplaced(`the ${what} of ${name} is no text`, isNode(node) ? node : key)
  }
  const image = textAt('image')
  const pullPolicy = textAt('pull_policy')
  const reset = ['image', 'build', 'pull_policy', 'provider'].find((what) =>
    maps.some((map) => isReset(nodes.valueAt(map, what))),
  )
  return {
    name,
    image,
    builds: written('build') !== undefined,
    pullPolicy,
    provided: written('provider') !== undefined,
    unclear: reset === undefined ? unclear?.(image, pullPolicy) : ofReset(name, reset),
    at: place(image === undefined ? key : written('image')),
  }
}

/** An empty value takes nothing from what is extended. */
const isWritten = (node: unknown): boolean =>
  node !== undefined && (isReset(node) || !isScalar(node) || node.value !== null)

const isReset = (node: unknown): boolean => isNode(node) && 'tag' in node && node.tag === '!reset'

const ofReset = (name: string, what: string): Unclear => ({
  reason: `what ${name} runs cannot be told: its ${what} has the tag !reset`,
  hint: 'remove the tag, and what it takes away',
})

interface Chain {
  /** The service itself, then what it extends, as far as it is in this file. */
  readonly maps: readonly YAMLMap[]
  /** Where it does not end in this file. */
  readonly unclear?: (image: string | undefined, pullPolicy: string | undefined) => Unclear | undefined
}

function chainOf(service: string, key: unknown, { all, nodes }: Reading): Chain {
  const maps: YAMLMap[] = []
  const names = [service]
  for (let name = service; maps.length < MAX_EXTENDED; ) {
    const map = nodes.valueAt(all, name)
    if (isReset(map)) return { maps, unclear: () => ofReset(service, 'service') }
    if (!isMap(map)) {
      const what = map === undefined ? `${service} extends ${name}, which is not there` : `${name} is no map of keys`
      throw new Misplaced(what, key)
    }
    maps.push(map)
    const base = nodes.valueAt(map, 'extends')
    if (!isWritten(base)) return { maps }
    if (isReset(base)) return { maps, unclear: () => ofReset(service, 'extends') }
    const file = isMap(base) ? nodes.valueAt(base, 'file') : undefined
    if (isWritten(file)) return { maps, unclear: ofFile(service, isScalar(file) ? String(file.value) : 'a file') }
    const extended = isMap(base) ? nodes.valueAt(base, 'service') : base
    if (!isScalar(extended)) throw new Misplaced(`${service} extends no service`, key)
    name = String(extended.value)
    if (name.includes('$')) return { maps, unclear: ofFile(service, name) }
    if (names.includes(name)) throw new Misplaced(`${service} extends itself`, key)
    names.push(name)
  }
  throw new Misplaced(`${service} extends more than ${MAX_EXTENDED} services`, key)
}

/** What is elsewhere may have an image, and the wish to build it. */
const ofFile =
  (service: string, where: string) =>
  (image: string | undefined, pullPolicy: string | undefined): Unclear | undefined => {
    if (image !== undefined && pullPolicy !== undefined) return undefined
    const what = image === undefined ? 'its image' : 'its pull_policy'
    const reason = `${service} extends ${where}, so ${what} is not in this file`
    return { reason, hint: 'give the service an image of its own, and pull_policy: missing' }
  }
