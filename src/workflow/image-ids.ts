import type { ImageName, Tag } from '../model/image.ts'
import { registryOf } from '../model/image.ts'
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
  const candidates: ((image: Nameable, index: number) => string)[] = [
    (_, index) => short[index] ?? '',
    (_, index) => segments[index] ?? '',
    ({ tags }, index) => `${segments[index]}-${tags[0] ?? 'untagged'}`,
    ({ name, tags }, index) => `${registryOf(name)}-${segments[index]}-${tags[0] ?? 'untagged'}`,
  ]
  const chosen = candidates
    .map((candidate) => images.map((image, index) => slug(candidate(image, index))))
    .find((ids) => ids.every((id) => id !== '') && new Set(ids).size === ids.length)
  return chosen ?? images.map((image, index) => `${slug(image.name)}-${index + 1}`)
}

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
