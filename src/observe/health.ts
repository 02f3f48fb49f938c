import type { HealthExpectation, HealthSeen, ServingState } from '../model/health.ts'
import type { Look, LookFailure, PulledSeen } from '../model/observation.ts'
import type { Target } from '../model/spec.ts'
import type { Ports, Serving } from '../ports.ts'
import { silenceOf } from './answer.ts'
import { isWell } from './well.ts'

const EVERY_MS = 500
const ASK_MS = 5_000
/** A health check may recover; this long it may say unhealthy. */
const GRACE_MS = 10_000
/** A health check that says healthy must not take it back for so long. */
const STEADY_MS = 2_000
const SILENT: readonly LookFailure[] = ['unavailable', 'out-of-reach']

/** Starts an image as a server and watches it until it is well, has ended, stays unhealthy, or its time is up. */
export async function lookAtHealth(
  { image, platform }: Target,
  pulled: PulledSeen,
  { engine, clock, nonce }: Pick<Ports, 'engine' | 'clock' | 'nonce'>,
): Promise<Look<HealthSeen>> {
  const { health: expected } = image
  if (expected === undefined) throw new Error(`nothing is asked of the health of ${image.id}`)
  const { env, http, healthcheck } = expected
  const { memoryBytes } = image.probe
  const request = { image: pulled.id, platform, env, port: http?.port, healthcheck, memoryBytes }
  const look = await engine.serve(request)
  if (!look.ok) return look
  await using serving = look.seen
  const began = clock.now()
  const watched = await watch(serving, expected, clock)
  if (!watched.ok) return watched
  const logs = await serving.logs()
  const seconds = (clock.now() - began) / 1000
  const { startedAt } = serving
  return { ok: true, seen: { nonce: nonce(), startedAt, seconds, logs, ...watched.seen } }
}

async function watch(
  serving: Serving,
  expected: HealthExpectation,
  clock: Ports['clock'],
): Promise<Look<Pick<HealthSeen, 'state' | 'answer'>>> {
  const { http, healthcheck, timeoutMs } = expected
  const { startedAt } = serving
  const deadline = clock.now() + timeoutMs
  let unhealthySince: number | undefined
  let wellSince: number | undefined
  for (;;) {
    const look = await serving.state()
    if (!look.ok) return look
    const state = look.seen
    const asked = http && state.running ? await serving.get(http.path, ASK_MS) : undefined
    if (asked?.ok === false && !SILENT.includes(asked.failure)) return asked // it could not even be asked
    const answer = asked && (asked.ok ? asked.seen : silenceOf(asked))
    const seen = { ok: true, seen: { state, answer } } as const
    if (!state.running || isHopeless(state, healthcheck)) return seen
    if (isWell(expected, { startedAt, state, answer })) {
      wellSince ??= clock.now()
      if (!healthcheck || clock.now() >= Math.min(wellSince + STEADY_MS, deadline)) return seen
    } else if (wellSince !== undefined) return seen
    unhealthySince = state.health === 'unhealthy' ? (unhealthySince ?? clock.now()) : undefined
    const staysUnhealthy = unhealthySince !== undefined && clock.now() - unhealthySince >= GRACE_MS
    if (staysUnhealthy || clock.now() >= deadline) return seen
    await clock.sleep(EVERY_MS)
  }
}

/** It is to be healthy, and has no health check to say so. */
const isHopeless = ({ health }: ServingState, healthcheck: boolean): boolean => healthcheck && health === 'none'
