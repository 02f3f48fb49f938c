import { randomUUID } from 'node:crypto'
import { stripVTControlCharacters } from 'node:util'
import type { Log } from '../ports.ts'
import { liveTable, progressLine } from '../render/live.ts'
import { neutralise, oneLine } from '../render/neutralise.ts'
import { duration } from '../render/quantities.ts'
import { painter, width } from '../render/terminal.ts'
import { type Underway, underway } from './underway.ts'

/** Takes text that ends with a line end. */
export type Write = (text: string) => unknown

export interface ActionsLogOptions {
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number
  /** Unguessable, for each fence. */
  readonly token?: () => string
}

const TICK_MS = 1_000
/** When all that is going on is told for the first time, and how often then, whatever else is told. */
const FIRST_MS = 5_000
const EVERY_MS = 20_000
/** How many steps are told when they begin; of very many, their ends are enough. */
const MAX_BEGUN = 20
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
    ...following(spokenWork(write, now)),
  }
}

const following = ({ step, announce, settle }: Underway): Pick<Log, 'step' | 'announce' | 'settle'> => ({
  step,
  announce,
  settle,
})

/** Work as lines: where steps begin and end, and every now and then what is going on and what is left. */
function spokenWork(write: Write, now: () => number): Underway {
  let next = now() + FIRST_MS
  let begun = 0
  const work = underway({
    now,
    tickMs: TICK_MS,
    onTick() {
      if (now() < next) return
      next = now() + EVERY_MS
      write(`${progressLine(work.running(), work.progress())}\n`)
    },
    onBegin(what, of) {
      begun += 1
      if (begun <= MAX_BEGUN) write(`${what} ${of} …\n`)
    },
    onDone: (what, of, outcome, seconds) => write(`${what} ${of}: ${outcome} (${duration(seconds)})\n`),
  })
  return work
}

export interface TextStream {
  write(text: string): unknown
  /** Of a terminal, as it is now. */
  readonly columns?: number
  readonly rows?: number
}

export interface ConsoleLogOptions {
  /** Whether what is going on is drawn in place; else it is told in lines. */
  readonly isLive: boolean
  readonly colour: boolean
  readonly now?: () => number
}

export interface ConsoleLog extends Log {
  /** Takes back what is drawn and ends the drawing. */
  close(): void
}

const FRAME_MS = 100

/** The rows that lines take by now: a terminal that was made narrower since they were drawn has broken those too wide. */
const rowsTaken = (lines: readonly string[], columns: number): number =>
  lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(width(stripVTControlCharacters(line)) / columns)), 0)

/** A log on a laptop: a table of what is going on, redrawn in place, above it what is done; plain lines where no terminal is. */
export function consoleLog(stream: TextStream, { isLive, colour, now = monotonic }: ConsoleLogOptions): ConsoleLog {
  const paint = painter(colour)
  let drawn: readonly string[] = []
  let frame = 0
  let isOpen = true

  /** Prints above what is drawn, and draws it again, line over line and in one write, so that nothing flickers. */
  function print(text: string): void {
    // A terminal that does not know how large it is says 0.
    const screen = { columns: stream.columns || 80, rows: stream.rows || 24, paint }
    const lines = isLive && isOpen ? liveTable(work.running(), work.progress(), frame, screen) : []
    const up = `\u001B[${rowsTaken(drawn, screen.columns)}A`
    const over = `${text}${lines.map((line) => `${line}\n`).join('')}`
    stream.write(drawn.length === 0 ? over : `${up}${over.replaceAll('\n', '\u001B[K\n')}\u001B[J`)
    drawn = lines
  }

  const work = isLive
    ? underway({
        now,
        tickMs: FRAME_MS,
        onTick() {
          frame += 1
          print('')
        },
        onBegin: () => print(''),
        onDone: (what, of, outcome, seconds) =>
          print(`${paint('dim', '•')} ${what} ${of}: ${outcome} ${paint('dim', `(${duration(seconds)})`)}\n`),
      })
    : spokenWork(print, now)

  return {
    info: (text) => print(sentence(text)),
    warn: (text) => print(`${paint('yellow', 'Warning:')} ${sentence(text)}`),
    debug: () => {},
    foreign: (title, text) => print(`${paint('dim', `${oneLine(title)}:\n${neutralise(text, { maxLines: 40 })}`)}\n`),
    ...following(work),
    close() {
      work.stop()
      isOpen = false
      print('')
    },
  }
}
