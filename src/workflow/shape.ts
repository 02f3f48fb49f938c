import type { Problem } from '../model/result.ts'
import type { Position } from '../model/spec.ts'
import type { Text, Texts } from './workflow.ts'
import type { Yaml, YamlMap, YamlScalar } from './yaml.ts'

/** Takes values of the expected kind out of a file, and keeps every complaint instead of stopping at the first. */
export class Shape {
  readonly problems: Problem[] = []

  complain(at: Position, message: string): void {
    this.problems.push({ message, at })
  }

  map(value: Yaml | undefined, what: string): YamlMap | undefined {
    if (value === undefined || isNothing(value)) return undefined
    if (value.kind === 'map') return value
    this.complain(value.at, `${what} must be a mapping`)
    return undefined
  }

  list(value: Yaml | undefined, what: string): readonly Yaml[] {
    if (value === undefined || isNothing(value)) return []
    if (value.kind === 'list') return value.items
    this.complain(value.at, `${what} must be a list`)
    return []
  }

  scalar(value: Yaml | undefined, what: string): YamlScalar | undefined {
    if (value === undefined || isNothing(value)) return undefined
    if (value.kind === 'scalar') return value
    this.complain(value.at, `${what} must be a text`)
    return undefined
  }

  text(value: Yaml | undefined, what: string): Text | undefined {
    const scalar = this.scalar(value, what)
    return scalar && { text: String(scalar.value), at: scalar.at }
  }

  string(value: Yaml | undefined, what: string): string | undefined {
    return this.text(value, what)?.text
  }

  texts(value: Yaml | undefined, what: string): Texts {
    const found = new Map<string, YamlScalar>()
    if (isExpression(value)) return found
    for (const entry of this.map(value, what)?.entries ?? []) {
      const scalar = entry.value.kind === 'scalar' ? entry.value : this.scalar(entry.value, `${what}.${entry.key}`)
      if (scalar) found.set(entry.key, scalar)
    }
    return found
  }

  /** One text or a list of them. */
  strings(value: Yaml | undefined, what: string): readonly string[] {
    if (value?.kind === 'scalar') return value.value === null ? [] : [String(value.value)]
    return this.list(value, what).flatMap((item) => this.string(item, what) ?? [])
  }
}

const isNothing = (value: Yaml): boolean => value.kind === 'scalar' && value.value === null

/** A whole value that an expression gives. */
export const isExpression = (value: Yaml | undefined): boolean =>
  value?.kind === 'scalar' && typeof value.value === 'string' && /^\s*\$\{\{/.test(value.value)

/** The value of a key, where the mapping has it. */
export const field = (map: YamlMap | undefined, key: string): Yaml | undefined =>
  map?.entries.find((entry) => entry.key === key)?.value
