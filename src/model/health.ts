import type { Pattern } from './contents.ts'

/** A value of an answer's JSON. */
export type JsonValue = string | number | boolean | null

/** What an image must do once it is started as a server. */
export interface HealthExpectation {
  readonly env: Readonly<Record<string, string>>
  /** Where it is to answer; undefined where its own health check alone says how it is. */
  readonly http:
    | {
        readonly port: number
        readonly path: string
        readonly status: number
        /** Dotted path into the answer's JSON → the value there. */
        readonly json: Readonly<Record<string, JsonValue>>
        readonly matches: readonly Pattern[]
      }
    | undefined
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
  readonly error: string
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy'
  /** What its health check printed last; hostile. */
  readonly healthOutput: string
}

/** An answer to a request; hostile. */
export interface Answer {
  readonly status: number
  readonly body: string
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
  readonly answer: Answer | { readonly none: string } | undefined
  /** All was as expected before the time was up. */
  readonly well: boolean
  readonly seconds: number
  /** The last of what it printed; hostile. */
  readonly logs: string
  readonly logsCut: boolean
}
