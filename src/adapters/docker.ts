import { familyOf, type Platform, type Reference } from '../model/image.ts'
import { failed, type Look } from '../model/observation.ts'
import type { Clock, Content, Engine, PulledImage, PullProgress, RunRequest } from '../ports.ts'
import { removeImage } from './docker/anchor.ts'
import { type DockerTools, dockerCommand } from './docker/command.ts'
import { compose, resolveCompose } from './docker/compose.ts'
import { describeEngine, type EngineKnown } from './docker/describe.ts'
import { engineDisk } from './docker/disk.ts'
import { readFiles } from './docker/files.ts'
import { imageHolds } from './docker/holds.ts'
import { inspectPulled } from './docker/images.ts'
import { PULL_LIMITS, type PullLimits, type PullRequest, pullImage } from './docker/pull.ts'
import { runContainer } from './docker/run.ts'
import { serveContainer } from './docker/serve.ts'
import { unpackedSize } from './docker/size.ts'

export interface DockerEngineOptions extends DockerTools {
  /** `key=value` on every container, so that it can be found again. */
  readonly label: string
  readonly keepImages: boolean
  readonly clock: Clock
  /** The version of buildx in use, where it is not docker's own. */
  readonly buildx?: string | undefined
  readonly pullLimits?: PullLimits
  /** Called before a pull that brings what was not there and is not to stay. */
  readonly onPull?: (reference: Reference) => void
}

/** A Docker engine, through its command; whatever it is asked, it answers, and leaves nothing behind. */
export function dockerEngine(options: DockerEngineOptions): Engine & AsyncDisposable {
  const { run, env, signal, label, keepImages, clock } = options
  const docker = dockerCommand(options)
  const cleaner = dockerCommand({ run, env })
  const holds = imageHolds({ docker, cleaner, label }, keepImages)
  let described: Promise<Look<EngineKnown>> | undefined
  const describe = async (): Promise<Look<EngineKnown>> => {
    described ??= describeEngine(docker, env.PATH, signal)
    const look = await described
    if (!look.ok) described = undefined // it may answer the next time
    return look
  }
  const known = async (about: 'rootDir' | 'elsewhere'): Promise<string | undefined> => {
    const look = await describe()
    return look.ok ? look.seen[about] : undefined
  }
  const disk = engineDisk(
    () => known('rootDir'),
    () => holds.settled(),
    signal,
  )

  async function pull(
    reference: Reference,
    platform: Platform,
    content: Content,
    onProgress: (progress: PullProgress) => void,
  ): Promise<Look<PulledImage>> {
    const engine = await describe()
    if (!engine.ok) return engine
    const { compressedBytes, layers } = content
    const request = { reference, platform, compressedBytes, layers, onProgress, rootDir: engine.seen.rootDir }
    for (let tries = 1; ; tries += 1) {
      const look = await pullAndHold(request, engine.seen)
      if (look !== 'gone') return look
      if (tries < MOST_TRIES) continue
      return failed('failed', `${reference}: it was pulled ${tries} times, and somebody removed it each time`, WHO)
    }
  }

  /** `gone`: between the end of the pull and the beginning of the hold, another run removed what it had pulled as well. */
  async function pullAndHold(request: PullRequest & Content, engine: EngineKnown): Promise<Look<PulledImage> | 'gone'> {
    const { reference, platform, compressedBytes, layers, onProgress } = request
    await holds.settled(reference)
    const hold = await holds.take(reference, platform)
    const room = await disk.reserve({
      ...{ compressedBytes, layers, isHere: hold.wasThere, what: `${reference} for ${platform}` },
      onWait: (text) => onProgress({ here: undefined, text }),
    })
    if ('failure' in room) {
      await hold[Symbol.asyncDispose]()
      return room
    }
    const leave = async (): Promise<void> => {
      await hold[Symbol.asyncDispose]()
      room[Symbol.dispose]()
    }
    const give = async <Answer>(answer: Answer): Promise<Answer> => {
      await leave()
      return answer
    }
    if (!hold.wasThere && !keepImages) options.onPull?.(reference)
    const began = clock.now()
    const pulled = await pullImage(docker, request, options.pullLimits ?? PULL_LIMITS, clock, signal)
    if ('failure' in pulled) return give(pulled)
    room.filled()
    const seconds = (clock.now() - began) / 1000
    const [isKept, image] = await Promise.all([
      hold.keep(pulled.isNew),
      inspectPulled(docker, reference, platform, engine.store, signal),
    ])
    if (!isKept || image === 'gone') return give('gone')
    if ('failure' in image) return give(image)
    const unpacked = async (): Promise<Look<number>> =>
      image.unpackedBytes === undefined
        ? unpackedSize({ docker, run: runOne }, { reference, platform, id: image.id })
        : { ok: true, seen: image.unpackedBytes }
    return {
      ok: true,
      seen: { pulled: { ...image, seconds }, unpacked, [Symbol.asyncDispose]: leave },
    }
  }

  const isNative = async (platform: Platform): Promise<boolean> => {
    const look = await describe()
    return look.ok && familyOf(look.seen.platform) === familyOf(platform)
  }

  const elsewhere = () => known('elsewhere')
  const tools = { docker, cleaner, env, label, signal, isNative, elsewhere }
  const runOne = (request: RunRequest) => runContainer(tools, request)

  return {
    describe: async () => {
      const look = await describe()
      if (!look.ok) return look
      const { rootDir: _, elsewhere: __, ...seen } = look.seen
      return { ok: true, seen: { ...seen, buildx: options.buildx ?? seen.buildx } }
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

const MOST_TRIES = 5
const WHO = 'see who removes images of this engine meanwhile: docker events --filter type=image'

/** Removes images that a run pulled, or leaves them to other runs that hold them by now, and says how many; never throws. */
export async function removeImages(
  run: DockerTools['run'],
  env: Readonly<Record<string, string>>,
  references: readonly string[],
): Promise<number> {
  const docker = dockerCommand({ run, env })
  const removed = await Promise.all(references.map((reference) => removeImage(docker, reference)))
  return removed.filter(Boolean).length
}
