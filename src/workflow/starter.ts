import type { Derived, DerivedImage, RunContext } from '../model/workflow.ts'

/** Bytes unpacked, by image id, where they were measured. */
export type MeasuredSizes = ReadonlyMap<string, number>

const ALLOWANCE = '~'

/** A spec to paste and to complete: what was derived, what was measured, and as comments what nobody but a person knows. */
export function starterSpec(derived: Derived, run: RunContext, sizes: MeasuredSizes = new Map()): string {
  const tagLists = derived.images.map(({ tags }) => listOf(tags.map((tag) => withPlaceholders(tag, run))))
  const [first] = tagLists
  const shared = first !== undefined && first !== '[]' && tagLists.every((list) => list === first) ? first : undefined
  return [
    '# .github/verify-images.yml',
    'version: 1',
    ...(shared === undefined ? [] : [`tags: ${shared} # every image carries each, all on one digest`]),
    'images:',
    ...derived.images.flatMap((image, index) =>
      imageLines(image, run, sizes.get(image.id), shared === undefined ? tagLists[index] : undefined),
    ),
    ...(derived.images.length === 0 ? ['  # app:', '  #   image: ghcr.io/{owner}/app'] : []),
    ...unknownLines(derived),
    '',
  ].join('\n')
}

function imageLines(
  image: DerivedImage,
  run: RunContext,
  size: number | undefined,
  tags: string | undefined,
): string[] {
  const { id, name, platforms } = image
  return [
    `  ${text(id)}:`,
    `    image: ${withOwner(name, run)}`,
    ...tagLine(tags),
    platforms.known
      ? `    platforms: ${listOf(platforms.value)} # exactly these`
      : `    # platforms: [linux/amd64] # unknown: ${oneLine(platforms.reason)}`,
    size === undefined
      ? '    # size: ~500MB # unpacked; 20 % either way'
      : `    size: ${text(`${ALLOWANCE}${rounded(size)}`)} # measured, unpacked; 20 % either way`,
    '    # imports: [my_package]',
    '    # absent: [torch]',
    '    # max-duration: 10m',
  ]
}

const tagLine = (tags: string | undefined): string[] => {
  if (tags === undefined) return []
  return [tags === '[]' ? "    # tags: [latest, 'sha-{sha7}'] # unknown" : `    tags: ${tags}`]
}

const rounded = (bytes: number): string =>
  bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))}MB` : `${(bytes / 1e9).toFixed(1)}GB`

function unknownLines({ unknown }: Derived): string[] {
  if (unknown.length === 0) return []
  const lines = unknown.map(
    ({ what, name, reason, at }) => `#   ${at.file}:${at.line} ${what} ${oneLine(`${name}: ${reason}`)}`,
  )
  return ['# The workflow does not say all of it. Complete by hand what these leave open:', ...new Set(lines)]
}

const listOf = (items: readonly string[]): string => `[${items.map(text).join(', ')}]`

/** Plain where YAML reads it back as the same text. */
const text = (value: string): string =>
  /^[A-Za-z~][\w./~-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n|~)$/i.test(value)
    ? value
    : `'${value.replaceAll("'", "''")}'`

const oneLine = (words: string): string => words.replace(/\s+/g, ' ')

function withPlaceholders(tag: string, { sha }: RunContext): string {
  if (sha === undefined || sha.length < 7) return tag
  return tag.replaceAll(sha, '{sha}').replaceAll(sha.slice(0, 7), '{sha7}')
}

/** `ghcr.io/{owner}/…`, so that a fork need not change it. */
function withOwner(name: string, run: RunContext): string {
  const owner = (run.owner ?? run.repository?.split('/')[0])?.toLowerCase()
  const parts = name.split('/')
  return owner !== undefined && parts.length > 2 && parts[1] === owner
    ? [parts[0], '{owner}', ...parts.slice(2)].join('/')
    : name
}
