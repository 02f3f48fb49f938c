import { data } from '@actions/expressions'
import type { Known, Unknown } from '../model/workflow.ts'
import { known, unknown } from './known.ts'

export type Data = data.ExpressionData

/** Thrown where an evaluation needs a value that is unknown. */
export class NeedsUnknown extends Error {
  readonly unknown: Unknown

  constructor(missing: Unknown) {
    super(missing.reason)
    this.unknown = missing
  }
}

/**
 * A value that is not known. It may be carried around, and ends the evaluation as soon as anything reads it,
 * so that GitHub's evaluator needs no notion of it.
 */
export class UnknownData {
  readonly unknown: Unknown

  constructor(name: string, reason: string) {
    this.unknown = unknown(name, reason)
  }

  get kind(): never {
    throw new NeedsUnknown(this.unknown)
  }
  get primitive(): never {
    throw new NeedsUnknown(this.unknown)
  }
  coerceString(): never {
    throw new NeedsUnknown(this.unknown)
  }
  number(): never {
    throw new NeedsUnknown(this.unknown)
  }
  toJSON(): never {
    throw new NeedsUnknown(this.unknown)
  }

  /** What an index into it gives: as unknown, under its own name. */
  child(index: string): UnknownData {
    return new UnknownData(`${this.unknown.name}.${index}`, this.unknown.reason)
  }
}

/** A value of a known name that nobody knows, for the evaluator to carry until something reads it. */
export const unknownData = (name: string, reason: string): Data => new UnknownData(name, reason) as unknown as Data
/** Whether a value is such a one, which may be asked of any. */
export const isUnknown = (value: unknown): value is UnknownData => value instanceof UnknownData

/** A dictionary of which some keys are known; every other one is unknown rather than absent. */
export class OpenDictionary extends data.Dictionary {
  readonly #name: string
  readonly #reason: string

  constructor(name: string, reason: string, entries: Readonly<Record<string, Data>>) {
    super()
    this.#name = name
    this.#reason = reason
    for (const [key, value] of Object.entries(entries)) this.add(key, value)
  }

  get entries(): Readonly<Record<string, Data>> {
    return Object.fromEntries(super.pairs().map(({ key, value }) => [key, value]))
  }

  override get(key: string): Data {
    return super.get(key) ?? unknownData(`${this.#name}.${key}`, this.#reason)
  }
  override values(): never {
    throw new NeedsUnknown(unknown(this.#name, this.#reason))
  }
  override pairs(): never {
    throw new NeedsUnknown(unknown(this.#name, this.#reason))
  }
}

/** Turns a plain value into the evaluator's. */
export function toData(value: unknown): Data {
  return JSON.parse(JSON.stringify(value), data.reviver) as Data
}

/** The value as plain JSON, or the first part of it that is unknown. */
export function plainOf(value: Data): Known<unknown> {
  try {
    return known(JSON.parse(JSON.stringify(value, data.replacer)) as unknown)
  } catch (error) {
    if (error instanceof NeedsUnknown) return error.unknown
    throw error
  }
}

/** Keys the evaluator's dictionary would lose without a word, for it looks them up on a plain object. */
export const isLostKey = (key: string): boolean => key.toLowerCase() in {}
