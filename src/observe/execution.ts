import { familyOf, type Platform } from '../model/image.ts'
import type { EngineSeen, Execution, Look } from '../model/observation.ts'
import { type Execute, hasProbes, type ImageExpectation, type Target } from '../model/spec.ts'

/** It was to run, and cannot: told by the check that would be the first to need it. */
const cannot = { executed: 'no', asked: true, because: 'pull' } as const

/**
 * Whether and how a target runs on this engine. A platform nobody asked to run is left out with its reason; but an
 * image of which something is asked that would then be looked at nowhere could not be looked at: that is never silent.
 * `platforms` are those of the image that this run looks at, and `isElsewhere` where others run one of the rest; the
 * engine is asked only where something is to run.
 */
export async function executionOf(
  target: Target,
  platforms: readonly Platform[],
  execute: Execute,
  describe: () => Promise<Look<EngineSeen>>,
  isElsewhere = false,
): Promise<Execution> {
  if (execute === 'none') return { executed: 'no', asked: false, reason: 'execute is none: nothing is pulled or run' }
  const engine = await describe()
  if (!engine.ok) return { ...cannot, reason: engine.reason, hint: engine.hint }
  const here = engine.seen.platform
  const runsHere = (platform: Platform): boolean => familyOf(platform) === familyOf(here)
  if (runsHere(target.platform)) return { executed: 'native' }
  if (execute === 'all') {
    if (engine.seen.emulated.some((platform) => familyOf(platform) === familyOf(target.platform))) {
      return { executed: 'emulated' }
    }
    return {
      ...cannot,
      reason: `execute is all, and this ${here} machine has no emulator for ${target.platform}`,
      hint: 'add docker/setup-qemu-action before this step, or verify on a runner of that platform',
    }
  }
  const reason = `execute is native, and this machine is ${here}`
  const [wanted] = wantsToRun(target.image)
  if (wanted !== undefined && !isElsewhere && !platforms.some(runsHere)) {
    return {
      ...cannot,
      reason: `no platform of ${target.image.id} runs here, so its ${wanted} would be looked at nowhere: ${reason}`,
      hint: `verify on a ${platforms.join(' or ')} runner, or set execute: all with docker/setup-qemu-action before this step`,
    }
  }
  return { executed: 'no', asked: false, reason }
}

/** What the spec asks of an image that takes a machine to run it on. */
const wantsToRun = (image: ImageExpectation): readonly string[] => [
  ...(hasProbes(image) ? ['probes'] : []),
  ...(image.starts ? ['start'] : []),
  ...(image.health === undefined ? [] : ['health']),
  ...(image.commands.length > 0 ? ['commands'] : []),
  ...(image.files.length > 0 ? ['files'] : []),
  ...(image.size.unpacked === undefined ? [] : ['unpacked size']),
]
