import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { RunSeen } from '../../src/model/observation.ts'
import { readProbeLines } from '../../src/observe/probe/lines.ts'
import { outcomes, torchOf } from '../../src/observe/probe/outcome.ts'

const hex = (text: string) => Buffer.from(text).toString('hex')
const begin = ` begin ${hex('3.13.5')} ${hex('/usr/bin/python3')}`
const recorded = [
  begin,
  ' 0 ok 16762',
  ` 0 version ${hex('1.0.7.2')}`,
  ` 1 error ${hex('ModuleNotFoundError')} ${hex('torch')} here ${hex("No module named 'torch'")}`,
  ' end 2',
]
const run: RunSeen = {
  startedAt: '2026-01-02T03:04:05Z',
  exitCode: 0,
  oomKilled: false,
  timedOut: false,
  outputLimited: false,
  error: '',
  marked: [],
  stdout: '',
  stderr: '',
  cut: { stdout: false, stderr: false },
  seconds: 7,
}
const asked = { modules: ['ktrdr', 'torch'], timeoutMs: 60_000, memoryBytes: 4e9 }
const judge = (lines: readonly string[], given: Partial<RunSeen> = {}) =>
  outcomes(asked, readProbeLines(lines), { ...run, ...given })
const torchSays = (record: string) => judge([begin, ` 1 ${record}`, ' end 2']).torch
const error = (type: string, name: string | null, where: string, message = 'no') =>
  `error ${hex(type)} ${name === null ? '-' : hex(name)} ${where} ${hex(message)}`

describe('what the probe said', () => {
  it('is read as it was recorded', () => {
    expect(readProbeLines(recorded)).toMatchObject({
      began: { version: '3.13.5', executable: '/usr/bin/python3' },
      ended: 2,
    })
    expect(judge(recorded)).toEqual({
      ktrdr: { outcome: 'imported', version: '1.0.7.2', seconds: 0.016762 },
      torch: { outcome: 'absent' },
    })
  })

  it('C105 is absent only when this very import says so of this very name', () => {
    expect(torchSays(error('ModuleNotFoundError', 'torch', 'here'))).toEqual({ outcome: 'absent' })
    for (const record of [
      error('ModuleNotFoundError', 'torch', 'inside'),
      error('ModuleNotFoundError', 'numpy', 'here'),
      error('ModuleNotFoundError', null, 'here'),
      error('ImportError', 'torch', 'here', "No module named 'torch'"),
      error('NotModuleNotFoundError', 'torch', 'here'),
      'exit 0',
      'exit 1',
      'signal 11',
      'late',
    ])
      expect(torchSays(record)).toMatchObject({ outcome: 'broken' })
  })

  it('C105 invariant 10: is absent if this very import said so of this very name, once, and never else', () => {
    const types = fc.constantFrom('ModuleNotFoundError', 'ImportError', 'ModuleNotFoundErro', 'RuntimeError')
    const names = fc.constantFrom('torch', 'numpy', 'torch.nn', 'Torch', null)
    const raised = fc.tuple(types, names, fc.constantFrom('here', 'inside', 'there'))
    const record = fc.oneof(
      { weight: 4, arbitrary: raised.map(([type, name, where]) => error(type, name, where)) },
      fc.constantFrom('ok 1', 'exit 0', 'signal 9', 'late', 'unforked 6e6f', 'hollow 2f', 'absent', ''),
      fc.string(),
    )
    const says = error('ModuleNotFoundError', 'torch', 'here')
    let absent = 0
    fc.assert(
      fc.property(fc.array(record, { maxLength: 3 }), fc.boolean(), (records, isEnded) => {
        const lines = [begin, ...records.map((each) => ` 1 ${each}`), ...(isEnded ? [' end 2'] : [])]
        const endings = records.filter((each) => /^(?:ok|exit|signal) \d|^(?:late|unforked|hollow|error)\b/.test(each))
        if (judge(lines).torch?.outcome !== 'absent') return
        absent += 1
        expect(records).toContain(says)
        expect(endings).toHaveLength(1)
      }),
      { numRuns: 10_000 },
    )
    expect(absent).toBeGreaterThan(0)
    expect(torchSays(says)).toEqual({ outcome: 'absent' })
  })

  it('has its own words for absent in Python 3.5', () => {
    const old = [` begin ${hex('3.5.2')} ${hex('/usr/bin/python3')}`, recorded[1] ?? '', ' end 2']
    const says = (message: string) => judge([...old, ` 1 ${error('ImportError', 'torch', 'here', message)}`]).torch
    expect(says("No module named 'torch'")).toEqual({ outcome: 'absent' })
    expect(says('cannot import name x')).toMatchObject({ outcome: 'broken' })
  })

  it.each([
    ['no end', recorded.slice(0, 3), {}, 'exited 0 before'],
    ['a container out of time', recorded.slice(0, 3), { timedOut: true }, 'within 7 s'],
    ['a container that printed too much', recorded.slice(0, 3), { outputLimited: true }, 'printed more'],
    ['a container out of memory', recorded.slice(0, 3), { oomKilled: true }, '4000 MB of memory'],
    ['an end that counts what is not there', [begin, recorded[1], ' end 2'], {}, 'reported 1 of 2'],
    ['a fork that was refused', [begin, ` 1 unforked ${hex('[Errno 11]')}`, ' end 2'], {}, '[Errno 11]'],
    ['two results', [...recorded, ' 1 ok 1'], {}, 'two different'],
  ] as const)('leaves a module unseen after %s', (_what, lines, given, reason) => {
    const { torch } = judge(lines as readonly string[], given)
    expect(torch).toEqual({ outcome: 'unseen', reason: expect.stringContaining(reason) })
  })

  it('keeps what was reported before the container was ended', () => {
    expect(judge(recorded.slice(0, 3), { outputLimited: true }).ktrdr).toMatchObject({ outcome: 'imported' })
  })

  it('blames memory only where the kernel does', () => {
    const killed = [begin, ' 1 signal 9', ' end 2']
    expect(judge(killed).torch).toEqual({ outcome: 'broken', reason: 'ended by signal 9 (SIGKILL)' })
    expect(judge(killed, { oomKilled: true }).torch).toMatchObject({ reason: expect.stringContaining('4000 MB') })
  })

  it.each([
    ['a second beginning', [...recorded, begin], 'began'],
    ['a second end', [...recorded, ' end 2'], 'ended'],
    ['an end that is none', [' end -1', ' end 2 ', ' end 0x2', 'end 2', ' END 2'], 'ended'],
    ['an echo of the command', [' 60 - ktrdr torch', ' begin', ' begin 3.13 python'], 'began'],
  ] as const)('does not believe %s', (_what, lines, field) => {
    expect(readProbeLines(lines)[field]).toBeUndefined()
  })

  it('needs all that torch has to say', () => {
    const lines = (...more: readonly string[]) => readProbeLines([begin, ' 1 ok 1', ...more])
    const torch = ` 1 torch ${hex('12.6')} -`
    const vendor = ` vendor ${hex('cublas,triton,../x')}`
    expect(torchOf(asked, lines(torch, vendor))).toEqual({
      cuda: '12.6',
      hip: null,
      vendorPackages: ['cublas', 'triton'],
    })
    expect(torchOf(asked, lines(' 1 torch - -', ' vendor .'))).toEqual({ cuda: null, hip: null, vendorPackages: [] })
    expect(torchOf(asked, lines(torch))).toBeUndefined()
    expect(torchOf(asked, lines(vendor))).toBeUndefined()
  })

  it('C108 never takes noise for an answer', () => {
    const word = fc.constantFrom('0', '1', 'ok', 'begin', 'end', hex('3.13.5'), '-', '.', 'here', 'x', '', '\u0000')
    const noise = fc.array(word).map((words) => ` ${words.join(' ')}`)
    fc.assert(
      fc.property(fc.array(noise), (lines) => {
        const { torch } = judge(lines.filter((line) => !/^ 1 (?:ok \d+|exit \d+|error )/.test(line)))
        expect(torch?.outcome).toBe('unseen')
      }),
    )
  })
})
