// The routes and errors of GitHub's REST API that docs.github.com/rest describes, over a state in memory.
import { aContentFile, type CheckAnnotation, type Job, type Run } from './github-shapes.ts'

type Permission = 'actions' | 'checks' | 'contents'

export interface Answer {
  status: number
  headers?: Record<string, string>
  /** Text and bytes are sent as they are, all else as JSON. */
  body: unknown
}

export interface GitHubState {
  runs: Run[]
  /** Of all runs and attempts. */
  jobs: Job[]
  /** By id of the check run, which is the id of its job. */
  annotations: Record<number, CheckAnnotation[]>
  /** By path, or by `ref:path` for one ref alone. */
  files: Record<string, string | Buffer>
  /** What the token may read; all unless said. */
  permissions: Partial<Record<Permission, boolean>>
  rateLimit: { limit: number; remaining: number; resetSeconds: number }
}

const DOCS = 'https://docs.github.com/rest'

/** An error of the API. */
export const message = (status: number, text: string, docs = DOCS): Answer => ({
  status,
  body: { message: text, documentation_url: docs, status: String(status) },
})
export const notFound = message(404, 'Not Found')

/** What GitHub answers when the requests of the hour are used up. */
export function primaryLimit(resetSeconds = 3600): Answer {
  const reset = Math.ceil(Date.now() / 1000) + resetSeconds
  return {
    ...message(403, 'API rate limit exceeded for installation.', `${DOCS}/overview/rate-limits-for-the-rest-api`),
    headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-used': '1000', 'x-ratelimit-reset': String(reset) },
  }
}

/** What GitHub answers to too many requests at once. */
export function secondaryLimit(retryAfterSeconds = 60): Answer {
  return {
    ...message(
      403,
      'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      `${DOCS}/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits`,
    ),
    headers: { 'retry-after': String(retryAfterSeconds) },
  }
}

/** What GitHub answers when `permissions:` of the workflow lacks something. */
export function missingPermission(permission: Permission): Answer {
  return {
    ...message(403, 'Resource not accessible by integration'),
    headers: { 'x-accepted-github-permissions': `${permission}=read` },
  }
}

export interface Query {
  repository: string
  origin: string
  url: URL
  accept: string
  state: GitHubState
}

/** One page of a list and the Link header that leads on; GitHub's links go by the repository's number. */
function page<Item>({ url, origin }: Query, items: Item[], wrap: (page: Item[]) => unknown): Answer {
  const number = (name: string, otherwise: number): number =>
    Math.max(1, Number.parseInt(url.searchParams.get(name) ?? '', 10) || otherwise)
  const size = Math.min(100, number('per_page', 30))
  const current = number('page', 1)
  const last = Math.max(1, Math.ceil(items.length / size))
  const link = (to: number, rel: string): string => {
    const target = new URL(url.pathname.replace(/^\/repos\/[^/]+\/[^/]+/, '/repositories/1296269') + url.search, origin)
    target.searchParams.set('page', String(to))
    return `<${target}>; rel="${rel}"`
  }
  const links = [
    ...(current > 1 ? [link(current - 1, 'prev')] : []),
    ...(current < last ? [link(current + 1, 'next'), link(last, 'last')] : []),
    ...(current > 1 ? [link(1, 'first')] : []),
  ]
  return {
    status: 200,
    headers: links.length > 0 ? { link: links.join(', ') } : {},
    body: wrap(items.slice((current - 1) * size, current * size)),
  }
}

function jobsOf(query: Query, runId: number, keep: (job: Job) => boolean): Answer {
  const jobs = query.state.jobs.filter((job) => job.run_id === runId && keep(job))
  return page(query, jobs, (some) => ({ total_count: jobs.length, jobs: some }))
}

function getRun({ state }: Query, [id]: string[]): Answer {
  const run = state.runs.find((one) => one.id === Number(id))
  return run ? { status: 200, body: run } : notFound
}

function listJobs(query: Query, [id]: string[]): Answer {
  const run = query.state.runs.find((one) => one.id === Number(id))
  if (!run) return notFound
  const all = query.url.searchParams.get('filter') === 'all'
  return jobsOf(query, run.id, (job) => all || job.run_attempt === run.run_attempt)
}

function listAttemptJobs(query: Query, [id, attempt]: string[]): Answer {
  const run = query.state.runs.find((one) => one.id === Number(id))
  if (!run || Number(attempt) > run.run_attempt) return notFound
  return jobsOf(query, run.id, (job) => job.run_attempt === Number(attempt))
}

function listWorkflowRuns(query: Query, [workflow = '']: string[]): Answer {
  const ofWorkflow = query.state.runs.filter(
    (run) => String(run.workflow_id) === workflow || run.path.split('@')[0]?.endsWith(`/${workflow}`),
  )
  if (ofWorkflow.length === 0) return notFound
  const asked = (name: string, ...values: (string | null)[]): boolean => {
    const value = query.url.searchParams.get(name)
    return value === null || values.includes(value)
  }
  const runs = ofWorkflow
    .filter(
      (run) =>
        asked('status', run.status, run.conclusion) &&
        asked('branch', run.head_branch) &&
        asked('event', run.event) &&
        asked('head_sha', run.head_sha),
    )
    .sort((a, b) => b.created_at.localeCompare(a.created_at))
  return page(query, runs, (some) => ({ total_count: runs.length, workflow_runs: some }))
}

function listAnnotations(query: Query, [id]: string[]): Answer {
  const checkRun = Number(id)
  if (!query.state.jobs.some((job) => job.id === checkRun)) return notFound
  return page(query, query.state.annotations[checkRun] ?? [], (some) => some)
}

function getContents({ repository, url, accept, state }: Query, [encoded = '']: string[]): Answer {
  const path = decodeURIComponent(encoded).replace(/\/$/, '')
  const ref = url.searchParams.get('ref') ?? 'main'
  const at = (name: string): string | Buffer | undefined => state.files[`${ref}:${name}`] ?? state.files[name]
  const file = at(path)
  if (file !== undefined && /\braw\b/.test(accept)) return { status: 200, body: Buffer.from(file) }
  if (file !== undefined) return { status: 200, body: aContentFile(repository, path, ref, Buffer.from(file)) }
  const names = Object.keys(state.files).map((name) => (name.startsWith(`${ref}:`) ? name.slice(ref.length + 1) : name))
  const folderOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')))
  const inside = [...new Set(names)].filter((name) => path === '' || folderOf(name) === path)
  if (inside.length === 0) return { ...notFound, ...message(404, 'Not Found', `${DOCS}/repos/contents`) }
  const listing = inside.map((name) => {
    const { content, encoding, ...entry } = aContentFile(repository, name, ref, Buffer.from(at(name) ?? ''))
    return entry
  })
  return { status: 200, body: listing }
}

const ROUTES: [pattern: RegExp, permission: Permission, answer: (query: Query, parts: string[]) => Answer][] = [
  [/^actions\/runs\/(\d+)$/, 'actions', getRun],
  [/^actions\/runs\/(\d+)\/jobs$/, 'actions', listJobs],
  [/^actions\/runs\/(\d+)\/attempts\/(\d+)\/jobs$/, 'actions', listAttemptJobs],
  [/^actions\/workflows\/([^/]+)\/runs$/, 'actions', listWorkflowRuns],
  [/^check-runs\/(\d+)\/annotations$/, 'checks', listAnnotations],
  [/^contents(?:\/(.*))?$/, 'contents', getContents],
]

/** Answers a request below `/repos/{owner}/{repo}/`. */
export function answerTo(path: string, query: Query): Answer {
  for (const [pattern, permission, respond] of ROUTES) {
    const parts = pattern.exec(path)
    if (!parts) continue
    if (query.state.permissions[permission] === false) return missingPermission(permission)
    return respond(query, parts.slice(1))
  }
  return notFound
}
