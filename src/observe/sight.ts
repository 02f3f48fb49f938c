import type { HealthSeen } from '../model/health.ts'
import { familyOf, type Platform } from '../model/image.ts'
import {
  childFor,
  type EngineSeen,
  type Execution,
  type FileSeen,
  failed,
  type ImageSeen,
  type Look,
  type ProbeSeen,
  type PulledSeen,
  platformOf,
} from '../model/observation.ts'
import type { Report } from '../model/result.ts'
import type { BuildRunSeen } from '../model/run.ts'
import { runsInOtherShards } from '../model/runner.ts'
import { type ImageExpectation, type Source, type Target, targetKey } from '../model/spec.ts'
import type { Plan } from '../plan.ts'
import type { Ports } from '../ports.ts'
import { workflowsIn } from '../workflow/lint.ts'
import { lookAtBuildRun } from './build-run.ts'
import { type CanaryLook, lookAtCanary, type VerifiedImage } from './canary.ts'
import type { CommandSeen } from './commands.ts'
import { createContainerLooks } from './containers.ts'
import { type DeploymentSeen, lookAtDeployment } from './deployments.ts'
import { lookAtEngine } from './engine.ts'
import { executionOf } from './execution.ts'
import { lookAtImage } from './image.ts'
import { attempt, keyOf, memo, once } from './looks.ts'
import { provenWrong } from './proven-wrong.ts'
import { type ChildrenOf, childrenIn, createPulls } from './pulls.ts'
import type { StartSeen } from './start.ts'
import type { WorkflowLook } from './workflow.ts'

/** What checks may look at. Every look happens once, whoever asks and however often; a look that throws has failed. */
export interface Sight {
  readonly source: Source
  /** The report of the last run that passed; undefined where nobody named one. */
  readonly baseline: Look<Report> | undefined
  /** Whether only some targets were named, and other runs look at the others. */
  readonly sharded: boolean
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
  const named = plan.targets && new Set(plan.targets)
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
  const pulled: Sight['pulled'] = async (target) => {
    const look = await pulls.held(target)
    return look.ok ? { ok: true, seen: look.seen.pulled } : look
  }
  const containers = createContainerLooks(ports, pulled, imageEnv)
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
      return targets.filter(({ key }) => named?.has(key) ?? true)
    },
    execution: memo(keyOf, async (target) => {
      const platforms = (await sight.targets(target.image)).map(({ platform }) => platform)
      const isElsewhere = plan.shardOf !== undefined && runsInOtherShards(target.image, target.platform)
      const execution = await executionOf(target, platforms, plan.execute, engine, isElsewhere)
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
    pulled,
    unpacked: memo(keyOf, async (target) => {
      const look = await pulls.held(target)
      if (!look.ok) return look
      const { pulled, unpacked } = look.seen
      const step = pulled.unpackedBytes === undefined ? ports.log.step('measure', target.key) : undefined
      const measured = await attempt(unpacked)
      step?.done(measured.ok ? `${Math.round(measured.seen / 1e6)} MB unpacked` : measured.reason)
      return measured
    }),
    ...containers,
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
      return failed('not-found', reason, 'bring the canary up on a runner of another platform')
    }
    const { platform, digest } = child
    const look = await pulled({ key: targetKey(expected.id, platform), image: expected, platform })
    return look.ok ? { ok: true, seen: { digest, id: look.seen.id } } : look
  }

  async function imageEnv(target: Target): Promise<readonly string[]> {
    const { index } = await image(target.image)
    const config = index.ok ? childFor(index.seen, target.platform)?.config : undefined
    return config?.ok ? config.seen.env : []
  }

  return sight
}

const noExecution = failed(
  'failed',
  'execute is none, so the canary of the spec was not brought up',
  'set execute: native, or leave the canary out of the spec',
)

async function buildRun(
  { source, images, legs, workflow }: Plan,
  ports: Ports,
): Promise<Look<BuildRunSeen> | undefined> {
  const { runId, runAttempt } = source
  if (runId === undefined) return undefined
  const { buildRun, clock, log } = ports
  if (buildRun === undefined) {
    const reason = `nobody said of which repository run ${runId} is`
    return failed('failed', reason, 'name it: GITHUB_REPOSITORY, or --repository')
  }
  const workflows = workflow?.ok ? workflowsIn(workflow.seen) : []
  const question = { runId, attempt: runAttempt, expected: legs, workflows, images }
  return attempt(() => lookAtBuildRun(question, { buildRun, clock, log }))
}

async function platformsSeen(look: Promise<ImageSeen>): Promise<readonly Platform[]> {
  const { index } = await look
  if (!index.ok) return []
  return index.seen.children.flatMap((child) => platformOf(index.seen, child) ?? [])
}
