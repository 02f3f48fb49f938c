import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CheckResult, Report } from '../../src/model/result.ts'
import { anotherAddress } from '../harness/address.ts'
import { startBuildRun } from '../harness/build-run.ts'
import { type RunOptions, runAction } from '../harness/runner.ts'
import type { RunResult } from '../harness/step.ts'

const need = (name: string): string => {
  const value = process.env[name]
  if (value === undefined || value === '')
    throw new Error(`no ${name}: run script/stack/up and script/stack/images, then script/test e2e`)
  return value
}

/**
 * The registry of the stack under an address of this file's own: an engine knows images by it, so that what one file has
 * pulled and removes is no other's.
 */
export const registry = await anotherAddress(need('STACK_REGISTRY'))
export const authRegistry = need('STACK_AUTH_REGISTRY')
export const sha = need('STACK_SHA')

/** The engines of the stack, by their image store. */
export const stores = [
  { store: 'classic', dockerHost: need('STACK_DOCKER_HOST') },
  ...(process.env.STACK_CONTAINERD_DOCKER_HOST
    ? [{ store: 'containerd', dockerHost: need('STACK_CONTAINERD_DOCKER_HOST') }]
    : []),
]

export interface Verified {
  readonly run: RunResult
  readonly report: Report
}

/** Runs the built action on a spec as a runner would, in a workspace that holds nothing else. */
export async function verifySpec(
  spec: string,
  options: Partial<RunOptions> & { dockerHost?: string } = {},
): Promise<Verified> {
  const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
  await mkdir(join(workspace, '.github'))
  await writeFile(join(workspace, '.github/verify-images.yml'), spec)
  return verifyWorkspace(workspace, options)
}

export async function verifyWorkspace(workspace: string, options: Partial<RunOptions> = {}): Promise<Verified> {
  await using github = await startBuildRun({ repository: 'ktrdr/ktrdr', sha, jobs: { 'build (app)': 120 } })
  const run = await runAction({
    action: '.',
    apiUrl: github.url,
    workspace,
    dockerHost: need('STACK_DOCKER_HOST'),
    ...options,
    inputs: { wait: '0s', ...options.inputs },
    github: { sha, repository: 'ktrdr/ktrdr', ...options.github },
  })
  const report: Report = JSON.parse(await readFile(run.outputs.report ?? '', 'utf8'))
  return { run, report }
}

export const results = (report: Report): readonly CheckResult[] => [
  ...report.checks,
  ...report.images.flatMap(({ checks }) => checks),
]

/** Codes of what is really wrong: waived findings and skipped checks left out. */
export const codes = (report: Report): readonly string[] => [
  ...new Set(
    results(report).flatMap((result) =>
      result.status === 'failed' || result.status === 'warned' ? result.findings.map(({ code }) => code) : [],
    ),
  ),
]

export const errored = (report: Report): readonly string[] =>
  results(report).flatMap((result) => (result.status === 'errored' ? [`${result.check}: ${result.reason}`] : []))
