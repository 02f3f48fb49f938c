import type { Look, PulledSeen, RunSeen } from '../model/observation.ts'
import type { Target } from '../model/spec.ts'
import type { Runner } from '../ports.ts'

/** A container that ran the image's own entrypoint and command. */
export interface StartSeen extends RunSeen {
  /** Of this start, and of no other. */
  readonly nonce: string
}

/** Long enough for a program that cannot begin to say so; a server is still there then. */
export const WATCH_MS = 5_000

/** Starts an image as it is shipped, watches it for a few seconds, and ends it. */
export async function start(
  target: Target,
  image: PulledSeen,
  { engine, nonce: draw }: Runner,
): Promise<Look<StartSeen>> {
  const nonce = draw()
  const look = await engine.run({
    image: image.id,
    platform: target.platform,
    entrypoint: undefined,
    args: [],
    timeoutMs: WATCH_MS,
    memoryBytes: target.image.probe.memoryBytes,
    gpus: target.image.gpus,
    marker: nonce,
  })
  return look.ok ? { ok: true, seen: { ...look.seen, nonce } } : look
}
