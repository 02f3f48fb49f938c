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

const MOST_PIECES = 1_000

/** Keeps the last `maxBytes`, and of a flood copies next to nothing: garbage of its size would be held by nobody, and by no limit. */
export function tailOf(maxBytes: number): Capture {
  let pieces: Uint8Array[] = []
  let kept = 0
  let limited = false
  const join = () => {
    const all = Buffer.concat(pieces)
    limited ||= all.length > maxBytes
    return all.subarray(Math.max(0, all.length - maxBytes))
  }
  return {
    push(chunk) {
      pieces.push(chunk)
      kept += chunk.length
      for (let first = pieces[0]; first !== undefined && kept - first.length >= maxBytes; first = pieces[0]) {
        limited ||= first.length > 0
        kept -= first.length
        pieces.shift()
      }
      if (pieces.length <= MOST_PIECES) return
      pieces = [join()]
      kept = pieces[0]?.length ?? 0
    },
    bytes: join,
    limited: () => limited || kept > maxBytes,
  }
}
