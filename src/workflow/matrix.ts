import { data } from '@actions/expressions'
import type { Problem } from '../model/result.ts'
import type { Position } from '../model/spec.ts'
import type { Row, Unknown } from '../model/workflow.ts'
import { type Data, isUnknown, NeedsUnknown, plainOf } from './data.ts'
import type { Contexts } from './expressions.ts'
import { unknown } from './known.ts'
import { agrees } from './matrix/filter.ts'
import { type MatrixParts, matrixParts, type Placed } from './matrix/parts.ts'

/** One job of a matrix. */
export interface MatrixRow extends Row {
  readonly matrix: Data
  /** Values that GitHub puts into the job's name: what `include` adds to a row of the product is not among them. */
  readonly named: readonly Data[]
}

export type Expansion =
  | { readonly kind: 'none' }
  | { readonly kind: 'rows'; readonly rows: readonly MatrixRow[] }
  | { readonly kind: 'unknown'; readonly unknown: Unknown }
  | { readonly kind: 'invalid'; readonly problem: Problem }

// https://docs.github.com/en/actions/reference/limits
const MAX_ROWS = 256
/** Of rows with the cells of `exclude`: more than anybody writes, and less than a second. */
const MAX_COMPARISONS = 2_000_000

/** Expands `strategy.matrix` into rows in the order and by the rules of GitHub. */
// https://github.com/actions/runner/blob/258d6c857db3519913f7deb6004b60172f8043ae/src/Sdk/WorkflowParser/Conversion/MatrixBuilder.cs
export function expandMatrix(
  job: { strategy: MatrixParts['source'] | undefined; at: Position },
  contexts: Contexts,
): Expansion {
  const parts = matrixParts(job.strategy, contexts)
  if (parts === undefined) return { kind: 'none' }
  if ('problem' in parts) return { kind: 'invalid', problem: parts.problem }
  if ('unknown' in parts) return { kind: 'unknown', unknown: parts.unknown }
  try {
    return build(parts)
  } catch (error) {
    if (error instanceof NeedsUnknown) return { kind: 'unknown', unknown: error.unknown }
    throw error
  }
}

type Cells = ReadonlyMap<string, Placed>
interface Draft {
  readonly original: Cells
  readonly extra: Map<string, Placed>
}

function build({ axes, include, exclude, at }: MatrixParts): Expansion {
  const size = axes.reduce((product, { values }) => product * values.length, axes.length === 0 ? 0 : 1)
  if (size > MAX_ROWS * MAX_ROWS) return tooMany(size, at)
  const excluding = exclude.reduce((sum, { cells }) => sum + cells.size, 0)
  if (size * excluding > MAX_COMPARISONS) return tooMuch(size, excluding)
  const names: AxisNames = new Map(axes.map(({ name }) => [name.toLowerCase(), name]))
  const products: Draft[] = product(axes, size)
    .filter((cells) => !exclude.some((item) => agreesAll(cells, item.cells, names)))
    .map((original) => ({ original, extra: new Map() }))
  // what is included adds rows, and removes none
  if (products.length > MAX_ROWS) return tooMany(products.length, at)
  const drafts = [...products]
  for (const item of include) {
    const [filter, extra] = partition(item.cells, names)
    const matching = products.filter(({ original }) => agreesAll(original, filter, names))
    for (const draft of matching) for (const [key, cell] of extra) draft.extra.set(key, cell)
    if (matching.length === 0) drafts.push({ original: new Map([...filter, ...extra]), extra: new Map() })
  }
  if (drafts.length > MAX_ROWS) return tooMany(drafts.length, at)
  return { kind: 'rows', rows: drafts.map((draft, index) => asRow(draft, index, at)) }
}

const tooMany = (size: number, at: Position): Expansion => ({
  kind: 'invalid',
  problem: { message: `the matrix makes ${size} jobs, GitHub allows ${MAX_ROWS}`, at },
})

const tooMuch = (rows: number, cells: number): Expansion => ({
  kind: 'unknown',
  unknown: unknown('strategy.matrix', `${rows} rows and ${cells} values to exclude are too many to compare`),
})

/** Every row, the last axis first to change. */
const product = (axes: MatrixParts['axes'], size: number): readonly Cells[] =>
  Array.from({ length: size }, (_, row) => {
    let stride = size
    return new Map(
      axes.flatMap(({ name, values }) => {
        stride /= values.length
        const value = values[Math.floor(row / stride) % values.length]
        return value === undefined ? [] : [[name, value] as const]
      }),
    )
  })

/** The names of the axes, by what they are in lower case: as keys, GitHub knows no other. */
type AxisNames = ReadonlyMap<string, string>

const agreesAll = (row: Cells, filter: Cells, names: AxisNames): boolean =>
  [...filter].every(([key, { value }]) => agrees(cellOf(row, key, names)?.value ?? new data.Null(), value))

const cellOf = (row: Cells, key: string, names: AxisNames): Placed | undefined =>
  row.get(names.get(key.toLowerCase()) ?? key)

function partition(cells: Cells, names: AxisNames): readonly [Cells, Cells] {
  const isFilter = ([key]: readonly [string, Placed]): boolean => names.has(key.toLowerCase())
  const all = [...cells]
  return [new Map(all.filter(isFilter)), new Map(all.filter((cell) => !isFilter(cell)))]
}

function asRow({ original, extra }: Draft, index: number, at: Position): MatrixRow {
  const cells = [...original, ...extra]
  const [first] = extra.size > 0 || original.size > 0 ? [...original.values()] : []
  return {
    index,
    at: first?.at ?? at,
    values: Object.fromEntries(
      cells.map(([key, { value }]) => [key, isUnknown(value) ? value.unknown : plainOf(value)]),
    ),
    positions: Object.fromEntries(cells.map(([key, cell]) => [key, cell.at])),
    matrix: new data.Dictionary(...cells.map(([key, { value }]) => ({ key, value }))),
    named: [...original.values()].map(({ value }) => value),
  }
}

/** A row without what only the evaluator needs. */
export const rowOf = ({ index, values, at, positions }: MatrixRow): Row => ({ index, values, at, positions })

/** Where a matrix gives a text alone, its line in the matrix says more than the line that uses it. */
export function originOf<At>(
  text: string | undefined,
  at: At,
  row: { positions: Readonly<Record<string, At>> } | undefined,
): At {
  const key = /^\$\{\{\s*matrix\.([\w-]+)\s*\}\}$/.exec(text?.trim() ?? '')?.[1]
  return (key === undefined ? undefined : row?.positions[key]) ?? at
}
