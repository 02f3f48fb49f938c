import { data } from '@actions/expressions'
import type { Known } from '../model/workflow.ts'
import { type Data, NeedsUnknown } from './data.ts'
import type { Contexts } from './expressions.ts'
import { known, unknown } from './known.ts'
import { fillIn, segments } from './templates.ts'
import type { Job } from './workflow.ts'

const MAX_NAME_LENGTH = 100
const CUT = '...'

/** A name as GitHub shows it: a long one is cut short. */
// https://github.com/actions/runner/blob/main/src/Sdk/DTPipelines/Pipelines/ObjectTemplating/JobDisplayNameBuilder.cs
export const shownName = (name: string): string =>
  name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH - CUT.length)}${CUT}` : name

/** Whether a name that GitHub cut short may be what became of a written one, as far as that has no expressions. */
export const mayBeCutFrom = (written: string, name: string): boolean => {
  const [start = ''] = written.split('${{')
  const kept = MAX_NAME_LENGTH - CUT.length
  return name.length === MAX_NAME_LENGTH && name.endsWith(CUT) && name.startsWith(start.slice(0, kept))
}

/** The name of a job of a matrix as GitHub's jobs API shows it: a `name:` with expressions stands alone, any other gets the row's values. */
// https://github.com/actions/runner/blob/258d6c857db3519913f7deb6004b60172f8043ae/src/Sdk/WorkflowParser/Conversion/JobNameBuilder.cs
export function jobName(job: Pick<Job, 'key' | 'name'>, named: readonly Data[], contexts: Contexts): Known<string> {
  const written = job.name?.text
  if (written !== undefined && segments(written).some(({ expression }) => expression !== undefined)) {
    return fillIn(written, contexts)
  }
  const base = written === undefined || written === '' ? job.key : written
  try {
    const values = named.flatMap(scalars).filter((text) => text !== '')
    const full = values.length === 0 ? base : `${base} (${values.join(', ')})`
    return known(shownName(full))
  } catch (error) {
    if (error instanceof NeedsUnknown) return error.unknown
    throw error
  }
}

/** `caller / job`, as far down as reusable workflows call each other. */
export function nestedName(caller: Known<string> | undefined, name: Known<string>): Known<string> {
  if (caller === undefined || !name.known) return name
  if (!caller.known) return caller
  const full = `${caller.value} / ${name.value}`
  return full.length > MAX_NAME_LENGTH ? unknown(full, 'GitHub shortens a name so long') : known(full)
}

/** What GitHub shows where a job is skipped before there are rows: no expression of its name is evaluated. */
export function unexpandedName(caller: string | undefined, { key, name }: Pick<Job, 'key' | 'name'>): string {
  const own = name === undefined || name.text === '' ? key : name.text
  return caller === undefined ? own : `${caller} / ${own}`
}

/** Every text, number and boolean in a value, however deep. */
function scalars(value: Data): readonly string[] {
  switch (value.kind) {
    case data.Kind.Array:
      return value.values().flatMap(scalars)
    case data.Kind.Dictionary:
      return value.pairs().flatMap((pair) => scalars(pair.value))
    case data.Kind.Null:
      return []
    default:
      return [value.coerceString()]
  }
}
