import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { actionsLog, consoleLog } from '../../src/adapters/log.ts'
import type { Log } from '../../src/ports.ts'
import { width } from '../../src/render/terminal.ts'
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
        log.announce(text, 1_000)
        const step = log.step(text, text)
        step.update(text, 10)
        step.done(text)
        log.settle(text)
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

  describe('of what takes long', () => {
    beforeEach(() => {
      jest.useFakeTimers()
    })
    afterEach(() => {
      jest.useRealTimers()
    })

    const pass = (record: { milliseconds: number }, seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        record.milliseconds += 1_000
        jest.advanceTimersByTime(1_000)
      }
    }

    test('says where a step begins and ends, and every twenty seconds what is going on and what is left', () => {
      const { record, log } = onRunner()
      log.announce('worker/linux/amd64', 1_000_000_000)
      log.announce('backend/linux/amd64', 0)
      const step = log.step('pull', 'worker/linux/amd64')
      for (let layer = 0; layer <= 120; layer++) step.update(`${layer} of 120 layers downloaded`, layer * 5_000_000)
      pass(record, 30)
      step.update('here', 1_000_000_000)
      step.done('1000 MB')
      log.settle('worker/linux/amd64')
      log.step('probe', 'backend/linux/amd64').update('ktrdr, torch')
      pass(record, 20)
      expect(record.text.split('\n')).toEqual([
        'pull worker/linux/amd64 …',
        '0 of 2 targets done, 400 MB to come, 5s: pull worker/linux/amd64 600 MB of 1 GB, 120 of 120 layers downloaded (5s)',
        '0 of 2 targets done, 400 MB to come, 25s: pull worker/linux/amd64 600 MB of 1 GB, 120 of 120 layers downloaded (25s)',
        'pull worker/linux/amd64: 1000 MB (30s)',
        'probe backend/linux/amd64 …',
        '1 of 2 targets done, 45s: probe backend/linux/amd64 ktrdr, torch (15s)',
        '',
      ])
    })

    test('is silent for no more than twenty seconds, and says no more than one line in that time', () => {
      const { record, log } = onRunner()
      for (let number = 0; number < 300; number++) log.announce(`image-${number}/linux/amd64`, 1_000_000)
      const steps = Array.from({ length: 8 }, (_, number) => log.step('pull', `image-${number}/linux/amd64`))
      const before = record.text.split('\n').length
      for (let second = 0; second < 600; second++) {
        for (const step of steps) step.update(`${second} layers downloaded`, second)
        pass(record, 1)
      }
      const lines = record.text.split('\n').slice(before - 1, -1)
      expect(lines).toHaveLength(30)
      for (const line of lines) expect(line).toMatch(/^0 of 300 targets done, 300 MB to come, .*; and 4 more$/)
    })

    test('tells the begin of the first steps, and the end of all', () => {
      const { record, log } = onRunner()
      for (let number = 0; number < 100; number++) log.step('pull', `image-${number}`).done('1 MB')
      expect(record.text.match(/ …\n/g)).toHaveLength(20)
      expect(record.text.match(/: 1 MB \(/g)).toHaveLength(100)
    })

    test('ticks only while there is something to wait for', () => {
      const { log } = onRunner()
      log.announce('a/linux/amd64', 1)
      expect(jest.getTimerCount()).toBe(1)
      log.settle('a/linux/amd64')
      expect(jest.getTimerCount()).toBe(0)
      const step = log.step('pull', 'b')
      expect(jest.getTimerCount()).toBe(1)
      step.done('1 MB')
      expect(jest.getTimerCount()).toBe(0)
    })
  })
})

/** What is on the screen after everything was written: the cursor goes up, writes over lines, and clears what is left. */
function screen(text: string): string[] {
  const lines = ['']
  let row = 0
  let written = ''
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are the codes looked for
  for (const part of text.match(/\u001B\[\d*[AJK]|\n|[^\u001B\n]+/g) ?? []) {
    if (part === '\n') {
      row += 1
      lines[row] ??= ''
    } else if (part.endsWith('A') && part.startsWith('\u001B')) row -= Number(part.slice(2, -1))
    else if (part === '\u001B[K') lines[row] = written
    else if (part === '\u001B[J') lines.splice(row, Number.POSITIVE_INFINITY, '')
    else lines[row] = part
    written = part === '\n' ? '' : part.startsWith('\u001B') ? written : part
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

  const onTerminal = (isLive: boolean, columns = 80, rows = 24) => {
    const record = { text: '', milliseconds: 0 }
    const stream = {
      columns,
      rows,
      write(text: string) {
        record.text += text
      },
    }
    const log = consoleLog(stream, { isLive, colour: false, now: () => record.milliseconds })
    return { record, log, stream }
  }

  test('draws a table of what is going on and what is left, and what is done above', () => {
    const { record, log } = onTerminal(true)
    log.info('verifying 2 images')
    for (const key of ['backend/linux/amd64', 'worker/linux/amd64']) log.announce(key, 400_000_000)
    const [first, second] = [log.step('pull', 'backend/linux/amd64'), log.step('pull', 'worker/linux/amd64')]
    first.update('3 of 12 layers downloaded', 100_000_000)
    record.milliseconds = 4_000
    jest.advanceTimersByTime(100)
    expect(screen(record.text)).toEqual([
      'verifying 2 images',
      '  IMAGE    PLATFORM     DOING  TIME',
      '⠙ backend  linux/amd64  pull   4s    ██······ 100 MB of 400 MB, 3 of 12 layers…',
      '⠙ worker   linux/amd64  pull   4s    400 MB',
      '  0 of 2 targets done · 700 MB to come · 4s',
      '',
    ])
    second.update('here', 400_000_000)
    second.done('400 MB')
    log.settle('worker/linux/amd64')
    log.info('a word')
    expect(screen(record.text).slice(0, 3)).toEqual([
      'verifying 2 images',
      '• pull worker/linux/amd64: 400 MB (4s)',
      'a word',
    ])
    expect(screen(record.text).at(-2)).toBe('  1 of 2 targets done · 300 MB to come · 4s')
    first.done('400 MB')
    log.settle('backend/linux/amd64')
    expect(jest.getTimerCount()).toBe(0)
    log.close()
    expect(screen(record.text).slice(-2)).toEqual(['• pull backend/linux/amd64: 400 MB (4s)', ''])
  })

  test('never takes anything away before it is written again', () => {
    const { record, log } = onTerminal(true)
    log.step('pull', 'backend/linux/amd64')
    jest.advanceTimersByTime(500)
    // Only what is left below the last line is cleared at once.
    const clears = record.text.split('\u001B[J').slice(0, -1)
    expect(clears).toHaveLength(5)
    for (const text of clears) expect(text.endsWith('\u001B[K\n')).toBe(true)
    log.close()
  })

  test.each([20, 40, 60, 80, 200])('never draws a line that a terminal of %d columns would break', (columns) => {
    const { record, log } = onTerminal(true, columns)
    log.announce('日本語'.repeat(20), 4_000)
    const step = log.step('pull '.repeat(20), '日本語'.repeat(20))
    step.update('日本語'.repeat(20), 1_000)
    jest.advanceTimersByTime(100)
    expect(Math.max(...screen(record.text).map(width))).toBeLessThan(columns)
    log.close()
  })

  test('on a narrow terminal tells how much is here, and not that it is of Linux', () => {
    const { record, log } = onTerminal(true, 40)
    const platforms = ['linux/amd64', 'linux/arm64']
    for (const platform of platforms) log.announce(`a-service-with-a-name/${platform}`, 400_000_000)
    const [first] = platforms.map((platform) => log.step('pull', `a-service-with-a-name/${platform}`))
    first?.update('3 of 12 layers downloaded', 180_000_000)
    record.milliseconds = 12_000
    jest.advanceTimersByTime(100)
    expect(screen(record.text)).toEqual([
      '⠙ a-service-wi… amd64 pull 12s 45% of …',
      '⠙ a-service-wi… arm64 pull 12s 400 MB',
      '  0 of 2 targets done · 620 MB to come…',
      '',
    ])
    log.close()
  })

  test('draws over what a terminal that was made narrower has broken into further lines', () => {
    const { record, log, stream } = onTerminal(true, 100)
    log.announce('backend/linux/amd64', 400_000_000)
    log.step('pull', 'backend/linux/amd64').update('3 of 12 layers downloaded', 100_000_000)
    jest.advanceTimersByTime(100)
    expect(screen(record.text).map(width)).toEqual([35, 89, 42, 0])
    const next = (columns: number): string => {
      stream.columns = columns
      record.text = ''
      jest.advanceTimersByTime(100)
      return record.text.slice(0, record.text.indexOf('A') + 1)
    }
    expect([next(40), next(40), next(200)]).toEqual(['\u001B[6A', '\u001B[2A', '\u001B[2A'])
    log.close()
  })

  test('draws no more lines than the terminal has, and counts the others', () => {
    const { record, log, stream } = onTerminal(true, 80, 8)
    for (let number = 0; number < 15; number++) log.announce(`image-${number}/linux/amd64`, 0)
    for (let number = 0; number < 15; number++) log.step('pull', `image-${number}/linux/amd64`)
    expect(screen(record.text).slice(-3)).toEqual(['  and 11 more', '  0 of 15 targets done · 0s', ''])
    expect(screen(record.text)).toHaveLength(8)
    stream.rows = 50
    jest.advanceTimersByTime(100)
    expect(screen(record.text)).toHaveLength(13)
    log.close()
    expect(screen(record.text)).toEqual([''])
    expect(jest.getTimerCount()).toBe(0)
  })

  test('prints plain lines where no terminal is', () => {
    const { record, log } = onTerminal(false)
    const step = log.step('pull', 'backend')
    record.milliseconds = 6_000
    step.update('3 of 12 layers downloaded')
    jest.advanceTimersByTime(1_000)
    step.done('pulled')
    log.warn('careful')
    log.foreign('what backend printed', 'hello\u001B[2J')
    expect(record.text).toBe(
      [
        'pull backend …',
        'pull backend 3 of 12 layers downloaded (6s)',
        'pull backend: pulled (6s)',
        'Warning: careful',
        'what backend printed:',
        '  │ hello',
        '',
      ].join('\n'),
    )
    expect(jest.getTimerCount()).toBe(0)
  })

  test('writes no code to a terminal but those that move over its own lines', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { record, log } = onTerminal(true)
        log.info(text)
        log.foreign(text, text)
        log.announce(text, 1_000)
        const step = log.step(text, text)
        step.update(text, 1)
        step.done(text)
        log.settle(text)
        log.close()
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what may be there, and what must not
        const others = record.text.replace(/\u001B\[(?:\d+A|K|J)/g, '')
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what may be there, and what must not
        expect(others).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/)
      }),
      { numRuns: 1000 },
    )
  })

  test('lets nothing of others move the cursor or colour the screen', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { record, log } = onTerminal(false)
        log.info(text)
        log.warn(text)
        log.foreign(text, text)
        const step = log.step(text, text)
        step.done(text)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(record.text).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/)
        expect(effectsOf(record.text)).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })
})
