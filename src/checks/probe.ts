import type { Execution, Look, ModuleSeen, ProbeSeen } from '../model/observation.ts'
import type { Evidence } from '../model/result.ts'
import type { Target } from '../model/spec.ts'
import type { Sight } from '../observe/sight.ts'
import { type Judgement, notRun, unseen } from './define.ts'

/** What every check that asks a module sees. */
export interface ProbeLook {
  readonly execution: Execution
  readonly probe: Look<ProbeSeen> | undefined
  /** The pull went wrong: told by its own check. */
  readonly pulled: boolean
}

/** Looks into a target's probe, where it runs. */
export async function observeProbe(target: Target, sight: Sight): Promise<ProbeLook> {
  const execution = await sight.execution(target)
  if (execution.executed === 'no') return { execution, probe: undefined, pulled: false }
  const { ok: pulled } = await sight.pulled(target)
  return { execution, probe: await sight.probe(target), pulled }
}

/** The probe of a target that ran, or the judgement where it did not. */
export function ran({ execution, probe, pulled }: ProbeLook): ProbeSeen | Judgement {
  if (execution.executed === 'no') return notRun(execution)
  if (probe === undefined) return { unseen: 'the probe did not run', hint: '' }
  if (!probe.ok) return unseen(probe, pulled ? undefined : 'pull')
  return probe.seen
}

export const isProbe = (seen: ProbeSeen | Judgement): seen is ProbeSeen => 'nonce' in seen

export const moduleSeen = (probe: ProbeSeen, module: string): ModuleSeen =>
  (Object.hasOwn(probe.modules, module) ? probe.modules[module] : undefined) ?? {
    outcome: 'unseen',
    reason: `the probe said nothing of ${module}`,
  }

export const probeEvidence = ({ startedAt, nonce }: ProbeSeen): readonly Evidence[] => [
  { kind: 'container', startedAt, nonce },
]

/** What to do with an image that does not do what it is for. */
export const revert = (target: Target): string =>
  `do not ship it: revert the change, and point moving tags back: docker buildx imagetools create --prefer-index=false --tag ${target.image.name}:<tag> ${target.image.name}@<digest of the last passed report>`
