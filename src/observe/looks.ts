import { errorMessage } from '../errors.ts'
import { failed, type Look } from '../model/observation.ts'
import type { Target } from '../model/spec.ts'

/** Whatever goes wrong in a look is its outcome, so that it hides nothing of what the others see. */
export async function attempt<Seen>(look: () => Promise<Look<Seen>>): Promise<Look<Seen>> {
  try {
    return await look()
  } catch (error) {
    if (isTheEnd(error)) return failed('cancelled', 'the run was ended before this was looked at', '')
    return failed('failed', errorMessage(error), 'this is a fault of the action: please report it with report.json')
  }
}

/** By this, a sleep says that the run has ended. */
const isTheEnd = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError'

/** Looks once for each key, whoever asks and however often. */
export function memo<Key, Value>(keyOf: (key: Key) => string, look: (key: Key) => Promise<Value>) {
  const known = new Map<string, Promise<Value>>()
  return (key: Key): Promise<Value> => {
    const answer = known.get(keyOf(key)) ?? look(key)
    known.set(keyOf(key), answer)
    return answer
  }
}

/** Looks once, whoever asks and however often. */
export function once<Value>(look: () => Promise<Value>): () => Promise<Value> {
  let known: Promise<Value> | undefined
  return () => {
    known ??= look()
    return known
  }
}

/** What tells a target from others. */
export const keyOf = ({ key }: Target): string => key
