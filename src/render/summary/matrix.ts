import type { Status } from '../../model/result.ts'
import { icons } from '../headline.ts'
import { code, escapeMarkdown, table } from '../markdown.ts'
import type { Row } from '../rows.ts'
import { type Amount, fold, left, MAX_CELL, worstFirst } from './fold.ts'
import { type ModuleCell, worstOf } from './module-cells.ts'

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
export function renderMatrix(rows: readonly Row[], amount: Amount): string {
  const probed = rows.filter(({ modules }) => modules.length > 0)
  const cells = probed.flatMap(({ modules }) => modules)
  if (!cells.some(({ seen }) => seen)) return ''
  const { corner, columns, rows: all } = gridOf(probed)
  const { told, more } = worstFirst(all, (row) => row.cells.flatMap((cell) => cell?.status ?? []), amount)
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

const sign = (status: Status): string => (status === 'passed' ? '✓' : icons[status])

/** The columns that matter most, and all others counted in one. */
function grouped({ corner, columns, rows }: Grid): string {
  const rank = new Map((['failed', 'errored', 'warned'] as const).map((status, at): [Status, number] => [status, at]))
  const ranked = columns
    .map((title, at) => {
      const cells = rows.flatMap(({ cells: own }) => own[at] ?? [])
      return { title, at, rank: rank.get(worstOf(cells.map(({ status }) => status))) ?? rank.size, used: cells.length }
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

function renderCounts(statuses: readonly Status[]): string {
  const order: readonly Status[] = ['failed', 'errored', 'warned', 'passed', 'skipped']
  return order
    .flatMap((status) => {
      const { length } = statuses.filter((each) => each === status)
      return length === 0 ? [] : [`${sign(status)} ${length}`]
    })
    .join(' · ')
}
