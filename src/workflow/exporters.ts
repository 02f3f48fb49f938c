import type { BuiltReference, Known, PushMode } from '../model/workflow.ts'
import { known, unknown } from './known.ts'
import { csvFields, linesOf } from './lists.ts'
import { inputOf, type StepMoment } from './steps.ts'
import { fillIn, type Holed, interpolate, settle } from './templates.ts'

export interface Exported {
  readonly push: Known<PushMode>
  /** Names that the `outputs` input says, without tags. */
  readonly names: readonly Known<string>[]
}

/** Where a build goes: `push`, `outputs: type=registry`, `outputs: type=image,push=true`, by digest or with tags. */
// https://docs.docker.com/build/exporters/image-registry/
export function exportsOf(moment: StepMoment): Exported {
  // A check of the Dockerfile builds nothing.
  if (!['', 'build'].includes(inputOf(moment.step, 'call'))) return { push: known('none'), names: [] }
  const push = flag('push', moment)
  const outputs = interpolate(inputOf(moment.step, 'outputs'), moment.contexts)
  const all = linesOf(outputs.text).map((line) => exporter(line, outputs.holes))
  const names = all.flatMap((one) => one.names)
  const modes = all.map((one) => one.push)
  if (push.known && push.value) {
    const byDigest = all.some((one) => one.byDigest)
    return { push: known(byDigest ? 'digest' : 'push'), names }
  }
  const missing = [push, ...modes].find((mode) => !mode.known)
  const found = modes.find((mode) => mode.known && mode.value !== 'none')
  return { push: found ?? (missing && !missing.known ? missing : known('none')), names }
}

interface Exporter extends Exported {
  readonly byDigest: boolean
}

function exporter(line: string, holes: Holed['holes']): Exporter {
  const attributes = new Map<string, Known<string>>()
  for (const field of csvFields(line)) {
    const equals = field.indexOf('=')
    attributes.set(field.slice(0, Math.max(0, equals)).toLowerCase(), settle(field.slice(equals + 1), holes))
  }
  const is = (key: string, value: string): boolean => {
    const found = attributes.get(key)
    return found?.known === true && found.value === value
  }
  const written = attributes.get('name')
  const names = written === undefined ? [] : namesIn(written)
  const type = attributes.get('type')
  const pushes = attributes.get('push')
  const byDigest = is('push-by-digest', 'true')
  const mode = byDigest ? 'digest' : 'push'
  if (type && !type.known) return { push: type, names, byDigest }
  if (is('type', 'registry')) return { push: known(mode), names, byDigest }
  if (!is('type', 'image')) return { push: known('none'), names: [], byDigest: false }
  if (pushes && !pushes.known) return { push: pushes, names, byDigest }
  return { push: known(is('push', 'true') ? mode : 'none'), names, byDigest }
}

const namesIn = (written: Known<string>): readonly Known<string>[] =>
  written.known
    ? written.value
        .split(',')
        .map((name) => known(name.trim()))
        .filter(({ value }) => value !== '')
    : [written]

function flag(name: string, { step, contexts }: StepMoment): Known<boolean> {
  const text = inputOf(step, name)
  if (text === '') return known(false)
  const value = fillIn(text, contexts)
  if (!value.known) return value
  if (/^(true|True|TRUE)$/.test(value.value)) return known(true)
  if (/^(false|False|FALSE|)$/.test(value.value)) return known(false)
  return unknown(name, `${JSON.stringify(value.value)} is neither true nor false`)
}

/** Names of `outputs` as references: without tags when pushed by digest. */
export const namedByOutputs = (names: readonly Known<string>[], push: Known<PushMode>): readonly BuiltReference[] =>
  names.map((name) => ({ name, tag: push.known && push.value === 'digest' ? undefined : known('latest') }))
