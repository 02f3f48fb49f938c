import { join } from 'node:path'
import { errorMessage, UsageError } from '../errors.ts'
import { type BuildxArch, buildxSha256, buildxVersions } from '../model/buildx-releases.ts'
import { failed, type Look } from '../model/observation.ts'
import type { Clock, Log } from '../ports.ts'
import { DO_NOT_USE, type DownloadLimits, download, type Origin } from './buildx/download.ts'
import { copyIn, copyOut, toolPlace, writeProgram } from './buildx/tool-files.ts'
import type { RunCommand } from './command.ts'
import { findPlugin } from './plugins.ts'

/** The buildx that registries are asked with. */
export interface Buildx {
  /** Undefined where docker has to be asked for it. */
  readonly path: string | undefined
  /** The release that was installed for this run; undefined where it is the runner's own. */
  readonly installed?: string
}

export interface InstallOptions {
  readonly version: string
  readonly arch: string
  readonly sha256: string
  /** A folder of this run, that nobody else can write to. */
  readonly folder: string
  /** The runner's tool cache; undefined where there is none. */
  readonly cacheDir: string | undefined
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly origin?: Origin
  readonly limits?: DownloadLimits
}

const LIMITS: DownloadLimits = { maxBytes: 256 * 1024 * 1024, stallMs: 15_000, totalMs: 180_000 }

/** Whether GitHub itself answers there: its releases lead to another host of its own. */
export const isGitHub = ({ protocol, hostname, port }: URL): boolean =>
  protocol === 'https:' && port === '' && (hostname === 'github.com' || hostname.endsWith('.githubusercontent.com'))

const release = (version: string, arch: string): Origin => ({
  url: `https://github.com/docker/buildx/releases/download/v${version}/buildx-v${version}.linux-${arch}`,
  allows: isGitHub,
})

const ARCHES: Readonly<Record<string, BuildxArch>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm-v7' }

/** What a release has to be on this machine; throws where no checksum of it is known. */
export function releaseFor(version: string, nodeArch: string): { readonly arch: BuildxArch; readonly sha256: string } {
  const arch = ARCHES[nodeArch]
  const sha256 = arch === undefined ? undefined : buildxSha256(version, arch)
  if (arch !== undefined && sha256 !== undefined) return { arch, sha256 }
  const known = arch === undefined ? [] : buildxVersions(arch)
  throw new UsageError([
    {
      message: `buildx-version: the checksum of ${version} for ${arch ?? nodeArch} is not known`,
      hint: known.length > 0 ? `for ${arch} there are ${known.join(', ')}` : 'install buildx before this step',
    },
  ])
}

/** The runner's own buildx, and its version where it says one: `0.30.1`, without what a distribution adds. */
export async function ownBuildx(run: RunCommand, env: Readonly<Record<string, string>>) {
  const path = await findPlugin('buildx', env)
  const [program, args] = path === undefined ? ['docker', ['buildx', 'version']] : [path, ['version']]
  const { exitCode, stdout } = await run(program, args, { env, timeoutMs: 10_000, maxBytes: 4096 })
  const said = exitCode === 0 ? Buffer.from(stdout).toString('utf8') : ''
  return { path, version: /^\S+ v?(\d+\.\d+\.\d+)(?:\+\S*)?(?:\s|$)/.exec(said)?.[1] }
}

/**
 * Puts a release of buildx into a folder of this run, from the runner's tool cache or from GitHub. What has not the right
 * checksum is never run, and ends it: a cache that somebody wrote to is not mended in silence.
 */
export async function installBuildx(options: InstallOptions): Promise<Look<Buildx>> {
  const { version, arch, sha256, folder, cacheDir, log, limits = LIMITS } = options
  const path = join(folder, 'docker-buildx')
  const place = cacheDir === undefined ? undefined : toolPlace(cacheDir, 'buildx', version, arch, 'docker-buildx')
  const installed: Look<Buildx> = { ok: true, seen: { path, installed: version } }
  try {
    const kept = place && (await copyOut(place, path, limits.maxBytes))
    if (kept === sha256) return installed
    if (kept !== undefined) return altered(version, `in the tool cache, ${place?.file}`, sha256, kept)
    log.info(`downloading buildx ${version}`)
    const look = await download(options.origin ?? release(version, arch), (chunks) => writeProgram(path, chunks), {
      ...options,
      limits,
      onWait: (reason) => log.info(`asking again: ${reason}`),
    })
    if (!look.ok) return { ...look, reason: `buildx ${version} cannot be had: ${look.reason}` }
    if (look.seen !== sha256) return altered(version, 'as it was downloaded', sha256, look.seen)
    if (place !== undefined) await keep(place, path, log)
    return installed
  } catch (error) {
    return failed(
      'failed',
      `buildx ${version} cannot be installed: ${errorMessage(error)}`,
      'see the disk of the runner',
    )
  }
}

function altered(version: string, where: string, expected: string, found: string): Look<never> {
  const reason = `buildx ${version} ${where}, is not what was released: SHA-256 ${expected} expected, ${found} found`
  return failed('tool-integrity', reason, `${DO_NOT_USE}, and which step writes into its tool cache`)
}

/** A cache that cannot be written to costs the next job a download, and nothing else. */
async function keep(place: Parameters<typeof copyIn>[0], path: string, log: Log): Promise<void> {
  try {
    await copyIn(place, path)
  } catch (error) {
    log.debug(`buildx is not kept in the tool cache: ${errorMessage(error)}`)
  }
}
