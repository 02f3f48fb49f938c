import { positionOf } from '../model/spec.ts'
import { defineCheck, type Judgement } from './define.ts'
import { isProbe, moduleSeen, observeProbe, type ProbeLook, probeEvidence, ran, unreached } from './probe.ts'

export const absent = defineCheck({
  id: 'absent',
  title: 'Modules that must not be there are not',
  scope: 'platform',
  codes: { 'absent/present': 'error' },
  notAsked: ({ image }) => (image.absent.length === 0 ? 'nothing must be absent' : undefined),
  observe: observeProbe,
  judge: (target, look: ProbeLook): Judgement => {
    const probe = ran(look, target.image)
    if (!isProbe(probe)) return probe
    const seen = target.image.absent.map((module, position) => ({ module, position, ...moduleSeen(probe, module) }))
    const findings = seen.flatMap((each) => {
      if (each.outcome === 'absent' || each.outcome === 'unseen') return []
      const at = positionOf(target.image, `absent.${each.position}`)
      const actual =
        each.outcome === 'broken'
          ? `there, and broken: ${each.reason}`
          : `imports, version ${each.version ?? 'unknown'}`
      return [
        {
          code: 'absent/present',
          about: each.module,
          message: `${target.key} has ${each.module}, which must not be in it`,
          expected: `ModuleNotFoundError for ${each.module}`,
          actual,
          hint: 'check which Dockerfile and which dependency group this image was built from; a broken module is still in the image',
          ...(at && { at }),
        },
      ]
    })
    return { findings, evidence: probeEvidence(probe), rest: unreached(probe, target.image.absent) }
  },
})
