import { data } from '@actions/expressions'
import { equals } from '@actions/expressions/result'
import type { Data } from '../data.ts'

/** Whether a value of a row meets an item of `include` or `exclude`: every leaf of the item equals the same leaf, as `==` does. */
export function agrees(value: Data, wanted: Data): boolean {
  if (wanted.kind === data.Kind.Dictionary) {
    return wanted.pairs().every((pair) => agrees(childOf(value, pair.key), pair.value))
  }
  if (wanted.kind === data.Kind.Array) {
    return wanted.values().every((item, index) => agrees(childAt(value, index), item))
  }
  return equals(value, wanted)
}

const childOf = (value: Data, key: string): Data =>
  (value.kind === data.Kind.Dictionary ? value.get(key) : undefined) ?? new data.Null()

const childAt = (value: Data, index: number): Data =>
  (value.kind === data.Kind.Array ? value.get(index) : undefined) ?? new data.Null()
