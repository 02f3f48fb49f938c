import type { ProbeSeen } from '../model/observation.ts'
import type { UnweighedFinding } from '../model/result.ts'
import { type ImportExpectation, positionOf, type Target } from '../model/spec.ts'
import { defineCheck, type Judgement } from './define.ts'
import { isProbe, moduleSeen, observeProbe, type ProbeLook, probeEvidence, ran, revert, unreached } from './probe.ts'
import { isWithin, readVersion } from './python-version.ts'

export const imports = defineCheck({
  id: 'import',
  title: 'The modules import',
  scope: 'platform',
  codes: {
    'import/missing': 'error',
    'import/broken': 'error',
    'import/version': 'error',
    'import/no-python': 'error',
    'import/no-evidence': 'error',
    'import/no-start': 'error',
  },
  notAsked: ({ image }) => (image.imports.length === 0 ? 'no imports in the spec' : undefined),
  observe: observeProbe,
  judge: (target, look: ProbeLook): Judgement => {
    const hollow = cannotRunPython(target, look)
    if (hollow) return { findings: [hollow], evidence: [] }
    const probe = ran(look)
    if (!isProbe(probe)) return probe
    const modules = target.image.imports.map(({ module }) => module)
    const findings = target.image.imports.flatMap((expected, position) =>
      judgeImport(target, probe, expected, position, revert(target, look.previous)),
    )
    return { findings, evidence: probeEvidence(probe), rest: unreached(probe, modules) }
  },
})

/** An image that was to import something and cannot start, or has no interpreter that does as told, is wrong, not unseen. */
function cannotRunPython(target: Target, { probe, pulled }: ProbeLook): UnweighedFinding | undefined {
  if (probe === undefined || probe.ok || !pulled) return undefined
  const at = positionOf(target.image, 'imports')
  const common = { actual: probe.reason, hint: probe.hint, ...(at && { at }) }
  if (probe.failure === 'not-found') {
    return {
      code: 'import/no-python',
      message: `${target.key}: ${probe.reason}`,
      expected: 'python or python3',
      ...common,
    }
  }
  if (probe.failure === 'no-evidence') {
    return {
      code: 'import/no-evidence',
      message: `${target.key} ran and imported nothing: ${probe.reason}`,
      expected: 'the probe’s own end line',
      ...common,
    }
  }
  if (probe.failure === 'no-start') {
    return {
      code: 'import/no-start',
      message: `${target.key} cannot be started: ${probe.reason}`,
      expected: 'a container that starts',
      ...common,
    }
  }
  return undefined
}

function judgeImport(
  target: Target,
  probe: ProbeSeen,
  { module, version }: ImportExpectation,
  position: number,
  back: string,
): readonly UnweighedFinding[] {
  const seen = moduleSeen(probe, module)
  const at = positionOf(target.image, `imports.${position}`)
  const about = (code: string, message: string, expected: string, actual: string, hint = back): UnweighedFinding[] => [
    {
      code: `import/${code}`,
      message: `${target.key}: ${message}`,
      about: module,
      expected,
      actual,
      hint,
      ...(at && { at }),
    },
  ]
  switch (seen.outcome) {
    case 'absent':
      return about('missing', `there is no ${module}`, `import ${module}`, 'ModuleNotFoundError')
    case 'broken':
      return about('broken', `import ${module} fails: ${seen.reason}`, `import ${module}`, seen.reason)
    case 'unseen':
      return []
    case 'imported':
      if (version === undefined || isWithin(seen.version ?? '', version)) return []
      return about(
        'version',
        `${module} is ${seen.version || 'of no version it tells'}, not ${version}`,
        `${module} ${version}`,
        seen.version || 'no __version__ and no package metadata',
        readVersion(seen.version ?? '') === null
          ? UNREADABLE
          : 'pin it in the lock file, or change the range in the spec',
      )
  }
}

const UNREADABLE =
  'it tells no version that begins with its number: mend its __version__, or take the range out of the spec and ask by a command'
