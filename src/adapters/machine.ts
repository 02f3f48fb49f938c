import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Desk } from '../app.ts'
import { UsageError } from '../errors.ts'
import type { Reference } from '../model/image.ts'
import type { Failed, Look } from '../model/observation.ts'
import type { OwnJob } from '../model/run.ts'
import type { Options } from '../options.ts'
import type { BuildRun, Ports, Registry } from '../ports.ts'
import { type Buildx, installBuildx, ownBuildx, releaseFor } from './buildx.ts'
import { runCommand } from './command.ts'
import { dockerEngine } from './docker.ts'
import { childEnvironment } from './environment.ts'
import { githubBuildRun } from './github.ts'
import { imagetoolsRegistry } from './imagetools.ts'
import { temporaryLogin } from './login.ts'
import { runMark } from './orphans.ts'
import { findPlugin } from './plugins.ts'
import { privateFolder } from './private-folder.ts'

interface Machine {
  readonly options: Options
  readonly desk: Desk
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** `key=value` on everything we create, so that it can be found again. */
  readonly label: string
  readonly tempDir: string
  /** Called with the folder of a temporary login, so that it can be removed when this process cannot. */
  readonly onLogin: (configDir: string) => void
  /** Called with the folder of a buildx that is installed for this run, likewise. */
  readonly onBuildx: (folder: string) => void
  /** Called before something is pulled that is not to stay. */
  readonly onPull?: (reference: Reference) => void
}

type GitHubDesk = Pick<Machine, 'options' | 'env' | 'signal'> & { readonly desk: Pick<Desk, 'clock' | 'log'> }

/** Docker and the registries of this machine as ports; disposing them ends the temporary login. */
export async function openMachine(machine: Machine, registries: readonly string[]): Promise<Ports & AsyncDisposable> {
  const { options, desk, signal, label, onPull } = machine
  const inherited = { ...childEnvironment(machine.env), ...runMark(label) }
  await using ifNothingOpens = new AsyncDisposableStack()
  // looked for now, so that the first question to a registry waits for nothing that others begin with
  const buildx = await findBuildx(machine, inherited, ifNothingOpens)
  const login = await logIn(machine, inherited, registries, buildx)
  const env = { ...inherited, ...login?.env }
  const tools = { run: runCommand, env, signal }
  const engine = dockerEngine({
    ...tools,
    label,
    keepImages: options.keepImages,
    clock: desk.clock,
    buildx: buildx.ok ? buildx.seen.installed : undefined,
    ...(onPull && { onPull }),
  })
  const installed = ifNothingOpens.move()
  return {
    ...desk,
    registry: buildx.ok
      ? imagetoolsRegistry({
          ...tools,
          buildx: buildx.seen.path,
          isOnly: buildx.seen.installed !== undefined,
          clock: desk.clock,
          log: desk.log,
          parallel: 2 * options.parallel,
        })
      : noRegistry(buildx),
    engine,
    buildRun: desk.buildRun,
    nonce: () => randomUUID().replaceAll('-', ''),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([engine[Symbol.asyncDispose](), login?.dispose(), installed.disposeAsync()])
    },
  }
}

/** The runner's own buildx, unless another version was asked for: then that, and no other. */
async function findBuildx(
  { options, desk, env: { RUNNER_TOOL_CACHE }, signal, tempDir, onBuildx }: Machine,
  env: Readonly<Record<string, string>>,
  things: AsyncDisposableStack,
): Promise<Look<Buildx>> {
  const { buildxVersion: version } = options
  if (version === undefined) return { ok: true, seen: { path: await findPlugin('buildx', env) } }
  const own = await ownBuildx(runCommand, env)
  if (own.version === version) return { ok: true, seen: { path: own.path } }
  const release = releaseFor(version, process.arch)
  const folder = await privateFolder(tempDir, 'buildx')
  things.defer(() => rm(folder, { recursive: true, force: true }))
  onBuildx(folder)
  return installBuildx({ ...desk, ...release, version, folder, cacheDir: RUNNER_TOOL_CACHE || undefined, signal })
}

/** Registries that cannot be asked, for one reason. */
function noRegistry(reason: Failed): Registry {
  return { manifest: async () => reason, config: async () => reason }
}

/** The runs of the repository on GitHub; undefined where none is known. */
export function buildRunOf({ options, desk, env, signal }: GitHubDesk): BuildRun | undefined {
  const { repository } = options.source
  if (repository === undefined) return undefined
  const runId = Number(env.GITHUB_RUN_ID)
  return githubBuildRun({
    apiUrl: env.GITHUB_API_URL || 'https://api.github.com',
    token: options.githubToken ?? (env.GITHUB_TOKEN || env.GH_TOKEN || undefined),
    repository,
    defaultBranch: options.event?.defaultBranch,
    own: runId > 0 ? ownJob(runId, env, options.checkRunId) : undefined,
    clock: desk.clock,
    log: desk.log,
    signal,
  })
}

const ownJob = (
  runId: number,
  { GITHUB_JOB, RUNNER_NAME, VERIFY_IMAGES_WORKFLOW }: Machine['env'],
  checkRunId: string | undefined,
): OwnJob => ({
  runId,
  jobId: GITHUB_JOB || undefined,
  runnerName: RUNNER_NAME || undefined,
  checkRunId,
  isReusable: VERIFY_IMAGES_WORKFLOW === 'reusable',
})

async function logIn(
  machine: Machine,
  env: Readonly<Record<string, string>>,
  registries: readonly string[],
  buildx: Look<Buildx>,
) {
  const { login } = machine.options
  if (login === undefined) return undefined
  const [registry, ...more] = registries
  if (registry === undefined || more.length > 0) {
    throw new UsageError([
      {
        message: `registry-username is for one registry, and the images are on ${registries.length}: ${registries.join(', ')}`,
        hint: 'log in to each with docker/login-action before this step, and leave registry-username out',
      },
    ])
  }
  return temporaryLogin({
    ...login,
    registry,
    env,
    run: runCommand,
    tempDir: machine.tempDir,
    pluginDirectory: buildx.ok && buildx.seen.installed && buildx.seen.path ? dirname(buildx.seen.path) : undefined,
    onCreate: machine.onLogin,
  })
}
