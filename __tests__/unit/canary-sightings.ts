import { type ComposeModel, decodeModel } from '../../src/compose/model.ts'
import type {
  CanaryExpectation,
  CanaryRun,
  CanaryStep,
  ContainerSeen,
  ServiceMeant,
  StepSeen,
} from '../../src/model/canary.ts'
import { aDigest, anImageName } from './builders.ts'
import { anImage, NONCE, ok, STARTED } from './sightings.ts'

export const backend = anImage({ id: 'backend', name: anImageName('ghcr.io/acme/backend') })
export const worker = anImage({ id: 'worker', name: anImageName('ghcr.io/acme/worker') })

export const aStep = (given: Partial<CanaryStep> = {}): CanaryStep => ({
  name: 'it answers',
  request: { service: 'web', port: 8000, method: 'GET', path: '/health', headers: {}, json: undefined },
  expect: { status: 200, json: {}, matches: [] },
  failOn: undefined,
  untilMs: undefined,
  capture: {},
  always: false,
  ...given,
})

export const aCanary = (given: Partial<CanaryExpectation> = {}): CanaryExpectation => ({
  file: 'deploy/compose.yml',
  services: { web: 'backend', queue: 'worker' },
  env: {},
  timeoutMs: 60_000,
  forbidden: [],
  steps: [aStep()],
  positions: {},
  ...given,
})

/** As docker compose prints it. */
export function aModel(
  web: Readonly<Record<string, unknown>> = {},
  rest: Readonly<Record<string, unknown>> = {},
): ComposeModel {
  const service = { command: null, entrypoint: null, networks: { default: null } }
  const model = decodeModel({
    name: 'canary',
    services: {
      web: { ...service, image: 'backend:test', ...web },
      queue: { ...service, image: 'worker:test' },
      db: { ...service, image: 'postgres:16' },
    },
    networks: { default: { name: 'canary_default', ipam: {} } },
    ...rest,
  })
  if (model === undefined) throw new Error('that is nothing docker compose would print')
  return model
}

export const WEB = `sha256:${'1'.repeat(64)}`
export const QUEUE = `sha256:${'2'.repeat(64)}`

export const services: readonly ServiceMeant[] = [
  { name: 'web', replicas: 1, oneShot: false, image: WEB },
  { name: 'queue', replicas: 1, oneShot: false, image: QUEUE },
]

export const aContainer = (given: Partial<ContainerSeen> = {}): ContainerSeen => ({
  id: 'a'.repeat(64),
  service: 'web',
  image: WEB,
  startedAt: STARTED,
  running: true,
  exitCode: 0,
  oomKilled: false,
  error: '',
  health: 'none',
  healthOutput: '',
  ports: { '8000/tcp': 32768 },
  ...given,
})

export const web = aContainer()
export const queue = aContainer({ id: 'b'.repeat(64), service: 'queue', image: QUEUE, health: 'healthy', ports: {} })

export const aStepSeen = (given: Partial<StepSeen> = {}): StepSeen => ({
  answer: { status: 200, body: '{}', cut: false },
  asked: 1,
  seconds: 0.1,
  uncaptured: [],
  ...given,
})

export const aRun = (given: Partial<CanaryRun> = {}): CanaryRun => ({
  nonce: NONCE,
  digests: { web: aDigest(3), queue: aDigest(4) },
  services,
  readiness: 'ready',
  error: '',
  containers: [web, queue],
  seconds: 4,
  steps: [aStepSeen()],
  after: [web, queue],
  logs: [
    { service: 'web', printed: ok({ text: 'up', cut: false }) },
    { service: 'queue', printed: ok({ text: 'up', cut: false }) },
  ],
  ...given,
})
