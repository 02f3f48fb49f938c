/** Between a job and those of the reusable workflow that it calls. */
export const CALLS = ' / '

/** `a`, `a / b`, `a / b / c` */
export function callersOf(name: string): readonly string[] {
  const levels = name.split(CALLS)
  return levels.map((_, at) => levels.slice(0, at + 1).join(CALLS))
}

const EXPRESSION = /\$\{\{.*?\}\}/s

/** Whether a name is as it is written, and not yet what a row makes of it. */
export const isUnexpanded = (name: string): boolean => EXPRESSION.test(name)

/** Whether a job's name before there were rows can be what a row's job is called: `build` and `build (amd64)`. */
export function expandsTo(unexpanded: string, name: string): boolean {
  if (!isUnexpanded(unexpanded)) return name.startsWith(`${unexpanded} (`) && name.endsWith(')')
  const [first = '', ...rest] = unexpanded.split(new RegExp(EXPRESSION, 'gs'))
  if (!name.startsWith(first)) return false
  const last = rest.pop() ?? ''
  let at = first.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.endsWith(last) && name.length - last.length >= at
}
