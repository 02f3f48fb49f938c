// Secrets in the log: actions/runner@258d6c8 src/Sdk/DTLogging/Logging/ValueEncoders.cs

const base64 = (text: string, skip = 0): string => {
  const bytes = Buffer.from(text)
  return bytes.subarray(bytes.length > skip ? skip : 0).toString('base64')
}

const XML: Record<string, string> = { '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '&': '&amp;' }

/** A secret in all the spellings the runner hides. */
function spellings(secret: string): string[] {
  return [
    secret,
    base64(secret),
    base64(secret, 1),
    base64(secret, 2),
    secret.replaceAll('"', '\\"'),
    secret.replaceAll("'", "''"),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
    secret.replace(/[<>"'&]/g, (c) => XML[c] ?? c),
    ...(/^".{7,}"$/s.test(secret) ? [secret.slice(1, -1)] : []),
  ]
}

export interface Masker {
  add(secret: string): void
  mask(text: string): string
}

/** Hides every secret added so far behind `***`. */
export function masker(): Masker {
  const hidden = new Set<string>()
  const add = (secret: string): void => {
    for (const part of [secret, ...secret.split(/[\r\n]/).map((line) => line.trim())]) {
      if (part !== '') for (const spelling of spellings(part)) hidden.add(spelling)
    }
  }
  const mask = (text: string): string => {
    const ranges: { start: number; end: number }[] = []
    for (const secret of hidden) {
      for (let start = text.indexOf(secret); start >= 0; start = text.indexOf(secret, start + 1)) {
        ranges.push({ start, end: start + secret.length })
      }
    }
    let result = ''
    let shown = 0
    for (const { start, end } of ranges.sort((a, b) => a.start - b.start)) {
      if (start > shown || (start === 0 && shown === 0)) result += `${text.slice(shown, start)}***`
      shown = Math.max(shown, end)
    }
    return result + text.slice(shown)
  }
  return { add, mask }
}
