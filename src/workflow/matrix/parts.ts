import { data } from '@actions/expressions'
import type { Problem } from '../../model/result.ts'
import type { Position } from '../../model/spec.ts'
import type { Unknown } from '../../model/workflow.ts'
import { type Data, isUnknown } from '../data.ts'
import type { Contexts } from '../expressions.ts'
import { evaluateYaml } from '../templates.ts'
import type { Yaml } from '../yaml.ts'

/** A value of a matrix, and the line it comes from. */
export interface Placed {
  readonly value: Data
  readonly at: Position
}

export interface MatrixItem {
  readonly cells: ReadonlyMap<string, Placed>
}

/** A matrix before it is multiplied out. */
export interface MatrixParts {
  readonly source: Yaml
  readonly at: Position
  readonly axes: readonly { readonly name: string; readonly values: readonly Placed[] }[]
  readonly include: readonly MatrixItem[]
  readonly exclude: readonly MatrixItem[]
}

type Failed = { readonly unknown: Unknown } | { readonly problem: Problem }

/** Reads the axes, `include` and `exclude` of a strategy; undefined where there is no matrix. */
export function matrixParts(strategy: Yaml | undefined, contexts: Contexts): MatrixParts | Failed | undefined {
  if (strategy === undefined) return undefined
  const matrix = child({ yaml: strategy, value: evaluateYaml(strategy, contexts) }, 'matrix')
  if (!matrix || (!isUnknown(matrix.value) && matrix.value.kind === data.Kind.Null)) return undefined
  const { at } = matrix.yaml
  const reader = new PartsReader()
  const axes: { name: string; values: readonly Placed[] }[] = []
  let include: readonly MatrixItem[] = []
  let exclude: readonly MatrixItem[] = []
  for (const [key, part] of reader.entries(matrix, 'the matrix')) {
    if (key === 'include') include = reader.items(part, 'include')
    else if (key === 'exclude') exclude = reader.items(part, 'exclude')
    else axes.push({ name: key, values: reader.values(part, key) })
  }
  if (!reader.failed && axes.length === 0 && include.length === 0) reader.fail(at, 'the matrix has no values')
  return reader.failed ?? { source: strategy, at, axes, include, exclude }
}

/** A value together with the text it was evaluated from, as far down as that text goes. */
interface Part {
  readonly yaml: Yaml
  readonly value: Data
}

function child({ yaml, value }: Part, key: string): Part | undefined {
  if (isUnknown(value)) return { yaml, value: value.child(key) as unknown as Data }
  const found = value.kind === data.Kind.Dictionary ? value.get(key) : undefined
  return found && { yaml: yamlAt(yaml, key) ?? yaml, value: found }
}

const yamlAt = (yaml: Yaml, key: string): Yaml | undefined =>
  yaml.kind === 'map' ? yaml.entries.find((entry) => entry.key === key)?.value : undefined

class PartsReader {
  failed: Failed | undefined

  fail(at: Position, message: string): void {
    this.failed ??= { problem: { message, at } }
  }

  entries({ yaml, value }: Part, what: string): readonly (readonly [string, Part])[] {
    if (this.#isMissing(value)) return []
    if (value.kind !== data.Kind.Dictionary) {
      this.fail(yaml.at, `${what} must be a mapping`)
      return []
    }
    return value.pairs().map((pair) => [pair.key, { yaml: yamlAt(yaml, pair.key) ?? yaml, value: pair.value }])
  }

  list({ yaml, value }: Part, what: string): readonly Part[] {
    if (this.#isMissing(value)) return []
    if (value.kind !== data.Kind.Array) {
      this.fail(yaml.at, `${what} of the matrix must be a list`)
      return []
    }
    const items = yaml.kind === 'list' ? yaml.items : []
    return value.values().map((item, index) => ({ yaml: items[index] ?? yaml, value: item }))
  }

  values(part: Part, name: string): readonly Placed[] {
    const items = this.list(part, name)
    if (items.length === 0) this.fail(part.yaml.at, `${name} of the matrix has no values`)
    return items.map(({ yaml, value }) => ({ value, at: yaml.at }))
  }

  items(part: Part, name: string): readonly MatrixItem[] {
    return this.list(part, name).map((item) => {
      const cells = this.entries(item, `an item of ${name}`)
      if (cells.length === 0) this.fail(item.yaml.at, `an item of ${name} has no values`)
      return { cells: new Map(cells.map(([key, { yaml, value }]) => [key, { value, at: yaml.at }])) }
    })
  }

  #isMissing(value: Data): boolean {
    if (!isUnknown(value)) return false
    this.failed ??= { unknown: value.unknown }
    return true
  }
}
