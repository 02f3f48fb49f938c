import type { ModuleSeen, RunSeen, TorchSeen } from '../../model/observation.ts'
import type { Heard, Told } from './lines.ts'

export interface Asked {
  readonly modules: readonly string[]
  /** For each module. */
  readonly timeoutMs: number
  readonly memoryBytes: number
}

/** What became of each module that was asked for, whatever else was said. */
export function outcomes(asked: Asked, heard: Heard, run: RunSeen): Readonly<Record<string, ModuleSeen>> {
  return Object.fromEntries(
    asked.modules.map((module, index) => [module, outcome(module, heard.modules.get(index), asked, heard, run)]),
  )
}

/** What torch says it was built for; undefined unless all of it was said. */
export function torchOf(asked: Asked, heard: Heard): TorchSeen | undefined {
  const built = heard.modules.get(asked.modules.indexOf('torch'))?.torch
  return built && heard.vendorPackages && { ...built, vendorPackages: heard.vendorPackages }
}

function outcome(module: string, told: Told | undefined, asked: Asked, heard: Heard, run: RunSeen): ModuleSeen {
  const broken = (reason: string): ModuleSeen => ({ outcome: 'broken', reason })
  const unseen = (reason: string): ModuleSeen => ({ outcome: 'unseen', reason })
  if (told === undefined) return unseen(whyUnseen(asked, heard, run))
  const { end } = told
  switch (end.kind) {
    case 'ok':
      return { outcome: 'imported', version: told.version, seconds: end.seconds }
    case 'error':
      return saysAbsent(module, end, heard) ? { outcome: 'absent' } : broken(describeError(end))
    case 'hollow':
      return broken(`only a folder with nothing to import in it: ${end.folder}`)
    case 'exit':
      return broken(`exited ${end.code} during import`)
    case 'signal':
      return broken(`ended by signal ${describeSignal(end.signal)}${end.signal === 9 ? outOfMemory(asked, run) : ''}`)
    case 'late':
      return broken(`did not return within ${asked.timeoutMs / 1000} s`)
    case 'unforked':
      return unseen(`could not be tried: ${end.message}`)
    case 'contradiction':
      return unseen('two different results were reported for it')
  }
}

type Raised = Extract<Told['end'], { kind: 'error' }>

/** Python 3.5 has no ModuleNotFoundError: there only its words tell. */
function saysAbsent(module: string, { type, name, message, here }: Raised, heard: Heard): boolean {
  const bare = /^3\.5\./.test(heard.began?.version ?? '') && type === 'ImportError'
  const says = type === 'ModuleNotFoundError' || (bare && message === `No module named '${module}'`)
  return says && name === module && here
}

const describeError = ({ type, name, message }: Raised): string => {
  const what = message === '' ? type : `${type}: ${message}`
  return type === 'ModuleNotFoundError' && name !== null ? `${what} (name='${name}')` : what
}

const SIGNALS: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
  31: 'SIGSYS',
}

const describeSignal = (signal: number): string =>
  SIGNALS[signal] === undefined ? `${signal}` : `${signal} (${SIGNALS[signal]})`

const outOfMemory = ({ memoryBytes }: Asked, { oomKilled }: RunSeen): string =>
  oomKilled ? `: the container ran out of its ${Math.round(memoryBytes / 1e6)} MB of memory` : ''

/** Why the probe did not come to something, from what became of its container. */
export function whyUnseen(asked: Asked, heard: Heard, run: RunSeen): string {
  if (heard.began !== undefined && heard.ended !== undefined) {
    return `the probe ended and reported ${heard.modules.size} of ${asked.modules.length} modules`
  }
  if (run.timedOut) return `the container did not end by itself within ${Math.round(run.seconds)} s`
  if (run.outputLimited) return 'the container was ended: it printed more than it may'
  if (run.oomKilled) return `the container was ended${outOfMemory(asked, run)}`
  return `the container exited ${run.exitCode ?? 'somehow'} before the probe came to it`
}
