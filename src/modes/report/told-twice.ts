import type { Check, Scope, Subjects } from '../../checks/define.ts'
import { checksFor } from '../../checks/index.ts'
import { covers, severityOf } from '../../checks/settle.ts'
import { familyOf, type Platform } from '../../model/image.ts'
import { type CheckResult, type ImageReport, type PlatformReport, type Report, SET } from '../../model/result.ts'
import type { ImageInSet, TargetInSet } from '../../model/set.ts'
import type { ShardReport } from '../../model/shard.ts'
import { hasProbes, type ImageExpectation, type SizeRange, targetKey } from '../../model/spec.ts'
import type { Plan } from '../../plan.ts'
import { reportExpected } from '../verify/assemble.ts'
import { canonical } from './canonical.ts'

/** Checks that stand on the container of the probe. */
const OF_THE_PROBE = ['import', 'absent', 'torch', 'growth']
/** Checks that stand on the index of their image. */
const OF_THE_INDEX = ['tags', 'platforms', 'revision']
/** Checks that look wherever their target runs. */
const OF_A_MACHINE = ['pull', 'start', 'health', 'import', 'absent', 'torch', 'command', 'file']

/**
 * Where a shard's report says two things of one, or what the plan does not let it say: all is written from one look, so
 * that one of the two was edited. Undefined where it is at one with itself.
 */
export function selfContradiction(report: Report, shard: ShardReport, plan: Plan): string | undefined {
  const expected = new Map(plan.images.map((image) => [image.id, image]))
  const ofSet = checksFor('set').map(({ id }) => `${id} of ${SET}: skipped`)
  const told = report.checks.map(
    ({ check, target, status, findings }) => `${check} of ${target}: ${status}${findings.length || ''}`,
  )
  if (report.images.length > 0 && canonical(told) !== canonical(ofSet)) return 'it judges the set as a whole'
  for (const image of report.images) {
    const wanted = expected.get(image.id)
    const inSet = shard.seen.images.find(({ id }) => id === image.id)
    if (wanted === undefined || inSet === undefined) return `it was not to look at ${image.id}`
    const wrong = imageContradiction(image, wanted, inSet, plan)
    if (wrong !== undefined) return `it says two things of ${wrong} of ${image.id}`
    for (const platform of image.platforms) {
      const key = targetKey(image.id, platform.platform)
      const probe = shard.seen.probes.find(({ target }) => target === key)
      const results = image.checks.filter(({ target }) => target === key)
      const about = { key, platform, probe, results, here: report.environment.platform, wanted, plan }
      const what = targetContradiction(about)
      if (what !== undefined) return `it says two things of ${what} of ${key}`
    }
  }
  return undefined
}

function imageContradiction(
  image: ImageReport,
  wanted: ImageExpectation,
  { commits }: ImageInSet,
  plan: Plan,
): string | undefined {
  if (canonical(image.expected) !== canonical(reportExpected(wanted))) return 'what is expected'
  const own = image.checks.filter(({ target }) => target === image.id)
  const has = (check: string) => own.find((result) => result.check === check)?.status
  const { sha } = plan.source
  // What a tag leads to need not be an index, and then nobody verified a digest.
  const digest = image.digest ?? wanted.tags.flatMap((tag) => image.tags[tag] ?? [])[0]
  const isOne = wanted.tags.every((tag) => image.tags[tag] === digest)
  if (has('tags') === 'passed' && !isOne) return 'the tags'
  const isOfCommit = commits.length >= (wanted.platforms?.length ?? 1) && commits.every((commit) => commit === sha)
  if (has('revision') === 'passed' && !isOfCommit) return 'the commit'
  const shown = own.flatMap((each) =>
    each.status === 'passed' && OF_THE_INDEX.includes(each.check) ? each.evidence : [],
  )
  if (shown.some((each) => each.kind === 'digest' && each.digest !== digest)) return 'the digest'
  const maySkip = (check: string): boolean =>
    check !== 'tags' && check !== 'platforms' && (check !== 'revision' || sha === undefined || isWaived(wanted))
  const silent = own.find((result) => isSilent(result) && !maySkip(result.check))
  return silent?.check ?? resultContradiction('image', wanted, own, wanted, plan)
}

/** Whether the spec does without some platform: what would look at it is then skipped. */
const isWaived = ({ waivers }: ImageExpectation): boolean =>
  waivers.some(({ finding }) => covers(finding, 'platforms/missing'))

interface AboutTarget {
  readonly key: string
  readonly platform: PlatformReport
  readonly probe: TargetInSet | undefined
  readonly results: readonly CheckResult[]
  /** What the machine of the shard is. */
  readonly here: Platform | undefined
  readonly wanted: ImageExpectation
  readonly plan: Plan
}

function targetContradiction({ key, platform, probe, results, here, wanted, plan }: AboutTarget): string | undefined {
  const ran = platform.executed !== 'no'
  const isNative = here !== undefined && familyOf(platform.platform) === familyOf(here)
  if (ran && (here === undefined || isNative !== (platform.executed === 'native'))) return 'the machine'
  if (hasProbes(wanted) && ran && probe === undefined) return 'the probe'
  const versions = platform.modules.flatMap(({ module, outcome, version }) =>
    outcome === 'imported' && version !== undefined ? [[module, version]] : [],
  )
  if (canonical(probe?.versions ?? {}) !== canonical(Object.fromEntries(versions))) return 'the versions'
  for (const result of results) {
    if (ran && isSilent(result) && OF_A_MACHINE.includes(result.check)) return result.check
    if (result.status !== 'passed') continue
    for (const evidence of result.evidence) {
      if (evidence.kind === 'digest' && evidence.digest !== platform.digest) return 'the digest'
      if (!OF_THE_PROBE.includes(result.check)) continue
      const { kind: _, ...container } = evidence
      if (canonical(container) !== canonical(probe?.container)) return 'the container'
    }
    if (result.check === 'size' && !isAsExpected(wanted, platform)) return 'the size'
    if (result.check === 'torch' && !isBuiltFor(wanted.torch, platform)) return 'torch'
    if (wantedModules(result.check, wanted).some(([module, outcome]) => !isSo(platform, module, outcome))) {
      return 'the modules'
    }
  }
  return resultContradiction('platform', { key, image: wanted, platform: platform.platform }, results, wanted, plan)
}

const isSo = ({ modules }: PlatformReport, module: string, outcome: string): boolean =>
  modules.some((each) => each.module === module && each.outcome === outcome)

const isAsExpected = ({ size }: ImageExpectation, { compressed, unpacked }: PlatformReport): boolean =>
  isWithin(size.compressed, compressed) && isWithin(size.unpacked, unpacked)

const isWithin = (range: SizeRange | undefined, bytes: number | undefined): boolean =>
  range === undefined || (bytes !== undefined && bytes >= range.minBytes && bytes <= range.maxBytes)

const isBuiltFor = (meant: ImageExpectation['torch'], { modules }: PlatformReport): boolean =>
  meant === 'any' ||
  modules.some(({ module, accelerator }) => module === 'torch' && accelerator?.split(' ')[0] === meant)

/** What a check that passed must have found of which modules. */
function wantedModules(
  check: string,
  { imports, absent, torch }: ImageExpectation,
): readonly (readonly [module: string, outcome: string])[] {
  if (check === 'import') return imports.map(({ module }) => [module, 'imported'])
  if (check === 'absent') return absent.map((module) => [module, 'absent'])
  return check === 'torch' && torch !== undefined ? [['torch', 'imported']] : []
}

/** Skipped, though it was asked for, and for no finding that is waived. */
const isSilent = (result: CheckResult): boolean =>
  result.status === 'skipped' && result.unasked !== true && result.findings.length === 0

/** What results say that is not asked, weighed or accepted by the spec as they say. */
function resultContradiction<S extends Scope>(
  scope: S,
  subject: Subjects[S],
  results: readonly CheckResult[],
  wanted: ImageExpectation,
  { baseline }: Plan,
): string | undefined {
  const checks = new Map(checksFor(scope).map((check) => [check.id, check]))
  const isSized = wanted.size.compressed !== undefined || wanted.size.unpacked !== undefined
  const mayBeUnasked = (check: string): boolean =>
    baseline === undefined && (check === 'growth' || (check === 'size' && !isSized))
  const isStrange = (result: CheckResult): boolean => {
    const check = checks.get(result.check)
    if (check === undefined) return true
    const reason = check.notAsked(subject)
    const unasked = result.status === 'skipped' && result.unasked === true
    if (reason !== undefined) return !unasked || result.reason !== reason
    if (unasked ? !mayBeUnasked(result.check) : result.check === 'growth' && baseline === undefined) return true
    return result.findings.some((finding) => !isWeighed(result, finding, check, wanted))
  }
  return results.find(isStrange)?.check
}

function isWeighed<S extends Scope>(
  { status }: CheckResult,
  { code, severity }: CheckResult['findings'][number],
  { codes }: Check<S>,
  { severity: severities, waivers }: ImageExpectation,
): boolean {
  const isAccepted = status !== 'skipped' || waivers.some(({ finding }) => covers(finding, code))
  return isAccepted && Object.hasOwn(codes, code) && severity === (severityOf(code, severities) ?? codes[code])
}
