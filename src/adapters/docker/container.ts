import { readFile } from 'node:fs/promises'
import type { Platform } from '../../model/image.ts'
import type { RunRequest } from '../../ports.ts'
import type { CommandResult } from '../command.ts'
import { configDirectory } from '../plugins.ts'
import type { Docker } from './command.ts'

/** An engine takes no longer to make or to start a container. */
export const CREATE_MS = 60_000
const MAX_PROCESSES = 1024

/** How every `docker create` of ours begins: nothing is pulled, and what is made can be found again by its name and label. */
export const creation = (name: string, label: string, platform: Platform): readonly string[] => [
  ...['container', 'create', '--pull', 'never', '--name', name, '--label', label, '--platform', platform],
]

/** Removes a container and its volumes, whether or not it runs. */
export const removeContainer = (docker: Docker, name: string): Promise<CommandResult> =>
  docker(['container', 'rm', '--force', '--volumes', '--', name])

/** No privileges, limits, and no variables but those given; those of `unset` are taken away. */
export function confinement(
  { env = {}, memoryBytes }: Pick<RunRequest, 'env' | 'memoryBytes'>,
  unset: readonly string[],
): readonly string[] {
  return [
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--ulimit', 'core=0'],
    ...['--pids-limit', `${MAX_PROCESSES}`, '--memory', `${memoryBytes}`, '--memory-swap', `${memoryBytes}`],
    ...unset.filter((variable) => !Object.hasOwn(env, variable)).flatMap((variable) => ['--env', variable]),
    ...Object.entries(env).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]),
  ]
}

/** The arguments of `docker create` for what is run: no network, no privileges, limits, and nothing of ours inside. */
export function createArguments(request: RunRequest, name: string, label: string, unset: readonly string[]): string[] {
  const { image, platform, entrypoint, args, workdir, user, gpus } = request
  return [
    ...creation(name, label, platform),
    ...confinement(request, unset),
    ...['--network', 'none', '--no-healthcheck', '--log-driver', 'none'],
    ...(gpus === undefined ? [] : ['--gpus', gpus]),
    ...(workdir === undefined ? [] : ['--workdir', workdir]),
    ...(user === undefined ? [] : ['--user', user]),
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
    ...['--', image, ...args],
  ]
}

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
])

/**
 * The variables that this user's docker puts into every container, passwords and all. Named without a value where docker
 * itself has none, each is left out of the container instead.
 */
export async function injectedVariables(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const config = await readFile(`${configDirectory(env)}/config.json`, 'utf8').catch(() => '')
  return config.includes('"proxies"') ? PROXIES : []
}

/** The environment without proxies: what docker has of them it would hand to a container that names them. */
export const withoutProxies = (env: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !PROXIES.includes(name)))
