import { errorMessage } from '../errors.ts'
import type { HealthSeen } from '../model/health.ts'
import { type Platform, pinned } from '../model/image.ts'
import {
  childFor,
  type EngineSeen,
  type Execution,
  type FileSeen,
  type ImageSeen,
  type Look,
  type ProbeSeen,
  type PulledSeen,
  platformOf,
} from '../model/observation.ts'
import type { Report } from '../model/result.ts'
import type { BuildRunSeen } from '../model/run.ts'
import type { SetSeen } from '../model/set.ts'
import { type ImageExpectation, type Source, type Target, targetKey } from '../model/spec.ts'
import { leadsOutside } from '../model/workdir.ts'
import type { Plan } from '../plan.ts'
import type { Ports, PulledImage } from '../ports.ts'
import { lookAtBuildRun } from './build-run.ts'
import { type CommandSeen, runCommands } from './commands.ts'
import { type DeploymentSeen, lookAtDeployment } from './deployments.ts'
import { executionOf } from './execution.ts'
import { lookAtFiles } from './files.ts'
import { lookAtHealth } from './health.ts'
import { lookAtImage } from './image.ts'
import { probe } from './probe.ts'
import { type StartSeen, start } from './start.ts'
import type { WorkflowLook } from './workflow.ts'

/** What checks may look at. Every look happens once, whoever asks and however often; a look that throws has failed. */
export interface Sight {
  readonly source: Source
  /** The report of the last run that passed; undefined where nobody named one. */
  readonly baseline: Look<Report> | undefined
  /** Whether only some targets were named, and other runs look at the others. */
  readonly sharded: boolean
  /** What the reports of other runs say of the set, where this one only puts them together. */
  readonly merged?: SetSeen
  engine(): Promise<Look<EngineSeen>>
  /** The run that built the images; undefined where nobody said which that is. */
  buildRun(): Promise<Look<BuildRunSeen> | undefined>
  image(image: ImageExpectation): Promise<ImageSeen>
  /** What this run looks at of an image: the platforms expected, or those in the registry where nobody said. */
  targets(image: ImageExpectation): Promise<readonly Target[]>
  execution(target: Target): Promise<Execution>
  pulled(target: Target): Promise<Look<PulledSeen>>
  /** The bytes of a pulled image unpacked; not every engine says that for nothing. */
  unpacked(target: Target): Promise<Look<number>>
  probe(target: Target): Promise<Look<ProbeSeen>>
  /** The container of the image as it is shipped, for a few seconds. */
  started(target: Target): Promise<Look<StartSeen>>
  /** What became of the image as a server. */
  health(target: Target): Promise<Look<HealthSeen>>
  /** What became of each command of the spec. */
  commands(target: Target): Promise<Look<readonly Look<CommandSeen>[]>>
  /** What is where the spec names a file; undefined where nothing is. */
  files(target: Target): Promise<Look<readonly Look<FileSeen | undefined>[]>>
  /** The build workflow; undefined where there is none to read. */
  workflow(): Promise<WorkflowLook | undefined>
  /** The compose files of the spec, in its order. */
  deployments(): Promise<readonly DeploymentSeen[]>
  /** Ends what a target holds on this machine. */
  release(target: Target): Promise<void>
}

/** Opens the eyes on a plan; `parallel` pulls and the like are bounded by whoever calls. */
export function createSight(plan: Plan, ports: Ports): Sight {
  const pulls = new Map<string, Promise<Look<PulledImage>>>()
  const engine = once(async () => {
    const look = await attempt(() => ports.engine.describe())
    const unlimited = look.ok ? look.seen.unlimited : undefined
    if (unlimited !== undefined) {
      ports.log.warn(`this engine does not limit the ${unlimited} of containers, whatever the spec says`)
    }
    return look
  })
  const image = memo(
    ({ id }: ImageExpectation) => id,
    async (expected): Promise<ImageSeen> => {
      const options = { waitMs: plan.waitMs, sha: plan.source.sha }
      const look = await attempt(async () => ({ ok: true, seen: await lookAtImage(expected, ports, options) }))
      if (look.ok) return look.seen
      return { tags: expected.tags.map((tag) => ({ tag, digest: look, attempts: 1 })), index: look }
    },
  )
  const sight: Sight = {
    source: plan.source,
    baseline: plan.baseline,
    sharded: plan.targets !== undefined,
    engine,
    buildRun: once(() => buildRun(plan, ports)),
    image,
    targets: async (expected) => {
      const platforms = new Set(expected.platforms ?? (await platformsSeen(image(expected))))
      const targets = [...platforms].map((platform) => ({
        key: targetKey(expected.id, platform),
        image: expected,
        platform,
      }))
      return targets.filter(({ key }) => plan.targets?.includes(key) ?? true)
    },
    execution: memo(keyOf, async (target) => {
      const platforms = (await sight.targets(target.image)).map(({ platform }) => platform)
      const execution = await executionOf(target, platforms, plan.execute, engine)
      if (execution.executed === 'no') return execution
      const { tags, index } = await image(target.image)
      const asked = { executed: 'no', asked: true } as const
      if (!index.ok) {
        const because = tags.some(({ digest }) => digest.ok) ? 'platforms' : 'tags'
        return { ...asked, reason: index.reason, hint: index.hint, because }
      }
      const child = childFor(index.seen, target.platform)
      if (child === undefined) return { ...asked, ...noSuchPlatform(target), because: 'platforms' }
      if (!child.config.ok || !leadsOutside(child.config.seen.workdir)) return execution
      const reason = `its working directory leads out of the container: ${child.config.seen.workdir}`
      return { ...asked, reason, hint: 'see what the check platforms says', because: 'platforms' }
    }),
    pulled: async (target) => {
      const look = await held(target)
      return look.ok ? { ok: true, seen: look.seen.pulled } : look
    },
    unpacked: memo(keyOf, async (target) => {
      const look = await held(target)
      if (!look.ok) return look
      const { pulled, unpacked } = look.seen
      const step = pulled.unpackedBytes === undefined ? ports.log.step(`measure ${target.key}`) : undefined
      const measured = await attempt(unpacked)
      step?.done(measured.ok ? `${Math.round(measured.seen / 1e6)} MB unpacked` : measured.reason)
      return measured
    }),
    probe: memo(keyOf, async (target) => {
      const pulled = await sight.pulled(target)
      if (!pulled.ok) return pulled
      const step = ports.log.step(`probe ${target.key}`)
      const look = await attempt(() => probe(target, pulled.seen, { nonce: () => ports.nonce(), engine: runs }))
      step.done(look.ok ? `${Object.keys(look.seen.modules).length} modules` : look.reason)
      if (look.ok && look.seen.output !== '') ports.log.foreign(`what ${target.key} printed`, look.seen.output)
      return look
    }),
    started: memo(keyOf, async (target) => {
      const pulled = await sight.pulled(target)
      return pulled.ok
        ? attempt(() => start(target, pulled.seen, { nonce: () => ports.nonce(), engine: runs }))
        : pulled
    }),
    health: memo(keyOf, async (target) => {
      const pulled = await sight.pulled(target)
      if (!pulled.ok) return pulled
      const { health } = target.image
      if (health === undefined) throw new Error(`nothing is asked of the health of ${target.key}`)
      const step = ports.log.step(`start ${target.key}`)
      const look = await attempt(() => lookAtHealth(target, pulled.seen, health, ports))
      step.done(
        look.ok ? `${look.seen.well ? 'well' : 'not well'} after ${Math.round(look.seen.seconds)} s` : look.reason,
      )
      if (look.ok && !look.seen.well) ports.log.foreign(`what ${target.key} printed`, look.seen.logs)
      return look
    }),
    commands: memo(keyOf, async (target) => {
      const pulled = await sight.pulled(target)
      if (!pulled.ok) return pulled
      const step = ports.log.step(`commands of ${target.key}`)
      const env = await imageEnv(target)
      const eyes = { nonce: () => ports.nonce(), engine: runs }
      const look = await attempt(async () => ({ ok: true, seen: await runCommands(target, pulled.seen, env, eyes) }))
      step.done(look.ok ? `${look.seen.length} run` : look.reason)
      return look
    }),
    files: memo(keyOf, async (target) => {
      const pulled = await sight.pulled(target)
      if (!pulled.ok) return pulled
      const env = await imageEnv(target)
      return attempt(() => lookAtFiles(target, pulled.seen, env, ports.engine))
    }),
    workflow: async () => plan.workflow,
    deployments: once(() => Promise.all((plan.deployments ?? []).map((each) => lookAtDeployment(each, ports.files)))),
    release: async (target) => {
      const look = await pulls.get(target.key)
      if (!look?.ok) return
      const ended = await attempt(async () => ({ ok: true, seen: await look.seen[Symbol.asyncDispose]() }))
      if (!ended.ok) ports.log.warn(`could not remove ${target.key} from this machine: ${ended.reason}`)
    },
  }

  async function imageEnv(target: Target): Promise<readonly string[]> {
    const { index } = await image(target.image)
    const config = index.ok ? childFor(index.seen, target.platform)?.config : undefined
    return config?.ok ? config.seen.env : []
  }

  // That a container could not be made says nothing of what is in the image, which `not-found` of a probe would.
  const runs: Ports['engine'] = {
    describe: engine,
    pull: (...request) => ports.engine.pull(...request),
    serve: (request) => ports.engine.serve(request),
    readFiles: (request) => ports.engine.readFiles(request),
    run: async (request) => {
      const look = await ports.engine.run(request)
      return look.ok || !['not-found', 'no-evidence', 'no-start'].includes(look.failure)
        ? look
        : { ...look, failure: 'failed' }
    },
  }

  const held = (target: Target): Promise<Look<PulledImage>> =>
    pulls.get(target.key) ??
    remember(
      pulls,
      target.key,
      attempt(() => pull(target)),
    )

  async function pull(target: Target): Promise<Look<PulledImage>> {
    const { index } = await image(target.image)
    if (!index.ok) return index
    const child = childFor(index.seen, target.platform)
    if (child === undefined) {
      return { ok: false, failure: 'not-found', ...noSuchPlatform(target) }
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

const noSuchPlatform = ({ image, platform }: Target) => ({
  reason: `${image.name} has no ${platform}`,
  hint: 'see what the check platforms says',
})

/** Whatever goes wrong in a look is its outcome, so that it hides nothing of what the others see. */
async function attempt<Seen>(look: () => Promise<Look<Seen>>): Promise<Look<Seen>> {
  try {
    return await look()
  } catch (error) {
    const hint = 'this is a fault of the action: please report it with report.json'
    return { ok: false, failure: 'failed', reason: errorMessage(error), hint }
  }
}

async function buildRun({ source, images, legs }: Plan, ports: Ports): Promise<Look<BuildRunSeen> | undefined> {
  const { runId, runAttempt } = source
  if (runId === undefined) return undefined
  const { buildRun, clock, log } = ports
  if (buildRun === undefined) {
    const reason = `nobody said of which repository run ${runId} is`
    return { ok: false, failure: 'failed', reason, hint: 'name it: GITHUB_REPOSITORY, or --repository' }
  }
  const question = { runId, attempt: runAttempt, expected: legs, images }
  return attempt(() => lookAtBuildRun(question, { buildRun, clock, log }))
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
