import type { Platform } from '../model/image.ts'
import type { EngineSeen, Execution, Look } from '../model/observation.ts'
import { type Execute, hasProbes, type Target } from '../model/spec.ts'

const family = (platform: Platform): string => platform.split('/').slice(0, 2).join('/')

/**
 * Whether and how a target runs on this engine. A platform nobody asked to run is left out with its reason; but an
 * image whose probes would then run nowhere at all could not be looked at, and that is never silent.
 */
export function executionOf(
  target: Target,
  platforms: readonly Platform[],
  execute: Execute,
  engine: Look<EngineSeen>,
): Execution {
  if (execute === 'none') return { executed: 'no', asked: false, reason: 'execute is none: nothing is pulled or run' }
  if (!engine.ok) return { executed: 'no', asked: true, reason: engine.reason, hint: engine.hint }
  const here = engine.seen.platform
  const runsHere = (platform: Platform): boolean => family(platform) === family(here)
  if (runsHere(target.platform)) return { executed: 'native' }
  if (execute === 'all') {
    if (engine.seen.emulated.some((platform) => family(platform) === family(target.platform))) {
      return { executed: 'emulated' }
    }
    return {
      executed: 'no',
      asked: true,
      reason: `execute is all, and this ${here} machine has no emulator for ${target.platform}`,
      hint: 'add docker/setup-qemu-action before this step, or verify on a runner of that platform',
    }
  }
  const reason = `execute is native, and this machine is ${here}`
  if (hasProbes(target.image) && !platforms.some(runsHere)) {
    return {
      executed: 'no',
      asked: true,
      reason: `no platform of ${target.image.id} runs here, so its probes would run nowhere: ${reason}`,
      hint: `verify on a ${platforms.join(' or ')} runner, or set execute: all with docker/setup-qemu-action before this step`,
    }
  }
  return { executed: 'no', asked: false, reason }
}
