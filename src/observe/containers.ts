import type { Look, PulledSeen } from '../model/observation.ts'
import type { Target } from '../model/spec.ts'
import type { Ports, Step } from '../ports.ts'
import { runCommands } from './commands.ts'
import { lookAtFiles } from './files.ts'
import { lookAtHealth } from './health.ts'
import { attempt, keyOf, memo } from './looks.ts'
import { modulesOf, probe } from './probe.ts'
import type { Sight } from './sight.ts'
import { start } from './start.ts'
import { isWell } from './well.ts'

type Looks = Pick<Sight, 'probe' | 'started' | 'health' | 'commands' | 'files'>

/** What a log says of a look that succeeded, and what the container printed where that is of use. */
interface Told {
  readonly done: string
  readonly printed?: string
}

/** What is looked at in containers of images that are here, each once, and each a step of the log. */
export function createContainerLooks(
  { engine, clock, log, nonce }: Pick<Ports, 'engine' | 'clock' | 'log' | 'nonce'>,
  pulled: Sight['pulled'],
  envOf: (target: Target) => Promise<readonly string[]>,
): Looks {
  const runs = { engine: { run: runOf(engine) }, nonce }

  const looks = <Seen>(
    what: string,
    look: (target: Target, image: PulledSeen, step: Step) => Promise<Look<Seen>>,
    tell: (seen: Seen, target: Target) => Told,
  ) =>
    memo(keyOf, async (target: Target): Promise<Look<Seen>> => {
      const image = await pulled(target)
      if (!image.ok) return image
      const step = log.step(what, target.key)
      const seen = await attempt(() => look(target, image.seen, step))
      const { done, printed = '' } = seen.ok ? tell(seen.seen, target) : { done: seen.reason }
      step.done(done)
      if (printed !== '') log.foreign(`what ${target.key} printed`, printed)
      return seen
    })

  return {
    probe: looks(
      'probe',
      (target, image, step) => {
        step.update(modulesOf(target.image).join(', '))
        return probe(target, image, runs)
      },
      ({ modules, output }) => ({ done: counted(Object.keys(modules).length, 'module'), printed: output }),
    ),
    started: looks(
      'start',
      (target, image) => start(target, image, runs),
      ({ timedOut, exitCode }) => ({ done: timedOut ? 'still running' : `exited ${exitCode ?? 'somehow'}` }),
    ),
    health: looks(
      'serve',
      (target, image) => lookAtHealth(target, image, { engine, clock, nonce }),
      (seen, { image: { health } }) => {
        const well = health !== undefined && isWell(health, seen)
        const { seconds, logs } = seen
        return {
          done: `${well ? 'well' : 'not well'} after ${Math.round(seconds)} s`,
          ...(!well && logs.ok && { printed: logs.seen.text }),
        }
      },
    ),
    commands: looks(
      'run',
      async (target, image, step) => {
        const seen = await runCommands(target, image, await envOf(target), runs, step.update)
        return { ok: true, seen }
      },
      (seen) => ({ done: counted(seen.length, 'command') }),
    ),
    files: looks(
      'read',
      async (target, image) => lookAtFiles(target, image, await envOf(target), engine),
      (seen) => ({ done: counted(seen.length, 'file') }),
    ),
  }
}

/** That a container could not be made says nothing of what is in the image, which `not-found` of a probe would. */
const runOf =
  (engine: Pick<Ports['engine'], 'run'>): Ports['engine']['run'] =>
  async (request) => {
    const look = await engine.run(request)
    return look.ok || !['not-found', 'no-evidence', 'no-start'].includes(look.failure)
      ? look
      : { ...look, failure: 'failed' }
  }

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
