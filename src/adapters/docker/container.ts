import { readFile } from 'node:fs/promises'
import type { RunRequest } from '../../ports.ts'

const MAX_PROCESSES = 1024

/** The arguments of `docker create`: no network, no privileges, limits, and nothing of ours inside. */
export function createArguments(request: RunRequest, name: string, label: string, unset: readonly string[]): string[] {
  const { image, platform, entrypoint, args, env = {}, workdir, user, memoryBytes, gpus } = request
  return [
    ...['container', 'create', '--pull', 'never', '--name', name, '--label', label, '--platform', platform],
    ...['--network', 'none', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--pids-limit', `${MAX_PROCESSES}`, '--memory', `${memoryBytes}`, '--memory-swap', `${memoryBytes}`],
    ...(gpus === undefined ? [] : ['--gpus', gpus]),
    ...['--ulimit', 'core=0', '--no-healthcheck', '--log-driver', 'none'],
    ...unset.filter((variable) => !Object.hasOwn(env, variable)).flatMap((variable) => ['--env', variable]),
    ...Object.entries(env).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]),
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
  const folder = env.DOCKER_CONFIG ?? `${env.HOME ?? ''}/.docker`
  const config = await readFile(`${folder}/config.json`, 'utf8').catch(() => '')
  return config.includes('"proxies"') ? PROXIES : []
}

/** The environment without proxies: what docker has of them it would hand to a container that names them. */
export const withoutProxies = (env: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !PROXIES.includes(name)))
