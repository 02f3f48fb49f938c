import type { Report } from '../model/result.ts'
import { type Concern, concernsOf } from './concerns.ts'
import { oneLine } from './neutralise.ts'
import { placeOf } from './place.ts'

export interface Annotation {
  readonly level: 'error' | 'warning'
  readonly title: string
  readonly message: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

// The runner keeps ten of a level and step, and cuts a message at 4096 characters.
const PER_LEVEL = 10
const MAX_TITLE = 100
const MAX_MESSAGE = 4000
const MAX_PART = 900

/** What a person has to know, on the lines it concerns: at most ten of each level, the last for all that is left. */
export function renderAnnotations(report: Report): readonly Annotation[] {
  const annotations = concernsOf(report).map(annotate)
  return (['error', 'warning'] as const).flatMap((level) => {
    const all = annotations.filter((annotation) => annotation.level === level)
    return all.length <= PER_LEVEL ? all : [...all.slice(0, PER_LEVEL - 1), rollUp(level, all.length - PER_LEVEL + 1)]
  })
}

const rollUp = (level: Annotation['level'], left: number): Annotation => ({
  level,
  title: `${left} more`,
  message: `and ${left} more: see the summary`,
})

function annotate({ kind, level, code, target, message, expected, actual, hint, at, blocked }: Concern): Annotation {
  const { image, platform } = placeOf(target)
  const lines = [
    message,
    expected === undefined ? '' : `expected: ${expected}`,
    actual === undefined ? '' : `got: ${actual}`,
    hint === '' ? '' : `what to do: ${hint}`,
    blocked.length === 0
      ? ''
      : `therefore not looked at: ${[...new Set(blocked.map(({ check }) => check))].join(', ')}`,
  ]
  return {
    level: level === 'warned' ? 'warning' : 'error',
    title: oneLine([image, platform, code ?? titles[kind]].filter(Boolean).join(' '), MAX_TITLE),
    message: lines
      .filter((line) => line !== '')
      .map((line) => oneLine(line, MAX_PART))
      .join('\n')
      .slice(0, MAX_MESSAGE),
    ...(at && { file: oneLine(at.file), line: at.line, column: at.column }),
  }
}

const titles: Readonly<Partial<Record<Concern['kind'], string>>> = {
  input: 'problem of the input',
  missing: 'never reported',
  nothing: 'nothing verified',
}
