import type { Pattern } from './contents.ts'

/** A value of an answer's JSON. */
export type JsonValue = string | number | boolean | null

/** An answer to a request; hostile. */
export interface Answer {
  readonly status: number
  /** As much of its beginning as is looked at. */
  readonly body: string
  /** There was more after it. */
  readonly cut: boolean
}

/** No answer, and why. */
export interface Silence {
  readonly none: string
  /** What to do where that may be for the way to it: then it says nothing of who was asked. */
  readonly outOfReach?: string
}

/** What an answer must be like. */
export interface AnswerExpectation {
  /** Undefined is any. */
  readonly status: number | undefined
  /** Dotted path into the answer's JSON → the value there. */
  readonly json: Readonly<Record<string, JsonValue>>
  readonly matches: readonly Pattern[]
}
