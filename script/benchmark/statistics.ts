/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  const pick = (position: number) => sorted[position] ?? Number.NaN
  return Number.isInteger(middle) ? (pick(middle - 1) + pick(middle)) / 2 : pick(Math.floor(middle))
}
