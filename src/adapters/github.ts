import { failed, type Look } from '../model/observation.ts'
import type { JobSeen, OwnJob, WorkflowRunSeen } from '../model/run.ts'
import type { BuildRun } from '../ports.ts'
import {
  annotationsAnswer,
  folderAnswer,
  jobsAnswer,
  repositoryAnswer,
  runAnswer,
  runsAnswer,
} from './github/answers.ts'
import { type GitHubClient, type GitHubOptions, githubClient } from './github/client.ts'
import type { Question } from './github/errors.ts'

export interface BuildRunOptions extends GitHubOptions {
  /** `owner/name` */
  readonly repository: string
  readonly own: OwnJob | undefined
  /** Where the event says it; else GitHub is asked. */
  readonly defaultBranch?: string | undefined
}

const PAGE = 100
const MAX_PAGES = 100
const RUNS_PAGE = 10
const MAX_RUNS_PAGES = 20
const MAX_FILE_BYTES = 1024 * 1024

/** The runs of one repository through GitHub's REST API. */
export function githubBuildRun({ repository, own, ...options }: BuildRunOptions): BuildRun {
  const client = githubClient(options)
  const base = `/repos/${repository.split('/').map(encodeURIComponent).join('/')}`
  const question = (what: string, permission: Question['permission']): Question => ({
    what: `${what} of ${repository}`,
    permission,
  })
  const workflow = (idOrFile: string): string => `${base}/actions/workflows/${encodeURIComponent(idOrFile)}`
  const defaultBranch = async (): Promise<string | undefined> => {
    if (options.defaultBranch !== undefined) return options.defaultBranch
    const found = await client.json(base, {}, repositoryAnswer, question('the default branch', 'metadata: read'))
    return found.ok ? found.seen.default_branch : undefined
  }
  return {
    own,
    run: (id) => client.json(`${base}/actions/runs/${id}`, {}, runAnswer, question(`run ${id}`, 'actions: read')),
    jobs: async (id) => {
      const path = `${base}/actions/runs/${id}/jobs`
      const about = question(`the jobs of run ${id}`, 'actions: read')
      const first = await listJobs(client, path, about)
      // Jobs that came while pages were turned make a list that is not whole; the next one is.
      return first.ok && !first.seen.whole
        ? wholeJobs(await listJobs(client, path, about), about)
        : wholeJobs(first, about)
    },
    annotations: (jobId) =>
      client.json(
        `${base}/check-runs/${encodeURIComponent(jobId)}/annotations`,
        { per_page: PAGE },
        annotationsAnswer,
        question(`the annotations of job ${jobId}`, 'checks: read'),
      ),
    earlierSuccesses: async ({ id, workflowId, headBranch }, atMost) => {
      const branch = (await defaultBranch()) ?? headBranch
      if (branch === undefined) return { ok: true, seen: [] }
      const about = question('the earlier runs', 'actions: read')
      const look = await listBuilds(client, workflow(workflowId), { branch, status: 'success' }, atMost + 1, about)
      return look.ok ? { ok: true, seen: look.seen.filter((run) => run.id !== id).slice(0, atMost) } : look
    },
    newestRun: async (path, { branch, headSha, status }) => {
      const parameters = { branch, head_sha: headSha, status }
      const file = workflow(path.slice(path.lastIndexOf('/') + 1))
      const look = await listBuilds(client, file, parameters, 1, question(`the runs of ${path}`, 'actions: read'))
      return look.ok ? { ok: true, seen: look.seen[0] } : look
    },
    file: async (path, ref) => {
      const about = question(`the file ${path} at ${ref}`, 'contents: read')
      const encoded = path.split('/').map(encodeURIComponent).join('/')
      const look = await client.text(`${base}/contents/${encoded}`, { ref }, about)
      if (!look.ok && look.failure === 'hidden') {
        // GitHub says the same of what is not there and of what is hidden: who may see the folder knows which.
        const folder = await client.json(`${base}/contents`, { ref }, folderAnswer, about)
        if (!folder.ok) return look
        return failed('not-found', `${repository} has no ${path} at ${ref}`, '')
      }
      if (!look.ok || look.seen.length <= MAX_FILE_BYTES) return look
      return failed('malformed', `${about.what} is larger than 1 MiB`, '')
    },
  }
}

interface Listed {
  readonly jobs: readonly JobSeen[]
  readonly total: number
  readonly whole: boolean
}

/** All pages, each job once. */
async function listJobs(client: GitHubClient, path: string, question: Question): Promise<Look<Listed>> {
  const jobs = new Map<string, JobSeen>()
  for (let page = 1; ; page += 1) {
    const look = await client.json(path, { filter: 'all', per_page: PAGE, page }, jobsAnswer, question)
    if (!look.ok) return look
    for (const job of look.seen.jobs) jobs.set(job.id, job)
    const total = look.seen.total_count
    const isLast = look.seen.jobs.length < PAGE || jobs.size >= total || page === MAX_PAGES
    if (isLast) return { ok: true, seen: { jobs: [...jobs.values()], total, whole: jobs.size === total } }
  }
}

function wholeJobs(look: Look<Listed>, { what }: Question): Look<readonly JobSeen[]> {
  if (!look.ok) return look
  const { jobs, total, whole } = look.seen
  if (whole) return { ok: true, seen: jobs }
  const reason = `GitHub says there are ${total} of ${what}, and lists ${jobs.length}`
  return failed('unavailable', reason, 'rerun this job when the run is over')
}

/** The newest runs of a workflow, by its id or the name of its file, that can be builds: of no pull request and no fork. */
async function listBuilds(
  client: GitHubClient,
  workflow: string,
  parameters: Readonly<Record<string, string | undefined>>,
  atMost: number,
  question: Question,
): Promise<Look<readonly WorkflowRunSeen[]>> {
  const given = Object.entries(parameters).filter((each): each is [string, string] => each[1] !== undefined)
  const asked = { ...Object.fromEntries(given), exclude_pull_requests: 'true', per_page: RUNS_PAGE }
  const builds = new Map<number, WorkflowRunSeen>()
  for (let page = 1; ; page += 1) {
    const look = await client.json(`${workflow}/runs`, { ...asked, page }, runsAnswer, question)
    if (!look.ok) return look
    const runs = look.seen.workflow_runs
    for (const run of runs) if (!isOfRequest(run)) builds.set(run.id, run)
    if (builds.size >= atMost || runs.length < RUNS_PAGE || page === MAX_RUNS_PAGES) {
      return { ok: true, seen: [...builds.values()].slice(0, atMost) }
    }
  }
}

/** GitHub lists a fork's run under its branch, which may be called as ours, and a pull request's under the commit to be merged. */
const isOfRequest = ({ event, fromFork }: WorkflowRunSeen): boolean => fromFork || event.startsWith('pull_request')
