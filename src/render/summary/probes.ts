import { type Status, worstFirst, worstOf } from '../../model/result.ts'
import { code, escapeMarkdown, table } from '../markdown.ts'
import type { ModuleCell } from '../module-cells.ts'
import type { Row } from '../rows.ts'
import { counted, isFlagged, sign } from '../statuses.ts'
import { type Amount, fold, left, MAX_CELL, rowsToTell } from './fold.ts'

/** More do not fit beside each other on GitHub's page. */
const MAX_COLUMNS = 8

/** A table before it is one: what it is about on both sides, as Markdown, and the cells of each row by its column. */
interface Grid {
  readonly corner: readonly string[]
  readonly columns: readonly string[]
  readonly rows: readonly GridRow[]
}

interface GridRow {
  readonly titles: readonly string[]
  /** Undefined where nobody asked. */
  readonly cells: readonly (ModuleCell | undefined)[]
}

/** What became of every module in every image and platform, as a matrix; open where something is wrong. */
export function renderProbes(rows: readonly Row[], amount: Amount): string {
  const probed = rows.filter(({ modules }) => modules.length > 0)
  const cells = probed.flatMap(({ modules }) => modules)
  if (!cells.some(({ seen }) => seen)) return ''
  const { corner, columns, rows: all } = gridOf(probed)
  const { told, more } = rowsToTell(all, (row) => row.cells.flatMap((cell) => cell?.status ?? []), amount)
  if (told.length === 0) return ''
  const body =
    columns.length <= MAX_COLUMNS
      ? table(
          [...corner, ...columns],
          told.map(({ titles, cells: own }) => [...titles, ...own.map(renderCell)]),
        )
      : grouped({ corner, columns, rows: told })
  return fold(
    'Probes',
    cells.map(({ status }) => status),
    [body, left(more)],
  )
}

/** One row an image and platform; one a module where there are many of them, and few images. */
function gridOf(probed: readonly Row[]): Grid {
  const modules = [...new Set(probed.flatMap((row) => row.modules.map(({ module }) => module)))]
  const byTarget = probed.map((row) => new Map(row.modules.map((cell) => [cell.module, cell])))
  const names = modules.map((module) => code(module, MAX_CELL))
  const targets = probed.map(({ image, platform }) => [image, platform].map((name) => escapeMarkdown(name, MAX_CELL)))
  if (modules.length > MAX_COLUMNS && probed.length <= MAX_COLUMNS) {
    return {
      corner: ['module'],
      columns: targets.map((titles) => titles.join('<br>')),
      rows: modules.map((module, at) => ({
        titles: [names[at] ?? ''],
        cells: byTarget.map((cells) => cells.get(module)),
      })),
    }
  }
  return {
    corner: ['image', 'platform'],
    columns: names,
    rows: byTarget.map((cells, at) => ({
      titles: targets[at] ?? [],
      cells: modules.map((module) => cells.get(module)),
    })),
  }
}

function renderCell(cell: ModuleCell | undefined): string {
  if (cell === undefined) return ''
  const { status, text, seen } = cell
  const waived = status === 'skipped' && seen ? ' (waived)' : ''
  return `${sign(status)} ${escapeMarkdown(text, MAX_CELL)}${waived}`
}

/** The columns that matter most, and all others counted in one. */
function grouped({ corner, columns, rows }: Grid): string {
  const ranked = columns
    .map((title, at) => {
      const statuses = rows.flatMap(({ cells }) => cells[at]?.status ?? [])
      const flagged = statuses.filter(isFlagged)
      const rank = flagged.length === 0 ? worstFirst.length : worstFirst.indexOf(worstOf(flagged))
      return { title, at, rank, used: statuses.length }
    })
    .toSorted((one, other) => one.rank - other.rank || other.used - one.used)
  const shown = ranked.slice(0, MAX_COLUMNS - 1)
  const others = ranked.slice(shown.length)
  return table(
    [...corner, ...shown.map(({ title }) => title), `${others.length} others`],
    rows.map(({ titles, cells }) => [
      ...titles,
      ...shown.map(({ at }) => renderCell(cells[at])),
      renderCounts(others.flatMap(({ at }) => cells[at]?.status ?? [])),
    ]),
  )
}

const renderCounts = (statuses: readonly Status[]): string =>
  counted(statuses)
    .map(([status, length]) => `${sign(status)} ${length}`)
    .join(' · ')
