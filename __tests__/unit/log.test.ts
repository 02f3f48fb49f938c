import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { actionsLog, consoleLog } from '../../src/adapters/log.ts'
import type { Log } from '../../src/ports.ts'
import { commandReader, effectsOf, splitLines } from '../harness/commands.ts'
import { HOSTILE, hostileText } from './hostile.ts'
import { runs } from './runs.ts'

const TOKEN = '5f0c1f6e-0000-4000-8000-000000000000'

/** A log that is written to a string, on a clock that is set by hand. */
function recorded(make: (write: (text: string) => void, now: () => number) => Log) {
  const record = { text: '', milliseconds: 0 }
  const log = make(
    (text) => {
      record.text += text
    },
    () => record.milliseconds,
  )
  return { record, log }
}

const onRunner = () => recorded((write, now) => actionsLog(write, { now, token: () => TOKEN }))

describe('actionsLog', () => {
  test('C05 fences foreign text', () => {
    const { record, log } = onRunner()
    log.foreign('what backend printed', 'hello\n::error::no')
    expect(record.text).toBe(
      [
        '::group::what backend printed',
        `::stop-commands::${TOKEN}`,
        '  │ hello',
        '  │ : :error: :no',
        `::${TOKEN}::`,
        '::endgroup::',
        '',
      ].join('\n'),
    )
  })

  test('C06 makes a new token for each fence', () => {
    const { record, log } = recorded((write) => actionsLog(write))
    log.foreign('a', 'b')
    log.foreign('a', 'b')
    expect(new Set(record.text.match(/(?<=stop-commands::)[0-9a-f-]{36}/g)).size).toBe(2)
  })

  test.each(['::endgroup::', `::${TOKEN}::`, `\r::${TOKEN}::\r::set-output name=a::b`, ...HOSTILE])(
    'nothing in %j ends the fence or has an effect',
    (text) => {
      const { record, log } = onRunner()
      log.foreign(text, text)
      const kinds = effectsOf(`${record.text}::notice::after\n`).map(({ kind }) => kind)
      expect(kinds).toEqual(['group', 'stop-commands', 'resume-commands', 'endgroup', 'annotation'])
    },
  )

  test('C05 C12 invariant 13: has only effects of its own, whatever it is given', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { record, log } = onRunner()
        log.info(text)
        log.warn(text)
        const step = log.step(text)
        record.milliseconds += 6_000
        step.update(text)
        step.done(text)
        expect(effectsOf(record.text)).toEqual([])
        log.debug(text)
        log.foreign(text, text)
        const reader = commandReader()
        const kinds = splitLines(record.text).flatMap((line) => reader.read(line)?.kind ?? [])
        expect(kinds).toEqual(['debug', 'group', 'stop-commands', 'resume-commands', 'endgroup'])
        expect(reader.stopToken).toBeUndefined()
      }),
      runs(2000),
    )
  })

  test('C13 keeps what looks like a further line away from the margin', () => {
    const { record, log } = onRunner()
    log.info('it failed:\nFile "a.py", line 1')
    log.warn('100%')
    log.debug('50%0A')
    expect(record.text).toBe('it failed:\n  │ File "a.py", line 1\nWarning: 100%\n::debug::50%250A\n')
  })

  test('says that a step starts and ends, and at most one line in five seconds between', () => {
    const { record, log } = onRunner()
    const step = log.step('pull backend')
    for (let layer = 0; layer <= 120; layer++) {
      record.milliseconds = layer * 100
      step.update(`${layer}/120 layers`)
    }
    step.done('pulled')
    expect(record.text).toBe(
      [
        'pull backend …',
        'pull backend: 50/120 layers (5s)',
        'pull backend: 100/120 layers (10s)',
        'pull backend: pulled (12s)',
        '',
      ].join('\n'),
    )
  })

  test('does not say the same twice', () => {
    const { record, log } = onRunner()
    const step = log.step('wait')
    for (const milliseconds of [6_000, 12_000]) {
      record.milliseconds = milliseconds
      step.update('not there yet')
    }
    expect(record.text).toBe('wait …\nwait: not there yet (6s)\n')
  })
})

/** What is on the screen after everything was written: the cursor goes up, and clears what is below. */
function screen(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the code looked for
  const parts = text.split(/\u001B\[(\d+)A\u001B\[0J/)
  const lines = (parts[0] ?? '').split('\n')
  for (let at = 1; at < parts.length; at += 2) {
    lines.splice(lines.length - 1 - Number(parts[at]), Number.POSITIVE_INFINITY)
    lines.push(...(parts[at + 1] ?? '').split('\n'))
  }
  return lines
}

describe('consoleLog', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  const onTerminal = (isTTY: boolean, columns = 40) => {
    const record = { text: '', milliseconds: 0 }
    const stream = {
      write(text: string) {
        record.text += text
      },
    }
    const log = consoleLog(stream, { isTTY, columns, colour: false, now: () => record.milliseconds })
    return { record, log }
  }

  test('draws a line for each running step, and what is done above', () => {
    const { record, log } = onTerminal(true)
    log.info('verifying 2 images')
    const [first, second] = [log.step('pull backend'), log.step('pull worker')]
    first.update('3/12 layers')
    record.milliseconds = 4_000
    jest.advanceTimersByTime(100)
    expect(screen(record.text)).toEqual([
      'verifying 2 images',
      '⠙ pull backend  3/12 layers  4s',
      '⠙ pull worker  4s',
      '',
    ])
    second.done('pulled')
    log.info('a word')
    expect(screen(record.text)).toEqual([
      'verifying 2 images',
      '• pull worker: pulled (4s)',
      'a word',
      '⠙ pull backend  3/12 layers  4s',
      '',
    ])
    first.done('pulled')
    expect(screen(record.text).slice(-2)).toEqual(['• pull backend: pulled (4s)', ''])
    expect(jest.getTimerCount()).toBe(0)
  })

  test('never draws a line that the terminal would break', () => {
    const { record, log } = onTerminal(true, 20)
    const step = log.step('pull '.repeat(20))
    step.update('日本語'.repeat(20))
    jest.advanceTimersByTime(100)
    expect(screen(record.text)[0]).toBe('⠙ pull pull pull p…')
    log.close()
  })

  test('draws ten steps, and counts the others', () => {
    const { record, log } = onTerminal(true)
    for (let number = 0; number < 15; number++) log.step(`pull ${number}`)
    expect(screen(record.text).slice(-3)).toEqual(['⠋ pull 9', '  and 5 more', ''])
    log.close()
    expect(screen(record.text)).toEqual([''])
    expect(jest.getTimerCount()).toBe(0)
  })

  test('prints plain lines where no terminal is', () => {
    const { record, log } = onTerminal(false)
    const step = log.step('pull backend')
    record.milliseconds = 6_000
    step.update('3/12 layers')
    step.done('pulled')
    log.warn('careful')
    log.foreign('what backend printed', 'hello\u001B[2J')
    expect(record.text).toBe(
      [
        'pull backend …',
        'pull backend: 3/12 layers (6s)',
        'pull backend: pulled (6s)',
        'Warning: careful',
        'what backend printed:',
        '  │ hello',
        '',
      ].join('\n'),
    )
    expect(jest.getTimerCount()).toBe(0)
  })

  test('lets nothing of others move the cursor or colour the screen', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { record, log } = onTerminal(false)
        log.info(text)
        log.warn(text)
        log.foreign(text, text)
        const step = log.step(text)
        step.done(text)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(record.text).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/)
        expect(effectsOf(record.text)).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })
})
