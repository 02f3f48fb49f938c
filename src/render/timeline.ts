import type { LegReport } from '../model/result.ts'
import { duration } from './quantities.ts'

const MAX_ROWS = 40
const MAX_NAME = 60

interface Timed extends LegReport {
  readonly startedAt: string
  readonly seconds: number
}

const isTimed = ({ startedAt, seconds }: LegReport): boolean =>
  seconds !== undefined && startedAt !== undefined && !Number.isNaN(Date.parse(startedAt))

/** When each job waited and ran, as a picture that GitHub draws (Mermaid); empty where no times are known. */
export function renderTimeline(legs: readonly LegReport[]): string {
  const timed = legs.filter((leg): leg is Timed => isTimed(leg)).toSorted(byStart)
  if (timed.length === 0) return ''
  return [
    '```mermaid',
    'gantt',
    '  title Jobs of the build (UTC)',
    '  dateFormat YYYY-MM-DD HH:mm:ss',
    '  axisFormat %H:%M',
    ...timed.slice(0, MAX_ROWS).flatMap(renderRow),
    '```',
  ].join('\n')
}

const byStart = (one: Timed, other: Timed): number => Date.parse(one.startedAt) - Date.parse(other.startedAt)

/** A section per job, since its name may hold what a task's may not; all that is variable in a task is a number of ours. */
function renderRow({ job, outcome, startedAt, seconds, queueSeconds = 0, budgetSeconds }: Timed): readonly string[] {
  const start = Date.parse(startedAt)
  const within = budgetSeconds === undefined ? seconds : Math.min(seconds, budgetSeconds)
  const status = outcome === 'succeeded' ? 'active' : 'crit'
  return [
    `  section ${sectionName(job)}`,
    ...(queueSeconds > 0 ? [task('queue', 'done', start - queueSeconds * 1000, queueSeconds)] : []),
    task(duration(seconds), status, start, within),
    ...(seconds > within ? [task('over budget', 'crit', start + within * 1000, seconds - within)] : []),
  ]
}

const task = (label: string, status: 'active' | 'crit' | 'done', startMs: number, seconds: number): string =>
  `  ${label} :${status}, ${stamp(startMs)}, ${Math.max(1, Math.round(seconds))}s`

const stamp = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')

/** Letters, digits and blanks, and little else: nothing that Mermaid or Markdown reads as anything but text. */
function sectionName(name: string): string {
  const plain = name
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N} ./()-]/gu, ' ')
    .replace(/ +/g, ' ')
    .trim()
  return /[\p{L}\p{N}]/u.test(plain) ? [...plain].slice(0, MAX_NAME).join('') : 'job'
}
