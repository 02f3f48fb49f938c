/** A capped part of an endless output. */
export interface Capture {
  push(chunk: Uint8Array): void
  bytes(): Buffer
  /** There was more than fits. */
  limited(): boolean
}

/** Keeps the first `maxBytes`. */
export function headOf(maxBytes: number): Capture {
  const chunks: Uint8Array[] = []
  let kept = 0
  let limited = false
  return {
    push(chunk) {
      const fits = chunk.subarray(0, maxBytes - kept)
      limited ||= fits.length < chunk.length
      if (fits.length === 0) return
      kept += fits.length
      chunks.push(fits)
    },
    bytes: () => Buffer.concat(chunks),
    limited: () => limited,
  }
}

/** Keeps the last `maxBytes`. */
export function tailOf(maxBytes: number): Capture {
  let chunks: Uint8Array[] = []
  let kept = 0
  let limited = false
  const join = () => {
    const all = Buffer.concat(chunks)
    limited ||= all.length > maxBytes
    return all.subarray(Math.max(0, all.length - maxBytes))
  }
  return {
    push(chunk) {
      chunks.push(chunk)
      kept += chunk.length
      if (kept <= 2 * maxBytes) return
      chunks = [Buffer.from(join())]
      kept = chunks[0]?.length ?? 0
    },
    bytes: join,
    limited: () => limited || kept > maxBytes,
  }
}
