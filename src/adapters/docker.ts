import type { Platform, Reference } from '../model/image.ts'
import type { Look } from '../model/observation.ts'
import type { Clock, Engine, PulledImage, PullProgress, RunRequest } from '../ports.ts'
import { type DockerTools, dockerCommand } from './docker-command.ts'
import { compose, resolveCompose } from './docker-compose.ts'
import { describeEngine, type EngineKnown } from './docker-describe.ts'
import { engineDisk } from './docker-disk.ts'
import { readFiles } from './docker-files.ts'
import { imageHolds } from './docker-holds.ts'
import { inspectPulled, isThere } from './docker-images.ts'
import { PULL_LIMITS, type PullLimits, pullImage } from './docker-pull.ts'
import { runContainer } from './docker-run.ts'
import { serveContainer } from './docker-serve.ts'
import { unpackedSize } from './docker-size.ts'

export interface DockerEngineOptions extends DockerTools {
  /** `key=value` on every container, so that it can be found again. */
  readonly label: string
  readonly keepImages: boolean
  readonly clock: Clock
  readonly pullLimits?: PullLimits
  /** Called before a pull that brings what was not there and is not to stay. */
  readonly onPull?: (reference: Reference) => void
}

/** A Docker engine, through its command; whatever it is asked, it answers, and leaves nothing behind. */
export function dockerEngine(options: DockerEngineOptions): Engine & AsyncDisposable {
  const { run, env, signal, label, keepImages, clock } = options
  const docker = dockerCommand(options)
  const cleaner = dockerCommand({ run, env })
  const holds = imageHolds(cleaner, keepImages)
  let known: Promise<Look<EngineKnown>> | undefined
  const describe = async (): Promise<Look<EngineKnown>> => {
    known ??= describeEngine(docker, signal)
    const look = await known
    if (!look.ok) known = undefined // it may answer the next time
    return look
  }
  const rootDir = async (): Promise<string | undefined> => {
    const look = await describe()
    return look.ok ? look.seen.rootDir : undefined
  }
  const disk = engineDisk(rootDir, () => holds.settled())

  async function pull(
    reference: Reference,
    platform: Platform,
    compressedBytes: number,
    onProgress: (progress: PullProgress) => void,
  ): Promise<Look<PulledImage>> {
    const engine = await describe()
    if (!engine.ok) return engine
    await holds.settled(reference)
    const wasThere = await isThere(docker, reference)
    const room = await disk.reserve(wasThere ? 0 : compressedBytes, `${reference} for ${platform}`)
    if ('failure' in room) return room
    if (!wasThere && !keepImages) options.onPull?.(reference)
    const hold = holds.take(reference, wasThere)
    const give = async <Answer>(answer: Answer): Promise<Answer> => {
      await hold[Symbol.asyncDispose]()
      return answer
    }
    const began = clock.now()
    const request = { reference, platform, compressedBytes, onProgress, rootDir: engine.seen.rootDir }
    const refused = await pullImage(docker, request, options.pullLimits ?? PULL_LIMITS, clock, signal)
    room[Symbol.dispose]()
    if (refused !== undefined) return give(refused)
    const seconds = (clock.now() - began) / 1000
    const image = await inspectPulled(docker, reference, platform, engine.seen.store, signal)
    if ('failure' in image) return give(image)
    const unpacked = async (): Promise<Look<number>> =>
      image.unpackedBytes === undefined
        ? unpackedSize({ docker, run: runOne }, { reference, platform, id: image.id })
        : { ok: true, seen: image.unpackedBytes }
    return {
      ok: true,
      seen: { pulled: { ...image, seconds }, unpacked, [Symbol.asyncDispose]: hold[Symbol.asyncDispose] },
    }
  }

  const isNative = async (platform: string): Promise<boolean> => {
    const look = await describe()
    return look.ok && family(look.seen.platform) === family(platform)
  }

  const tools = { docker, cleaner, env, label, signal, isNative }
  const runOne = (request: RunRequest) => runContainer(tools, request)

  return {
    describe: async () => {
      const look = await describe()
      if (!look.ok) return look
      const { rootDir: _, ...seen } = look.seen
      return { ok: true, seen }
    },
    pull,
    run: runOne,
    [Symbol.asyncDispose]: () => holds[Symbol.asyncDispose](),
    serve: (request) => serveContainer(tools, request),
    readFiles: (request) => readFiles({ docker, cleaner, label, signal }, request),
    resolveCompose: (request) => resolveCompose(tools, request),
    compose: (project) => compose(tools, project),
  }
}

const family = (platform: string): string => platform.split('/').slice(0, 2).join('/')

/** Removes images that a run pulled, unless something uses them by now, and says how many there were; never throws. */
export async function removeImages(
  run: DockerTools['run'],
  env: Readonly<Record<string, string>>,
  references: readonly string[],
): Promise<number> {
  const docker = dockerCommand({ run, env })
  const removed = await Promise.all(references.map((reference) => docker(['image', 'rm', '--', reference])))
  return removed.filter(({ exitCode }) => exitCode === 0).length
}
