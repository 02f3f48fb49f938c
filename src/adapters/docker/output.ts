import { tailOf } from '../capture.ts'

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

/** A part that does not hold all that it is a part of, where that is much more. */
const alone = (part: Buffer): Buffer => (2 * part.length < part.buffer.byteLength ? Buffer.from(part) : part)

/** Finds each line with the marker, wherever in a line it stands, and hands on what follows it; a line without its end was not said. */
export function listenFor(marker: string, marked: string[], keptBytes: number = MAX_TAIL_BYTES): Listener {
  const sought = Buffer.from(marker)
  const tail = tailOf(keptBytes)
  let undecided: Buffer = Buffer.alloc(0) // may be the beginning of the marker
  let line: Buffer | undefined // what follows a marker, so far

  function seek(bytes: Buffer): Buffer {
    if (undecided.length > 0) {
      const border = Buffer.concat([undecided, bytes.subarray(0, sought.length - 1)])
      const across = border.indexOf(sought)
      if (across >= 0) return hear(border, across, bytes.subarray(across + sought.length - undecided.length))
      if (bytes.length < sought.length - 1) return wait(border)
      tail.push(undecided)
    }
    const found = bytes.indexOf(sought)
    return found < 0 ? wait(bytes) : hear(bytes, found, bytes.subarray(found + sought.length))
  }

  function hear(bytes: Buffer, found: number, rest: Buffer): Buffer {
    tail.push(alone(bytes.subarray(0, found)))
    undecided = Buffer.alloc(0)
    line = Buffer.alloc(0)
    return rest
  }

  function wait(bytes: Buffer): Buffer {
    const decided = Math.max(0, bytes.length - sought.length + 1)
    tail.push(alone(bytes.subarray(0, decided)))
    undecided = Buffer.from(bytes.subarray(decided))
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
      let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      while (bytes.length > 0) bytes = line === undefined ? seek(bytes) : collect(line, bytes)
    },
    text: () => Buffer.concat([tail.bytes(), undecided]).subarray(-keptBytes).toString('utf8'),
    cut: () => tail.limited() || tail.bytes().length + undecided.length > keptBytes,
  }
}
