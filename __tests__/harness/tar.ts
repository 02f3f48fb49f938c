// Tars to test readers with.
export interface TarFile {
  readonly name: string
  readonly type?: string
  readonly target?: string
  readonly body?: Buffer
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
}

const BLOCK = 512
const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`

/** A tar of these entries, as plain as they come. */
export const tar = (files: readonly TarFile[]): Buffer =>
  Buffer.concat([...files.flatMap(entry), Buffer.alloc(2 * BLOCK)])

function entry({ name, type = '0', target = '', body = Buffer.alloc(0), ...owned }: TarFile): Buffer[] {
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0)
  header.write(octal(owned.mode ?? 0o644, 8), 100)
  header.write(octal(owned.uid ?? 0, 8), 108)
  header.write(octal(owned.gid ?? 0, 8), 116)
  header.write(octal(body.length, 12), 124)
  header.write('        ', 148)
  header.write(type, 156)
  header.write(target, 157)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 7)} `, 148)
  return [header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]
}
