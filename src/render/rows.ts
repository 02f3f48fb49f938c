import { shortDigest } from '../model/image.ts'
import type { CheckResult, ImageReport, ModuleReport, PlatformReport, Report, Status } from '../model/result.ts'
import { placeOf } from './place.ts'
import { bytes } from './quantities.ts'

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
  /** `native`, `emulated`, or `no: ` and the reason. */
  readonly executed: string
  readonly modules: readonly string[]
  readonly seconds: number | undefined
}

export interface TagCell {
  readonly tag: string
  /** Empty where the tag has none. */
  readonly digest: string
}

export interface SizeCell {
  /** Empty where nobody measured. */
  readonly actual: string
  readonly expected: string
  readonly wrong: boolean
}

/** Every image and platform that was expected, seen or never reported, in the order of the spec. */
export function rowsOf(report: Report): readonly Row[] {
  const images = report.images.flatMap((image) => rowsOfImage(image, resultsFor(image, report), report.missing))
  const known = new Set(images.map(({ image, platform }) => `${image}/${platform}`))
  return [...images, ...report.missing.filter((key) => !known.has(key)).map(missingRow)]
}

const statuses: readonly Status[] = ['failed', 'errored', 'warned', 'passed', 'skipped']

/** Whether all tags lead to one digest. */
export const agree = (tags: readonly TagCell[]): boolean =>
  new Set(tags.map(({ digest }) => digest)).size === 1 && tags.every(({ digest }) => digest !== '')

const resultsFor = (image: ImageReport, { checks }: Report): readonly CheckResult[] => [
  ...image.checks,
  ...checks.filter(({ target }) => placeOf(target).image === image.id),
]

function rowsOfImage(image: ImageReport, results: readonly CheckResult[], missing: readonly string[]): readonly Row[] {
  const seen = new Map<string, PlatformReport>(image.platforms.map((platform) => [platform.platform, platform]))
  const platforms = new Set<string>([...(image.expected.platforms ?? []), ...seen.keys()])
  return [...(platforms.size === 0 ? ['–'] : platforms)].map((platform) => {
    const key = `${image.id}/${platform}`
    const mine = results.filter(({ target }) => target === key || target === image.id)
    return rowOf(image, platform, seen.get(platform), mine, missing.includes(key))
  })
}

function rowOf(
  image: ImageReport,
  platform: string,
  seen: PlatformReport | undefined,
  results: readonly CheckResult[],
  missing: boolean,
): Row {
  const present = new Set(results.map(({ status }) => status))
  const worst = statuses.find((status) => present.has(status)) ?? 'errored'
  // What the registry says of a platform that never ran is right, and half of the answer: its row is not green.
  const neverRan = worst === 'passed' && results.some(({ check, status }) => check === 'pull' && status === 'skipped')
  const times = [seen?.pullSeconds, seen?.probeSeconds].filter((seconds) => seconds !== undefined)
  return {
    image: image.id,
    platform,
    status: missing && worst !== 'failed' ? 'errored' : neverRan ? 'skipped' : worst,
    digest: seen?.digest === undefined ? '' : shortDigest(seen.digest),
    tags: Object.entries(image.tags).map(([tag, digest]) => ({
      tag,
      digest: digest === null ? '' : shortDigest(digest),
    })),
    compressed: sizeCell(seen?.compressed, image.expected.compressed, results),
    unpacked: sizeCell(seen?.unpacked, image.expected.unpacked, results),
    executed: missing ? 'never reported' : executedText(seen),
    modules: seen?.modules.map(moduleText) ?? [],
    seconds: times.length === 0 ? undefined : times.reduce((sum, seconds) => sum + seconds, 0),
  }
}

function sizeCell(actual: number | undefined, expected = '', results: readonly CheckResult[]): SizeCell {
  const text = actual === undefined ? '' : bytes(actual)
  const found = results.flatMap(({ check, status, findings }) =>
    check === 'size' && status === 'failed' ? findings : [],
  )
  const wrong = text !== '' && found.some((finding) => finding.actual?.startsWith(`${text} `))
  return { actual: text, expected, wrong }
}

function executedText(seen: PlatformReport | undefined): string {
  if (seen === undefined) return 'no: not looked at'
  return seen.executed === 'no' ? `no: ${seen.reason ?? 'nobody said why'}` : seen.executed
}

/** `torch 2.6.0 cpu`, `no torch`, `torch broken`. */
function moduleText({ module, outcome, version, accelerator }: ModuleReport): string {
  switch (outcome) {
    case 'imported':
      return [module, version, accelerator].filter((part) => part !== undefined).join(' ')
    case 'absent':
      return `no ${module}`
    case 'broken':
      return `${module} broken`
    case 'unseen':
      return `${module} not reached`
  }
}

function missingRow(key: string): Row {
  const { image = key, platform = '–' } = placeOf(key)
  const size: SizeCell = { actual: '', expected: '', wrong: false }
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
