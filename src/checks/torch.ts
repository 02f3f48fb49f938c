import type { ProbeSeen, TorchSeen } from '../model/observation.ts'
import { type ImageExpectation, positionOf, type Target } from '../model/spec.ts'
import { defineCheck, type Judgement } from './define.ts'
import { isProbe, moduleSeen, observeProbe, type ProbeLook, probeEvidence, ran, revert, unreached } from './probe.ts'

export const torch = defineCheck({
  id: 'torch',
  title: 'torch is there, and built for the accelerator meant',
  scope: 'platform',
  codes: { 'torch/missing': 'error', 'torch/accelerator': 'error' },
  notAsked: ({ image }) => (image.torch === undefined ? 'the spec says nothing of torch' : undefined),
  observe: observeProbe,
  judge: (target, look: ProbeLook): Judgement => {
    const probe = ran(look, target.image)
    if (!isProbe(probe)) return neverStarted(target, look) ?? probe
    const seen = moduleSeen(probe, 'torch')
    switch (seen.outcome) {
      case 'absent':
        return wrong(target, NO_IMPORT, 'ModuleNotFoundError', revert(target, look.previous))
      case 'broken':
        return wrong(target, NO_IMPORT, seen.reason, revert(target, look.previous))
      case 'unseen':
      case 'imported':
        return unreached(probe, ['torch']) ?? judgeBuild(target, probe)
    }
  },
})

const NO_IMPORT = { code: 'torch/missing', what: 'torch does not import' }

function wrong(
  { key, image }: Target,
  { code, what }: { readonly code: string; readonly what: string },
  actual: string,
  hint: string,
): Judgement {
  const at = positionOf(image, 'torch')
  const message = `${key}: ${what}`
  const finding = { code, message, about: 'torch', expected: wanted(image), actual, hint, ...(at && { at }) }
  return { findings: [finding], evidence: [] }
}

/** That an image cannot be started is told once: by the check of its imports, where it has any. */
function neverStarted(target: Target, { probe, pulled }: ProbeLook): Judgement | undefined {
  if (probe?.ok !== false || probe.failure !== 'no-start' || !pulled) return undefined
  return target.image.imports.length > 0 ? undefined : wrong(target, NO_IMPORT, probe.reason, probe.hint)
}

/** What torch is built for, and whether it finds a GPU where it was given one. */
function judgeBuild(target: Target, probe: ProbeSeen): Judgement {
  const { torch: meant, gpus } = target.image
  const right = { findings: [], evidence: probeEvidence(probe) }
  if (meant === 'any') return right
  const { torch: seen } = probe
  if (seen === undefined) {
    return {
      unseen: 'torch imported and did not say what it was built for',
      hint: 'see what the container printed, in the log of this step: torch.version is not as torch has it',
    }
  }
  if (!isBuiltFor(meant, seen)) return wrongBuild(target, seen)
  return (meant === 'cuda' && gpus !== undefined ? withoutGpu(target, seen) : undefined) ?? right
}

const isBuiltFor = (meant: ImageExpectation['torch'], seen: TorchSeen): boolean =>
  meant === 'cpu' ? describeTorch(seen) === 'cpu' && !hasNvidia(seen) : seen.cuda !== null

function wrongBuild(target: Target, seen: TorchSeen): Judgement {
  const built = describeTorch(seen)
  const beside = seen.vendorPackages.join(', ')
  const what = `torch is built for ${built}${beside === '' ? '' : `, with ${beside} beside it`}`
  const hint =
    target.image.torch === 'cpu'
      ? 'install torch from https://download.pytorch.org/whl/cpu on every platform, and check that the lock file does not override the index'
      : 'install torch from a CUDA index such as https://download.pytorch.org/whl/cu126'
  return wrong(target, { code: 'torch/accelerator', what }, `${built}${beside === '' ? '' : `; ${beside}`}`, hint)
}

function withoutGpu(target: Target, { gpu, ...seen }: TorchSeen): Judgement | undefined {
  if (gpu === undefined) {
    return {
      unseen: 'torch did not say whether it can use a GPU',
      hint: 'see what the container printed, in the log of this step; the spec gives it more `timeout`',
    }
  }
  if (gpu.available) return undefined
  const built = describeTorch(seen)
  return wrong(
    target,
    { code: 'torch/accelerator', what: `torch is built for ${built} and finds no GPU` },
    `torch.cuda.is_available() is False${gpu.reason === '' ? '' : `: ${gpu.reason}`}`,
    `see that the driver of the runner is new enough for ${built}, and that the container sees it: nvidia-smi`,
  )
}

const wanted = ({ torch: accelerator, gpus }: ImageExpectation): string => {
  if (accelerator === 'any') return 'torch'
  return `torch built for ${accelerator}${accelerator === 'cuda' && gpus !== undefined ? ' that finds a GPU' : ''}`
}

const hasNvidia = ({ vendorPackages }: TorchSeen): boolean => vendorPackages.some((name) => name !== 'triton')

/** `cpu`, `cuda 12.6` or `rocm 6.1`. */
export function describeTorch({ cuda, hip }: Pick<TorchSeen, 'cuda' | 'hip'>): string {
  if (cuda !== null) return `cuda ${cuda}`
  return hip === null ? 'cpu' : `rocm ${hip}`
}
