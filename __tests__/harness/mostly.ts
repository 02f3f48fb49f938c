// Properties ask something of what ends well, so that has to be drawn often.
import fc from 'fast-check'

/** Draws `usual` three times in five, and else one of the others. */
export const mostly = <Value>(usual: Value, ...others: readonly Value[]): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...others) })
