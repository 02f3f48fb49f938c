import type { Known, Unknown } from '../../model/workflow.ts'
import { known, unknown } from '../known.ts'
import { csvFields, linesOf } from '../lists.ts'
import { type Holed, settle } from '../templates.ts'

export interface Flavor {
  readonly latest: Known<string>
  readonly prefix: Known<string>
  readonly suffix: Known<string>
  readonly prefixLatest: Known<boolean>
  readonly suffixLatest: Known<boolean>
}

/** The `flavor` input; `onlatest` speaks of the prefix or suffix before it on its line. */
export function readFlavor(input: Holed): Flavor {
  const values: Record<string, Known<string>> = {}
  let whole: Unknown | undefined
  for (const line of linesOf(input.text)) {
    let last = ''
    for (const field of csvFields(line)) {
      const [key = '', value = ''] = field.split('=').map((part) => part.trim())
      const name = key.toLowerCase()
      if (!settle(key, input.holes).known) whole = settle(key, input.holes) as Unknown
      values[name === 'onlatest' ? `${last}-onlatest` : name] = settle(value, input.holes)
      if (name !== 'onlatest') last = name
    }
  }
  const take = (name: string, byDefault: string): Known<string> => whole ?? values[name] ?? known(byDefault)
  const flag = (name: string): Known<boolean> => {
    const value = take(`${name}-onlatest`, 'false')
    return value.known ? known(/true/i.test(value.value)) : value
  }
  const latest = take('latest', 'auto')
  const isValid = !latest.known || ['auto', 'true', 'false'].includes(latest.value)
  return {
    latest: isValid ? latest : unknown('flavor', 'docker/metadata-action does not accept this value of latest'),
    prefix: take('prefix', ''),
    suffix: take('suffix', ''),
    prefixLatest: flag('prefix'),
    suffixLatest: flag('suffix'),
  }
}
