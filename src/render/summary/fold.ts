import { type Status, worstFirst, worstOf } from '../../model/result.ts'
import { details } from '../markdown.ts'
import { count } from '../quantities.ts'
import { counted, isFlagged } from '../statuses.ts'

/** How much of a table is told. */
export interface Amount {
  /** Whether rows of what is as it should be are told as well. */
  readonly passed: boolean
  readonly items: number
}

export const MAX_CELL = 100

/** The rows to tell: all in their order, or as many of the worst as fit, and how many that leaves. */
export function rowsToTell<Row>(
  rows: readonly Row[],
  statusesOf: (row: Row) => readonly Status[],
  { passed, items }: Amount,
): { readonly told: readonly Row[]; readonly more: number } {
  const rank = (row: Row): number => worstFirst.indexOf(worstOf(statusesOf(row)))
  const wanted = passed ? rows : rows.filter((row) => statusesOf(row).some(isFlagged))
  const told = wanted.length > items ? wanted.toSorted((one, other) => rank(one) - rank(other)).slice(0, items) : wanted
  return { told, more: rows.length - told.length }
}

/** How many rows are not told, as a sentence; empty where all are. */
export const left = (more: number): string => (more === 0 ? '' : `${count(more, 'more row')} in report.json.`)

const WORDS: Readonly<Record<Status, string>> = {
  failed: 'wrong',
  errored: 'unknown',
  warned: 'with a warning',
  passed: 'as wanted',
  skipped: 'skipped',
}

/** A part of the summary under a line that counts what is in it: open where something is wrong. */
export function fold(title: string, statuses: readonly Status[], parts: readonly string[]): string {
  const words = counted(statuses).map(([status, length]) => `${length} ${WORDS[status]}`)
  const isOpen = statuses.some((status) => status === 'failed' || status === 'warned')
  return details(
    [`<b>${title}</b>`, words.join(' · ')].filter(Boolean).join(': '),
    parts.filter((part) => part !== '').join('\n\n'),
    isOpen,
  )
}
