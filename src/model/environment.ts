/** A text with `$NAME` and `${NAME}` filled in for what an image's environment names; all others are left as they are. */
export const fillFrom = (env: readonly string[], text: string): string => {
  const values = new Map(env.map((each) => split(each)))
  return text.replace(/\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([^{}]+)\})/g, (written, bare?: string, braced?: string) => {
    return values.get(bare ?? braced ?? '') ?? written
  })
}

const split = (variable: string): [string, string] => {
  const at = variable.indexOf('=')
  return at < 0 ? [variable, ''] : [variable.slice(0, at), variable.slice(at + 1)]
}
