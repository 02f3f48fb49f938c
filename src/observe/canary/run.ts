import { errorMessage } from '../../errors.ts'
import type { CanaryExpectation, CanaryRun, ContainerSeen, Readiness, ServiceMeant } from '../../model/canary.ts'
import { failed, type Look } from '../../model/observation.ts'
import type { Composed, Ports, Step, UpSeen } from '../../ports.ts'
import { WATCH_MS } from '../start.ts'
import { endedWrongly, notReady } from './readiness.ts'
import { askSteps } from './steps.ts'

const EVERY_MS = 500
/** A health check may recover; this long it may say unhealthy. */
const GRACE_MS = 10_000

/** Watches a project come up, asks it all steps, and reads its logs. Removing it is for whoever made it. */
export async function runCanary(
  composed: Composed,
  expected: CanaryExpectation,
  services: readonly ServiceMeant[],
  { clock, nonce }: Pick<Ports, 'clock' | 'nonce'>,
  step: Step,
): Promise<Look<Omit<CanaryRun, 'digests'>>> {
  const began = clock.now()
  const waited = await becomeReady(composed, services, expected.timeoutMs, clock, step)
  if (!waited.ok) return waited
  const { readiness, containers } = waited.seen
  const seconds = (clock.now() - began) / 1000
  const steps =
    readiness === 'ready'
      ? await askSteps(expected.steps, composed, containers, clock, (name) => step.update(name))
      : expected.steps.map(() => undefined)
  // nothing else shows then that what was started goes on
  if (readiness === 'ready' && steps.length === 0) await clock.sleep(WATCH_MS)
  const after = readiness === 'ready' ? await composed.containers() : ({ ok: true, seen: containers } as const)
  if (!after.ok) return after
  const logs = await Promise.all(
    containers.map(async (container) => ({ service: container.service, printed: await composed.logs(container) })),
  )
  return { ok: true, seen: { ...waited.seen, nonce: nonce(), services, seconds, steps, after: after.seen, logs } }
}

interface Waited {
  readonly readiness: Readiness
  readonly error: string
  readonly containers: readonly ContainerSeen[]
}

/**
 * Starts the project and looks at it until all of it is well, something has ended or stays unhealthy, or its time is up.
 * Compose itself gives up as soon as a health check that others wait for says unhealthy once: then it is asked again.
 */
async function becomeReady(
  composed: Composed,
  services: readonly ServiceMeant[],
  timeoutMs: number,
  clock: Ports['clock'],
  step: Step,
): Promise<Look<Waited>> {
  const deadline = clock.now() + timeoutMs
  const unhealthySince = new Map<string, number>()
  let up: Look<UpSeen> | undefined
  const begin = (): void => {
    up = undefined
    void composed.up(Math.max(1, deadline - clock.now())).then(
      (look) => {
        up = look
      },
      (error: unknown) => {
        up = failed('failed', errorMessage(error), '')
      },
    )
  }
  begin()
  for (;;) {
    const ended = up as Look<UpSeen> | undefined
    const look = await composed.containers()
    if (!look.ok) return look
    const containers = look.seen
    const end = (readiness: Readiness, error = ''): Look<Waited> => ({
      ok: true,
      seen: { readiness, containers, error },
    })
    const over = endedWrongly(containers, services)
    if (over?.startedAt !== undefined) return end('exited')
    // why it could not begin, and who is to blame, compose is about to say
    if (over !== undefined && ended !== undefined) return ended.ok ? end('exited') : ended
    const waitingFor = notReady(containers, services)
    const isStarted = ended?.ok && ended.seen.outcome === 'started'
    if (isStarted && waitingFor.length === 0) return end('ready')
    for (const { id, health } of containers) {
      if (health !== 'unhealthy') unhealthySince.delete(id)
      else if (!unhealthySince.has(id)) unhealthySince.set(id, clock.now())
    }
    if ([...unhealthySince.values()].some((since) => clock.now() - since >= GRACE_MS)) return end('unhealthy')
    if (clock.now() >= deadline) return end('timeout')
    if (ended !== undefined && !isStarted) {
      if (!ended.ok && ended.failure !== 'timeout') return ended
      if (ended.ok && ended.seen.outcome === 'refused' && unhealthySince.size === 0) {
        return end('exited', ended.seen.reason)
      }
      begin()
    }
    step.update(`waiting for ${waitingFor.map(({ name }) => name).join(', ') || 'the engine'}`)
    await clock.sleep(EVERY_MS)
  }
}
