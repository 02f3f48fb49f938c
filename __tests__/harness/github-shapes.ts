// Answers of GitHub's REST API with all their fields; the compiler holds them to GitHub's OpenAPI description.
import { createHash } from 'node:crypto'
import type { getOctokit } from '@actions/github'

type Rest = ReturnType<typeof getOctokit>['rest']
type Answer<Call extends (...parameters: never[]) => Promise<{ data: unknown }>> = Awaited<ReturnType<Call>>['data']
type WithNumbers<Shape, Keys extends keyof Shape> = Omit<Shape, Keys> & Record<Keys, number>

type Run = WithNumbers<Answer<Rest['actions']['getWorkflowRun']>, 'id' | 'run_attempt'>
type Job = WithNumbers<
  Answer<Rest['actions']['listJobsForWorkflowRun']>['jobs'][number],
  'id' | 'run_id' | 'run_attempt'
>
type CheckAnnotation = Answer<Rest['checks']['listAnnotations']>[number]
type Repository = Run['repository']
type User = Repository['owner']
type ContentFile = Extract<Answer<Rest['repos']['getContent']>, { type: 'file' }>
type RateLimit = Answer<Rest['rateLimit']['get']>['rate']

export type { CheckAnnotation, ContentFile, Job, RateLimit, Run }

const API = 'https://api.github.com'
const SHA = '009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d'
const RUN_ID = 30433642
const START = '2026-01-22T14:29:22Z'

/** What the harness tells an action that its job is called. */
export const OWN_JOB_ID = 399444496

let lastId = OWN_JOB_ID
const nextId = (): number => ++lastId

function aUser(login: string): User {
  const url = `${API}/users/${login}`
  return {
    login,
    id: 583231,
    node_id: 'MDQ6VXNlcjU4MzIzMQ==',
    avatar_url: 'https://avatars.githubusercontent.com/u/583231?v=4',
    gravatar_id: '',
    url,
    html_url: `https://github.com/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: 'User',
    user_view_type: 'public',
    site_admin: false,
  }
}

function aRepository(fullName: string): Repository {
  const [owner = '', name = ''] = fullName.split('/')
  const url = `${API}/repos/${fullName}`
  return {
    id: 1296269,
    node_id: 'MDEwOlJlcG9zaXRvcnkxMjk2MjY5',
    name,
    full_name: fullName,
    private: false,
    owner: aUser(owner),
    html_url: `https://github.com/${fullName}`,
    description: null,
    fork: false,
    url,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
  }
}

/** A workflow run, finished with success unless changed. */
export function aRun(changes: Partial<Run> & { repositoryName?: string; headRepositoryName?: string } = {}): Run {
  const { repositoryName = 'octo-org/octo-repo', headRepositoryName = repositoryName, ...fields } = changes
  const id = fields.id ?? RUN_ID
  const sha = fields.head_sha ?? SHA
  const repository = aRepository(repositoryName)
  const url = `${repository.url}/actions/runs/${id}`
  const status = fields.status ?? 'completed'
  return {
    id,
    name: 'Build',
    node_id: 'MDEyOldvcmtmbG93IFJ1bjI2OTI4OQ==',
    check_suite_id: 42,
    check_suite_node_id: 'MDEwOkNoZWNrU3VpdGU0Mg==',
    head_branch: 'main',
    head_sha: sha,
    path: '.github/workflows/build.yml',
    run_number: 562,
    run_attempt: 1,
    referenced_workflows: [],
    event: 'push',
    status,
    conclusion: status === 'completed' ? 'success' : null,
    workflow_id: 159038,
    url,
    html_url: `${repository.html_url}/actions/runs/${id}`,
    pull_requests: [],
    created_at: START,
    updated_at: START,
    actor: aUser('octocat'),
    triggering_actor: aUser('octocat'),
    run_started_at: START,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repository.url}/check-suites/42`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: null,
    workflow_url: `${repository.url}/actions/workflows/159038`,
    display_title: 'Update README.md',
    head_commit: {
      id: sha,
      tree_id: 'd23f6eedb1e1b9610bbc754ddb5197bfe7271223',
      message: 'Update README.md',
      timestamp: START,
      author: { name: 'Octo Cat', email: 'octocat@github.com' },
      committer: { name: 'GitHub', email: 'noreply@github.com' },
    },
    repository,
    head_repository: aRepository(headRepositoryName),
    ...fields,
  }
}

const later = (time: string, seconds: number): string =>
  new Date(Date.parse(time) + seconds * 1000).toISOString().replace('.000Z', 'Z')

/** A job, finished with success after `seconds` (60) unless changed; its id is also the one of its check run. */
export function aJob(changes: Partial<Job> & { repositoryName?: string; seconds?: number } = {}): Job {
  const { repositoryName = 'octo-org/octo-repo', seconds = 60, ...fields } = changes
  const id = fields.id ?? nextId()
  const runId = fields.run_id ?? RUN_ID
  const repository = `${API}/repos/${repositoryName}`
  const status = fields.status ?? 'completed'
  const finished = status === 'completed'
  const started = fields.started_at ?? later(START, 8)
  const completed = finished ? later(started, seconds) : null
  const conclusion = fields.conclusion === undefined ? (finished ? 'success' : null) : fields.conclusion
  const ran = conclusion !== 'skipped' && status !== 'queued'
  const step = { status: finished ? 'completed' : 'in_progress', conclusion, started_at: started } as const
  return {
    id,
    run_id: runId,
    workflow_name: 'Build',
    head_branch: 'main',
    run_url: `${repository}/actions/runs/${runId}`,
    run_attempt: 1,
    node_id: 'MDEyOldvcmtmbG93IEpvYjM5OTQ0NDQ5Ng==',
    head_sha: SHA,
    url: `${repository}/actions/jobs/${id}`,
    html_url: `https://github.com/${repositoryName}/actions/runs/${runId}/job/${id}`,
    status,
    conclusion,
    created_at: START,
    started_at: started,
    completed_at: completed,
    name: 'build',
    steps: ran
      ? [
          { ...step, name: 'Set up job', status: 'completed', conclusion: 'success', number: 1, completed_at: started },
          { ...step, name: 'Build and push', number: 2, completed_at: completed },
        ]
      : [],
    check_run_url: `${repository}/check-runs/${id}`,
    labels: ['ubuntu-latest'],
    runner_id: ran ? 1 : null,
    runner_name: ran ? 'GitHub Actions 1' : null,
    runner_group_id: ran ? 2 : null,
    runner_group_name: ran ? 'GitHub Actions' : null,
    ...fields,
  }
}

/** An annotation of a check run, a warning unless changed. */
export function anAnnotation(changes: Partial<CheckAnnotation> = {}): CheckAnnotation {
  return {
    path: '.github',
    blob_href: `https://github.com/octo-org/octo-repo/blob/${SHA}/.github`,
    start_line: 1,
    start_column: null,
    end_line: 1,
    end_column: null,
    annotation_level: 'warning',
    title: '',
    message: 'No files were found with the provided path.',
    raw_details: '',
    ...changes,
  }
}

/** A file of the repository as the contents API tells of it. */
export function aContentFile(repositoryName: string, path: string, ref: string, bytes: Buffer): ContentFile {
  const sha = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
  const url = `${API}/repos/${repositoryName}/contents/${path}?ref=${ref}`
  const gitUrl = `${API}/repos/${repositoryName}/git/blobs/${sha}`
  const htmlUrl = `https://github.com/${repositoryName}/blob/${ref}/${path}`
  const tooLarge = bytes.length > 1024 * 1024
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    sha,
    size: bytes.length,
    url,
    html_url: htmlUrl,
    git_url: gitUrl,
    download_url: `https://raw.githubusercontent.com/${repositoryName}/${ref}/${path}`,
    type: 'file',
    content: tooLarge ? '' : bytes.toString('base64').replace(/.{60}|.+$/g, '$&\n'),
    encoding: tooLarge ? 'none' : 'base64',
    _links: { self: url, git: gitUrl, html: htmlUrl },
  }
}
