import type { Reference } from '../model/image.ts'
import { failed, type Look, type RawManifest } from '../model/observation.ts'
import type { Ports } from '../ports.ts'

const DELAYS_S = [1, 2, 4, 8, 15]

export interface TagAnswer {
  readonly look: Look<RawManifest>
  readonly attempts: number
}

/** Asks for a tag until it is there or it is too late. Only not-found is waited for: it may just have been pushed. */
export async function waitForTag(
  reference: Reference,
  { registry, clock, log }: Pick<Ports, 'registry' | 'clock' | 'log'>,
  until: () => number,
): Promise<TagAnswer> {
  const began = clock.now()
  const secondsSince = () => Math.round((clock.now() - began) / 1000)
  const first = await registry.manifest(reference)
  const deadline = until()
  if (first.ok || first.failure !== 'not-found' || clock.now() >= deadline) return { look: first, attempts: 1 }

  const step = log.step('wait for', reference)
  let look: Look<RawManifest> = first
  let attempts = 1
  while (!look.ok && look.failure === 'not-found' && clock.now() < deadline) {
    const delayMs = (DELAYS_S[attempts - 1] ?? 15) * 1000
    const leftMs = deadline - clock.now()
    step.update(`not there yet, asked ${times(attempts)}, ${Math.ceil(leftMs / 1000)} s left`)
    try {
      await clock.sleep(Math.min(delayMs, leftMs))
    } catch {
      look = failed('cancelled', `cancelled while waiting for ${reference}`, '')
      break
    }
    look = await registry.manifest(reference)
    attempts += 1
  }
  const outcome = look.ok ? 'there' : look.failure
  step.done(`${outcome} after ${secondsSince()} s, asked ${times(attempts)}`)
  if (look.ok || look.failure !== 'not-found') return { look, attempts }
  const reason = `${look.reason} (asked ${times(attempts)} in ${secondsSince()} s)`
  return { look: { ...look, reason }, attempts }
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)
