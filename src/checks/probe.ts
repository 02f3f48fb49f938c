import { imageThen } from '../model/baseline.ts'
import type { Digest } from '../model/image.ts'
import type { Execution, Look, ModuleSeen, ProbeSeen } from '../model/observation.ts'
import type { Evidence } from '../model/result.ts'
import type { ImageExpectation, Target } from '../model/spec.ts'
import type { Sight } from '../observe/sight.ts'
import { notRun, type Unlooked, unseen } from './define.ts'

/** What every check that asks a module sees. */
export interface ProbeLook {
  readonly execution: Execution
  readonly probe: Look<ProbeSeen> | undefined
  /** The pull went wrong: told by its own check. */
  readonly pulled: boolean
  /** Of the image in the last run that passed. */
  readonly previous?: Digest | undefined
}

/** Looks into a target's probe, where it runs. */
export async function observeProbe(target: Target, sight: Sight): Promise<ProbeLook> {
  const execution = await sight.execution(target)
  if (execution.executed === 'no') return { execution, probe: undefined, pulled: false }
  const { ok: pulled } = await sight.pulled(target)
  return { execution, probe: await sight.probe(target), pulled, previous: previousDigest(target.image, sight) }
}

/** The probe of a target that ran, or what its absence means; `image` where the check of its imports tells why. */
export function ran({ execution, probe, pulled }: ProbeLook, image?: ImageExpectation): ProbeSeen | Unlooked {
  if (execution.executed === 'no') return notRun(execution)
  if (probe === undefined) return { unseen: 'the probe did not run', hint: 'rerun the job' }
  if (probe.ok) return probe.seen
  const told = image !== undefined && image.imports.length > 0 ? 'import' : undefined
  return unseen(probe, pulled ? told : 'pull')
}

/** Whether there was a probe; else it is why there was none. */
export const isProbe = (seen: ProbeSeen | Unlooked): seen is ProbeSeen => 'nonce' in seen

/** The first of some modules that the probe did not come to; all of it where its own end line is missing. */
export function unreached(probe: ProbeSeen, modules: readonly string[]): Unlooked | undefined {
  for (const module of modules) {
    const seen = moduleSeen(probe, module)
    if (seen.outcome !== 'unseen') continue
    return { unseen: `${module} was not reached: ${seen.reason}`, hint: SEE_THE_LOG }
  }
  if (probe.unended === undefined) return undefined
  return { unseen: `the probe never came to its own end: ${probe.unended}`, hint: SEE_THE_LOG }
}

const SEE_THE_LOG =
  'see what the container printed, in the log of this step; the spec gives it more `timeout` or `memory`'

/** What a probe says of a module; of one that it does not name, that it was not seen. */
export const moduleSeen = (probe: ProbeSeen, module: string): ModuleSeen =>
  (Object.hasOwn(probe.modules, module) ? probe.modules[module] : undefined) ?? {
    outcome: 'unseen',
    reason: `the probe said nothing of ${module}`,
  }

/** The container that a probe ran in, as proof that it did. */
export const probeEvidence = ({ startedAt, nonce }: ProbeSeen): readonly Evidence[] => [
  { kind: 'container', startedAt, nonce },
]

/** The digest an image had in the last run that passed, where that is known. */
export const previousDigest = (image: ImageExpectation, { baseline }: Pick<Sight, 'baseline'>): Digest | undefined =>
  baseline?.ok ? imageThen(baseline.seen, image)?.digest : undefined

/** What to do with an image that does not do what it is for. */
export const revert = (target: Target, previous?: Digest): string =>
  `do not ship it: revert the change, and point moving tags back: docker buildx imagetools create --prefer-index=false --tag ${target.image.name}:<tag> ${target.image.name}@${previous ?? '<digest of the last passed report>'}`
