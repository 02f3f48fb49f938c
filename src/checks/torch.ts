import type { TorchSeen } from '../model/observation.ts'
import type { UnweighedFinding } from '../model/result.ts'
import { type ImageExpectation, positionOf } from '../model/spec.ts'
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
    const at = positionOf(target.image, 'torch')
    const about = (code: string, message: string, actual: string, hint: string): UnweighedFinding => ({
      code: `torch/${code}`,
      message: `${target.key}: ${message}`,
      about: 'torch',
      expected: wanted(target.image),
      actual,
      hint,
      ...(at && { at }),
    })
    const probe = ran(look, target.image)
    if (!isProbe(probe)) {
      const { probe: refused } = look
      if (refused?.ok !== false || refused.failure !== 'no-start' || !look.pulled || target.image.imports.length > 0) {
        return probe
      }
      return { findings: [about('missing', 'torch does not import', refused.reason, refused.hint)], evidence: [] }
    }
    const seen = moduleSeen(probe, 'torch')
    const dark = unreached(probe, ['torch'])
    if (dark && (seen.outcome === 'unseen' || seen.outcome === 'imported')) return dark
    if (seen.outcome !== 'imported') {
      const reason = seen.outcome === 'absent' ? 'ModuleNotFoundError' : seen.reason
      return {
        findings: [about('missing', 'torch does not import', reason, revert(target, look.previous))],
        evidence: [],
      }
    }
    if (target.image.torch === 'any') return { findings: [], evidence: probeEvidence(probe) }
    if (probe.torch === undefined) {
      return {
        unseen: 'torch imported and did not say what it was built for',
        hint: 'see what the container printed, in the log of this step: torch.version is not as torch has it',
      }
    }
    const built = describeTorch(probe.torch)
    const wrong = target.image.torch === 'cpu' ? built !== 'cpu' || hasNvidia(probe.torch) : probe.torch.cuda === null
    if (!wrong && target.image.torch === 'cuda' && target.image.gpus !== undefined) {
      const { gpu } = probe.torch
      if (gpu === undefined) {
        return {
          unseen: 'torch did not say whether it can use a GPU',
          hint: 'see what the container printed, in the log of this step; the spec gives it more `timeout`',
        }
      }
      if (!gpu.available) {
        const actual = `torch.cuda.is_available() is False${gpu.reason === '' ? '' : `: ${gpu.reason}`}`
        const hint = `see that the driver of the runner is new enough for ${built}, and that the container sees it: nvidia-smi`
        return {
          findings: [about('accelerator', `torch is built for ${built} and finds no GPU`, actual, hint)],
          evidence: [],
        }
      }
    }
    if (!wrong) return { findings: [], evidence: probeEvidence(probe) }
    const beside = probe.torch.vendorPackages.join(', ')
    return {
      findings: [
        about(
          'accelerator',
          `torch is built for ${built}${beside === '' ? '' : `, with ${beside} beside it`}`,
          `${built}${beside === '' ? '' : `; ${beside}`}`,
          target.image.torch === 'cpu'
            ? 'install torch from https://download.pytorch.org/whl/cpu on every platform, and check that the lock file does not override the index'
            : 'install torch from a CUDA index such as https://download.pytorch.org/whl/cu126',
        ),
      ],
      evidence: [],
    }
  },
})

const wanted = ({ torch: accelerator, gpus }: ImageExpectation): string => {
  if (accelerator === 'any') return 'torch'
  return `torch built for ${accelerator}${accelerator === 'cuda' && gpus !== undefined ? ' that finds a GPU' : ''}`
}

const hasNvidia = ({ vendorPackages }: TorchSeen): boolean => vendorPackages.some((name) => name !== 'triton')

/** `cpu`, `cuda 12.6` or `rocm 6.1`. */
export function describeTorch({ cuda, hip }: TorchSeen): string {
  if (cuda !== null) return `cuda ${cuda}`
  return hip === null ? 'cpu' : `rocm ${hip}`
}
