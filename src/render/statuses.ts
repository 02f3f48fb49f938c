// How each status looks, and in which order they are told: no renderer chooses its own.
import type { Status } from '../model/result.ts'
import type { Colour } from './terminal.ts'

export const icons = {
  passed: '✅',
  warned: '🟡',
  failed: '❌',
  errored: '⚠️',
  skipped: '➖',
} as const satisfies Record<Status, string>

/** As an icon among many others, where only what is not as it should be is to catch the eye. */
export const sign = (status: Status): string => (status === 'passed' ? '✓' : icons[status])

/** For a terminal. */
export const marks: Readonly<Record<Status, { readonly mark: string; readonly colour: Colour }>> = {
  passed: { mark: '✓', colour: 'green' },
  warned: { mark: '~', colour: 'yellow' },
  failed: { mark: '✗', colour: 'red' },
  errored: { mark: '!', colour: 'yellow' },
  skipped: { mark: '-', colour: 'dim' },
}

/** Whether a person has to look at it. */
export const isFlagged = (status: Status): boolean => status === 'failed' || status === 'errored' || status === 'warned'

/**
 * Worst first, but for `skipped`: where results of many checks are counted or become one row, most of what is skipped is
 * what nobody asked for, and takes nothing from what passed.
 */
export const skippedLast: readonly Status[] = ['failed', 'errored', 'warned', 'passed', 'skipped']

/** How many there are of each status that there is. */
export const counted = (statuses: readonly Status[]): readonly (readonly [status: Status, count: number])[] =>
  skippedLast.flatMap((status) => {
    const { length } = statuses.filter((each) => each === status)
    return length === 0 ? [] : [[status, length] as const]
  })
