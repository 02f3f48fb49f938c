import { access, constants, readFile } from 'node:fs/promises'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

// https://github.com/docker/cli/blob/master/cli-plugins/manager/manager_unix.go
const SYSTEM_DIRECTORIES = [
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
]

/** The directory of the docker configuration that is in use. */
export const configDirectory = (env: Environment): string =>
  env.DOCKER_CONFIG || join(env.HOME || '/nonexistent', '.docker')

/** The parts of the docker configuration in use that decide what docker can do; empty where there is none to read. */
export async function readDockerConfig(env: Environment): Promise<{ pluginDirectories: string[]; context: string }> {
  const directory = configDirectory(env)
  let config: unknown
  try {
    config = JSON.parse(await readFile(join(directory, 'config.json'), 'utf8'))
  } catch {
    // none, or none that docker could read either
  }
  const fields = typeof config === 'object' && config !== null ? (config as Record<string, unknown>) : {}
  const extra = Array.isArray(fields.cliPluginsExtraDirs) ? fields.cliPluginsExtraDirs : []
  return {
    pluginDirectories: [
      ...extra.filter((path): path is string => typeof path === 'string'),
      join(directory, 'cli-plugins'),
    ],
    context: typeof fields.currentContext === 'string' ? fields.currentContext : '',
  }
}

/** The path of a docker plugin, as docker would find it; undefined where docker itself has to be asked. */
export async function findPlugin(name: string, env: Environment): Promise<string | undefined> {
  const { pluginDirectories } = await readDockerConfig(env)
  for (const directory of [...pluginDirectories, ...SYSTEM_DIRECTORIES]) {
    const path = join(directory, `docker-${name}`)
    try {
      await access(path, constants.X_OK)
      return path
    } catch {
      // the next one
    }
  }
  return undefined
}
