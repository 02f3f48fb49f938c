// Commands: what is run of them, what is thought of what they did, and how the spec asks for them.
import { describe, expect, test } from '@jest/globals'
import { neverRan } from '../../src/adapters/docker/start-fault.ts'
import { command } from '../../src/checks/command.ts'
import { judgeText } from '../../src/checks/text.ts'
import type { CommandExpectation, TextExpectation } from '../../src/model/contents.ts'
import type { Look } from '../../src/model/observation.ts'
import { type CommandSeen, runCommands } from '../../src/observe/commands.ts'
import type { RunRequest } from '../../src/ports.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import { parseGoPattern, parsePattern } from '../../src/spec/pattern.ts'
import { resolveSpec } from '../../src/spec/resolve.ts'
import { processorTime } from './processor-time.ts'
import {
  aPulled,
  aTarget,
  type Case,
  cannotRun,
  describeCheck,
  NONCE,
  native,
  no,
  notAskedToRun,
  ok,
  STARTED,
} from './sightings.ts'

const text = (given: Partial<Record<keyof TextExpectation, readonly string[]>> = {}): TextExpectation => ({
  contains: given.contains ?? [],
  matches: (given.matches ?? []).map(parsePattern),
  excludes: (given.excludes ?? []).map(parsePattern),
})

const aCommand = (given: Partial<CommandExpectation> = {}): CommandExpectation => ({
  name: 'api --version',
  run: ['api', '--version'],
  env: {},
  workdir: undefined,
  user: undefined,
  entrypoint: 'clear',
  exitCode: 0,
  stdout: text(),
  stderr: text(),
  timeoutMs: 60_000,
  fillsEnv: false,
  path: 'commands.0',
  ...given,
})

const aRun = (given: Partial<CommandSeen> = {}): CommandSeen => ({
  startedAt: STARTED,
  exitCode: 0,
  oomKilled: false,
  timedOut: false,
  outputLimited: false,
  error: '',
  marked: [],
  stdout: 'api 2.1\n',
  stderr: '',
  cut: { stdout: false, stderr: false },
  seconds: 1,
  nonce: NONCE,
  ...given,
})

// The judge

type Seen = Parameters<typeof command.judge>[1]
const of = (given: Partial<CommandExpectation> = {}) => aTarget({ commands: [aCommand(given)] })
const seen = (...runs: readonly Look<CommandSeen>[]): Seen => ({ execution: native, pulled: true, runs: ok(runs) })
const did = (given: Partial<CommandSeen> = {}): Seen => seen(ok(aRun(given)))
const never = (error: string): Seen => did(neverRan(error))
const cutOut = { cut: { stdout: true, stderr: false } }

const cases: readonly Case<'platform', Seen>[] = [
  { name: 'nothing asked', of: aTarget(), seen: undefined, is: 'skipped' },
  { name: 'ends with 0', of: of(), seen: did(), is: 'passed' },
  { name: 'ends as it should', of: of({ exitCode: 3 }), seen: did({ exitCode: 3 }), is: 'passed' },
  {
    name: 'ends otherwise',
    of: of(),
    seen: did({ exitCode: 2, stderr: 'usage: api\nno such option\n' }),
    codes: ['command/exit-code'],
    is: 'failed',
    says: ['api --version ends with exit code 2', 'no such option'],
  },
  {
    name: 'ends well where it should not',
    of: of({ exitCode: 1 }),
    seen: did(),
    codes: ['command/exit-code'],
    is: 'failed',
  },
  {
    name: 'the exit code and the output are both wrong',
    of: of({ stdout: text({ contains: ['3.0'] }) }),
    seen: did({ exitCode: 1 }),
    codes: ['command/exit-code', 'command/output'],
    is: 'failed',
  },
  {
    name: 'prints what it should',
    of: of({ stdout: text({ contains: ['api'], matches: ['^api \\d'], excludes: ['error'] }) }),
    seen: did(),
    is: 'passed',
  },
  {
    name: 'prints something else',
    of: of({ stdout: text({ matches: ['^api 3'] }) }),
    seen: did(),
    codes: ['command/output'],
    is: 'failed',
    says: ['/^api 3/', 'api 2.1'],
  },
  {
    name: 'prints nothing',
    of: of({ stderr: text({ contains: ['ready'] }) }),
    seen: did(),
    codes: ['command/output'],
    is: 'failed',
    says: ['nothing'],
  },
  {
    name: 'prints what it must not',
    of: of({ stderr: text({ excludes: ['Traceback'] }) }),
    seen: did({ stderr: 'Traceback (most recent call last)' }),
    codes: ['command/output'],
    is: 'failed',
  },
  {
    name: 'what it must print may be in the part that was not kept',
    of: of({ stdout: text({ contains: ['ready'] }) }),
    seen: did(cutOut),
    is: 'errored',
    says: ['may be in the part that was not kept'],
  },
  {
    name: 'what it must not print may be in the part that was not kept',
    of: of({ stdout: text({ excludes: ['error'] }) }),
    seen: did(cutOut),
    is: 'errored',
  },
  {
    name: 'what it must not print is in the part that was kept',
    of: of({ stdout: text({ excludes: ['2\\.1'] }) }),
    seen: did(cutOut),
    codes: ['command/output'],
    is: 'failed',
  },
  {
    name: 'much is printed, and nobody asks what',
    of: of(),
    seen: did(cutOut),
    is: 'passed',
  },
  {
    name: 'does not end',
    of: of(),
    seen: did({ timedOut: true, exitCode: undefined, seconds: 60.2 }),
    codes: ['command/timeout'],
    is: 'failed',
    says: ['has not ended after 60 s'],
  },
  {
    name: 'is killed for its memory',
    of: of({ exitCode: 137 }),
    seen: did({ oomKilled: true, exitCode: 137 }),
    codes: ['command/exit-code'],
    is: 'failed',
  },
  {
    name: 'never stops printing',
    of: of(),
    seen: did({ outputLimited: true, exitCode: undefined }),
    codes: ['command/output'],
    is: 'failed',
  },
  ...[
    'unable to start container process: exec: "api": executable file not found in $PATH: unknown',
    'unable to start container process: exec: "/api": permission denied',
    'unable to find user app: no matching entries in passwd file',
    'unable to start container process: exec: "/app": is a directory: permission denied',
  ].map((error) => ({
    name: `cannot be started: ${error}`,
    of: of({ exitCode: 127 }),
    seen: never(error),
    codes: ['command/exit-code'],
    is: 'failed' as const,
  })),
  {
    name: 'the engine lacks something',
    of: of(),
    seen: never('runc create failed: open /proc/sys/x: no such file or directory'),
    is: 'errored',
  },
  { name: 'the engine has no memory left', of: of(), seen: never('cannot allocate memory'), is: 'errored' },
  { name: 'does not start, and nobody knows why', of: of(), seen: never(''), is: 'errored' },
  { name: 'ends, and nobody knows how', of: of(), seen: did({ exitCode: undefined }), is: 'errored' },
  { name: 'the engine refuses', of: of(), seen: seen(no('failed')), is: 'errored' },
  { name: 'a command that was not run', of: of(), seen: seen(), is: 'errored', says: ['was not run'] },
  {
    name: 'the second is not run, the first is wrong',
    of: aTarget({ commands: [aCommand(), aCommand()] }),
    seen: seen(ok(aRun({ exitCode: 1 }))),
    codes: ['command/exit-code'],
    is: 'failed',
  },
  {
    name: 'the second is not run, the first is right',
    of: aTarget({ commands: [aCommand(), aCommand()] }),
    seen: seen(ok(aRun())),
    is: 'errored',
  },
  {
    name: 'the image could not be pulled',
    of: of(),
    seen: { execution: native, pulled: false, runs: no('denied') },
    is: 'errored',
    because: 'pull',
  },
  { name: 'not run', of: of(), seen: { execution: native, pulled: true, runs: undefined }, is: 'errored' },
  { name: 'not to run', of: of(), seen: { execution: notAskedToRun, pulled: false, runs: undefined }, is: 'skipped' },
  {
    name: 'cannot run',
    of: of(),
    seen: { execution: cannotRun, pulled: false, runs: undefined },
    is: 'errored',
    because: 'pull',
  },
]

describeCheck(command, cases)

test('a finding stands where the spec asks for the command', () => {
  const at = { file: 'spec.yml', line: 9, column: 9 }
  const target = aTarget({ commands: [aCommand()], positions: { 'commands.0': at } })
  const judgement = command.judge(target, did({ exitCode: 1 }))
  expect('findings' in judgement && judgement.findings[0]).toMatchObject({ at })
})

describe('a text', () => {
  test('of which only the end is there does not begin where it is cut', () => {
    const expected = { ...text(), matches: [parseGoPattern('^b')] }
    expect(judgeText(expected, { text: 'b', cut: 'start' })).toEqual({
      wrong: [],
      unsure: expect.stringContaining('/^b/'),
    })
    expect(judgeText(expected, { text: 'b', cut: false })).toEqual({ wrong: [], unsure: undefined })
  })

  test.each([
    ['^b$', 'a\nb', false],
    ['b', 'a\nb', false],
    ['^a$', 'a\nb', true],
    ['^a', 'a\nb', true],
    ['^b?', 'a', true],
    ['$', 'a\n', true],
    ['a\\z', 'a', false],
  ])('of which only the beginning is there does not end where it is cut: %s in %j', (pattern, beginning, isSure) => {
    const expected = text({ matches: [pattern] })
    const { wrong, unsure } = judgeText(expected, { text: beginning, cut: 'end' })
    expect([wrong, unsure === undefined]).toEqual([[], isSure])
    expect(judgeText(expected, { text: beginning, cut: false })).toEqual({ wrong: [], unsure: undefined })
  })

  test('is quoted by its end', () => {
    const [wrong] = judgeText(text({ contains: ['x'] }), { text: `${'a'.repeat(500)}\n`, cut: false }).wrong
    expect(wrong?.actual).toBe(JSON.stringify(`…${'a'.repeat(200)}`))
  })

  test('of one long line is searched in no time', () => {
    const pattern = text({ matches: ['.*needle.*'], excludes: ['.*?.*nothing'] })
    const busyMs = processorTime()
    expect(judgeText(pattern, { text: `${'a'.repeat(256 * 1024)} needle`, cut: false }).wrong).toEqual([])
    expect(busyMs()).toBeLessThan(2_000)
  })
})

// What is run

const request = async (given: Partial<CommandExpectation>, imageEnv: readonly string[] = []) => {
  const requests: RunRequest[] = []
  const engine = {
    run: async (each: RunRequest) => {
      requests.push(each)
      return ok(aRun())
    },
  } as never
  const looks = await runCommands(of(given), aPulled(), imageEnv, { engine, nonce: () => NONCE }, () => {})
  expect(looks).toEqual([ok(aRun())])
  return requests[0]
}

describe('a command', () => {
  test('is run by itself', async () => {
    expect(await request({ user: 'app', workdir: '/srv', env: { A: '$PATH' }, timeoutMs: 9 })).toMatchObject({
      entrypoint: 'api',
      args: ['--version'],
      env: { A: '$PATH' },
      user: 'app',
      workdir: '/srv',
      timeoutMs: 9,
      marker: NONCE,
    })
  })

  test('is run through the entrypoint of the image', async () => {
    expect(await request({ entrypoint: 'keep' })).toMatchObject({ entrypoint: undefined, args: ['api', '--version'] })
  })

  test('is filled in from the environment of the image, and what that lacks is left', async () => {
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: as a shell would write it
    const given = { fillsEnv: true, run: ['$HOME/api', '${B}$i${C:-x}$$$PATH'] as const, env: { PATH: '/x:$PATH' } }
    expect(await request(given, ['HOME=/home/app', 'B=b=b', 'PATH=/bin', 'EMPTY'])).toMatchObject({
      entrypoint: '/home/app/api',
      args: ['b=b$i${C:-x}$$/x:/bin'],
      env: { PATH: '/x:/bin' },
    })
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as a shell would write it
  })
})

// The spec

const resolve = async (lines: string) => {
  const decoded = await decodeSpec(`version: 1\nimages:\n  a:\n    image: app\n    commands:\n${lines}`, 'spec.yml')
  if (!decoded.ok) return decoded.problems
  const resolved = resolveSpec(decoded.spec, decoded.positions, { sha: 'a'.repeat(40) })
  return resolved.ok ? resolved.images[0]?.commands : resolved.problems
}

const pattern = (text: string) => ({ text, find: expect.any(Function) as never })

describe('the spec', () => {
  test('asks for little, and the rest has a default', async () => {
    expect(await resolve('    - run: [api, --version]')).toEqual([aCommand()])
  })

  test('asks for much', async () => {
    const lines = `    - {name: n, run: [a], env: {A: b}, workdir: /w, user: u, entrypoint: keep, exit-code: 3, timeout: 5s,
       stdout: {contains: [x], matches: ['^y'], excludes: [z]}, stderr: {excludes: [e]}}`
    expect(await resolve(lines)).toEqual([
      aCommand({
        ...{ name: 'n', run: ['a'], env: { A: 'b' }, workdir: '/w', user: 'u', entrypoint: 'keep', exitCode: 3 },
        stdout: { contains: ['x'], matches: [pattern('^y')], excludes: [pattern('z')] },
        stderr: { contains: [], matches: [], excludes: [pattern('e')] },
        timeoutMs: 5_000,
      }),
    ])
  })

  test.each([
    ['run: python --version', 'expected a list'],
    ['run: []', 'is an empty list'],
    ["run: ['']", 'names no program'],
    ['name: x', 'run is missing'],
    ['{run: [a], exit-code: 256}', 'is not a whole number from 0 to 255'],
    ['{run: [a], exit-code: 0.5}', 'is not a whole number from 0 to 255'],
    ['{run: [a], stdout: {}}', 'asks nothing'],
    ["{run: [a], stdout: {matches: ['(']}}", 'is not a regular expression of RE2: missing closing )'],
    ["{run: [a], stdout: {excludes: ['']}}", 'is found in every text'],
    ["{run: [a], stdout: {contains: ['']}}", 'is in every text'],
    ['{run: [a], env: {A=B: c}}', 'is not the name of a variable'],
    ['{run: [a], env: {A: 1}}', 'put it in quotes'],
    ['{run: [a], workdir: app}', 'write /app'],
    ['{run: [a], user: --privileged}', 'is not a user'],
    ['{run: [a], exit_code: 1}', 'did you mean \\"exit-code\\"'],
    ['{run: [a], stdout: {contain: [x]}}', 'did you mean \\"contains\\"'],
  ])('refuses %s', async (line, problem) => {
    const found = JSON.stringify(await resolve(`    - ${line}`))
    expect(found).toContain(problem)
    expect(found).toContain('"line":6')
  })
})
