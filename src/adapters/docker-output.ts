import { tailOf } from './capture.ts'

/** One output stream of a container, of which little is kept and nothing is trusted. */
export interface Listener {
  push(chunk: Uint8Array): void
  /** The last of what was not marked. */
  text(): string
  /** There was more that was not marked. */
  cut(): boolean
}

const MAX_TAIL_BYTES = 64 * 1024
const MAX_MARKED_BYTES = 8 * 1024
const MAX_MARKED_LINES = 2_000
const NEWLINE = 0x0a

/** Finds each line with the marker, wherever in a line it stands, and hands on what follows it; a line without its end was not said. */
export function listenFor(marker: string, marked: string[], keptBytes: number = MAX_TAIL_BYTES): Listener {
  const sought = Buffer.from(marker)
  const tail = tailOf(keptBytes)
  let undecided: Buffer = Buffer.alloc(0) // may be the beginning of the marker
  let line: Buffer | undefined // what follows a marker, so far

  function seek(bytes: Buffer): Buffer {
    const found = bytes.indexOf(sought)
    if (found >= 0) {
      tail.push(Buffer.from(bytes.subarray(0, found)))
      line = Buffer.alloc(0)
      return bytes.subarray(found + sought.length)
    }
    const keep = Math.min(sought.length - 1, bytes.length)
    tail.push(Buffer.from(bytes.subarray(0, bytes.length - keep)))
    undecided = Buffer.from(bytes.subarray(bytes.length - keep))
    return Buffer.alloc(0)
  }

  function collect(soFar: Buffer, bytes: Buffer): Buffer {
    const end = bytes.indexOf(NEWLINE)
    const part = end < 0 ? bytes : bytes.subarray(0, end)
    line = Buffer.concat([soFar, part.subarray(0, MAX_MARKED_BYTES - soFar.length)])
    if (end < 0) return Buffer.alloc(0)
    if (marked.length < MAX_MARKED_LINES) marked.push(line.toString('utf8'))
    line = undefined
    return bytes.subarray(end + 1)
  }

  return {
    push(chunk) {
      let bytes: Buffer = Buffer.concat([undecided, chunk])
      undecided = Buffer.alloc(0)
      while (bytes.length > 0) bytes = line === undefined ? seek(bytes) : collect(line, bytes)
    },
    text: () => Buffer.concat([tail.bytes(), undecided]).subarray(-keptBytes).toString('utf8'),
    cut: () => tail.limited() || tail.bytes().length + undecided.length > keptBytes,
  }
}
