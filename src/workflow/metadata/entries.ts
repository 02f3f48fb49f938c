import type { Known, Unknown } from '../../model/workflow.ts'
import { type Attributes, attributesOf, linesOf } from '../lists.ts'
import type { Holed } from '../templates.ts'

/** One line of the `tags` input. */
export interface TagEntry {
  readonly text: string
  /** `raw` where none is written; where it is written and unknown, it is among the unknown attributes. */
  readonly type: string
  readonly attributes: ReadonlyMap<string, string>
  readonly unknownAttributes: ReadonlyMap<string, Unknown>
  readonly priority: number
}

const byDefault = 'type=schedule\ntype=ref,event=branch\ntype=ref,event=tag\ntype=ref,event=pr'

// https://github.com/docker/metadata-action/blob/dc802804100637a589fabce1cb79ff13a1411302/src/tag.ts
const priorities: Readonly<Record<string, number>> = {
  schedule: 1000,
  semver: 900,
  pep440: 900,
  match: 800,
  edge: 700,
  ref: 600,
  raw: 200,
  sha: 100,
}

/** The entries of the `tags` input, or those that stand for an empty one, the highest priority first. */
export function tagEntries(tags: Holed): readonly TagEntry[] {
  const written = linesOf(tags.text)
  const lines = written.length > 0 ? written : linesOf(byDefault)
  return lines.map((line) => tagEntry(line, tags.holes)).sort((a, b) => b.priority - a.priority)
}

function tagEntry(line: string, holes: Holed['holes']): TagEntry {
  const all = withDefaults(attributesOf(line, holes))
  const attributes = new Map<string, string>()
  const unknownAttributes = new Map<string, Unknown>()
  for (const [key, value] of all) {
    if (value.known) attributes.set(key, value.value)
    else unknownAttributes.set(key, value)
  }
  const type = attributes.get('type') ?? 'raw'
  const priority = Number(attributes.get('priority') ?? priorities[type])
  return { text: line, type, attributes, unknownAttributes, priority: Number.isNaN(priority) ? 0 : priority }
}

function withDefaults({ bare, named }: Attributes): ReadonlyMap<string, Known<string>> {
  const all = new Map(named)
  for (const value of bare) all.set('value', value)
  const type = all.get('type')
  const isType = (name: string): boolean => type?.known === true && type.value === name
  const event = all.get('event')
  if (isType('sha') && !all.has('prefix')) all.set('prefix', { known: true, value: 'sha-' })
  if (isType('ref') && event?.known && event.value === 'pr' && !all.has('prefix')) {
    all.set('prefix', { known: true, value: 'pr-' })
  }
  return all
}
