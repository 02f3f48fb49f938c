import { allChecks, countByStatus, type Report } from '../model/result.ts'
import { type Concern, concernsOf, type Level } from './concerns.ts'
import { placeOf } from './place.ts'
import { count, duration, moment } from './quantities.ts'
import { skippedParts } from './skipped.ts'
import { skippedLast } from './statuses.ts'

/** The verdict in a few words: `2 of 3 images are wrong`. */
export function headline(report: Report, concerns: readonly Concern[] = concernsOf(report)): string {
  const total = imagesOf(report)
  switch (report.verdict) {
    case 'passed': {
      const { warned } = countByStatus(allChecks(report))
      const warnings = warned > 0 ? [count(warned, 'warning')] : []
      return [`${whatOf(report)} verified`, ...warnings, ...notRun(report)].join(', ')
    }
    case 'failed': {
      const wrong = imagesWith('failed', concerns)
      const unseen = imagesWith('errored', concerns).difference(wrong)
      const besides = unseen.size === 0 ? '' : `, ${unseen.size} could not be verified`
      if (wrong.size === 0) return `The set of ${count(total, 'image')} is wrong${besides}`
      if (total <= 1) return 'The image is wrong'
      return `${wrong.size} of ${total} images ${wrong.size === 1 ? 'is' : 'are'} wrong${besides}`
    }
    case 'errored': {
      const { length: problems } = report.problems
      if (problems > 0 && total === 0) return `Could not verify: ${count(problems, 'problem')} with the input`
      const { size: unseen } = imagesWith('errored', concerns)
      if (total === 0) return unseen === 0 ? 'Could not verify anything' : `Could not verify ${count(unseen, 'image')}`
      if (unseen === 0 && problems > 0)
        return `Could not verify ${count(total, 'image')}: ${count(problems, 'problem')}`
      if (unseen === 0) return `Could not verify the set of ${count(total, 'image')}`
      return total === 1 ? 'Could not verify the image' : `Could not verify ${unseen} of ${total} images`
    }
  }
}

function whatOf(report: Report): string {
  const { shard, targets } = report
  if (shard !== undefined) return `Shard of ${count(shard.targets.length, 'target')}`
  return targets === undefined ? count(imagesOf(report), 'image') : `Only ${count(targets.length, 'target')}`
}

/** Whoever reads no further is to know that not all of it ran. */
function notRun({ images, shard }: Report): readonly string[] {
  const ran = images.flatMap(({ platforms }) => platforms.filter(({ executed }) => executed !== 'no')).length
  const all = images
    .map(
      ({ expected, platforms }) =>
        // What a shard was not given is not its to run.
        new Set([
          ...(shard === undefined ? (expected.platforms ?? []) : []),
          ...platforms.map((each) => each.platform),
        ]),
    )
    .reduce((sum, { size }) => sum + size, 0)
  if (ran === all) return []
  return [ran === 0 ? 'none of it run' : `${all - ran} of ${all} platforms not run`]
}

/** How many images there are, also those of which only a missing target is known. */
const imagesOf = ({ images, missing }: Report): number =>
  new Set([...images.map(({ id }) => id), ...missing.map((key) => placeOf(key).image)]).size

const imagesWith = (wanted: Level, concerns: readonly Concern[]): ReadonlySet<string> =>
  new Set(concerns.flatMap(({ level, target }) => (level === wanted ? (placeOf(target).image ?? []) : [])))

/** The counts of checks in one line, worst first, in the words of the report; `passed` is there even when it is 0. */
export function tally(report: Report): string {
  const all = countByStatus(allChecks(report))
  const { length: unasked } = skippedParts(report).unasked
  const counts = { ...all, skipped: all.skipped - unasked }
  const told = skippedLast.filter((status) => counts[status] > 0 || status === 'passed')
  return [
    ...told.map((status, at) => `${at === 0 ? count(counts[status], 'check') : counts[status]} ${status}`),
    ...(unasked > 0 ? [`${unasked} not asked for`] : []),
    ...(report.missing.length > 0 ? [`${report.missing.length} never reported`] : []),
    ...(report.problems.length > 0 ? [count(report.problems.length, 'problem')] : []),
  ].join(' · ')
}

/** What was verified, where and when: one fact each. */
export function circumstances({ source, environment, seconds, generated, tool }: Report): readonly string[] {
  const { repository, sha, runId, runAttempt } = source
  const { engine, store, platform, buildx } = environment
  return [
    [repository, sha && `at ${sha.slice(0, 7)}`].filter(Boolean).join(' '),
    runId === undefined ? '' : `run ${runId}${runAttempt && runAttempt > 1 ? ` (attempt ${runAttempt})` : ''}`,
    seconds > 0 ? duration(seconds) : '',
    engine ? `Docker ${engine}${store ? ` (${store} store)` : ''}${platform ? ` on ${platform}` : ''}` : '',
    buildx ? `buildx ${buildx}` : '',
    moment(generated),
    `verify-images ${tool.version}`,
  ].filter((fact) => fact !== '')
}
