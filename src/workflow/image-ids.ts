import type { ImageName, Tag } from '../model/image.ts'
import { registryOf } from '../model/image.ts'
import { SET } from '../model/result.ts'
import type { Row } from '../model/workflow.ts'

export interface Nameable {
  readonly name: ImageName
  readonly tags: readonly Tag[]
  readonly rows: readonly Row[]
}

/** A short id for each image: the matrix value its name ends in, else its name without what all names begin with. */
export function imageIds(images: readonly Nameable[]): readonly string[] {
  const segments = images.map(({ name }) => lastSegment(name))
  const prefix = commonPrefix([...new Set(segments)])
  const short = images.map((image, index) => fromRow(image) ?? segments[index]?.slice(prefix.length) ?? '')
  const plain = short.map((id, index) => slug(id) || slug(segments[index] ?? ''))
  const told = plain.map((id, index) => {
    const twins = images.filter((_, other) => plain[other] === id)
    return twins.length < 2 ? id : slug(`${id}-${difference(images[index], twins)}`)
  })
  const isOwn = (id: string, index: number) => id !== '' && id !== SET && told.indexOf(id) === index
  return told.map((id, index) => (isOwn(id, index) ? id : `${id || 'image'}-${index + 1}`))
}

/** What tells an image from others of its id: the registry, else the owner, else a tag. */
function difference(image: Nameable | undefined, twins: readonly Nameable[]): string {
  if (!image) return ''
  const ways = [({ name }: Nameable) => registryLabel(name), ({ name }: Nameable) => name.split('/').at(-2) ?? '']
  const way = ways.find((one) => new Set(twins.map(one)).size === twins.length)
  return way ? way(image) : (image.tags[0] ?? 'untagged')
}

/** `ghcr` of ghcr.io, `docker` of docker.io; any other host in full. */
const registryLabel = (name: ImageName): string => registryOf(name).replace(/^(\w+)\.io$/, '$1')

const lastSegment = (name: string): string => name.slice(name.lastIndexOf('/') + 1)

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '')

function fromRow({ name, rows }: Nameable): string | undefined {
  const segment = lastSegment(name)
  const values = (rows[0] ? Object.values(rows[0].values) : []).flatMap((value) =>
    value.known && typeof value.value === 'string' && value.value !== '' ? [value.value.toLowerCase()] : [],
  )
  const ends = values.map(lastSegment).filter((value) => segment === value || segment.endsWith(`-${value}`))
  return ends.toSorted((a, b) => b.length - a.length)[0]
}

/** What all names begin with, up to a dash: nothing for a name alone. */
function commonPrefix(names: readonly string[]): string {
  const [first = '', ...others] = names
  if (others.length === 0) return ''
  let length = 0
  while (length < first.length && others.every((name) => name[length] === first[length])) length += 1
  const prefix = first.slice(0, length)
  return prefix.slice(0, Math.max(prefix.lastIndexOf('-'), prefix.lastIndexOf('_')) + 1)
}
