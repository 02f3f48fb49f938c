import { didYouMean } from './suggest.ts'

/** What a run knows of itself, to fill placeholders with. */
export interface Context {
  /** Of the repository; any case. */
  readonly owner?: string | undefined
  /** The repository's name, without its owner; any case. */
  readonly repo?: string | undefined
  /** The commit, in full. */
  readonly sha?: string | undefined
  readonly branch?: string | undefined
  /** Of the release whose tag runs: `1.2.3` or `v1.2.3`. */
  readonly version?: string | undefined
}

interface Placeholder {
  readonly fill: (context: Context) => string | undefined
  readonly needs: string
}

const PLACEHOLDERS: ReadonlyMap<string, Placeholder> = new Map([
  [
    'owner',
    { fill: ({ owner }) => owner?.toLowerCase(), needs: 'a repository: run on a runner, or name the owner itself' },
  ],
  ['repo', { fill: ({ repo }) => repo?.toLowerCase(), needs: 'a repository: run on a runner, or name it itself' }],
  ['sha', { fill: ({ sha }) => sha?.toLowerCase(), needs: 'a commit: set the input sha, or run on a runner' }],
  [
    'sha7',
    { fill: ({ sha }) => sha?.toLowerCase().slice(0, 7), needs: 'a commit: set the input sha, or run on a runner' },
  ],
  ['branch', { fill: ({ branch }) => asTag(branch), needs: 'a branch: run for a branch, or name the tag itself' }],
  [
    'version',
    {
      fill: ({ version }) => asTag(version?.replace(/^v(?=\d)/, '')),
      needs: 'a release: run for a tag such as v1.2.3',
    },
  ],
])

const known = [...PLACEHOLDERS.keys()].map((name) => `{${name}}`)

/** The text with every `{…}` filled in, or each reason why one cannot be. */
export function fillPlaceholders(text: string, context: Context): { text: string } | { problems: readonly string[] } {
  if (text.includes('${{')) {
    const quoted = JSON.stringify(text)
    return { problems: [`${quoted} is an expression for workflows, and the spec has none: use ${known.join(', ')}`] }
  }
  const problems = new Set<string>()
  const filled = text.replace(/\{([^{}]*)\}/g, (written, name: string) => {
    const placeholder = PLACEHOLDERS.get(name)
    const value = placeholder?.fill(context)
    if (placeholder === undefined)
      problems.add(`${written} is unknown${didYouMean(written, known) || `: use ${known.join(', ')}`}`)
    else if (value === undefined || value === '') problems.add(`${written} needs ${placeholder.needs}`)
    return value ?? ''
  })
  return problems.size === 0 ? { text: filled } : { problems: [...problems] }
}

const MAX_TAG_LENGTH = 128

/** A branch or version as the tag that build tools make of it: what a tag cannot hold becomes a dash. */
const asTag = (text: string | undefined): string | undefined =>
  text
    ?.replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, MAX_TAG_LENGTH)
