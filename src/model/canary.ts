import type { Answer, AnswerExpectation, JsonValue, Silence } from './answer.ts'
import type { Pattern } from './contents.ts'
import type { ServingState } from './health.ts'
import type { Digest } from './image.ts'
import type { Look, PrintedSeen } from './observation.ts'
import type { Position } from './spec.ts'

/** A system of several services that is started on the verified images and asked questions. */
export interface CanaryExpectation {
  /** Path of the compose file in the repository. */
  readonly file: string
  /** Service → id of the image of the spec that it is to run. */
  readonly services: Readonly<Record<string, string>>
  /** All variables that the file may be filled in with. */
  readonly env: Readonly<Record<string, string>>
  /** How long it may take until every service runs and is healthy. */
  readonly timeoutMs: number
  /** What the log of no service may hold. */
  readonly forbidden: readonly Pattern[]
  readonly steps: readonly CanaryStep[]
  /** Dotted path inside its part of the spec → where it stands; `''` is the canary itself. */
  readonly positions: Readonly<Record<string, Position>>
}

export interface CanaryStep {
  readonly name: string
  readonly request: CanaryRequest
  readonly expect: AnswerExpectation
  /** An answer like it ends the waiting: what is expected will not come any more. */
  readonly failOn: AnswerExpectation | undefined
  /** How long it is asked again; undefined asks once. */
  readonly untilMs: number | undefined
  /** Name → dotted path into the answer's JSON, for later steps. */
  readonly capture: Readonly<Record<string, string>>
  /** Asked also after a step that failed. */
  readonly always: boolean
}

/** A question; `{name}` in its path and in texts of its JSON is what an earlier step captured. */
export interface CanaryRequest {
  readonly service: string
  readonly port: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly json: JsonBody | undefined
}

export type JsonBody = JsonValue | readonly JsonBody[] | { readonly [key: string]: JsonBody }

/** A container of a service, as it was last. */
export interface ContainerSeen extends ServingState {
  readonly id: string
  readonly service: string
  /** The image it runs, by the engine's own id. */
  readonly image: string
  /** Undefined where it never started. */
  readonly startedAt: string | undefined
  /** Container port → the port of this machine that leads there. */
  readonly ports: Readonly<Record<string, number>>
}

/** What the services of the file are meant to be, once it is made ready. */
export interface ServiceMeant {
  readonly name: string
  /** How many containers. */
  readonly replicas: number
  /** It ends by itself, and others wait for that. */
  readonly oneShot: boolean
  /** By the engine's own id. */
  readonly image: string
}

/** Why a compose file cannot be brought up: it is wrong, or asks for more than a canary gets. */
export interface Refusal {
  readonly kind: 'invalid' | 'policy'
  /** What is wrong, after the name of the file. */
  readonly message: string
  readonly hint: string
  /** Dotted path inside the canary's part of the spec. */
  readonly path: string
}

/** How the waiting for all services ended. */
export type Readiness = 'ready' | 'exited' | 'unhealthy' | 'timeout'

/** What became of a step. */
export interface StepSeen {
  /** The last answer, or why there was none. */
  readonly answer: Answer | Silence
  readonly asked: number
  readonly seconds: number
  /** What it was to capture and the answer did not have. */
  readonly uncaptured: readonly string[]
}

/** The canary, brought up and gone again. */
export interface CanaryRun {
  /** Of this start, and of no other. */
  readonly nonce: string
  /** Mapped service → what was verified of its image, and runs. */
  readonly digests: Readonly<Record<string, Digest>>
  readonly services: readonly ServiceMeant[]
  readonly readiness: Readiness
  /** What the engine said of services that it could not start. */
  readonly error: string
  /** When the waiting was over. */
  readonly containers: readonly ContainerSeen[]
  readonly seconds: number
  /** In the order of the spec; undefined where a step before it failed, or what it needs was not captured. */
  readonly steps: readonly (StepSeen | undefined)[]
  /** When all was asked. */
  readonly after: readonly ContainerSeen[]
  /** Of each container. */
  readonly logs: readonly { readonly service: string; readonly printed: Look<PrintedSeen> }[]
}

export interface CanarySeen {
  readonly expected: CanaryExpectation
  /** Undefined where there is no such file. */
  readonly sha256: string | undefined
  readonly refusals: readonly Refusal[]
  /** Undefined where it was refused: then nothing was started. */
  readonly run: CanaryRun | undefined
}

/** A compose file that may be brought up as it stands, in compose's own words. */
export interface ComposeProject {
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly networks: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly volumes: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly secrets: Readonly<Record<string, unknown>>
  readonly configs: Readonly<Record<string, unknown>>
}
