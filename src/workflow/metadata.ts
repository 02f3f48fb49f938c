import type { Known, Unknown } from '../model/workflow.ts'
import { render } from './handlebars.ts'
import { known, mapKnown, unknown } from './known.ts'
import { attributesOf, csvFields, linesOf } from './lists.ts'
import { globalExpressions, type MetadataContext } from './metadata/context.ts'
import { type TagEntry, tagEntries } from './metadata/entries.ts'
import { type Flavor, readFlavor } from './metadata/flavor.ts'
import { entryValue } from './metadata/types.ts'
import { type Holed, settle } from './templates.ts'

export interface MetadataInputs {
  readonly images: Holed
  readonly tags: Holed
  readonly flavor: Holed
}

export interface Metadata {
  readonly names: readonly Known<string>[]
  /** The first is the version; an unknown one may turn out to be none, or several. */
  readonly tags: readonly Known<string>[]
}

/** What docker/metadata-action makes of its inputs on a commit. */
// https://github.com/docker/metadata-action/blob/dc802804100637a589fabce1cb79ff13a1411302/README.md
export function computeMetadata(inputs: MetadataInputs, context: MetadataContext): Metadata {
  const flavor = readFlavor(inputs.flavor)
  const outcomes = tagEntries(inputs.tags).map((entry) => computeEntry(entry, flavor, context))
  const tags: Known<string>[] = []
  for (const { tag } of outcomes) {
    const isSeen = tag?.known && tags.some((other) => other.known && other.value === tag.value)
    if (tag && !isSeen) tags.push(tag)
  }
  const latest = latestTag(outcomes, flavor)
  const hasLatest = latest?.known && tags.some((tag) => tag.known && tag.value === latest.value)
  return { names: imageNames(inputs.images), tags: latest && !hasLatest ? [...tags, latest] : tags }
}

interface Outcome {
  /** Undefined: the entry gives no tag. */
  readonly tag: Known<string> | undefined
  /** What `latest=auto` makes of it, if it gives a tag. */
  readonly latest: boolean | undefined
}

const nothing: Outcome = { tag: undefined, latest: undefined }
const alwaysLatest = ['semver', 'pep440', 'match']

function computeEntry(entry: TagEntry, flavor: Flavor, context: MetadataContext): Outcome {
  const { attributes, unknownAttributes } = entry
  const enable = render(attributes.get('enable') ?? 'true', globalExpressions(context))
  if (enable.known && enable.value === 'false') return nothing
  const enabled = unknownAttributes.get('enable') ?? enable
  const perhaps = { latest: alwaysLatest.includes(entry.type) || attributes.get('event') === 'tag' || undefined }
  if (enabled.known && enabled.value !== 'true') {
    return { ...perhaps, tag: unknown(entry.text, `enable must be true or false, not ${enabled.value}`) }
  }
  const [hidden] = [...unknownAttributes].filter(([key]) => key !== 'enable').map(([, missing]) => missing)
  if (hidden) return { ...perhaps, tag: hidden }
  const value = entryValue(entry.type, (name) => attributes.get(name) ?? '', context)
  if (!value.known) return { ...perhaps, tag: value }
  if (value.value === undefined) return nothing
  const { latest } = value.value
  const tag = affixed(value.value.value, entry, flavor, context)
  if (tag.known && tag.value === '') return nothing
  if (enabled.known || !tag.known) return { latest, tag }
  return { latest, tag: unknown(tag.value, `it is made only if ${enabled.name} is true: ${enabled.reason}`) }
}

/** An entry's own prefix and suffix stand in for those of the flavor. */
function affixed(value: string, { attributes }: TagEntry, flavor: Flavor, context: MetadataContext): Known<string> {
  const expressions = globalExpressions(context)
  const affix = (name: 'prefix' | 'suffix'): Known<string> => {
    const own = attributes.get(name)
    const text = own === undefined ? flavor[name] : known(own)
    return text.known ? render(text.value, expressions) : text
  }
  const prefix = affix('prefix')
  if (!prefix.known) return prefix
  return mapKnown(affix('suffix'), (suffix) => sanitize(`${prefix.value}${value}${suffix}`))
}

const sanitize = (tag: string): string => tag.replace(/[^a-zA-Z0-9._-]+/g, '-')

/** With `auto` the first entry that gives a tag says whether there is a latest. */
function latestTag(outcomes: readonly Outcome[], flavor: Flavor): Known<string> | undefined {
  const isLatest = latestHolds(outcomes, flavor.latest)
  if (isLatest.known && !isLatest.value) return undefined
  if (!isLatest.known) return isLatest
  const affix = (flag: Known<boolean>, text: Known<string>): Known<string> =>
    flag.known ? (flag.value ? text : known('')) : flag
  const prefix = affix(flavor.prefixLatest, flavor.prefix)
  if (!prefix.known) return prefix
  return mapKnown(affix(flavor.suffixLatest, flavor.suffix), (suffix) => sanitize(`${prefix.value}latest${suffix}`))
}

function latestHolds(outcomes: readonly Outcome[], latest: Known<string>): Known<boolean> {
  const giving = outcomes.filter(({ tag }) => tag !== undefined)
  if (giving.length === 0 || (latest.known && latest.value === 'false')) return known(false)
  if (!latest.known) return latest
  const first = giving.findIndex(({ tag }) => tag?.known)
  const decisive = first < 0 ? giving : giving.slice(0, first + 1)
  if (latest.value === 'true') return first < 0 ? doubt(decisive) : known(true)
  const answers = new Set(decisive.map((outcome) => outcome.latest ?? false))
  if (answers.size > 1 || (first < 0 && answers.has(true))) return doubt(decisive)
  return known(answers.has(true))
}

const doubt = (outcomes: readonly Outcome[]): Unknown => {
  const missing = outcomes.find(({ tag }) => tag && !tag.known)?.tag
  return unknown('latest', `depends on ${missing && !missing.known ? missing.name : 'an unknown tag'}`)
}

/** The `images` input: names in lower case; an image that may be disabled is unknown. */
function imageNames({ text, holes }: Holed): readonly Known<string>[] {
  const lines = linesOf(text)
  const lower = (name: Known<string>): Known<string> => mapKnown(name, (value) => value.toLowerCase())
  const [only = ''] = lines
  if (lines.length === 1 && csvFields(only).every((field) => !field.includes('='))) {
    return csvFields(only)
      .filter((field) => field !== '')
      .map((field) => lower(settle(field, holes)))
  }
  return lines.flatMap((line) => {
    const { bare, named } = attributesOf(line, holes)
    const enable = named.get('enable') ?? known('true')
    if (enable.known && enable.value === 'false') return []
    const name = named.get('name') ?? bare[0] ?? unknown(line, 'it has no name')
    return [enable.known ? lower(name) : enable]
  })
}
