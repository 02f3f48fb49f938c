import { randomUUID } from 'node:crypto'
import type { Log, Step } from '../ports.ts'
import { liveLines } from '../render/live.ts'
import { neutralise, oneLine } from '../render/neutralise.ts'
import { duration } from '../render/quantities.ts'
import { painter } from '../render/terminal.ts'

/** Takes text that ends with a line end. */
export type Write = (text: string) => unknown

export interface ActionsLogOptions {
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number
  /** Unguessable, for each fence. */
  readonly token?: () => string
}

const UPDATE_MS = 5_000
const MAX_LINE = 2_000

const monotonic = (): number => performance.now()

// Our own sentences may quote others: they begin at the margin, and whatever looks like a further line does not.
const sentence = (text: string): string => {
  const [first = '', ...rest] = text.split('\n')
  const head = oneLine(first, MAX_LINE)
  return rest.length === 0 ? `${head}\n` : `${head}\n${neutralise(rest.join('\n'))}\n`
}

/** A log on a runner, on one stream: whatever is said, nothing but what this file writes itself has an effect. */
export function actionsLog(write: Write, { now = monotonic, token = randomUUID }: ActionsLogOptions = {}): Log {
  const command = (name: string, data: string): string => `::${name}::${data.replaceAll('%', '%25')}\n`
  return {
    info: (text) => write(sentence(text)),
    warn: (text) => write(`Warning: ${sentence(text)}`),
    debug: (text) => write(command('debug', oneLine(text, MAX_LINE))),
    foreign(title, text) {
      const end = token()
      // In one piece: nothing of anybody else's may come between the fence and what it encloses.
      write(
        [
          command('group', oneLine(title)),
          command('stop-commands', end),
          `${neutralise(text)}\n`,
          command(end, ''),
          command('endgroup', ''),
        ].join(''),
      )
    },
    step: (title) => spokenStep(title, write, now),
  }
}

/** A step as lines: its start, its end, and between them at most one line in five seconds. */
function spokenStep(title: string, write: Write, now: () => number): Step {
  const name = oneLine(title)
  const started = now()
  let spoken = started
  let last = ''
  const elapsed = (): string => duration((now() - started) / 1000)
  write(`${name} …\n`)
  return {
    update(text) {
      const line = oneLine(text)
      if (line === last || now() - spoken < UPDATE_MS) return
      last = line
      spoken = now()
      write(`${name}: ${line} (${elapsed()})\n`)
    },
    done: (text) => write(`${name}: ${oneLine(text)} (${elapsed()})\n`),
  }
}

export interface TextStream {
  write(text: string): unknown
  /** Of a terminal, as it is now. */
  readonly columns?: number
}

export interface ConsoleLogOptions {
  readonly isTTY: boolean
  readonly columns: number
  readonly colour: boolean
  readonly now?: () => number
}

export interface ConsoleLog extends Log {
  /** Takes back what is drawn and ends the drawing. */
  close(): void
}

const FRAME_MS = 100

/** A log on a laptop: one line a running step, redrawn in place, above it what is done; plain lines where no terminal is. */
export function consoleLog(stream: TextStream, options: ConsoleLogOptions): ConsoleLog {
  const { isTTY, columns, colour, now = monotonic } = options
  const paint = painter(colour)
  const running = new Set<{ readonly title: string; readonly started: number; text: string }>()
  let drawn = 0
  let frame = 0
  let timer: NodeJS.Timeout | undefined

  const erasing = (): string => (drawn === 0 ? '' : `\u001B[${drawn}A\u001B[0J`)

  /** Prints above what is drawn, and draws it again, in one write so that nothing flickers. */
  function print(text: string): void {
    const steps = [...running].map((step) => ({ ...step, seconds: (now() - step.started) / 1000 }))
    const lines = isTTY ? liveLines(steps, stream.columns ?? columns, frame, paint) : []
    stream.write(`${erasing()}${text}${lines.map((line) => `${line}\n`).join('')}`)
    drawn = lines.length
  }

  function tick(): void {
    frame += 1
    print('')
  }

  function drawnStep(given: string): Step {
    const step = { title: oneLine(given), started: now(), text: '' }
    running.add(step)
    timer ??= setInterval(tick, FRAME_MS).unref()
    print('')
    return {
      update: (text) => {
        step.text = oneLine(text)
      },
      done(text) {
        running.delete(step)
        if (running.size === 0) stop()
        const elapsed = duration((now() - step.started) / 1000)
        print(`${paint('dim', '•')} ${step.title}: ${oneLine(text)} ${paint('dim', `(${elapsed})`)}\n`)
      },
    }
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  return {
    info: (text) => print(sentence(text)),
    warn: (text) => print(`${paint('yellow', 'Warning:')} ${sentence(text)}`),
    debug: () => {},
    foreign: (title, text) => print(`${paint('dim', `${oneLine(title)}:\n${neutralise(text, { maxLines: 40 })}`)}\n`),
    step: (title) => (isTTY ? drawnStep(title) : spokenStep(title, print, now)),
    close() {
      stop()
      running.clear()
      print('')
    },
  }
}
