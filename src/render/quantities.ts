import prettyBytes from 'pretty-bytes'
import prettyMilliseconds from 'pretty-ms'
import type { BytesRange } from '../model/result.ts'

/** A size as people write it: `534 MB`. */
export const bytes = (count: number): string => (Number.isFinite(count) ? prettyBytes(count) : 'unknown')

/** A range as people say it: `400 MB to 600 MB`, `up to 200 MB`, `2 GB or more`. */
export function span({ min, max }: BytesRange): string {
  if (max === undefined) return `${bytes(min)} or more`
  return min === 0 ? `up to ${bytes(max)}` : `${bytes(min)} to ${bytes(max)}`
}

/** A duration as people say it: `0.4s`, `41s`, `4m 12s`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown'
  const secondsDecimalDigits = seconds < 10 ? 1 : 0
  return prettyMilliseconds(seconds * 1000, { secondsDecimalDigits, unitCount: 2 })
}

/** A time without what is less than a second: `2026-11-21T10:00:41Z`; what is none stays as it is. */
export function moment(iso: string): string {
  const ms = Date.parse(iso)
  return Number.isNaN(ms) ? iso : `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** `1 image`, `3 images`; `more` comes after the noun: `3 rows without a finding`. */
export const count = (number: number, noun: string, more = ''): string =>
  `${number} ${noun}${number === 1 ? '' : 's'}${more === '' ? '' : ` ${more}`}`
