import { data, Evaluator, Lexer, Parser } from '@actions/expressions'

export type Contexts = Record<string, unknown>
export type Status = 'success' | 'failure' | 'cancelled'

function evaluate(expression: string, contexts: Contexts, status: Status): data.ExpressionData {
  const functions = ['always', 'success', 'failure', 'cancelled'].map((name) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(name === 'always' || name === status),
  }))
  const tree = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), functions).parse()
  const values: unknown = JSON.parse(JSON.stringify(contexts), data.reviver)
  if (!(values instanceof data.Dictionary)) throw new TypeError('contexts are no dictionary')
  return new Evaluator(tree, values, new Map(functions.map((one) => [one.name, one]))).evaluate()
}

/** Replaces each `${{ … }}` of a text by its value. */
export function interpolate(text: string, contexts: Contexts): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) =>
    evaluate(expression, contexts, 'success').coerceString(),
  )
}

/** The truth of a `pre-if` or `post-if`, with or without `${{ }}`. */
export function holds(condition: string, contexts: Contexts, status: Status): boolean {
  const value = evaluate(condition.replace(/^\s*\$\{\{|\}\}\s*$/g, ''), contexts, status)
  return !['', 'false', '0'].includes(value.coerceString())
}
