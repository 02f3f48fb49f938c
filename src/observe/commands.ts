import type { CommandExpectation } from '../model/contents.ts'
import { fillFrom } from '../model/environment.ts'
import type { Look, PulledSeen, RunSeen } from '../model/observation.ts'
import type { Target } from '../model/spec.ts'
import type { Runner } from '../ports.ts'

/** A container that ran a command of the spec. */
export interface CommandSeen extends RunSeen {
  /** Of this run, and of no other. */
  readonly nonce: string
}

/** As much of a stream as is looked at. */
const KEPT_BYTES = 256 * 1024

/** Runs the commands of a target one by one, each in a container of its own; `imageEnv` is what its config says. */
export async function runCommands(
  target: Target,
  image: PulledSeen,
  imageEnv: readonly string[],
  { engine, nonce: draw }: Runner,
  onCommand: (text: string) => void,
): Promise<readonly Look<CommandSeen>[]> {
  const seen: Look<CommandSeen>[] = []
  for (const command of target.image.commands) {
    const nonce = draw()
    onCommand(command.run.join(' '))
    const look = await engine.run({
      image: image.id,
      platform: target.platform,
      ...invocation(command, imageEnv),
      workdir: command.workdir,
      user: command.user,
      timeoutMs: command.timeoutMs,
      memoryBytes: target.image.probe.memoryBytes,
      gpus: target.image.gpus,
      marker: nonce,
      keptBytes: KEPT_BYTES,
    })
    seen.push(look.ok ? { ok: true, seen: { ...look.seen, nonce } } : look)
  }
  return seen
}

function invocation({ run, env, entrypoint, fillsEnv }: CommandExpectation, imageEnv: readonly string[]) {
  const fill = (from: readonly string[], text: string): string => (fillsEnv ? fillFrom(from, text) : text)
  const filled = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(imageEnv, value)]))
  const known = [...imageEnv, ...Object.entries(filled).map(([name, value]) => `${name}=${value}`)]
  const [program = '', ...args] = run.map((word) => fill(known, word))
  if (entrypoint === 'clear') return { entrypoint: program, args, env: filled }
  return { entrypoint: undefined, args: [program, ...args], env: filled }
}
