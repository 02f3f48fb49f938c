import type { CommandOptions, CommandResult, RunCommand } from '../command.ts'

export interface DockerTools {
  readonly run: RunCommand
  /** All that docker gets of the environment. */
  readonly env: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export type DockerOptions = Partial<CommandOptions>

export type Docker = (args: readonly string[], options?: DockerOptions) => Promise<CommandResult>

/** For what an engine answers at once. */
const QUICK_MS = 30_000

/** `docker` with our environment, a deadline, no terminal and, unless it is given something, nothing to read. */
export function dockerCommand({ run, env, signal }: DockerTools): Docker {
  return (args, options) =>
    run('docker', args, { timeoutMs: QUICK_MS, env, ...(signal === undefined ? {} : { signal }), ...options })
}

/** What a command printed. */
export const textOf = (result: Pick<CommandResult, 'stdout'>): string => Buffer.from(result.stdout).toString('utf8')

/** What a command printed as JSON; undefined when it failed (then docker prints `[]` all the same) or printed none. */
export const jsonOf = (result: CommandResult): unknown =>
  result.exitCode === 0 ? parseJson(textOf(result)) : undefined

/** What a text says as JSON; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
