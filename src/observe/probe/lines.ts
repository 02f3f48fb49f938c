import type { TorchSeen } from '../../model/observation.ts'

/** What a probe said, read strictly: whoever runs in the container may print anything. */
export interface Heard {
  /** Undefined: the interpreter never came to our script, or two claim that they did. */
  readonly began: { readonly version: string; readonly executable: string } | undefined
  /** The interpreter says that it is older than the script understands. */
  readonly old: string | undefined
  /** By the module's place in the request. */
  readonly modules: ReadonlyMap<number, Told>
  readonly vendorPackages: readonly string[] | undefined
  /** The script came to its end and says that it did this many modules. */
  readonly ended: number | undefined
}

/** How one module's import ended, and what was asked of it afterwards. */
export interface Told {
  readonly end: Ending
  readonly version: string | undefined
  readonly torch: Omit<TorchSeen, 'vendorPackages'> | undefined
}

export type Ending =
  | { readonly kind: 'ok'; readonly seconds: number }
  | {
      readonly kind: 'error'
      readonly type: string
      readonly name: string | null
      readonly message: string
      /** Raised by the very import that was asked for, not by code of the module. */
      readonly here: boolean
    }
  | { readonly kind: 'hollow'; readonly folder: string }
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: number }
  | { readonly kind: 'late' }
  | { readonly kind: 'unforked'; readonly message: string }
  /** Said twice: not to be believed. */
  | { readonly kind: 'contradiction' }

const HEX = '((?:[0-9a-f]{2})+|[-.])'
const line = (pattern: string): RegExp => new RegExp(`^ ${pattern}$`)
const BEGIN = line(`begin ${HEX} ${HEX}`)
const OLD = line('old (\\d+\\.\\d+\\.\\d+)')
const VENDOR = line(`vendor ${HEX}`)
const END = line('end (\\d{1,6})')
const MODULE = line('(\\d{1,6}) ([a-z]+)((?: [0-9a-z.-]+)*)')

/** Reads the marked lines of one container, cut at the nonce; what is not said in exactly our words was not said. */
export function readProbeLines(lines: readonly string[]): Heard {
  const begins = matches(lines, BEGIN)
  const ends = matches(lines, END)
  const vendor = matches(lines, VENDOR)
  const begin = only(begins)
  const byIndex = Map.groupBy(matches(lines, MODULE), ([index]) => Number(index))
  const modules = [...byIndex].flatMap(([index, records]) => {
    const told = readModule(records.map(([, word = '', fields = '']) => [word, ...fields.trim().split(' ')]))
    return told === undefined ? [] : [[index, told] as const]
  })
  const packages = only(vendor)?.[0]
  const ended = only(ends)?.[0]
  return {
    began: begin && { version: unhex(begin[0]) ?? '', executable: unhex(begin[1]) ?? '' },
    old: only(matches(lines, OLD))?.[0],
    modules: new Map(modules),
    vendorPackages:
      packages === undefined
        ? undefined
        : (unhex(packages) ?? '').split(',').filter((name) => /^[A-Za-z_]\w*$/.test(name)),
    ended: ended === undefined ? undefined : Number(ended),
  }
}

function readModule(records: readonly (readonly string[])[]): Told | undefined {
  const endings = records.flatMap((record) => readEnding(record) ?? [])
  const [end] = endings
  if (end === undefined) return undefined
  const version = records.find(([word]) => word === 'version')?.[1]
  const torch = records.find(([word]) => word === 'torch')
  const gpus = records.filter(([word]) => word === 'gpu')
  return {
    end: endings.length > 1 ? { kind: 'contradiction' } : end,
    version: unhex(version) ?? undefined,
    torch: torch?.length === 3 ? { cuda: unhex(torch[1]), hip: unhex(torch[2]), ...readGpu(gpus) } : undefined,
  }
}

/** Said once and in full, or not at all. */
function readGpu(records: readonly (readonly string[])[]): Pick<TorchSeen, 'gpu'> {
  const [, answer, reason] = only(records) ?? []
  if (answer !== 'yes' && answer !== 'no') return {}
  return { gpu: { available: answer === 'yes', reason: unhex(reason) ?? '' } }
}

function readEnding([word, ...fields]: readonly string[]): Ending | undefined {
  const [first = '', name, where, message] = fields
  const number = /^\d{1,15}$/.test(first) ? Number(first) : undefined
  switch (word) {
    case 'ok':
      return number === undefined ? undefined : { kind: 'ok', seconds: number / 1e6 }
    case 'exit':
      return number === undefined ? undefined : { kind: 'exit', code: number }
    case 'signal':
      return number === undefined ? undefined : { kind: 'signal', signal: number }
    case 'late':
      return { kind: 'late' }
    case 'hollow':
      return { kind: 'hollow', folder: unhex(first) ?? '' }
    case 'unforked':
      return { kind: 'unforked', message: unhex(first) ?? '' }
    case 'error':
      return {
        kind: 'error',
        type: unhex(first) ?? 'an exception',
        name: unhex(name),
        message: unhex(message) ?? '',
        here: where === 'here',
      }
    default:
      return undefined
  }
}

const matches = (lines: readonly string[], pattern: RegExp): readonly (readonly string[])[] =>
  lines.flatMap((text) => {
    const found = pattern.exec(text)
    return found === null ? [] : [found.slice(1)]
  })

const only = <Item>(items: readonly Item[]): Item | undefined => (items.length === 1 ? items[0] : undefined)

const decoder = new TextDecoder()

/** Text from hex; null for Python's None and for what is no hex. */
function unhex(hex: string | undefined): string | null {
  if (hex === '.') return ''
  if (hex === undefined || !/^(?:[0-9a-f]{2})+$/.test(hex)) return null
  return decoder.decode(Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)))
}
