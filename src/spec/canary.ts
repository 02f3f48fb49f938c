import type * as z from 'zod'
import type { AnswerExpectation } from '../model/answer.ts'
import type { CanaryExpectation, CanaryStep, JsonBody } from '../model/canary.ts'
import { namesIn, namesInBody } from '../model/captured.ts'
import type { canarySchema } from './canary-schema.ts'
import type { Complain } from './expectation.ts'
import { refuseUnknownImages } from './known-images.ts'
import type { Positions } from './positions.ts'
import { parseDuration } from './quantities.ts'
import type { Spec } from './schema.ts'
import { didYouMean } from './suggest.ts'

type Step = NonNullable<z.output<typeof canarySchema>['steps']>[number]

/** The canary of a spec as the check wants it; an image or a captured name that nobody gives is complained of. */
export function expectCanary(
  { canary, images }: Spec,
  positions: Positions,
  complain: Complain,
): CanaryExpectation | undefined {
  if (canary === undefined) return undefined
  const { file, services, env = {}, timeout, logs, steps = [] } = canary
  refuseUnknownImages(services, images, ['canary', 'services'], complain)
  refuseUncaptured(steps, complain)
  return {
    file,
    services,
    env,
    timeoutMs: parseDuration(timeout),
    forbidden: logs?.forbid ?? [],
    steps: steps.map(expectStep),
    positions: positions.under(['canary']),
  }
}

function refuseUncaptured(steps: readonly Step[], complain: Complain): void {
  const everywhere = new Set(steps.flatMap(({ capture = {} }) => Object.keys(capture)))
  const captured = new Set<string>()
  for (const [index, { request, capture = {} }] of steps.entries()) {
    const refuse = (key: string, name: string): void => {
      const meant = didYouMean(name, [...captured])
      complain(['canary', 'steps', index, 'request', key], `{${name}} is captured by no step before this one${meant}`)
    }
    const isMissing = (name: string): boolean => !captured.has(name)
    for (const name of namesIn(request.path).filter(isMissing)) refuse('path', name)
    // in a body, braces may stand for themselves
    const isMeant = (name: string): boolean => everywhere.has(name) || didYouMean(name, [...captured]) !== ''
    for (const name of namesInBody((request.json ?? null) as JsonBody)
      .filter(isMissing)
      .filter(isMeant)) {
      refuse('json', name)
    }
    for (const name of Object.keys(capture)) captured.add(name)
  }
}

const expectStep = (step: Step): CanaryStep => ({
  name: step.name,
  request: {
    ...step.request,
    headers: Object.fromEntries(
      Object.entries(step.request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    json: step.request.json as JsonBody | undefined,
  },
  expect: answerOf(step.expect),
  failOn: step['fail-on'] && answerOf(step['fail-on']),
  untilMs: step.until === undefined ? undefined : parseDuration(step.until),
  capture: step.capture ?? {},
  always: step.always,
})

const answerOf = ({ status, json = {}, matches = [] }: Partial<Step['expect']>): AnswerExpectation => ({
  status,
  json,
  matches,
})
