import { field, type Shape } from './shape.ts'
import type { Trigger } from './workflow.ts'
import type { Yaml, YamlMap } from './yaml.ts'

/** Reads `on`: one event, a list of them, or a mapping with filters. */
export function readTriggers(on: Yaml | undefined, shape: Shape): readonly Trigger[] {
  if (on?.kind === 'scalar' || on?.kind === 'list') {
    const items = on.kind === 'list' ? on.items : [on]
    return items.flatMap((item) => {
      const event = shape.string(item, 'on')
      return event === undefined ? [] : [{ event, at: item.at }]
    })
  }
  return (on?.entries ?? []).map(({ key, value, at }) => {
    const filters = value.kind === 'map' ? value : undefined
    return {
      event: key,
      at,
      ...filter(filters, 'branches', 'branches', shape),
      ...filter(filters, 'branches-ignore', 'branchesIgnore', shape),
      ...filter(filters, 'tags', 'tags', shape),
      ...inputsOf(filters, shape),
    }
  })
}

function filter(map: YamlMap | undefined, key: string, name: string, shape: Shape): Partial<Trigger> {
  const value = field(map, key)
  return value === undefined ? {} : { [name]: shape.strings(value, `on.push.${key}`) }
}

function inputsOf(map: YamlMap | undefined, shape: Shape): Partial<Trigger> {
  const inputs = shape.map(field(map, 'inputs'), 'inputs')
  if (!inputs) return {}
  return {
    inputs: new Map(
      inputs.entries.map(({ key, value }) => {
        const input = value.kind === 'map' ? value : undefined
        return [
          key,
          { type: shape.string(field(input, 'type'), `inputs.${key}.type`), byDefault: field(input, 'default') },
        ]
      }),
    ),
  }
}
