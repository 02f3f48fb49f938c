import { type Platform, pinned } from '../model/image.ts'
import {
  childFor,
  type EngineSeen,
  type Execution,
  type ImageSeen,
  type Look,
  type ProbeSeen,
  type PulledSeen,
  platformOf,
} from '../model/observation.ts'
import type { Plan } from '../model/plan.ts'
import { type ImageExpectation, type Source, type Target, targetKey } from '../model/spec.ts'
import type { Ports, PulledImage } from '../ports.ts'
import { executionOf } from './execution.ts'
import { lookAtImage } from './image.ts'
import { probe } from './probe.ts'

/** What checks may look at. Every look happens once, whoever asks and however often. */
export interface Sight {
  readonly source: Source
  engine(): Promise<Look<EngineSeen>>
  image(image: ImageExpectation): Promise<ImageSeen>
  /** The image's platforms: as expected, or as the registry has them where nobody said. */
  targets(image: ImageExpectation): Promise<readonly Target[]>
  execution(target: Target): Promise<Execution>
  pulled(target: Target): Promise<Look<PulledSeen>>
  probe(target: Target): Promise<Look<ProbeSeen>>
  /** Ends what a target holds on this machine. */
  release(target: Target): Promise<void>
}

/** Opens the eyes on a plan; `parallel` pulls and the like are bounded by whoever calls. */
export function createSight(plan: Plan, ports: Ports): Sight {
  const pulls = new Map<string, Promise<Look<PulledImage>>>()
  const engine = once(() => ports.engine.describe())
  const image = memo(
    ({ id }: ImageExpectation) => id,
    (expected) => lookAtImage(expected, ports, { waitMs: plan.waitMs, sha: plan.source.sha }),
  )
  const sight: Sight = {
    source: plan.source,
    engine,
    image,
    targets: async (expected) => {
      const platforms = expected.platforms ?? (await platformsSeen(image(expected)))
      return platforms.map((platform) => ({ key: targetKey(expected.id, platform), image: expected, platform }))
    },
    execution: memo(keyOf, async (target) => {
      const platforms = target.image.platforms ?? (await platformsSeen(image(target.image)))
      const execution = executionOf(target, platforms, plan.execute, await engine())
      if (execution.executed === 'no') return execution
      const { index } = await image(target.image)
      if (!index.ok) return { executed: 'no', asked: true, reason: index.reason, hint: index.hint, because: 'tags' }
      if (childFor(index.seen, target.platform) !== undefined) return execution
      const reason = `${target.image.name} has no ${target.platform}`
      return { executed: 'no', asked: true, reason, hint: '', because: 'platforms' }
    }),
    pulled: async (target) => {
      const look = await (pulls.get(target.key) ?? remember(pulls, target.key, pull(target)))
      return look.ok ? { ok: true, seen: look.seen.pulled } : look
    },
    probe: memo(keyOf, async (target) => {
      const pulled = await sight.pulled(target)
      if (!pulled.ok) return pulled
      const step = ports.log.step(`probe ${target.key}`)
      const look = await probe(target, pulled.seen, ports)
      step.done(look.ok ? `${Object.keys(look.seen.modules).length} modules` : look.reason)
      if (look.ok && look.seen.output !== '') ports.log.foreign(`what ${target.key} printed`, look.seen.output)
      return look
    }),
    release: async (target) => {
      const look = await pulls.get(target.key)
      if (look?.ok) await look.seen[Symbol.asyncDispose]()
    },
  }

  async function pull(target: Target): Promise<Look<PulledImage>> {
    const { index } = await image(target.image)
    if (!index.ok) return index
    const child = childFor(index.seen, target.platform)
    if (child === undefined) {
      return { ok: false, failure: 'not-found', reason: `${target.image.name} has no ${target.platform}`, hint: '' }
    }
    const step = ports.log.step(`pull ${target.key}`)
    const bytes = child.manifest.ok ? child.manifest.seen.compressedBytes : 0
    const reference = pinned(target.image.name, child.descriptor.digest)
    const look = await ports.engine.pull(reference, target.platform, bytes, ({ text }) => step.update(text))
    step.done(look.ok ? 'pulled' : look.reason)
    return look
  }

  return sight
}

const keyOf = ({ key }: Target): string => key

async function platformsSeen(look: Promise<ImageSeen>): Promise<readonly Platform[]> {
  const { index } = await look
  if (!index.ok) return []
  return index.seen.children.flatMap((child) => platformOf(index.seen, child) ?? [])
}

function remember<Value>(known: Map<string, Value>, key: string, value: Value): Value {
  known.set(key, value)
  return value
}

function memo<Key, Value>(keyOf: (key: Key) => string, look: (key: Key) => Promise<Value>) {
  const known = new Map<string, Promise<Value>>()
  return (key: Key): Promise<Value> => known.get(keyOf(key)) ?? remember(known, keyOf(key), look(key))
}

function once<Value>(look: () => Promise<Value>): () => Promise<Value> {
  let known: Promise<Value> | undefined
  return () => {
    known ??= look()
    return known
  }
}
