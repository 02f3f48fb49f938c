// A repository with the workflow that builds the stack's images, and a GitHub that tells how its run went.
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Finding } from '../../src/model/result.ts'
import { aJob, aRun, type Fault, type GitHub, OWN_JOB_ID, startGitHub } from '../harness/github-api.ts'
import type { RunOptions } from '../harness/runner.ts'
import { registry, results, sha, type Verified, verifyWorkspace } from './stack.ts'

export const PATH = '.github/workflows/build-images.yml'
const FIXTURES = join(import.meta.dirname, '../fixtures/workflows')

/** A workflow of the fixtures, its images moved to the stack's registry. */
export async function buildWorkflow(fixture: string): Promise<string> {
  const text = await readFile(join(FIXTURES, fixture, 'workflow.yml'), 'utf8')
  return text
    .replace('REGISTRY: ghcr.io', `REGISTRY: ${registry}`)
    .replace('IMAGE_BASE: $' + '{{ github.repository_owner }}/ktrdr', 'IMAGE_BASE: quick/ktrdr')
}

/** The seeds' workflow with a job that verifies in place of the one that could not fail. */
export async function verifiedWorkflow(): Promise<string> {
  const [build = ''] = (await buildWorkflow('ktrdr-present')).split(/^ {2}merge:/m)
  return `${build}  verify:
    runs-on: ubuntu-latest
    needs: build
    if: $\{{ !cancelled() }}
    permissions:
      contents: read
      packages: read
      actions: read
    steps:
      - uses: verify-images/verify-images@v1
`
}

export const spec = `
version: 1
tags: [latest, 'sha-{sha7}']
images:
  backend:
    image: ${registry}/quick/ktrdr-backend
    platforms: [linux/amd64, linux/arm64]
    imports: [ktrdr]
    absent: [torch]
    max-duration: 10m
  worker-cpu:
    image: ${registry}/quick/ktrdr-worker-cpu
    platforms: [linux/amd64, linux/arm64]
    imports: [ktrdr, torch]
    torch: cpu
    max-duration: 20m
  worker-gpu:
    image: ${registry}/quick/ktrdr-worker-gpu
    platforms: [linux/amd64]
    imports: [ktrdr, torch]
    torch: cuda
    max-duration: 20m
`

export const legNames = {
  backend: 'build (backend, deploy/docker/Dockerfile.backend, linux/amd64,linux/arm64)',
  cpu: 'build (worker-cpu, deploy/docker/Dockerfile.worker-cpu, linux/amd64,linux/arm64)',
  gpu: 'build (worker-gpu, deploy/docker/Dockerfile.worker-gpu, linux/amd64)',
}

export type JobChanges = Parameters<typeof aJob>[0]

/** The jobs of a good run with changes by leg; `undefined` takes a leg out. */
export function theJobs(changes: Partial<Record<keyof typeof legNames, JobChanges | undefined>> = {}) {
  const legs = Object.entries(legNames).flatMap(([leg, name]) => {
    const change = changes[leg as keyof typeof legNames]
    const isOut = leg in changes && change === undefined
    // On a runner of its own, as on GitHub.
    return isOut ? [] : [aJob({ name, head_sha: sha, runner_name: `runner of ${leg}`, ...change })]
  })
  return [...legs, aJob({ id: OWN_JOB_ID, name: 'verify', head_sha: sha, status: 'in_progress', conclusion: null })]
}

export interface Repository {
  readonly workflow?: string
  /** Undefined: none. */
  readonly spec?: string | undefined
  readonly dockerfiles?: readonly string[]
  readonly jobs?: ReturnType<typeof theJobs>
  readonly faults?: Fault[]
  /** More changes to the GitHub that is asked. */
  readonly github?: (github: GitHub) => void
  /** Of the step; without `execute` nothing is run. */
  readonly options?: Partial<RunOptions>
}

/** Verifies a repository as the last job of its build workflow. */
export async function verifyRepository(repository: Repository): Promise<Verified> {
  const { options = {}, dockerfiles = ['backend', 'worker-cpu', 'worker-gpu'] } = repository
  const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
  const files = {
    [PATH]: repository.workflow ?? (await verifiedWorkflow()),
    ...('spec' in repository
      ? repository.spec !== undefined && { '.github/verify-images.yml': repository.spec }
      : { '.github/verify-images.yml': spec }),
    ...Object.fromEntries(dockerfiles.map((name) => [`deploy/docker/Dockerfile.${name}`, 'FROM scratch\n'])),
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true })
    await writeFile(join(workspace, path), text)
  }
  const name = 'ktrdr/ktrdr'
  const run = aRun({ repositoryName: name, path: PATH, head_sha: sha, status: 'in_progress', conclusion: null })
  const jobs = repository.jobs ?? theJobs()
  await using github = await startGitHub({
    repository: name,
    runs: [run],
    jobs,
    files,
    faults: repository.faults ?? [],
  })
  repository.github?.(github)
  return await verifyWorkspace(workspace, {
    ...options,
    apiUrl: github.url,
    inputs: { execute: 'none', ...options.inputs },
    github: { workflow_ref: `${name}/${PATH}@refs/heads/main`, ...options.github },
  })
}

/** All findings of a report that are not waived. */
export const findings = (report: Verified['report']): readonly Finding[] =>
  results(report).flatMap((result) => (result.status === 'failed' || result.status === 'warned' ? result.findings : []))
