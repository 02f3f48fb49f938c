import type { Answer } from '../../model/answer.ts'
import type { CanaryStep, ContainerSeen, StepSeen } from '../../model/canary.ts'
import { type Captured, fillBody, fillPath, namesNeeded } from '../../model/captured.ts'
import type { Composed, HttpRequest, Ports } from '../../ports.ts'
import {
  faultIn,
  faultOfSilence,
  isUnsure,
  type Mismatch,
  plainValueIn,
  silenceOf,
  type Unsure,
  unsureOfPart,
} from '../answer.ts'

const EVERY_MS = 500
const ASK_MS = 30_000

/** In what an answer to a step is other than expected, or cannot be told; undefined where it is as it should be. */
export function faultOf(
  { expect, failOn }: CanaryStep,
  { answer, uncaptured }: StepSeen,
): Mismatch | Unsure | undefined {
  if ('none' in answer) return faultOfSilence(answer)
  const fault = faultIn(expect, answer)
  if (fault === undefined && uncaptured.length > 0) {
    const what = uncaptured.join(', ')
    if (answer.cut) return unsureOfPart(`${what} in`)
    return { expected: `a value at ${what}`, actual: JSON.stringify(answer.body.slice(0, 200)) }
  }
  if (fault === undefined || isUnsure(fault) || !isHopeless(failOn, answer)) return fault
  return { expected: fault.expected, actual: `${fault.actual}, after which nothing better comes` }
}

const isHopeless = (failOn: CanaryStep['failOn'], answer: Answer): boolean =>
  failOn !== undefined && faultIn(failOn, answer) === undefined

/** Asks step after step; after one that failed only those that are always asked and have all they need. */
export async function askSteps(
  steps: readonly CanaryStep[],
  composed: Composed,
  ready: readonly ContainerSeen[],
  clock: Ports['clock'],
  onStep: (name: string) => void,
): Promise<readonly (StepSeen | undefined)[]> {
  const captured = new Map<string, string>()
  const toCapture = new Set(steps.flatMap(({ capture }) => Object.keys(capture)))
  const seen: (StepSeen | undefined)[] = []
  let hasFailed = false
  for (const step of steps) {
    const lacks = namesNeeded(step.request, toCapture).some((name) => !captured.has(name))
    if (hasFailed && (!step.always || lacks)) {
      seen.push(undefined)
      continue
    }
    onStep(step.name)
    const one = await askUntil(step, captured, composed, ready, clock)
    seen.push(one)
    hasFailed ||= faultOf(step, one) !== undefined
    for (const [name, path] of Object.entries(step.capture)) {
      const value = 'none' in one.answer ? undefined : plainValueIn(one.answer, path)
      if (value !== undefined) captured.set(name, value)
    }
  }
  return seen
}

async function askUntil(
  step: CanaryStep,
  captured: Captured,
  composed: Composed,
  ready: readonly ContainerSeen[],
  clock: Ports['clock'],
): Promise<StepSeen> {
  const began = clock.now()
  const deadline = began + (step.untilMs ?? 0)
  const request = requestOf(step, captured)
  for (let asked = 1; ; asked += 1) {
    const answer = await answerOf(step, request, composed, ready)
    const uncaptured = Object.entries(step.capture).flatMap(([name, path]) =>
      !('none' in answer) && plainValueIn(answer, path) === undefined ? [`${path} (${name})`] : [],
    )
    const seen = { answer, asked, seconds: (clock.now() - began) / 1000, uncaptured }
    const isOver = !('none' in answer) && isHopeless(step.failOn, answer)
    if (isOver || faultOf(step, seen) === undefined || clock.now() >= deadline) return seen
    await clock.sleep(Math.min(EVERY_MS, Math.max(0, deadline - clock.now())))
  }
}

async function answerOf(
  { request: { service, port } }: CanaryStep,
  request: HttpRequest,
  composed: Composed,
  ready: readonly ContainerSeen[],
): Promise<StepSeen['answer']> {
  const container = ready.find((each) => each.service === service)
  if (container === undefined) return { none: `${service} has no container` }
  const look = await composed.ask(container, port, request, ASK_MS)
  return look.ok ? look.seen : silenceOf(look)
}

function requestOf({ request: { method, path, headers, json } }: CanaryStep, captured: Captured): HttpRequest {
  const body = json === undefined ? undefined : JSON.stringify(fillBody(json, captured))
  return {
    method,
    path: fillPath(path, captured),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    body,
  }
}
