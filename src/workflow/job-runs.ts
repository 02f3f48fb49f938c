import type { Known } from '../model/workflow.ts'
import type { Contexts } from './expressions.ts'
import { both, known } from './known.ts'
import { conditionHolds } from './templates.ts'
import type { Job, Workflow } from './workflow.ts'

/** Whether each job runs: it is skipped with any job it needs, unless its condition says otherwise. */
export function runsOf(workflow: Workflow, contexts: Contexts): (job: Job) => Known<boolean> {
  const jobs = new Map(workflow.jobs.map((job) => [job.key, job]))
  const found = new Map<Job, Known<boolean>>()
  const runs = (job: Job): Known<boolean> => {
    const before = found.get(job)
    if (before) return before
    // Jobs that need each other are refused by GitHub; here they only must not go on for ever.
    found.set(job, known(true))
    const own = conditionHolds(job.condition?.text, contexts)
    const isFree = /\b(always|failure|cancelled)\s*\(/.test(job.condition?.text ?? '')
    const needed = isFree ? [] : job.needs.flatMap((key) => jobs.get(key) ?? [])
    const result = needed.map(runs).reduce(both, own)
    found.set(job, result)
    return result
  }
  return runs
}

/** Every job that has to be over before a job starts. */
export function neededIn(workflow: Workflow): (job: Job) => readonly Job[] {
  const jobs = new Map(workflow.jobs.map((job) => [job.key, job]))
  return (job) => {
    const needed = new Set<Job>()
    const waiting = [job]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const more = next.needs.flatMap((key) => jobs.get(key) ?? []).filter((each) => !needed.has(each))
      for (const each of more) needed.add(each)
      waiting.push(...more)
    }
    return [...needed]
  }
}
