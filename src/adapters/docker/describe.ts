import { readdir, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { type Platform, parsePlatform } from '../../model/image.ts'
import { type EngineSeen, failed, type Look } from '../../model/observation.ts'
import { type Docker, textOf } from './command.ts'
import { failureOf } from './failure.ts'
import { engineInfo, readInspected } from './inspected.ts'
import { findsUnpigz } from './unpigz.ts'

/** What we know of the engine beyond its port: what only this folder uses. */
export interface EngineKnown extends EngineSeen {
  /** Where it keeps images, when that is on this machine. */
  readonly rootDir: string | undefined
  /** The name of the machine it is on, where that is another. */
  readonly elsewhere: string | undefined
}

/** A containerd that is a service of the machine, and not of the engine, keeps the images of its store itself. */
const CONTAINERD_OF_MACHINE = '/run/containerd/containerd.sock'
const CONTAINERD_ROOT = '/var/lib/containerd'

const NOT_PODMAN = 'run on a machine with Docker, or set execute: none'

/** Asks the engine what it is, which may find its programs where `path` leads; nothing is known of an engine that does not answer. */
export async function describeEngine(
  docker: Docker,
  path: string | undefined,
  signal?: AbortSignal,
): Promise<Look<EngineKnown>> {
  const what = 'the Docker engine'
  const result = await docker(['info', '--format', '{{json .}}'])
  const look = readInspected(engineInfo, result, what, signal)
  if (!look.ok) return look
  const { seen: info } = look
  if (info.ServerVersion === '' || info.OSType === '' || info.Architecture === '') {
    const errors = info.ServerErrors.join('; ')
    if (errors !== '') return failureOf({ ...result, stderr: errors }, what, signal)
    if (info.host !== undefined) return failed('no-tool', `${what}: the docker command here is podman’s`, NOT_PODMAN)
    return failed('unavailable', `${what}: it does not say what it is`, 'see docker info')
  }
  const platform = asPlatform(`${info.OSType}/${info.Architecture}`)
  if (platform === undefined) {
    return failed(
      'failed',
      `${what}: it runs on ${info.OSType}/${info.Architecture}, of which nothing is known here`,
      '',
    )
  }
  const isHere = info.Name === hostname()
  const unlimited = [info.MemoryLimit === false && 'memory', info.PidsLimit === false && 'processes'].filter(Boolean)
  const isContainerd = info.DriverStatus?.some(([, value]) => value.startsWith('io.containerd.snapshotter'))
  const hasOwnStore = isContainerd && info.Containerd?.Address === CONTAINERD_OF_MACHINE
  const unpacksSlowly = isHere && !isContainerd && !(await findsUnpigz(path))
  return {
    ok: true,
    seen: {
      version: info.ServerVersion,
      store: isContainerd ? 'containerd' : 'classic',
      platform,
      emulated: (await emulatedHere(docker, isHere)).filter((each) => each !== platform),
      buildx: info.ClientInfo?.Plugins?.find(({ Name }) => Name === 'buildx')?.Version ?? undefined,
      rootDir: (isHere && (hasOwnStore ? CONTAINERD_ROOT : info.DockerRootDir)) || undefined,
      elsewhere: isHere ? undefined : info.Name || 'a machine that does not say its name',
      ...(unpacksSlowly && { unpacksSlowly }),
      ...(unlimited.length > 0 && { unlimited: unlimited.join(', ') }),
    },
  }
}

const BINFMT = '/proc/sys/fs/binfmt_misc'

/** By the kernel's own table where engine and kernel are ours, else by what buildx says the engine builds for. */
async function emulatedHere(docker: Docker, isHere: boolean): Promise<readonly Platform[]> {
  const entries = isHere ? await readdir(BINFMT).catch(() => []) : []
  if (entries.length > 0) {
    const texts = await Promise.all(entries.map((entry) => readFile(`${BINFMT}/${entry}`, 'utf8').catch(() => '')))
    return texts.flatMap((text) => emulatedBy(text) ?? [])
  }
  if (isHere) return []
  const result = await docker(['buildx', 'inspect'])
  const platforms = result.exitCode === 0 ? /^Platforms:(.*)$/m.exec(textOf(result))?.[1] : undefined
  return (platforms ?? '').split(',').flatMap((text) => asPlatform(text.trim().replace(/\*$/, '')) ?? [])
}

/** ELF class, byte order and machine, as the magic of an entry begins with them. */
const MACHINES: Readonly<Record<string, string>> = {
  '02013e00': 'linux/amd64',
  '01010300': 'linux/386',
  '0201b700': 'linux/arm64',
  '01012800': 'linux/arm/v7',
  '02011500': 'linux/ppc64le',
  '02020016': 'linux/s390x',
  '0201f300': 'linux/riscv64',
  '02010800': 'linux/mips64le',
  '02010201': 'linux/loong64',
}

/** The platform an entry of binfmt_misc lets containers run: enabled, and opened beforehand (F), as they have no QEMU in them. */
export function emulatedBy(entry: string): Platform | undefined {
  const magic = /^magic 7f454c46([0-9a-f]{4})[0-9a-f]{24}([0-9a-f]{4})/m.exec(entry)
  if (magic === null || !/^enabled$/m.test(entry) || !/^flags:.*F/m.test(entry)) return undefined
  return asPlatform(MACHINES[`${magic[1]}${magic[2]}`] ?? '')
}

function asPlatform(text: string): Platform | undefined {
  try {
    return parsePlatform(text)
  } catch {
    return undefined
  }
}
