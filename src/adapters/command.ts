import { type ChildProcess, spawn } from 'node:child_process'
import { headOf, tailOf } from './capture.ts'

export interface CommandResult {
  /** Undefined: it never started, a signal ended it, or we did. */
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly timedOut: boolean
  /** There was more on stdout than `maxBytes`, and it is not in `stdout`. */
  readonly outputLimited: boolean
  /** The first `maxBytes`. */
  readonly stdout: Uint8Array
  /** The last of it. */
  readonly stderr: string
  readonly seconds: number
  /** There is no such program. */
  readonly missing: boolean
}

export interface CommandOptions {
  readonly timeoutMs: number
  /** All that the child gets: nothing of ours is added. */
  readonly env: Readonly<Record<string, string>>
  /** Without it the child reads end of file at once. */
  readonly stdin?: string
  readonly maxBytes?: number
  /** From asking it to end to ending it; 0 does not ask. */
  readonly graceMs?: number
  /** While what it returns is pending, the child is held back. */
  readonly onStdout?: (chunk: Uint8Array) => Promise<void> | undefined
  readonly onStderr?: (chunk: Uint8Array) => void
  readonly signal?: AbortSignal
}

export type RunCommand = (program: string, args: readonly string[], options: CommandOptions) => Promise<CommandResult>

const MAX_STDOUT_BYTES = 16 * 1024 * 1024
const MAX_STDERR_BYTES = 64 * 1024
const GRACE_MS = 2_000
const LONGEST_TIMER_MS = 2 ** 31 - 1

const alive = new Set<number>()
process.on('exit', () => {
  for (const group of alive) kill(group, 'SIGKILL')
})

/** Runs a program without a shell and always tells how it went: success is `exitCode` 0 and nothing else. Ends its whole process group when time is up. */
export const runCommand: RunCommand = (program, args, options) => {
  const began = performance.now()
  const stdout = headOf(options.maxBytes ?? MAX_STDOUT_BYTES)
  const stderr = tailOf(MAX_STDERR_BYTES)
  const ended = { exitCode: undefined, signal: undefined, missing: false, timedOut: false } as Ended
  const result = (): CommandResult => ({
    ...ended,
    outputLimited: stdout.limited(),
    stdout: stdout.bytes(),
    stderr: stderr.bytes().toString('utf8'),
    seconds: (performance.now() - began) / 1000,
  })
  const never = (error: NodeJS.ErrnoException) => {
    ended.missing = error.code === 'ENOENT'
    stderr.push(Buffer.from(error.message))
  }
  return new Promise((resolve) => {
    let child: ChildProcess
    try {
      options.signal?.throwIfAborted()
      child = spawn(program, args, {
        env: options.env,
        stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        detached: true,
      })
    } catch (error) {
      never(error instanceof Error ? error : new Error(String(error)))
      resolve(result())
      return
    }
    const timers: NodeJS.Timeout[] = []
    let reading = Promise.resolve()
    let lingering: NodeJS.Timeout | undefined
    let ending = false
    const end = () => {
      ending = true
      const graceMs = options.graceMs ?? GRACE_MS
      if (graceMs > 0) kill(child.pid, 'SIGTERM')
      timers.push(setTimeout(() => release(child), graceMs))
    }
    const expire = () => {
      ended.timedOut = true
      end()
    }
    timers.push(setTimeout(expire, Math.min(options.timeoutMs, LONGEST_TIMER_MS)))
    options.signal?.addEventListener('abort', end)
    if (child.pid !== undefined) alive.add(child.pid)

    child.stdout?.on('data', (chunk: Buffer) => {
      stdout.push(chunk)
      lingering?.refresh()
      const busy = options.onStdout?.(chunk)
      if (busy === undefined) return
      child.stdout?.pause()
      reading = Promise.all([reading, busy.catch(() => {})]).then(() => void child.stdout?.resume())
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr.push(chunk)
      lingering?.refresh()
      options.onStderr?.(chunk)
    })
    child.stdin?.on('error', () => {}) // it may end without reading all
    child.stdin?.end(options.stdin)
    child.on('error', never)
    // what it left running may hold its output open for ever
    child.on('exit', () => {
      lingering = setTimeout(() => release(child), GRACE_MS)
    })
    child.on('close', (exitCode, signal) => {
      for (const timer of timers) clearTimeout(timer)
      clearTimeout(lingering)
      options.signal?.removeEventListener('abort', end)
      if (ending) kill(child.pid, 'SIGKILL')
      if (child.pid !== undefined) {
        alive.delete(child.pid)
        ended.exitCode = ending ? undefined : (exitCode ?? undefined)
      }
      ended.signal = signal ?? undefined
      if (ending) resolve(result())
      else void reading.then(() => resolve(result()))
    })
  })
}

interface Ended {
  exitCode: number | undefined
  signal: string | undefined
  missing: boolean
  timedOut: boolean
}

function release(child: ChildProcess): void {
  kill(child.pid, 'SIGKILL')
  child.stdout?.destroy()
  child.stderr?.destroy()
}

function kill(group: number | undefined, signal: NodeJS.Signals): void {
  if (group === undefined) return
  try {
    process.kill(-group, signal)
  } catch {
    // it is gone already
  }
}
