import { parse, prerelease, valid } from 'semver'
import type { Known } from '../../model/workflow.ts'
import { isRaw, type Replacements, render } from '../handlebars.ts'
import { known, mapKnown, unknown } from '../known.ts'
import { globalExpressions, headOf, type MetadataContext, shortSha, tagOf } from './context.ts'

/** What an entry gives: nothing, or a tag, and what it means for `latest=auto`. */
export type EntryValue = { readonly value: string; readonly latest: boolean } | undefined

export type Attribute = (name: string) => string

// https://github.com/docker/metadata-action/blob/dc802804100637a589fabce1cb79ff13a1411302/src/meta.ts
/** The bare value of an entry by its type, before prefix and suffix. */
export function entryValue(type: string, attribute: Attribute, context: MetadataContext): Known<EntryValue> {
  switch (type) {
    case 'schedule':
      return scheduled(attribute, context)
    case 'semver':
      return versioned(attribute, context, semverTag)
    case 'pep440':
      return versioned(attribute, context, pep440Tag)
    case 'match':
      return versioned(attribute, context, matchTag)
    case 'edge':
      return edge(attribute, context)
    case 'ref':
      return reference(attribute('event'), context)
    case 'raw':
      return mapKnown(render(attribute('value'), globalExpressions(context)), (value) => ({ value, latest: false }))
    case 'sha': {
      const sha = attribute('format') === 'long' ? context.sha : shortSha(context)
      return mapKnown(sha, (value) => ({ value, latest: false }))
    }
    default:
      return unknown(`type=${type}`, 'docker/metadata-action has no such type')
  }
}

function scheduled(attribute: Attribute, context: MetadataContext): Known<EntryValue> {
  const { eventName } = context
  if (!eventName.known) return eventName
  if (!eventName.value.includes('schedule')) return known(undefined)
  const pattern = attribute('pattern') || 'nightly'
  return mapKnown(render(pattern, globalExpressions(context)), (value) => ({ value, latest: false }))
}

function edge(attribute: Attribute, { ref, defaultBranch }: MetadataContext): Known<EntryValue> {
  if (!ref.known) return ref
  const branch = headOf(ref.value)
  if (branch === undefined) return known(undefined)
  const wanted = attribute('branch') === '' ? defaultBranch : known(attribute('branch'))
  return mapKnown(wanted, (name) => (name === branch ? { value: 'edge', latest: false } : undefined))
}

function reference(event: string, { ref }: MetadataContext): Known<EntryValue> {
  if (!ref.known) return ref
  const pull = /^refs\/pull\/(.*?)(\/merge)?$/s.exec(ref.value)?.[1]
  const values: Readonly<Record<string, string | undefined>> = {
    branch: headOf(ref.value),
    tag: tagOf(ref.value),
    pr: pull,
  }
  const value = values[event]
  return known(value === undefined ? undefined : { value, latest: event === 'tag' })
}

type FromVersion = (version: string, attribute: Attribute) => Known<EntryValue>

/** Types that read a version: from `value`, else from the git tag. */
function versioned(attribute: Attribute, context: MetadataContext, read: FromVersion): Known<EntryValue> {
  const written = attribute('value')
  if (written === '') {
    const { ref } = context
    if (!ref.known) return ref
    const tag = tagOf(ref.value)
    return tag === undefined ? known(undefined) : read(tag, attribute)
  }
  const value = render(written, globalExpressions(context))
  return value.known ? read(value.value, attribute) : value
}

/** `match` of semver and pep440 cuts the version out of the tag. */
function cut(version: string, pattern: string): Known<string> {
  if (pattern === '') return known(version)
  const found = runPattern(pattern, version)
  return found.known ? known(found.value?.[1] ?? version) : found
}

const semverTag: FromVersion = (tag, attribute) => {
  const version = cut(tag, attribute('match'))
  if (!version.known) return version
  const text = version.value.replaceAll('/', '-')
  const parsed = valid(text) === null ? null : parse(text, { loose: true })
  if (parsed === null) return known(undefined)
  const isPrerelease = prerelease(text) !== null
  const pattern = isPrerelease && !isRaw(attribute('pattern')) ? '{{version}}' : attribute('pattern')
  const { raw, version: full, major, minor, patch } = parsed
  const names = new Map<string, string | number>(Object.entries({ raw, version: full, major, minor, patch }))
  return mapKnown(render(pattern, namesIn(names)), (value) => ({ value, latest: !isPrerelease }))
}

/** Only final releases: how pre-, post- and dev-releases are written anew is left to the action. */
const pep440Tag: FromVersion = (tag, attribute) => {
  const version = cut(tag, attribute('match'))
  if (!version.known) return version
  const text = version.value.replaceAll('/', '-')
  const release = /^v?(\d+(?:\.\d+)*)$/i.exec(text)?.[1]
  if (release === undefined) return unknown(text, 'a version by PEP 440 other than a final release is not evaluated')
  const [major = '0', minor = '0', patch = '0'] = release.split('.').map((part) => String(Number(part)))
  const clean = release.split('.').map(Number).join('.')
  const names = new Map<string, string>(Object.entries({ raw: text, version: clean, major, minor, patch }))
  return mapKnown(render(attribute('pattern'), namesIn(names)), (value) => ({ value, latest: true }))
}

const matchTag: FromVersion = (tag, attribute) => {
  const found = runPattern(attribute('pattern'), tag)
  if (!found.known) return found
  const value = found.value?.[Number(attribute('group') || '0')]
  return known(value === undefined ? undefined : { value, latest: true })
}

const namesIn =
  (names: ReadonlyMap<string, string | number>): Replacements =>
  (name) => {
    const value = names.get(name)
    return value === undefined ? undefined : known(String(value))
  }

const MAX_PATTERN_LENGTH = 200

/** A repeated group may take forever on a tag made for it, so such a pattern is not run. */
function runPattern(pattern: string, text: string): Known<RegExpMatchArray | null> {
  const [, body, flags] = /^\/(.+)\/(.*)$/s.exec(pattern) ?? [undefined, pattern, '']
  if (/\)[*+{]/.test(pattern) || pattern.length > MAX_PATTERN_LENGTH || text.length > MAX_PATTERN_LENGTH) {
    return unknown(`pattern=${pattern}`, 'the pattern is too involved to be evaluated here')
  }
  try {
    return known(new RegExp(body ?? pattern, flags).exec(text))
  } catch {
    return unknown(`pattern=${pattern}`, 'it is no regular expression')
  }
}
