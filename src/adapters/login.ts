import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunCommand } from './command.ts'
import { configDirectory, readDockerConfig } from './plugins.ts'
import { privateFolder } from './private-folder.ts'

export interface LoginOptions {
  /** The runner's own directory for what must not outlive the job. */
  readonly tempDir: string
  /** Host and port as image names write it. */
  readonly registry: string
  readonly username: string
  readonly password: string
  /** What docker commands get so far. */
  readonly env: Readonly<Record<string, string>>
  readonly run: RunCommand
  /** Where to look for plugins before anywhere else. */
  readonly pluginDirectory?: string | undefined
  /** Called with the directory before there is anything in it, so that it can be removed whatever happens. */
  readonly onCreate?: (configDir: string) => void
}

export interface TemporaryLogin {
  /** To be handed to `removePrivateFolder` when this process could not dispose of it. */
  readonly configDir: string
  /** What docker commands have to get in addition. */
  readonly env: Readonly<Record<string, string>>
  /** Removes the credentials. */
  dispose(): Promise<void>
}

const DOCKER_HUB = 'https://index.docker.io/v1/'

/**
 * Credentials for one registry in a docker configuration of their own, that keeps plugins, builders and engine of the
 * one in use, and nothing else of it: no other credentials, and no proxies that every container would be told.
 */
export async function temporaryLogin(options: LoginOptions): Promise<TemporaryLogin> {
  const { tempDir, registry, username, password, env, run } = options
  const { pluginDirectories, context } = await readDockerConfig(env)
  const host = await engineOf(context, env, run)
  const configDir = await privateFolder(tempDir, 'login')
  options.onCreate?.(configDir)
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  const config = {
    auths: { [registry === 'docker.io' ? DOCKER_HUB : registry]: { auth } },
    cliPluginsExtraDirs: [
      ...new Set([
        ...(options.pluginDirectory === undefined ? [] : [options.pluginDirectory]),
        ...pluginDirectories,
        join(env.HOME || '/nonexistent', '.docker', 'cli-plugins'),
      ]),
    ],
  }
  try {
    await writeFile(join(configDir, 'config.json'), JSON.stringify(config), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    await rm(configDir, { recursive: true, force: true })
    throw error
  }
  return {
    configDir,
    env: {
      DOCKER_CONFIG: configDir,
      BUILDX_CONFIG: env.BUILDX_CONFIG || join(configDirectory(env), 'buildx'),
      ...(host === undefined ? {} : { DOCKER_HOST: host }),
    },
    dispose: () => rm(configDir, { recursive: true, force: true }),
  }
}

/** Where the engine of the context in use listens: contexts live in the configuration that is about to be replaced. */
async function engineOf(context: string, env: LoginOptions['env'], run: RunCommand): Promise<string | undefined> {
  const current = env.DOCKER_CONTEXT || context
  if (env.DOCKER_HOST || current === '' || current === 'default') return undefined
  const args = ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']
  const { exitCode, stdout } = await run('docker', args, { env, timeoutMs: 10_000, maxBytes: 4096 })
  const host = Buffer.from(stdout).toString('utf8').trim()
  if (exitCode === 0 && /^[a-z]+:\/\/\S+$/.test(host)) return host
  throw new Error(`docker does not say where the engine of its context ${JSON.stringify(current)} is: set DOCKER_HOST`)
}
