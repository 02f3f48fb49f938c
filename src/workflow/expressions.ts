import { data, Evaluator, type Expr, Lexer, Parser } from '@actions/expressions'
import type { ExprVisitor, Logical, Unary } from '@actions/expressions/ast'
import { wellKnownFunctions } from '@actions/expressions/funcs'
import type { FunctionDefinition } from '@actions/expressions/funcs/info'
import type { Known, Unknown } from '../model/workflow.ts'
import { type Data, isUnknown, NeedsUnknown, unknownData } from './data.ts'
import { known, unknown } from './known.ts'

/** Context name → its value; a context that is not here is an error in the expression. */
export type Contexts = Readonly<Record<string, Data>>

type Visited<Method extends keyof Evaluator> = Evaluator[Method] extends (node: infer Node) => unknown ? Node : never

const statusFunction = (name: string, value: boolean): FunctionDefinition => ({
  name,
  minArgs: 0,
  maxArgs: 255,
  call: () => new data.BooleanData(value),
})

/** The status functions answer as in a run where all goes well: such a run is what should exist. */
const functions: readonly FunctionDefinition[] = [
  statusFunction('success', true),
  statusFunction('always', true),
  statusFunction('failure', false),
  statusFunction('cancelled', false),
  {
    name: 'hashFiles',
    minArgs: 1,
    maxArgs: 255,
    call: () => unknownData('hashFiles', 'hashFiles reads the files on the runner'),
  },
]
const byName = new Map(functions.map((one) => [one.name.toLowerCase(), one]))

class PartialEvaluator extends Evaluator {
  override visitIndexAccess(access: Visited<'visitIndexAccess'>): Data {
    const target = this.eval(access.expr)
    if (isUnknown(target)) return target.child(indexName(access.index, this)) as unknown as Data
    const settled: Visited<'visitIndexAccess'> = Object.assign(Object.create(Object.getPrototypeOf(access)), access)
    settled.expr = { accept: () => target } as unknown as Expr
    return super.visitIndexAccess(settled)
  }

  override visitFunctionCall(call: Visited<'visitFunctionCall'>): Data {
    const { lexeme } = call.functionName
    const name = lexeme.toLowerCase()
    // The library looks into an object that has a constructor as every object does.
    if (!byName.has(name) && !Object.hasOwn(wellKnownFunctions, name)) throw new Error(`there is no function ${lexeme}`)
    return super.visitFunctionCall(call)
  }
}

const indexName = (index: Expr, evaluator: Evaluator): string => {
  try {
    return index.accept(evaluator).coerceString()
  } catch {
    return '*'
  }
}

/** Whether an expression holds: `false && unknown` does not, whichever side is unknown. */
class Truth implements ExprVisitor<boolean | Unknown> {
  readonly #evaluator: Evaluator

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator
  }

  of(expression: Expr): boolean | Unknown {
    try {
      return expression.accept(this)
    } catch (error) {
      return unknownFrom(error, 'expression')
    }
  }

  visitLogical(node: Logical): boolean | Unknown {
    const settles = node.operator.lexeme === '||'
    const parts = node.args.map((part) => this.of(part))
    if (parts.includes(settles)) return settles
    return parts.find((part) => typeof part !== 'boolean') ?? !settles
  }
  visitUnary(node: Unary): boolean | Unknown {
    const inner = this.of(node.expr)
    return typeof inner === 'boolean' ? !inner : inner
  }
  visitGrouping(node: Visited<'visitGrouping'>): boolean | Unknown {
    return this.of(node.group)
  }
  visitLiteral(node: Visited<'visitLiteral'>): boolean {
    return isTruthy(node.accept(this.#evaluator))
  }
  visitBinary(node: Visited<'visitBinary'>): boolean {
    return isTruthy(node.accept(this.#evaluator))
  }
  visitContextAccess(node: Visited<'visitContextAccess'>): boolean {
    return isTruthy(node.accept(this.#evaluator))
  }
  visitIndexAccess(node: Visited<'visitIndexAccess'>): boolean {
    return isTruthy(node.accept(this.#evaluator))
  }
  visitFunctionCall(node: Visited<'visitFunctionCall'>): boolean {
    return isTruthy(node.accept(this.#evaluator))
  }
}

const isTruthy = (value: Data): boolean => {
  if (value.kind === data.Kind.Null) return false
  if (value.kind === data.Kind.Boolean) return value.value
  if (value.kind === data.Kind.Number) return value.value !== 0 && !Number.isNaN(value.value)
  return value.kind !== data.Kind.String || value.value !== ''
}

/** Evaluates the inside of a `${{ }}`; whatever cannot be evaluated is an unknown value with the reason. */
export function evaluate(expression: string, contexts: Contexts): Data {
  try {
    const value = prepare(expression, contexts).evaluator.evaluate()
    return value ?? unknownData(expression.trim(), 'the expression gives nothing')
  } catch (error) {
    const { name, reason } = unknownFrom(error, expression.trim())
    return unknownData(name, reason)
  }
}

/** Whether the inside of a `${{ }}` holds, three-valued. */
export function holds(expression: string, contexts: Contexts): Known<boolean> {
  try {
    const { tree, evaluator } = prepare(expression, contexts)
    const truth = new Truth(evaluator).of(tree)
    return typeof truth === 'boolean' ? known(truth) : truth
  } catch (error) {
    return unknownFrom(error, expression.trim())
  }
}

function prepare(expression: string, contexts: Contexts): { tree: Expr; evaluator: Evaluator } {
  const { tokens } = new Lexer(expression).lex()
  const tree: Expr | undefined = new Parser(tokens, Object.keys(contexts), [...functions]).parse()
  if (tree === undefined) throw new Error('the expression is empty')
  const values = new data.Dictionary(...Object.entries(contexts).map(([key, value]) => ({ key, value })))
  return { tree, evaluator: new PartialEvaluator(tree, values, byName) }
}

/** The evaluator wraps what it catches: the unknown may be some causes down. */
function unknownFrom(error: unknown, name: string): Unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof NeedsUnknown) return cause.unknown
  }
  // Its own message ends with that of its cause.
  return unknown(name, `cannot be evaluated: ${error instanceof Error ? error.message : String(error)}`)
}
