import type { Known, RunContext } from '../../model/workflow.ts'
import type { Replacements } from '../handlebars.ts'
import { known, unknown } from '../known.ts'

/** What docker/metadata-action knows of the commit it runs on. */
export interface MetadataContext {
  readonly ref: Known<string>
  readonly sha: Known<string>
  readonly eventName: Known<string>
  readonly defaultBranch: Known<string>
  readonly shortLength: Known<number>
}

/** The part of the run that the action reads; `shortLength` is its DOCKER_METADATA_SHORT_SHA_LENGTH. */
export function metadataContext(run: RunContext, shortLength: Known<number>, source: Known<string>): MetadataContext {
  const notHere = (name: string): Known<string> => unknown(name, 'it is known only while the workflow runs')
  const from = (value: string | undefined, name: string): Known<string> =>
    value === undefined ? notHere(name) : known(value)
  const fromGit = !source.known || source.value !== 'workflow'
  const event = run.eventName ?? ''
  const reads = fromGit ? 'context: git reads the checkout' : undefined
  return {
    ref: reads
      ? unknown('github.ref', reads)
      : event === 'pull_request_target'
        ? notHere('github.event.number')
        : from(run.ref, 'github.ref'),
    sha: reads ? unknown('github.sha', reads) : from(run.sha, 'github.sha'),
    eventName: from(run.eventName, 'github.event_name'),
    defaultBranch: from(run.defaultBranch, 'github.event.repository.default_branch'),
    shortLength,
  }
}

/** The branch that a ref names. */
export const headOf = (ref: string): string | undefined => /^refs\/heads\/(.*)$/s.exec(ref)?.[1]
/** The tag that a ref names. */
export const tagOf = (ref: string): string | undefined => /^refs\/tags\/(.*)$/s.exec(ref)?.[1]

/** The commit as `type=sha` shortens it. */
export function shortSha({ sha, shortLength }: MetadataContext): Known<string> {
  if (!sha.known) return sha
  return shortLength.known ? known(sha.value.slice(0, shortLength.value)) : shortLength
}

/** The `{{branch}}`-like expressions that may stand in a value. */
// https://github.com/docker/metadata-action/blob/dc802804100637a589fabce1cb79ff13a1411302/README.md#global-expressions
export const globalExpressions =
  (context: MetadataContext): Replacements =>
  (name) => {
    const { ref } = context
    switch (name) {
      case 'branch':
        return ref.known ? known(headOf(ref.value) ?? '') : ref
      case 'tag':
        return ref.known ? known(tagOf(ref.value) ?? '') : ref
      case 'sha':
        return shortSha(context)
      case 'base_ref':
        return ref.known && headOf(ref.value) !== undefined
          ? known('')
          : unknown('{{base_ref}}', 'the event is not in the file')
      case 'is_default_branch':
        return isDefaultBranch(context)
      case 'is_not_default_branch': {
        const isDefault = isDefaultBranch(context)
        return isDefault.known ? known(isDefault.value === 'true' ? 'false' : 'true') : isDefault
      }
      case 'date':
      case 'commit_date':
        return unknown(`{{${name}}}`, 'a date is known only while the workflow runs')
      default:
        return undefined
    }
  }

function isDefaultBranch({ ref, eventName, defaultBranch }: MetadataContext): Known<string> {
  if (eventName.known && /create|discussion|issues|schedule/.test(eventName.value)) return known('true')
  if (!ref.known) return ref
  const branch = headOf(ref.value)
  if (branch !== undefined && !defaultBranch.known) return defaultBranch
  if (branch !== undefined && defaultBranch.known && branch === defaultBranch.value) return known('true')
  return eventName.known ? known('false') : eventName
}
