const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What was read, its keys in the order they were written in: what is read by promises has them in that in which it was done. */
export function inWrittenOrder<Read>(read: Read, written: unknown): Read {
  if (Array.isArray(read) && Array.isArray(written)) {
    return read.map((each, at) => inWrittenOrder(each, written[at])) as Read
  }
  if (!isMap(read) || !isMap(written)) return read
  const keys = new Set([...Object.keys(written).filter((key) => Object.hasOwn(read, key)), ...Object.keys(read)])
  return Object.fromEntries([...keys].map((key) => [key, inWrittenOrder(read[key], written[key])])) as Read
}
