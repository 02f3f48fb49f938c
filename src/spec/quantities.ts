import type { SizeRange } from '../model/spec.ts'

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

const decimal = '[0-9]+(?:\\.[0-9]+)?'
const size = `${decimal} ?(?:B|[kMGT]B|[KMGT]iB)`
const percent = `${decimal} ?%`

/** What the parsers below accept, as regular expressions for editors; the parsers say more. */
export const patterns = {
  size: `^${size}$`,
  sizeRange: `^(?:(?:~|<=?|>=?) ?${size}|${size} ?\\.\\. ?${size}|${size} ?(?:±|\\+/?-) ?${percent})$`,
  percent: `^${percent}$`,
  duration: `^(?=.)(?:${decimal}h)?(?:${decimal}m)?(?:${decimal}s)?(?:${decimal}ms)?$`,
} as const

const DEFAULT_TOLERANCE = 0.2
const MAX_DURATION_HOURS = 168
const MAX_TEXT_LENGTH = 64

/** Reads `500MB`, `1.5 GiB`: whole bytes, more than none; throws with what to write instead. */
export function parseSize(text: string): number {
  const [, amount = '', unit = ''] = /^([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)$/.exec(capped(text)) ?? []
  if (amount === '') throw new Error(`${JSON.stringify(text)} is not a size: write a number and a unit, such as 500MB`)
  const factor = Object.hasOwn(BYTES, unit) ? BYTES[unit] : undefined
  if (factor === undefined) {
    const problem = unit === '' ? 'has no unit' : 'has an unknown unit'
    throw new Error(`${JSON.stringify(text)} ${problem}: write ${adviceFor(amount, unit)}`)
  }
  const bytes = Math.round(Number(amount) * factor)
  if (bytes === 0) throw new Error(`${JSON.stringify(text)} is nothing: write a size above zero`)
  if (!Number.isSafeInteger(bytes)) throw new Error(`${JSON.stringify(text)} is more than can be counted`)
  return bytes
}

/** The unit that was surely meant, or all there are: a wrong guess would be a size a thousand times another. */
function adviceFor(amount: string, unit: string): string {
  const near = [unit, `${unit}b`].map((each) => each.toLowerCase())
  const meant = unit === '' ? 'MB' : Object.keys(BYTES).find((known) => near.includes(known.toLowerCase()))
  return meant === undefined ? `one of ${Object.keys(BYTES).join(', ')}` : `${amount}${meant}`
}

/** Reads `~500MB`, `<2GB`, `>=2GB`, `400MB..600MB`, `500MB±10%`; `~` allows `tolerance` to either side. */
export function parseSizeRange(text: string, tolerance: number = DEFAULT_TOLERANCE): SizeRange {
  const given = capped(text)
  const [, sign = '', rest = ''] = /^(~|<=|<|>=|>)? ?(.*)$/s.exec(given) ?? []
  if (sign === '~') return { text, ...around(parseSize(rest), tolerance) }
  if (sign === '<') return { text, minBytes: 0, maxBytes: parseSize(rest) - 1 }
  if (sign === '<=') return { text, minBytes: 0, maxBytes: parseSize(rest) }
  if (sign === '>') return { text, minBytes: parseSize(rest) + 1, maxBytes: Infinity }
  if (sign === '>=') return { text, minBytes: parseSize(rest), maxBytes: Infinity }

  const [middle = '', deviation] = given.split(/ ?(?:±|\+\/?-) ?/)
  if (deviation !== undefined) return { text, ...around(parseSize(middle), parsePercent(deviation)) }

  const [low = '', high, ...more] = given.split(/ ?\.\. ?/)
  if (high === undefined) {
    parseSize(given)
    throw new Error(
      `${JSON.stringify(text)} is one exact size, and no build hits it: write ~${given} for about ` +
        `that much, <${given} for a limit, or a range such as 400MB..600MB`,
    )
  }
  if (more.length > 0) throw new Error(`${JSON.stringify(text)} is not a range: write two sizes, such as 400MB..600MB`)
  const [minBytes, maxBytes] = [parseSize(low), parseSize(high)]
  if (minBytes > maxBytes) throw new Error(`${JSON.stringify(text)} runs backwards: write ${high}..${low}`)
  if (minBytes === maxBytes) throw new Error(`${JSON.stringify(text)} has no room: write ~${low} or a wider range`)
  return { text, minBytes, maxBytes }
}

const around = (bytes: number, share: number) => ({
  minBytes: Math.ceil(bytes * (1 - share)),
  maxBytes: Math.floor(bytes * (1 + share)),
})

/** Reads `20%` as 0.2; throws unless it lies between 0 % and 100 %. */
export function parsePercent(text: string): number {
  const [, amount] = /^([0-9]+(?:\.[0-9]+)?) ?%$/.exec(capped(text)) ?? []
  const share = Number(amount) / 100
  if (!(share > 0 && share < 1)) {
    throw new Error(`${JSON.stringify(text)} is not a percentage between 0% and 100%: write, say, 20%`)
  }
  return share
}

/** Reads `90s`, `10m`, `1h30m`, `500ms` as milliseconds; zero is one. */
export function parseDuration(text: string): number {
  const quoted = JSON.stringify(text)
  const parts = new RegExp(patterns.duration.replaceAll(`(?:${decimal}`, `(?:(${decimal})`)).exec(capped(text))
  if (parts === null) {
    const advice = /^[0-9.]+$/.test(text)
      ? `has no unit: write ${text}s or ${text}m`
      : 'is not a duration: write, say, 90s, 10m or 1h30m'
    throw new Error(`${quoted} ${advice}`)
  }
  const [hours, minutes, seconds, milliseconds] = parts.slice(1).map((part) => Number(part ?? 0))
  const total = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(milliseconds)
  if (total > MAX_DURATION_HOURS * 3_600_000) throw new Error(`${quoted} is longer than ${MAX_DURATION_HOURS}h`)
  return Math.round(total)
}

function capped(text: string): string {
  if (text.length <= MAX_TEXT_LENGTH) return text
  throw new Error(`${JSON.stringify(text.slice(0, MAX_TEXT_LENGTH))}… is longer than ${MAX_TEXT_LENGTH} characters`)
}
