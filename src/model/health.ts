import type { Answer, AnswerExpectation, Silence } from './answer.ts'
import type { Pattern } from './contents.ts'
import type { Look, PrintedSeen } from './observation.ts'

/** What an image must do once it is started as a server. */
export interface HealthExpectation {
  readonly env: Readonly<Record<string, string>>
  /** Where it is to answer; undefined where its own health check alone says how it is. */
  readonly http: (AnswerExpectation & { readonly port: number; readonly path: string }) | undefined
  /** Whether the image's own HEALTHCHECK must come to say healthy. */
  readonly healthcheck: boolean
  readonly timeoutMs: number
  /** What its log must not hold. */
  readonly forbidden: readonly Pattern[]
}

/** How a container that was started to go on is. */
export interface ServingState {
  readonly running: boolean
  readonly exitCode: number
  readonly oomKilled: boolean
  /** The engine's own words on why it could not start. */
  readonly error: string
  /** Who is to blame, by those words. */
  readonly refusedBy?: 'image' | 'engine'
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy'
  /** What its health check printed last; hostile. */
  readonly healthOutput: string
}

/** What became of a container that was to serve. */
export interface HealthSeen {
  /** Of this start, and of no other. */
  readonly nonce: string
  /** Undefined: it never started, and the state's `error` says why. */
  readonly startedAt: string | undefined
  /** As it was last, while it was watched. */
  readonly state: ServingState
  /** The last answer, or why there was none; undefined where nothing was asked. */
  readonly answer: Answer | Silence | undefined
  readonly seconds: number
  readonly logs: Look<PrintedSeen>
}
