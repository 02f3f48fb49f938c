/** What a text of a compose file becomes, or why compose would refuse it. */
export type Interpolated =
  | {
      readonly ok: true
      readonly text: string
      /** Variables that are not set and have no default. */
      readonly blank: readonly string[]
    }
  | {
      readonly ok: false
      readonly reason: string
      /** The variable that the file wants set, and says so. */
      readonly required: string | undefined
    }

type Variables = Readonly<Record<string, string>>

const MAX_DEPTH = 16
const MAX_LENGTH = 4096
const NAME = /^[A-Za-z_][A-Za-z0-9_]*/

/**
 * Fills in variables as compose does: `$NAME`, `${NAME}`, `:-` and `-` for a default, `:?` and `?` for an error, `:+` and
 * `+` for a replacement, nested, and `$$` for a dollar.
 * https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md
 */
export function interpolate(text: string, variables: Variables): Interpolated {
  const blank = new Set<string>()
  try {
    if (text.length > MAX_LENGTH) throw new Refusal(`it is longer than ${MAX_LENGTH} characters`)
    return { ok: true, text: fill(text, variables, blank, 0), blank: [...blank] }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { ok: false, reason: error.message, required: error.required }
  }
}

class Refusal extends Error {
  readonly required: string | undefined

  constructor(message: string, required?: string) {
    super(message)
    this.required = required
  }
}

function fill(text: string, variables: Variables, blank: Set<string>, depth: number): string {
  if (depth > MAX_DEPTH) throw new Refusal(`its variables nest deeper than ${MAX_DEPTH} levels`)
  let filled = ''
  for (let at = 0; at < text.length; ) {
    const dollar = text.indexOf('$', at)
    if (dollar < 0) return filled + text.slice(at)
    filled += text.slice(at, dollar)
    const rest = text.slice(dollar + 1)
    if (rest.startsWith('$')) {
      filled += '$'
      at = dollar + 2
    } else if (rest.startsWith('{')) {
      const end = closing(rest)
      filled += braced(rest.slice(1, end), variables, blank, depth)
      at = dollar + 1 + end + 1
    } else {
      const [name] = NAME.exec(rest) ?? []
      if (name === undefined) throw new Refusal('it has a single "$": write "$$" for a dollar')
      filled += plain(name, variables, blank)
      at = dollar + 1 + name.length
    }
  }
  return filled
}

/** Where the brace closes that the text begins with. */
function closing(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '}') depth -= 1
    else if (text[at] === '{' && (at === 0 || text[at - 1] === '$')) depth += 1
    if (depth === 0) return at
  }
  throw new Refusal('it has a brace that does not close')
}

function braced(text: string, variables: Variables, blank: Set<string>, depth: number): string {
  const [name = ''] = NAME.exec(text) ?? []
  const [, operator, word = ''] = /^(:?[-?+])?([\s\S]*)$/.exec(text.slice(name.length)) ?? []
  if (name === '' || (operator === undefined && word !== '')) {
    throw new Refusal(`\${${text}} is not a variable as compose writes them`)
  }
  const value = own(variables, name)
  const there = value !== undefined && !(operator?.startsWith(':') && value === '')
  const other = (): string => fill(word, variables, blank, depth + 1)
  switch (operator?.at(-1)) {
    case '-':
      return there ? value : other()
    case '+':
      return there ? other() : ''
    case '?':
      if (there) return value
      throw new Refusal(`it wants ${name} set${word === '' ? '' : `: ${other()}`}`, name)
    default:
      return plain(name, variables, blank)
  }
}

function plain(name: string, variables: Variables, blank: Set<string>): string {
  const value = own(variables, name)
  if (value === undefined) blank.add(name)
  return value ?? ''
}

const own = (variables: Variables, name: string): string | undefined =>
  Object.hasOwn(variables, name) ? variables[name] : undefined
