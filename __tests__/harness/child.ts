// A step's process, as actions/runner@258d6c8 src/Runner.Sdk/ProcessInvoker.cs starts, reads, cancels and ends it.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { lineSplitter } from './commands.ts'

export interface ChildOptions {
  command: string
  args: string[]
  cwd: string
  env: Record<string, string>
  onLine: (line: string) => void
  /** Milliseconds from SIGINT to SIGTERM and from SIGTERM to SIGKILL. */
  grace: [interrupt: number, terminate: number]
}

export interface ChildEnd {
  exitCode: number
  signal: NodeJS.Signals | null
  cancelled: boolean
  ms: number
}

export interface Child {
  end: Promise<ChildEnd>
  /** SIGINT, then SIGTERM, then SIGKILL: to the process alone, as the runner does on Linux. */
  cancel(): void
  /** SIGKILL at once. */
  kill(): void
}

const STREAMS_HELD_OPEN_MS = 5000

/** Starts a process and hands over its lines, those of stderr first in each batch. */
export function startChild({ command, args, cwd, env, onLine, grace }: ChildOptions): Child {
  const started = performance.now()
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const timers: NodeJS.Timeout[] = []
  const after = (ms: number, act: () => void): void => {
    timers.push(setTimeout(act, ms))
  }
  const signal = (name: NodeJS.Signals) => () => {
    child.kill(name)
  }
  let cancelled = false
  let failure: unknown

  const waiting: { stderr: string[]; stdout: string[] } = { stderr: [], stdout: [] }
  let scheduled = false
  const drain = (): void => {
    scheduled = false
    const lines = [...waiting.stderr, ...waiting.stdout]
    waiting.stderr = []
    waiting.stdout = []
    try {
      for (const line of lines) onLine(line)
    } catch (error) {
      failure ??= error
      child.kill('SIGKILL')
    }
  }
  for (const name of ['stderr', 'stdout'] as const) {
    const decoder = new TextDecoder()
    const splitter = lineSplitter((line) => waiting[name].push(line))
    child[name].on('data', (bytes: Buffer) => {
      splitter.write(decoder.decode(bytes, { stream: true }))
      if (!scheduled) setImmediate(drain)
      scheduled = true
    })
    child[name].on('close', () => {
      splitter.write(decoder.decode())
      splitter.end()
    })
  }

  const end = new Promise<ChildEnd>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', () => {
      after(STREAMS_HELD_OPEN_MS, () => {
        child.stdout.destroy()
        child.stderr.destroy()
      })
    })
    child.on('close', (code, name) => {
      for (const timer of timers) clearTimeout(timer)
      drain()
      if (failure !== undefined) return reject(failure)
      const exitCode = code ?? 128 + (name ? constants.signals[name] : 0)
      resolve({ exitCode, signal: name, cancelled, ms: performance.now() - started })
    })
  })

  return {
    end,
    cancel() {
      if (cancelled) return
      cancelled = true
      child.kill('SIGINT')
      after(grace[0], signal('SIGTERM'))
      after(grace[0] + grace[1], signal('SIGKILL'))
    },
    kill: signal('SIGKILL'),
  }
}
