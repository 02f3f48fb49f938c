import { isMap, isScalar, type YAMLMap } from 'yaml'
import { errorMessage } from '../errors.ts'
import type { Position } from '../model/spec.ts'
import { type Nodes, nameOf } from './nodes.ts'
import { type ComposeRefused, type Place, parseCompose, refuse } from './parse.ts'

/** A service of a compose file, as far as its image goes. */
export interface ComposeService {
  readonly name: string
  /** As it is written; undefined where it has none. */
  readonly image: string | undefined
  readonly builds: boolean
  /** Another file, where its image may be. */
  readonly extendsFile: string | undefined
  /** Of its image, or else of itself. */
  readonly at: Position
}

export interface ComposeFile {
  readonly services: readonly ComposeService[]
  /** Whether it takes in other files, whose services are not among these. */
  readonly includes: boolean
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
    return refuse(errorMessage(error), place(root))
  }
}

function readRoot(root: unknown, nodes: Nodes, place: Place): ComposeRead {
  const services = isMap(root) ? nodes.valueAt(root, 'services') : undefined
  if (!isMap(root) || !isMap(services)) return refuse('it is no compose file: it has no map of services', place(root))
  if (services.items.length > MAX_SERVICES) {
    return refuse(`it has ${services.items.length} services, more than ${MAX_SERVICES}`, place(root))
  }
  const names = services.items.map(({ key }) => nameOf(key))
  const twice = services.items.find(({ key }, position) => names.indexOf(nameOf(key)) !== position)
  if (twice !== undefined) return refuse(`the service ${nameOf(twice.key)} is there twice`, place(twice.key))
  return {
    ok: true,
    file: {
      services: services.items.map(({ key, value }) => readService(nameOf(key), place(key), value, services)),
      includes: nodes.valueAt(root, 'include') !== undefined,
    },
  }

  function readService(name: string, at: Position, own: unknown, all: YAMLMap): ComposeService {
    const none = { name, image: undefined, builds: false, extendsFile: undefined, at }
    let builds = false
    let service = nodes.behind(own)
    for (let steps = 0; steps < MAX_EXTENDED && isMap(service); steps += 1) {
      builds ||= nodes.valueAt(service, 'build') !== undefined
      const image = nodes.valueAt(service, 'image')
      if (isScalar(image) && image.value !== null && image.tag !== '!reset') {
        return { ...none, image: String(image.value), builds, at: place(image) }
      }
      const base = nodes.valueAt(service, 'extends')
      const file = isMap(base) ? nodes.valueAt(base, 'file') : undefined
      if (isScalar(file)) return { ...none, builds, extendsFile: String(file.value) }
      const extended = isMap(base) ? nodes.valueAt(base, 'service') : base
      service = isScalar(extended) ? nodes.valueAt(all, String(extended.value)) : undefined
    }
    return { ...none, builds }
  }
}
