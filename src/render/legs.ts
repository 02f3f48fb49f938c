import type { LegReport, LegsReport } from '../model/result.ts'
import type { LegOutcome } from '../model/run.ts'
import { details, escapeMarkdown, link, prose, table } from './markdown.ts'
import { count, duration } from './quantities.ts'
import { icons } from './statuses.ts'
import { renderTimeline } from './timeline.ts'

const HEADER = ['', 'job', 'image', 'result', 'time', 'budget', 'queue', 'last runs']
const MAX_NAME = 100

/** How the legs of the build went, against their budgets, with a timeline to unfold; empty where no run was seen. */
export function renderLegs(legs: LegsReport | undefined, items: number): string {
  if (legs === undefined || legs.jobs.length === 0) return ''
  const told = legs.jobs.toSorted((one, other) => rank(one) - rank(other)).slice(0, items)
  const left = legs.jobs.length - told.length
  return [
    '### The build',
    told.length === 0 ? '' : table(HEADER, told.map(renderLeg)),
    left === 0 ? '' : `${count(left, 'more job')} in report.json.`,
    ...legs.notes.slice(0, items).map((note) => prose(note)),
    items === Number.POSITIVE_INFINITY ? folded(renderTimeline(legs.jobs)) : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const folded = (timeline: string): string => (timeline === '' ? '' : details('Timeline', timeline))

const iconFor: Readonly<Record<LegOutcome, string>> = {
  succeeded: icons.passed,
  failed: icons.failed,
  skipped: icons.failed,
  cancelled: icons.failed,
  unfinished: icons.failed,
  missing: icons.failed,
  ambiguous: icons.failed,
  unknown: icons.errored,
}

const isOver = ({ seconds, budgetSeconds }: LegReport): boolean =>
  seconds !== undefined && budgetSeconds !== undefined && seconds > budgetSeconds

const rank = (leg: LegReport): number => (leg.outcome !== 'succeeded' ? 0 : isOver(leg) ? 1 : 2)

function renderLeg(leg: LegReport): readonly string[] {
  const { job, images, outcome, url, seconds, budgetSeconds, queueSeconds, earlierSeconds } = leg
  const name = escapeMarkdown(job, MAX_NAME) || 'a job without a name'
  return [
    outcome === 'succeeded' && isOver(leg) ? icons.warned : iconFor[outcome],
    url !== undefined && isPlainUrl(url) ? link(name, url) : name,
    images.map((image) => escapeMarkdown(image, MAX_NAME)).join(', '),
    outcome,
    seconds === undefined ? '' : isOver(leg) ? `**${duration(seconds)}**` : duration(seconds),
    budgetSeconds === undefined ? '' : duration(budgetSeconds),
    queueSeconds === undefined ? '' : duration(queueSeconds),
    earlierSeconds.map(duration).join(', '),
  ]
}

/** Nothing that could end a link. */
const isPlainUrl = (url: string): boolean => /^https?:\/\/[A-Za-z0-9._:/-]+$/.test(url)
