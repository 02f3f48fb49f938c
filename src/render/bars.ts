import type { BytesRange } from '../model/result.ts'

const WIDTH = 16
/** Where the upper end of a range stands, so that those of many bars are one line; the lower end where there is no upper. */
const UPPER = 12
const LOWER = 8

const [FULL, ROOM, EMPTY, END, BEYOND] = ['█', '░', '·', '┃', '▶']

/**
 * A size against what it is to be, in as many letters as any other: full up to the size, `┃` where the range begins and
 * ends. Whatever is rounded, it ends inside the range exactly when the size is in it.
 */
export function rangeBar(bytes: number, { min, max }: BytesRange): string {
  const ends = [min > 0, max !== undefined].filter(Boolean).length
  const cells = WIDTH - ends
  const upper = max === undefined ? cells : UPPER + 1 - ends
  const lower = min === 0 ? 0 : max === undefined ? LOWER : between(1, Math.round((min / max) * upper), upper - 1)
  const scale = max === undefined ? (2 * min || 1) / (2 * LOWER) : max / upper
  const share = Math.round(bytes / scale)
  const full =
    bytes < min
      ? between(0, share, lower - 1)
      : max !== undefined && bytes > max
        ? between(upper + 1, share, cells + 1)
        : between(Math.max(lower, 1), share, upper)
  const drawn = Array.from({ length: cells }, (_, cell) => {
    if (cell < full) return cell === cells - 1 && full > cells ? BEYOND : FULL
    return cell >= lower && cell < upper ? ROOM : EMPTY
  })
  return [
    ...drawn.slice(0, lower),
    ...(min > 0 ? [END] : []),
    ...drawn.slice(lower, upper),
    ...(max === undefined ? [] : [END]),
    ...drawn.slice(upper),
  ].join('')
}

/** A size against another that is the whole bar. */
export function shareBar(bytes: number, whole: number, width = WIDTH): string {
  const full = whole > 0 ? between(bytes > 0 ? 1 : 0, Math.round((bytes / whole) * width), width) : 0
  return FULL.repeat(full) + EMPTY.repeat(width - full)
}

/** What the letters of the bars mean. */
export const legend = `${FULL} measured, ${END} the ends of what is expected, ${ROOM} room in it, ${BEYOND} far beyond`

const between = (least: number, value: number, most: number): number => Math.max(least, Math.min(value, most))
