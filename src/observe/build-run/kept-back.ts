import { mayBeCutFrom, shownName, unexpandedName } from '../../workflow/job-name.ts'
import type { Job, Workflow } from '../../workflow/workflow.ts'
import { CALLS, callersOf, expandsTo } from './names.ts'

/** A job by its name, and by its key in the file where that is known. */
interface Named {
  readonly name: string
  readonly key: string | undefined
}

/**
 * Whether a job, by what GitHub shows for one that it skips, waits for another to be over: what the files say. Of a file that
 * is not among them any may.
 */
export function waitsFor(job: Named, path: string, workflows: readonly Workflow[]): (name: string) => boolean {
  const workflow = workflows.find(({ file }) => withoutDot(file) === withoutDot(path))
  if (workflow === undefined) return () => true
  const [found, ...others] = workflow.jobs.flatMap((each) => levelsOf(each, job).map((level) => ({ level, in: each })))
  if (found === undefined || others.length > 0) return () => false
  const waiting = new Set(dependents(found.in, workflow.jobs).map((each) => shownName(unexpandedName(undefined, each))))
  const caller = `${found.level}${CALLS}`
  const called = found.in.uses?.text
  const waitsInside =
    called === undefined ? () => false : waitsFor({ ...job, name: job.name.slice(caller.length) }, called, workflows)
  return (name) => waiting.has(name) || (name.startsWith(caller) && waitsInside(name.slice(caller.length)))
}

const withoutDot = (path: string): string => path.replace(/^\.\//, '')

/** The part of a job's name that a job of the file may be shown as: all of it, or that before what it calls. */
function levelsOf(written: Job, { name, key }: Named): readonly string[] {
  if (written.uses === undefined && key !== undefined && written.key !== key) return []
  const full = unexpandedName(undefined, written)
  const levels = callersOf(name).filter((level) => (level === name) === (written.uses === undefined))
  return levels.filter((level) => level === full || expandsTo(full, level) || mayBeCutFrom(full, level))
}

function dependents({ key }: Job, jobs: readonly Job[]): readonly Job[] {
  const waiting = new Set([key])
  for (const each of waiting) for (const job of jobs) if (job.needs.includes(each)) waiting.add(job.key)
  return jobs.filter((job) => job.key !== key && waiting.has(job.key))
}
