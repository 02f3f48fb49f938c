import prettyBytes from 'pretty-bytes'
import { platformThen } from '../model/baseline.ts'
import type { Platform } from '../model/image.ts'
import {
  childFor,
  type Execution,
  type ImageSeen,
  type IndexSeen,
  type Look,
  type PulledSeen,
  platformOf,
} from '../model/observation.ts'
import type { Report, UnweighedFinding } from '../model/result.ts'
import { hasProbes, positionOf, type SizeRange, type Target } from '../model/spec.ts'
import { defineCheck, type Judgement, noIndex, noPlatform, notListed, notRun, type Unlooked, unseen } from './define.ts'

/** Platforms of one image hold the same program: beyond this ratio one of them holds something else. */
const SKEW = 1.5

interface Seen {
  readonly image: ImageSeen
  readonly execution: Execution
  /** Undefined where no unpacked size is expected, or nothing runs here. */
  readonly pulled: Look<PulledSeen> | undefined
  readonly unpacked: Look<number> | undefined
  /** The report of the last run that passed; undefined where nobody named one. */
  readonly baseline?: Look<Report> | undefined
  /** Bytes of the layers in the last run that passed, where that is known. */
  readonly compressedThen?: number | undefined
}

export const size = defineCheck({
  id: 'size',
  title: 'Sizes are as expected, and alike on all platforms',
  scope: 'platform',
  codes: { 'size/over': 'error', 'size/under': 'error', 'size/skew': 'error', 'size/growth': 'warning' },
  notAsked: () => undefined,
  observe: async (target, sight): Promise<Seen> => {
    const execution = await sight.execution(target)
    const wanted = target.image.size.unpacked !== undefined && execution.executed !== 'no'
    return {
      image: await sight.image(target.image),
      execution,
      pulled: wanted ? await sight.pulled(target) : undefined,
      unpacked: wanted ? await sight.unpacked(target) : undefined,
      baseline: sight.baseline,
      compressedThen: sight.baseline?.ok ? platformThen(sight.baseline.seen, target)?.compressed : undefined,
    }
  },
  judge: (target, { image, execution, pulled, unpacked: measured, baseline, compressedThen }: Seen): Judgement => {
    if (!image.index.ok) return noIndex(image.index, image)
    const child = childFor(image.index.seen, target.platform)
    if (child === undefined) return notThere(target, execution, image.index.seen)
    const { manifest } = child
    if (!manifest.ok) return unseen(manifest, 'platforms')
    const { compressed, unpacked } = target.image.size
    const compressedBytes = manifest.seen.compressedBytes
    const findings = [
      ...compare(target, 'compressed', compressed, compressedBytes),
      ...compare(target, 'unpacked', unpacked, measured?.ok ? measured.seen : undefined),
      ...skew(target, image.index.seen, compressedBytes),
      ...grown(target, compressedThen, compressedBytes),
    ]
    const rest =
      unknownSibling(image.index.seen) ??
      (unpacked && unmeasured(execution, pulled, measured)) ??
      withoutBaseline(target, baseline, compressedThen)
    const isCompared = compressed ?? unpacked ?? compressedThen ?? siblingOf(target, image.index.seen)
    if (rest === undefined && isCompared === undefined) {
      return { skipped: 'no size is expected, and there is nothing to compare it with', unasked: true }
    }
    return { findings, evidence: [{ kind: 'digest', digest: manifest.seen.digest }], rest }
  },
})

/** Where it was to be measured unpacked, that may be the only place to measure it. */
const notThere = ({ image, platform }: Target, execution: Execution, index: IndexSeen): Unlooked =>
  image.size.unpacked !== undefined && (execution.executed !== 'no' || execution.asked)
    ? noPlatform(image, platform)
    : notListed(image, platform, index)

/** A platform whose size nobody knows may be the one that holds something else. */
function unknownSibling(index: IndexSeen): Unlooked | undefined {
  for (const { descriptor, manifest } of index.children) {
    if (manifest.ok) continue
    const name = descriptor.platform ?? descriptor.platformText ?? descriptor.digest
    const reason = `the size of ${name} is not known, to compare with: ${manifest.reason}`
    return unseen({ reason, hint: manifest.hint }, 'platforms')
  }
  return undefined
}

/** A baseline that was named, and that the size is not compared with; where it is none, the check `growth` says so if it is asked. */
function withoutBaseline(
  { key, image }: Target,
  baseline: Look<Report> | undefined,
  compressedThen: number | undefined,
): Unlooked | undefined {
  if (baseline === undefined || isKnown(compressedThen)) return undefined
  if (baseline.ok) return { skipped: `the run of the baseline does not know a size of ${key} to compare with` }
  if (hasProbes(image)) return undefined
  return baseline.failure === 'not-found' ? { skipped: baseline.reason } : unseen(baseline)
}

function unmeasured(
  execution: Execution,
  pulled: Look<PulledSeen> | undefined,
  unpacked: Look<number> | undefined,
): Unlooked | undefined {
  if (execution.executed === 'no') return notRun(execution)
  if (pulled === undefined || unpacked === undefined)
    return { unseen: 'nothing was pulled', hint: 'see the check pull', because: 'pull' }
  if (!pulled.ok) return unseen(pulled, 'pull')
  if (!unpacked.ok) return unseen(unpacked)
  if (isKnown(unpacked.seen)) return undefined
  return { unseen: 'the engine does not say how large it is unpacked', hint: 'see docker image inspect' }
}

const isKnown = (bytes: number | undefined): bytes is number => Number.isFinite(bytes)

function compare(
  { key, image, platform }: Target,
  measure: 'compressed' | 'unpacked',
  range: SizeRange | undefined,
  bytes: number | undefined,
): readonly UnweighedFinding[] {
  if (range === undefined || !isKnown(bytes) || (bytes >= range.minBytes && bytes <= range.maxBytes)) return []
  const over = bytes > range.maxBytes
  const at = positionOf(image, `size.${measure}`)
  return [
    {
      code: over ? 'size/over' : 'size/under',
      about: measure,
      message: `${key} is ${prettyBytes(bytes)} ${measure}, ${over ? 'more' : 'less'} than ${range.text}`,
      expected: `${range.text} (${prettyBytes(range.minBytes)} to ${Number.isFinite(range.maxBytes) ? prettyBytes(range.maxBytes) : 'any'})`,
      actual: `${prettyBytes(bytes)} (${bytes} bytes)`,
      hint: over
        ? `look what came in: docker history ${image.name}, and compare with ${platform} of the last good build`
        : 'something is left out: look at the last lines of its build, and whether the right Dockerfile and target were built',
      ...(at && { at }),
    },
  ]
}

function grown(target: Target, then: number | undefined, now: number): readonly UnweighedFinding[] {
  const limit = 1 + target.image.growth
  if (!isKnown(then) || now <= then * limit) return []
  const at = positionOf(target.image, 'growth')
  return [
    {
      code: 'size/growth',
      about: 'compressed',
      message: `${target.key} is ${(now / Math.max(then, 1)).toFixed(1)} times as large as in the last run that passed`,
      expected: `at most ${limit.toFixed(2)} × ${prettyBytes(then)} (compressed)`,
      actual: prettyBytes(now),
      hint: `look what came in: docker history ${target.image.name}; if it was meant, this run is what the next one compares with`,
      ...(at && { at }),
    },
  ]
}

/** Another platform of the image, to compare a size with. */
const siblingOf = ({ platform }: Target, index: IndexSeen): Platform | undefined =>
  index.children.map((child) => platformOf(index, child)).find((other) => other !== undefined && other !== platform)

/** Told once for an image: at its largest platform. */
function skew(target: Target, index: IndexSeen, compressedBytes: number): readonly UnweighedFinding[] {
  const sizes = index.children.flatMap((child) => {
    const platform = platformOf(index, child)
    return platform !== undefined && child.manifest.ok ? [{ platform, bytes: child.manifest.seen.compressedBytes }] : []
  })
  const smallest = sizes.reduce(
    (least, each) => (each.bytes < least.bytes ? each : least),
    sizeOf(target, compressedBytes),
  )
  const largest = sizes.reduce((most, each) => (each.bytes > most.bytes ? each : most), sizeOf(target, compressedBytes))
  if (largest.platform !== target.platform || largest.bytes <= smallest.bytes * SKEW) return []
  const at = positionOf(target.image, 'platforms')
  return [
    {
      code: 'size/skew',
      about: 'compressed',
      message: `${target.key} is ${(largest.bytes / Math.max(smallest.bytes, 1)).toFixed(1)} times as large as ${smallest.platform}`,
      expected: `platforms of one image within ${SKEW}× of each other (compressed)`,
      actual: `${prettyBytes(largest.bytes)} against ${prettyBytes(smallest.bytes)}`,
      hint: 'a package index often gives one platform other wheels: for torch on amd64, install from https://download.pytorch.org/whl/cpu and check the lock file',
      ...(at && { at }),
    },
  ]
}

const sizeOf = ({ platform }: Target, bytes: number): { platform: Platform; bytes: number } => ({ platform, bytes })
