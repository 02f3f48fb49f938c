import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startBuildRun } from '../../__tests__/harness/build-run.ts'
import { runAction } from '../../__tests__/harness/runner.ts'
import { place } from './place.ts'

const HOOK = pathToFileURL(resolve('script/benchmark/own-process.js')).href
const REPOSITORY = 'ktrdr/ktrdr'

export interface ActionRun {
  /** Main and post together. */
  readonly seconds: number
  readonly postSeconds: number
  /** Until the first pull began, from there to the end of the last, and from there to main's end; NaN without a pull. */
  readonly beforePullsSeconds: number
  readonly pullsSeconds: number
  readonly afterPullsSeconds: number
  /** Of main's own process, without its children. */
  readonly cpuSeconds: number
  readonly peakBytes: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly verdict: string
  readonly log: string
}

/** Milliseconds since the epoch, as `startedAt` counts them. */
const now = (): number => performance.timeOrigin + performance.now()

/** Runs the built action on a spec as a runner would. */
export async function action(
  spec: string,
  { env = {}, dockerHost = place.dockerHost }: { env?: Record<string, string>; dockerHost?: string } = {},
): Promise<ActionRun> {
  const workspace = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    await mkdir(join(workspace, '.github'))
    await writeFile(join(workspace, '.github/verify-images.yml'), spec)
    const file = join(workspace, 'process')
    const pullsAt: number[] = []
    await using github = await startBuildRun({ repository: REPOSITORY, sha: place.sha, jobs: { 'build (app)': 120 } })
    await using run = await runAction({
      action: '.',
      workspace,
      dockerHost,
      apiUrl: github.url,
      github: { repository: REPOSITORY, sha: place.sha },
      inputs: { wait: '0s' },
      onLine: (line) => void (/^pull \S+(?: …$|: \d+ MB)/.test(line) && pullsAt.push(now())),
      env: { NODE_OPTIONS: `--import ${HOOK}`, BENCH_PROCESS_FILE: file, ...env },
    })
    const [main, post] = run.phases
    const [own] = (await readFile(file, 'utf8')).split('\n')
    const told = JSON.parse(own ?? '') as Pick<ActionRun, 'startedAt' | 'cpuSeconds' | 'peakBytes'>
    const postSeconds = (post?.ms ?? 0) / 1000
    const mainSeconds = main === undefined ? Number.NaN : main.ms / 1000
    const beforePullsSeconds = ((pullsAt[0] ?? Number.NaN) - told.startedAt) / 1000
    const pullsSeconds = ((pullsAt.at(-1) ?? Number.NaN) - (pullsAt[0] ?? Number.NaN)) / 1000
    const afterPullsSeconds = mainSeconds - beforePullsSeconds - pullsSeconds
    const parts = { beforePullsSeconds, pullsSeconds, afterPullsSeconds, postSeconds }
    return { ...told, ...parts, seconds: mainSeconds + postSeconds, verdict: run.outputs.verdict ?? '', log: run.log }
  } finally {
    await rm(workspace, { recursive: true, force: true })
  }
}

/** The same, where anything but a passed verdict means that nothing was measured. */
export async function passingAction(spec: string, env: Record<string, string> = {}): Promise<ActionRun> {
  const run = await action(spec, { env })
  if (run.verdict !== 'passed') throw new Error(`the verdict is ${run.verdict}:\n${run.log}`)
  return run
}
