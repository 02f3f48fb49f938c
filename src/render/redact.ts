import { neutralise } from './neutralise.ts'

const HIDDEN = '***'
/** Shorter ones would blank out ordinary words; the runner masks them in logs all the same. */
const SHORTEST = 4

/**
 * A value in whose strings, keys included, no secret is left in any form that somebody could turn back. What holds none is
 * the same object as before, so that a large report is not there twice.
 */
export function redact<Value>(value: Value, secrets: readonly string[]): Value {
  const forms = formsOf(secrets)
  return forms.length === 0 ? value : (walk(value, (text) => redactText(text, forms)) as Value)
}

function walk(value: unknown, each: (text: string) => string): unknown {
  if (typeof value === 'string') return each(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map((item) => walk(item, each))
    return items.every((item, at) => item === value[at]) ? value : items
  }
  const entries = Object.entries(value)
  const walked = entries.map(([key, item]) => [each(key), walk(item, each)] as const)
  const unchanged = walked.every(([key, item], at) => key === entries[at]?.[0] && item === entries[at]?.[1])
  return unchanged ? value : Object.fromEntries(walked)
}

/** Where a secret shows only once escapes and control characters are gone, the text is given as it will be shown. */
function redactText(text: string, forms: readonly string[]): string {
  const hidden = hide(text, forms)
  const shown = neutralise(hidden, {
    prefix: '',
    maxLines: Number.POSITIVE_INFINITY,
    maxColumns: Number.POSITIVE_INFINITY,
  })
  return forms.some((form) => shown.includes(form)) ? hide(shown, forms) : hidden
}

const hide = (text: string, forms: readonly string[]): string =>
  forms.reduce((result, form) => result.replaceAll(form, HIDDEN), text)

/** Every form of every secret, the longest first, so that no part of one is left beside a shorter one. */
function formsOf(secrets: readonly string[]): readonly string[] {
  const plain = secrets.flatMap((secret) => [secret, ...secret.split(/\r?\n/)]).map((secret) => secret.trim())
  const forms = plain.filter(({ length }) => length >= SHORTEST).flatMap(encodings)
  return [...new Set(forms)].filter(({ length }) => length >= SHORTEST).sort((one, other) => other.length - one.length)
}

function encodings(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const url = encodeURIComponent(secret.toWellFormed())
  const xml = secret.replace(/[<>&"']/g, (character) => XML[character] ?? character)
  const hex = [...new TextEncoder().encode(secret)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return [secret, json, url, url.toLowerCase(), url.replaceAll('%20', '+'), xml, hex, ...base64Forms(secret)]
}

const XML: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&apos;' }

/** What base64 makes of a secret wherever it stands in what is encoded: without the characters its neighbours decide. */
function base64Forms(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret)
  return [0, 1, 2].flatMap((before) => {
    const text = btoa(String.fromCharCode(...new Uint8Array(before), ...bytes))
    const whole = Math.floor(((before + bytes.length) * 8) / 6)
    const own = text.slice(before === 0 ? 0 : before + 1, whole)
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
