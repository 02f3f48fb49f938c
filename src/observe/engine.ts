import type { EngineSeen, Look } from '../model/observation.ts'
import type { Ports } from '../ports.ts'
import { attempt } from './looks.ts'

/** Measured: docs/performance.md */
const SLOW =
  'hint: with the package pigz on this machine the engine would unpack faster: an image of 0.4 GB in 13.9 s instead of 20.6 s'

/** What the engine is, with a word on what a user would want to know of it. */
export async function lookAtEngine({ engine, log }: Pick<Ports, 'engine' | 'log'>): Promise<Look<EngineSeen>> {
  const look = await attempt(() => engine.describe())
  if (!look.ok) return look
  const { unlimited, unpacksSlowly } = look.seen
  if (unpacksSlowly) log.info(SLOW)
  if (unlimited !== undefined) {
    log.warn(`this engine does not limit the ${unlimited} of containers, whatever the spec says`)
  }
  return look
}
