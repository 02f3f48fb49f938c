import type { HealthSeen } from '../model/health.ts'
import { familyOf, type Platform } from '../model/image.ts'
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
import type { Plan } from '../plan.ts'
import type { Ports } from '../ports.ts'
import { lookAtBuildRun } from './build-run.ts'
import { type CanaryLook, lookAtCanary, type VerifiedImage } from './canary.ts'
import { type CommandSeen, runCommands } from './commands.ts'
import { type DeploymentSeen, lookAtDeployment } from './deployments.ts'
import { lookAtEngine } from './engine.ts'
import { executionOf } from './execution.ts'
import { lookAtFiles } from './files.ts'
import { lookAtHealth } from './health.ts'
import { lookAtImage } from './image.ts'
import { attempt, memo, once } from './looks.ts'
import { modulesOf, probe } from './probe.ts'
import { provenWrong } from './proven-wrong.ts'
import { type ChildrenOf, childrenIn, createPulls } from './pulls.ts'
import { type StartSeen, start } from './start.ts'
import { isWell } from './well.ts'
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
  /** What became of the system that was started on the images; undefined where the spec has none. */
  canary(): Promise<CanaryLook | undefined>
  /** Ends what a target holds on this machine, unless the canary is yet to run on it. */
  release(target: Target): Promise<void>
  /** Ends whatever is still held. */
  close(): Promise<void>
}

/**
 * Opens the eyes on a plan; `parallel` pulls and the like are bounded by whoever calls. What was looked at `elsewhere`
 * is taken by the digests that were verified there.
 */
export function createSight(plan: Plan, ports: Ports, elsewhere?: ChildrenOf): Sight {
  let isCanaryToCome = plan.canary !== undefined && plan.shardOf === undefined
  const engine = once(() => lookAtEngine(ports))
  const image = memo(
    ({ id }: ImageExpectation) => id,
    async (expected): Promise<ImageSeen> => {
      const options = { waitMs: plan.waitMs, sha: plan.source.sha }
      const look = await attempt(async () => ({ ok: true, seen: await lookAtImage(expected, ports, options) }))
      if (look.ok) return look.seen
      return { tags: expected.tags.map((tag) => ({ tag, digest: look, attempts: 1 })), index: look }
    },
  )
  const childrenOf: ChildrenOf =
    elsewhere ??
    (async (expected) => {
      const { index } = await image(expected)
      return index.ok ? { ok: true, seen: childrenIn(expected, index.seen) } : index
    })
  const pulls = createPulls(ports, childrenOf)
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
      const wrong = provenWrong(target, childFor(index.seen, target.platform))
      return wrong === undefined ? execution : { ...asked, ...wrong, because: 'platforms' }
    }),
    pulled: async (target) => {
      const look = await pulls.held(target)
      return look.ok ? { ok: true, seen: look.seen.pulled } : look
    },
    unpacked: memo(keyOf, async (target) => {
      const look = await pulls.held(target)
      if (!look.ok) return look
      const { pulled, unpacked } = look.seen
      const step = pulled.unpackedBytes === undefined ? ports.log.step('measure', target.key) : undefined
      const measured = await attempt(unpacked)
      step?.done(measured.ok ? `${Math.round(measured.seen / 1e6)} MB unpacked` : measured.reason)
      return measured
    }),
    probe: memo(keyOf, async (target) => {
      const pulled = await sight.pulled(target)
      if (!pulled.ok) return pulled
      const step = ports.log.step('probe', target.key)
      step.update(modulesOf(target.image).join(', '))
      const look = await attempt(() => probe(target, pulled.seen, { nonce: () => ports.nonce(), engine: runs }))
      step.done(look.ok ? counted(Object.keys(look.seen.modules).length, 'module') : look.reason)
      if (look.ok && look.seen.output !== '') ports.log.foreign(`what ${target.key} printed`, look.seen.output)
      return look
    }),
    started: memo(keyOf, async (target) => {
      const pulled = await sight.pulled(target)
      if (!pulled.ok) return pulled
      const step = ports.log.step('start', target.key)
      const look = await attempt(() => start(target, pulled.seen, { nonce: () => ports.nonce(), engine: runs }))
      step.done(
        look.ok ? (look.seen.timedOut ? 'still running' : `exited ${look.seen.exitCode ?? 'somehow'}`) : look.reason,
      )
      return look
    }),
    health: memo(keyOf, async (target) => {
      const pulled = await sight.pulled(target)
      if (!pulled.ok) return pulled
      const { health } = target.image
      if (health === undefined) throw new Error(`nothing is asked of the health of ${target.key}`)
      const step = ports.log.step('serve', target.key)
      const look = await attempt(() => lookAtHealth(target, pulled.seen, health, ports))
      const well = look.ok && isWell(health, look.seen)
      step.done(look.ok ? `${well ? 'well' : 'not well'} after ${Math.round(look.seen.seconds)} s` : look.reason)
      if (look.ok && !well && look.seen.logs.ok) {
        ports.log.foreign(`what ${target.key} printed`, look.seen.logs.seen.text)
      }
      return look
    }),
    commands: memo(keyOf, async (target) => {
      const pulled = await sight.pulled(target)
      if (!pulled.ok) return pulled
      const step = ports.log.step('run', target.key)
      const env = await imageEnv(target)
      const eyes = { nonce: () => ports.nonce(), engine: runs }
      const look = await attempt(async () => ({
        ok: true,
        seen: await runCommands(target, pulled.seen, env, eyes, step.update),
      }))
      step.done(look.ok ? counted(look.seen.length, 'command') : look.reason)
      return look
    }),
    files: memo(keyOf, async (target) => {
      const pulled = await sight.pulled(target)
      if (!pulled.ok) return pulled
      const step = ports.log.step('read', target.key)
      const env = await imageEnv(target)
      const look = await attempt(() => lookAtFiles(target, pulled.seen, env, ports.engine))
      step.done(look.ok ? counted(look.seen.length, 'file') : look.reason)
      return look
    }),
    workflow: async () => plan.workflow,
    deployments: once(() => Promise.all((plan.deployments ?? []).map((each) => lookAtDeployment(each, ports.files)))),
    canary: once(async () => {
      const { canary: expected, images } = plan
      if (expected === undefined) return undefined
      if (plan.execute === 'none') return noExecution
      try {
        return await attempt(() => lookAtCanary({ expected, images, verified }, ports))
      } finally {
        isCanaryToCome = false
        await sight.close()
      }
    }),
    release: async (target) => {
      if (!(isCanaryToCome && (await isForCanary(target)))) await pulls.end(target.key)
    },
    close: () => pulls.endAll(),
  }

  async function isForCanary({ image: { id }, platform }: Target): Promise<boolean> {
    const here = await engine()
    const isMapped = Object.values(plan.canary?.services ?? {}).includes(id)
    return isMapped && here.ok && familyOf(platform) === familyOf(here.seen.platform)
  }

  /** A verified image on the platform of this engine, by the digest that was verified. */
  async function verified(expected: ImageExpectation): Promise<Look<VerifiedImage>> {
    const here = await engine()
    if (!here.ok) return here
    const known = await childrenOf(expected)
    if (!known.ok) return known
    const child = known.seen.find(({ platform }) => familyOf(platform) === familyOf(here.seen.platform))
    if (child === undefined) {
      const reason = `${expected.name} has no ${here.seen.platform}, which this machine is`
      return { ok: false, failure: 'not-found', reason, hint: 'bring the canary up on a runner of another platform' }
    }
    const { platform, digest } = child
    const look = await sight.pulled({ key: targetKey(expected.id, platform), image: expected, platform })
    return look.ok ? { ok: true, seen: { digest, id: look.seen.id } } : look
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
    resolveCompose: (request) => ports.engine.resolveCompose(request),
    compose: (project) => ports.engine.compose(project),
    run: async (request) => {
      const look = await ports.engine.run(request)
      return look.ok || !['not-found', 'no-evidence', 'no-start'].includes(look.failure)
        ? look
        : { ...look, failure: 'failed' }
    },
  }

  return sight
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

const noExecution: CanaryLook = {
  ok: false,
  failure: 'failed',
  reason: 'execute is none, so the canary of the spec was not brought up',
  hint: 'set execute: native, or leave the canary out of the spec',
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
