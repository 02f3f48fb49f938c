// Looks at images as the product does, with the real buildx, and waits that may pass faster than on the wall.
import { setTimeout as delay } from 'node:timers/promises'
import { type RunCommand, runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import { imagetoolsRegistry } from '../../src/adapters/imagetools.ts'
import { parseImageName, parsePlatform, parseTag } from '../../src/model/image.ts'
import type { ImageSeen, Look } from '../../src/model/observation.ts'
import type { ImageExpectation } from '../../src/model/spec.ts'
import { type ImageLookOptions, lookAtImage } from '../../src/observe/image.ts'
import type { Clock, Log } from '../../src/ports.ts'

export interface LookResult {
  readonly seen: ImageSeen
  /** How long it took by the clock that it had. */
  readonly seconds: number
  /** The waits it took between tries. */
  readonly waitsMs: readonly number[]
  readonly lines: readonly string[]
}

export interface LookSettings extends Partial<ImageLookOptions> {
  readonly tags?: readonly string[]
  readonly platforms?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** How many times as fast as on the wall time runs where nothing is at work: what works is as slow as the machine. */
  readonly faster?: number
  /** Whether it runs so fast all the time, deadlines of commands included: for what never answers. */
  readonly isImpatient?: boolean
}

/** Looks at the tags of an image, `latest` unless told otherwise. */
export async function look(name: string, settings: LookSettings = {}): Promise<LookResult> {
  const {
    tags = ['latest'],
    platforms = ['linux/amd64', 'linux/arm64'],
    env = {},
    faster = 1,
    isImpatient = false,
    waitMs = 0,
    sha,
  } = settings
  const waitsMs: number[] = []
  const lines: string[] = []
  let atWork = 0
  let nowMs = 0
  let seenMs = performance.now()
  const now = (): number => {
    const wallMs = performance.now()
    nowMs += (wallMs - seenMs) * (atWork > 0 && !isImpatient ? 1 : faster)
    seenMs = wallMs
    return nowMs
  }
  const clock: Clock = {
    now,
    date: () => new Date(),
    sleep: async (ms) => {
      waitsMs.push(ms)
      await delay(ms / faster)
    },
  }
  const step = (what: string, of: string) => ({
    update: (text: string) => lines.push(`${what} ${of}: ${text}`),
    done: (text: string) => lines.push(`${what} ${of}: ${text}`),
  })
  const nothing = () => {}
  const say = (text: string) => lines.push(text)
  const log: Log = {
    info: say,
    warn: say,
    debug: say,
    foreign: (_, text) => say(text),
    step,
    announce: nothing,
    settle: nothing,
  }
  const run: RunCommand = async (program, args, options) => {
    now()
    atWork += 1
    const timeoutMs = isImpatient ? options.timeoutMs / faster : options.timeoutMs
    const result = await runCommand(program, args, { ...options, timeoutMs })
    now()
    atWork -= 1
    return result
  }
  const registry = imagetoolsRegistry({
    run,
    env: { ...childEnvironment(process.env), ...env },
    clock,
    log,
    signal: new AbortController().signal,
    parallel: 4,
  })
  const image = { name: parseImageName(name), tags: tags.map(parseTag), platforms: platforms.map(parsePlatform) }
  const began = clock.now()
  const seen = await lookAtImage(image as unknown as ImageExpectation, { registry, clock, log }, { waitMs, sha })
  return { seen, seconds: (clock.now() - began) / 1000, waitsMs, lines }
}

const outcome = (look: Look<unknown>): string => (look.ok ? 'ok' : look.failure)

/** What came of it in a word: of the index, or of its children where there are any that are not ok. */
export function outcomeOf({ index }: ImageSeen): string {
  if (!index.ok) return index.failure
  const children = index.seen.children.map(({ manifest, config }) => {
    if (manifest.ok && config.ok) return 'ok'
    return manifest.ok ? `config ${outcome(config)}` : outcome(manifest)
  })
  return children.every((child) => child === 'ok') ? 'ok' : children.join(', ')
}
