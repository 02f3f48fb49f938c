import { shortDigest } from '../model/image.ts'
import {
  type BytesRange,
  type CheckResult,
  type Executed,
  type ImageReport,
  type PlatformReport,
  type Report,
  type Status,
  worstOf,
} from '../model/result.ts'
import { type ModuleCell, moduleCells, statusesAbout } from './module-cells.ts'
import { placeOf } from './place.ts'
import { skippedLast } from './statuses.ts'

/** One image on one platform, as every table shows it; its texts are foreign until a renderer escapes them. */
export interface Row {
  readonly image: string
  readonly platform: string
  /** The worst that is known of it and of its image. */
  readonly status: Status
  readonly digest: string
  readonly tags: readonly TagCell[]
  readonly compressed: SizeCell
  readonly unpacked: SizeCell
  /** Why not is told by the checks. */
  readonly executed: Executed | 'not looked at' | 'never reported'
  readonly modules: readonly ModuleCell[]
  readonly seconds: number | undefined
}

export interface TagCell {
  readonly tag: string
  /** Empty where the tag has none. */
  readonly digest: string
}

export interface SizeCell {
  /** Undefined where nobody measured. */
  readonly bytes?: number
  /** In the words of the spec. */
  readonly expected: string
  readonly range?: BytesRange
  /** Undefined where there is nothing to say of it. */
  readonly status?: Status
}

/** Every image and platform that was expected, seen or never reported, in the order of the spec. */
export function rowsOf(report: Report): readonly Row[] {
  const ofSet = Map.groupBy(report.checks, ({ target }) => placeOf(target).image)
  const missing = new Set(report.missing)
  const images = report.images.flatMap((image) =>
    rowsOfImage(image, [...image.checks, ...(ofSet.get(image.id) ?? [])], missing),
  )
  const known = new Set(images.map(({ image, platform }) => `${image}/${platform}`))
  return [...images, ...report.missing.filter((key) => !known.has(key)).map(missingRow)]
}

/** Whether all tags lead to one digest. */
export const agree = (tags: readonly TagCell[]): boolean =>
  new Set(tags.map(({ digest }) => digest)).size === 1 && tags.every(({ digest }) => digest !== '')

function rowsOfImage(
  image: ImageReport,
  results: readonly CheckResult[],
  missing: ReadonlySet<string>,
): readonly Row[] {
  const seen = new Map<string, PlatformReport>(image.platforms.map((platform) => [platform.platform, platform]))
  const platforms = new Set<string>([...(image.expected.platforms ?? []), ...seen.keys()])
  return [...(platforms.size === 0 ? ['–'] : platforms)].map((platform) => {
    const key = `${image.id}/${platform}`
    const mine = results.filter(({ target }) => target === key || target === image.id)
    return rowOf(image, platform, seen.get(platform), mine, missing.has(key))
  })
}

function rowOf(
  image: ImageReport,
  platform: string,
  seen: PlatformReport | undefined,
  results: readonly CheckResult[],
  missing: boolean,
): Row {
  const worst = worstOf(
    results.map(({ status }) => status),
    skippedLast,
  )
  // What the registry says of an image is right, and half of the answer for a platform that nobody looked at or ran.
  const neverRan = seen === undefined || results.some(({ check, status }) => check === 'pull' && status === 'skipped')
  const times = [seen?.pullSeconds, seen?.probeSeconds].filter((seconds) => seconds !== undefined)
  return {
    image: image.id,
    platform,
    status: missing && worst !== 'failed' ? 'errored' : neverRan && worst === 'passed' ? 'skipped' : worst,
    digest: seen?.digest === undefined ? '' : shortDigest(seen.digest),
    tags: Object.entries(image.tags).map(([tag, digest]) => ({
      tag,
      digest: digest === null ? '' : shortDigest(digest),
    })),
    compressed: sizeCell('compressed', seen, image, results),
    unpacked: sizeCell('unpacked', seen, image, results),
    executed: missing ? 'never reported' : (seen?.executed ?? 'not looked at'),
    modules: moduleCells(image.expected, seen, results),
    seconds: times.length === 0 ? undefined : times.reduce((sum, seconds) => sum + seconds, 0),
  }
}

function sizeCell(
  measure: 'compressed' | 'unpacked',
  seen: PlatformReport | undefined,
  { expected }: ImageReport,
  results: readonly CheckResult[],
): SizeCell {
  const [bytes, words = '', range] = [seen?.[measure], expected[measure], expected[`${measure}Bytes`]]
  const common = { expected: words, ...(range && { range }) }
  if (bytes === undefined) return common
  const ofSize = results.filter(({ check }) => check === 'size')
  const own = ofSize.flatMap((result) => statusesAbout(measure, result))
  if (own.length > 0) return { ...common, bytes, status: worstOf(own) }
  if (words === '') return { ...common, bytes }
  // Nothing is against it, if anybody looked.
  const looked = ofSize.length > 0 && ofSize.every(({ status }) => status !== 'errored')
  return { ...common, bytes, status: looked ? 'passed' : 'errored' }
}

function missingRow(key: string): Row {
  const { image = key, platform = '–' } = placeOf(key)
  const size: SizeCell = { expected: '' }
  return {
    image,
    platform,
    status: 'errored',
    digest: '',
    tags: [],
    compressed: size,
    unpacked: size,
    executed: 'never reported',
    modules: [],
    seconds: undefined,
  }
}
