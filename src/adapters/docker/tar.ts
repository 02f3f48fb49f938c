/** Where the body of one entry goes; what it returns is waited for. */
export interface TarBody {
  write(chunk: Buffer): Promise<void> | undefined
  end(): Promise<void> | undefined
}

export interface TarEntry {
  readonly name: string
  /** `0` is a file, `1` a hard link, `2` a symbolic link, `5` a folder. */
  readonly type: string
  readonly sizeBytes: number
  readonly target: Buffer
  /** The permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

const BLOCK = 512
const MAX_PAX_BYTES = 1024 * 1024

/** Reads a tar as it comes, and holds no more of it than a header. `open` may refuse an entry's body. */
export function tarReader(open: (entry: TarEntry) => TarBody | undefined): (chunk: Buffer) => Promise<void> {
  let header = Buffer.alloc(0)
  let left = 0
  let padding = 0
  let body: TarBody | undefined
  let pax: Pax = {}

  async function push(chunk: Buffer): Promise<void> {
    let at = 0
    while (at < chunk.length) {
      if (left > 0) {
        const part = chunk.subarray(at, at + left)
        at += part.length
        left -= part.length
        await body?.write(part)
        if (left === 0) await body?.end()
      } else if (padding > 0) {
        const skipped = Math.min(padding, chunk.length - at)
        at += skipped
        padding -= skipped
      } else {
        const part = chunk.subarray(at, at + BLOCK - header.length)
        at += part.length
        header = Buffer.concat([header, part])
        if (header.length === BLOCK) await begin()
      }
    }
  }

  async function begin(): Promise<void> {
    const block = header
    header = Buffer.alloc(0)
    if (block[0] === 0) return // the two empty blocks at the end
    const type = String.fromCharCode(block[156] || 0x30)
    const sizeBytes = pax.sizeBytes ?? numberAt(block, 124)
    left = sizeBytes
    padding = (BLOCK - (sizeBytes % BLOCK)) % BLOCK
    if (type === 'x') {
      body = collect(MAX_PAX_BYTES, (text) => {
        pax = readPax(text)
      })
    } else {
      body = open({
        name: textAt(block, 0).toString('utf8'),
        type,
        sizeBytes,
        target: pax.target ?? textAt(block, 157),
        mode: numberAt(block, 100, 8) & 0o7777,
        uid: pax.uid ?? numberAt(block, 108, 8),
        gid: pax.gid ?? numberAt(block, 116, 8),
      })
      pax = {}
    }
    if (left === 0) await body?.end()
  }

  return push
}

/** A body kept whole and handed over; one that is too long is not. */
export function collect(maxBytes: number, done: (bytes: Buffer) => void): TarBody {
  const chunks: Buffer[] = []
  let size = 0
  return {
    write: (chunk) => {
      size += chunk.length
      if (size <= maxBytes) chunks.push(Buffer.from(chunk))
      return undefined
    },
    end: () => {
      if (size <= maxBytes) done(Buffer.concat(chunks))
      return undefined
    },
  }
}

interface Pax {
  sizeBytes?: number
  target?: Buffer
  uid?: number
  gid?: number
}

/** What does not fit into a header: `LENGTH KEY=VALUE\n`, the length of all of it in bytes. */
function readPax(bytes: Buffer): Pax {
  const pax: Pax = {}
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + 12), 10)
    if (!(length > 0)) break
    const record = bytes.subarray(at, at + length - 1)
    const key = record.toString('latin1', record.indexOf(0x20) + 1, record.indexOf(0x3d))
    const value = record.subarray(record.indexOf(0x3d) + 1)
    if (key === 'size') pax.sizeBytes = Number(value.toString('latin1'))
    if (key === 'uid' || key === 'gid') pax[key] = Number(value.toString('latin1'))
    if (key === 'linkpath') pax.target = value
    at += length
  }
  return pax
}

/** Octal, or base 256 where the first bit is set. */
function numberAt(block: Buffer, at: number, length = 12): number {
  if ((block[at] ?? 0) & 0x80) return block.readUIntBE(at + length - 6, 6)
  return Number.parseInt(block.toString('latin1', at, at + length), 8) || 0
}

function textAt(block: Buffer, at: number): Buffer {
  const field = block.subarray(at, at + 100)
  const end = field.indexOf(0)
  return end < 0 ? field : field.subarray(0, end)
}
