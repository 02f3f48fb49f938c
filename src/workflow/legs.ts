import { data } from '@actions/expressions'
import type { Problem } from '../model/result.ts'
import type { Known, RunContext, UnknownPiece } from '../model/workflow.ts'
import { withEnv, workflowContexts } from './contexts.ts'
import { type Data, unknownData } from './data.ts'
import type { Contexts } from './expressions.ts'
import { inputsContext } from './inputs.ts'
import { jobName, nestedName, unexpandedName } from './job-name.ts'
import { neededIn, runsOf } from './job-runs.ts'
import { both, known } from './known.ts'
import { expandMatrix, type MatrixRow } from './matrix.ts'
import { readWorkflow } from './read.ts'
import { evaluateYaml } from './templates.ts'
import type { Job, Permissions, Workflow } from './workflow.ts'

/** The text of a file of the repository by its path, or undefined where there is none. */
export type ReadFile = (path: string) => string | undefined

/** One job that GitHub starts: of a matrix, one row. */
export interface Leg {
  readonly workflow: Workflow
  readonly job: Job
  /** `build`, or `caller/build` in a reusable workflow. */
  readonly key: string
  readonly name: Known<string>
  /** Its name before there are rows. */
  readonly unexpandedName: string
  /** Key and `name:` of every job that it needs, and those need. */
  readonly waitsFor: readonly string[]
  readonly row: MatrixRow | undefined
  /** Why it is not known how many of it there are: a matrix of its own, or of what calls it, that the file does not tell. */
  readonly uncounted: readonly UnknownPiece[]
  readonly contexts: Contexts
  readonly runs: Known<boolean>
  readonly permissions: Permissions | undefined
}

export interface Legs {
  readonly legs: readonly Leg[]
  readonly unknown: readonly UnknownPiece[]
  readonly problems: readonly Problem[]
}

/** Workflows that call each other multiply. */
interface Budget {
  /** Jobs that may still be made. */
  legs: number
  readonly called: Map<string, ReturnType<typeof readWorkflow>>
}

interface Caller {
  readonly leg: Leg | undefined
  readonly contexts: Contexts
  readonly depth: number
  readonly budget: Budget
}

// https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows#nesting-reusable-workflows
const MAX_DEPTH = 10
const MAX_LEGS = 2048

/** Every job of a workflow with every row of its matrix, local reusable workflows followed. */
export function legsOf(workflow: Workflow, run: RunContext, read: ReadFile): Legs {
  return legsIn(
    workflow,
    {
      leg: undefined,
      contexts: workflowContexts(workflow, run),
      depth: 0,
      budget: { legs: MAX_LEGS, called: new Map() },
    },
    run,
    read,
  )
}

function legsIn(workflow: Workflow, caller: Caller, run: RunContext, read: ReadFile): Legs {
  const { contexts, budget } = caller
  const jobRuns = runsOf(workflow, contexts)
  const jobNeeds = neededIn(workflow)
  const parts = workflow.jobs.map((job): Legs => {
    const runs = both(caller.leg?.runs ?? known(true), jobRuns(job))
    const rows = rowsOf(job, contexts)
    budget.legs -= Math.max(1, rows.legs.length)
    if (budget.legs < 0) return tooMany(job)
    const needed = jobNeeds(job).flatMap(({ key, name }) => [key, ...(name ? [name.text] : [])])
    const legs = rows.legs.map(({ row, matrix }): Leg => {
      const own = { ...contexts, matrix }
      const name = row === 'unknown' ? unknownName(job, matrix) : jobName(job, row?.named ?? [], own)
      return {
        workflow,
        job,
        key: caller.leg ? `${caller.leg.key}/${job.key}` : job.key,
        name: nestedName(caller.leg?.name, name),
        unexpandedName: unexpandedName(caller.leg?.unexpandedName, job),
        waitsFor: [...(caller.leg?.waitsFor ?? []), ...needed],
        row: row === 'unknown' ? undefined : row,
        uncounted: [...(caller.leg?.uncounted ?? []), ...rows.uncounted],
        contexts: withEnv(own, job.env),
        runs,
        permissions: job.permissions ?? workflow.permissions ?? caller.leg?.permissions,
      }
    })
    // GitHub expands no matrix of a job that it skips.
    const problems = runs.known && !runs.value ? [] : rows.problems
    const called = legs.map((leg) => (job.uses ? call(leg, job.uses.text, caller, run, read) : alone(leg)))
    return join([{ legs: [], unknown: [], problems }, ...called])
  })
  return join(parts)
}

const tooMany = ({ key, at }: Job): Legs => ({
  legs: [],
  unknown: [{ what: 'matrix', name: `job ${key}`, reason: `the workflow makes more than ${MAX_LEGS} jobs`, at }],
  problems: [],
})

const alone = (leg: Leg): Legs => ({ legs: [leg], unknown: [], problems: [] })
const join = (parts: readonly Legs[]): Legs => ({
  legs: parts.flatMap(({ legs }) => legs),
  unknown: parts.flatMap((part) => part.unknown),
  problems: parts.flatMap(({ problems }) => problems),
})

interface Rows extends Pick<Legs, 'problems'>, Pick<Leg, 'uncounted'> {
  readonly legs: readonly { readonly row: MatrixRow | 'unknown' | undefined; readonly matrix: Data }[]
}

function rowsOf(job: Job, contexts: Contexts): Rows {
  const expansion = expandMatrix(job, contexts)
  switch (expansion.kind) {
    case 'none':
      return { legs: [{ row: undefined, matrix: new data.Dictionary() }], uncounted: [], problems: [] }
    case 'rows':
      return { legs: expansion.rows.map((row) => ({ row, matrix: row.matrix })), uncounted: [], problems: [] }
    case 'invalid':
      return { legs: [], uncounted: [], problems: [expansion.problem] }
    case 'unknown': {
      const { name, reason } = expansion.unknown
      const at = job.strategy?.at ?? job.at
      const why = `${name}: ${reason}`
      return {
        legs: [{ row: 'unknown', matrix: unknownData('matrix', why) }],
        uncounted: [{ what: 'matrix', name: `of job ${job.key}`, reason: why, at }],
        problems: [],
      }
    }
  }
}

function unknownName(job: Job, matrix: Data): Known<string> {
  return jobName(job, [matrix], { matrix })
}

/** The reusable workflow of this action, or of a copy: its jobs plan, verify and report, and build nothing. */
const VERIFIES = /^[^/]+\/verify-images\/\.github\/workflows\/verify\.yml@/i

function call(leg: Leg, uses: string, caller: Caller, run: RunContext, read: ReadFile): Legs {
  const at = leg.job.uses?.at ?? leg.job.at
  const lost = (reason: string): Legs => ({
    legs: [],
    unknown: [{ what: 'workflow', name: uses, reason, at }],
    problems: [],
  })
  if (leg.runs.known && !leg.runs.value) return join([])
  if (VERIFIES.test(uses)) return join([])
  if (!uses.startsWith('./')) return lost('the workflow is in another repository, which is not read')
  if (caller.depth >= MAX_DEPTH) return lost(`reusable workflows call each other more than ${MAX_DEPTH} deep`)
  const path = uses.replace(/^\.\//, '')
  const text = read(path)
  if (text === undefined) return lost('there is no such file in the repository')
  const called = caller.budget.called.get(path) ?? readWorkflow(text, path)
  caller.budget.called.set(path, called)
  if (!called.ok) return { legs: [], unknown: [], problems: called.problems }
  const workflow = called.value
  const given = [...leg.job.with].map(([key, value]) => [key, evaluateYaml(value, leg.contexts)] as const)
  const declared = workflow.triggers.find(({ event }) => event === 'workflow_call')?.inputs
  const inner = workflowContexts(workflow, run)
  const contexts = { ...inner, inputs: inputsContext(declared, Object.fromEntries(given), leg.contexts) }
  const { depth, budget } = caller
  return legsIn(workflow, { leg, contexts: withEnv(contexts, workflow.env), depth: depth + 1, budget }, run, read)
}
