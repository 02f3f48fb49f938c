// Files of container-structure-test: what they ask, what of them is refused, and where its words differ from ours.
import { describe, expect, test } from '@jest/globals'
import { neverRan } from '../../src/adapters/docker/start-fault.ts'
import { command } from '../../src/checks/command.ts'
import { file } from '../../src/checks/file.ts'
import { UsageError } from '../../src/errors.ts'
import type { Problem } from '../../src/model/result.ts'
import { readStructureTests } from '../../src/modes/plan/structure-tests.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import { resolveSpec } from '../../src/spec/resolve.ts'
import type { Contents } from '../../src/spec/structure-test/contents.ts'
import { parsePermissions } from '../../src/spec/structure-test/permissions.ts'
import { decodeStructureTest } from '../../src/spec/structure-test.ts'

const decode = async (body: string) => await decodeStructureTest(`schemaVersion: '2.0.0'\n${body}`, 'cst.yaml')
const contents = async (body: string): Promise<Contents> => {
  const decoded = await decode(body)
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
  return decoded.file.contents
}
const problems = async (body: string): Promise<readonly Problem[]> => {
  const decoded = await decode(body)
  return decoded.ok ? [] : decoded.problems
}
const pattern = (text: string) => ({ text, find: expect.any(Function) })
const texts = (expected: readonly string[], excluded: readonly string[] = []) => ({
  contains: [],
  matches: expected.map(pattern),
  excludes: excluded.map(pattern),
})

describe('a command test', () => {
  test('in full', async () => {
    const { commands } = await contents(`
globalEnvVars:
  - {key: PATH, value: '/env/bin:$PATH'}
  - {key: MODE, value: global}
commandTests:
  - name: greets
    command: sh
    args: [-c, 'echo $GREETING']
    envVars: [{key: GREETING, value: hello}, {key: MODE, value: 1}]
    expectedOutput: ['.*hello.*']
    excludedOutput: [bye]
    expectedError: []
    excludedError: ['.*FAIL.*']
    exitCode: 3
containerRunOptions: {user: app}`)
    expect(commands).toEqual([
      {
        name: 'greets',
        run: ['sh', '-c', 'echo $GREETING'],
        env: { PATH: '/env/bin:$PATH', MODE: '1', GREETING: 'hello' },
        workdir: undefined,
        user: 'app',
        entrypoint: 'clear',
        exitCode: 3,
        stdout: texts(['.*hello.*'], ['bye']),
        stderr: texts([], ['.*FAIL.*']),
        timeoutMs: 600_000,
        fillsEnv: true,
        path: 'commandTests.0',
      },
    ])
  })

  test('ends with 0 unless it says otherwise', async () => {
    const [only] = (await contents('commandTests: [{name: a, command: b}]')).commands
    expect(only).toMatchObject({ run: ['b'], exitCode: 0, user: undefined })
  })
})

test('^ and $ are the ends of the text, as Go has them', async () => {
  const [only] = (await contents("fileContentTests: [{name: a, path: /x, expectedContents: ['^b$']}]")).files
  const found = ['b', 'a\nb'].map((text) => only?.text.matches[0]?.find(text))
  expect(found).toEqual([{ index: 0, words: 'b' }, undefined])
})

const itself = { exists: true, isLinkItself: true, fillsEnv: true, path: 'fileExistenceTests.0' }
describe('a test of a file', () => {
  test.each<[string, readonly object[]]>([
    ['{name: a, path: /x}', [{ ...itself, file: '/x', uid: undefined, mode: undefined }]],
    ['{name: a, path: /x, shouldExist: true, uid: 0, gid: 5}', [{ ...itself, uid: 0, gid: 5 }]],
    ['{name: a, path: /x, uid: -1}', [{ ...itself, uid: undefined }]],
    [
      '{name: a, path: /x, shouldExist: false, permissions: -rw-r--r--}',
      [{ ...itself, exists: false, isLinkItself: false }],
    ],
    ["{name: a, path: /x, permissions: '-rwxr-xr-x'}", [{ ...itself, type: 'file', mode: 0o755 }]],
    ["{name: a, path: /x, permissions: 'Lrwxrwxrwx'}", [{ ...itself, type: 'link', mode: 0o777 }]],
    [
      '{name: a, path: /x, isExecutableBy: group}',
      [
        { ...itself, executableBy: undefined },
        { ...itself, isLinkItself: false, executableBy: 'group' },
      ],
    ],
  ])('%s', async (line, expected) => {
    expect((await contents(`fileExistenceTests:\n  - ${line}`)).files).toMatchObject(expected)
  })

  test('its path may name variables of the file', async () => {
    const body = 'globalEnvVars: [{key: V, value: /env}]\nfileExistenceTests: [{name: a, path: "$V/bin/$HOME"}]'
    expect((await contents(body)).files).toMatchObject([{ file: '/env/bin/$HOME' }])
  })

  test('its content', async () => {
    const line = '{name: a, path: /x, expectedContents: ["^a$"], excludedContents: [b]}'
    expect((await contents(`fileContentTests:\n  - ${line}`)).files).toMatchObject([
      { file: '/x', type: 'file', isLinkItself: false, text: texts(['^a$'], ['b']), path: 'fileContentTests.0' },
    ])
  })
})

test.each([
  ['-rwxr-xr-x', { type: 'file', mode: 0o755 }],
  ['----------', { type: 'file', mode: 0 }],
  ['drwx------', { type: 'folder', mode: 0o700 }],
  ['dtrwxrwxrwx', { type: 'folder', mode: 0o1777 }],
  ['urwxr-xr-x', { type: 'file', mode: 0o4755 }],
  ['dgrwxrwxr-x', { type: 'folder', mode: 0o2775 }],
  ['Lrwxrwxrwx', { type: 'link', mode: 0o777 }],
  ['rwxr-xr-x', undefined],
  ['-rwsr-xr-x', undefined],
  ['Dcrw-rw-rw-', undefined],
  ['0755', undefined],
])('permissions %s', (text, expected) => expect(parsePermissions(text)).toEqual(expected))

test('a metadata test', async () => {
  const { config } = await contents(`
metadataTest:
  envVars: [{key: A, value: b}, {key: E, value: ''}, {key: R, value: '^\\d+\\.\\d*$', isRegex: true}]
  unboundEnvVars: [{key: U}]
  labels: [{key: l, value: 'my .+', isRegex: true}]
  entrypoint: []
  cmd: [a, b]
  exposedPorts: ['8080']
  unexposedPorts: ['22']
  volumes: [/v]
  unmountedVolumes: [/w]
  workdir: /app
  user: luke`)
  expect(config.map(({ path: _, ...fact }) => fact)).toEqual([
    { of: 'env', name: 'A', value: { is: 'b' } },
    { of: 'env', name: 'E', value: { is: '' } },
    { of: 'env', name: 'R', value: { matches: pattern('^\\d+\\.\\d*$') } },
    { of: 'env', name: 'U', value: { unset: true } },
    { of: 'label', name: 'l', value: { matches: pattern('my .+') } },
    { of: 'entrypoint', argv: [] },
    { of: 'cmd', argv: ['a', 'b'] },
    { of: 'port', name: '8080', there: true },
    { of: 'port', name: '22', there: false },
    { of: 'volume', name: '/v', there: true },
    { of: 'volume', name: '/w', there: false },
    { of: 'workdir', is: '/app' },
    { of: 'user', is: 'luke' },
  ])
  expect(config.map(({ path }) => path)).toContain('metadataTest.unboundEnvVars.0')
})

test('what YAML takes for numbers is text', async () => {
  const { commands, config } = await contents(
    'commandTests: [{name: 1, command: echo, args: [2, true]}]\nmetadataTest: {exposedPorts: [8080]}',
  )
  expect(commands).toMatchObject([{ name: '1', run: ['echo', '2', 'true'] }])
  expect(config).toMatchObject([{ name: '8080' }])
})

test('JSON is read as well', async () => {
  const text = '{"schemaVersion": "2.0.0", "fileExistenceTests": [{"name": "a", "path": "/x"}]}'
  expect(await decodeStructureTest(text, 'a.json')).toMatchObject({ ok: true })
})

const command1 = (more: string) => `commandTests:\n  - name: a\n    command: b\n    ${more}`
test.each([
  ['setup', command1('setup: [[touch, /x]]'), 5, 'tested as they are shipped'],
  ['teardown', command1('teardown: [[rm, /x]]'), 5, 'nothing is left to tear down'],
  ['licenses', 'licenseTests: [{debian: true, files: []}]', 2, 'licenses are not looked at'],
  ['privileges', 'containerRunOptions: {privileged: true}', 2, 'privileges'],
  ['a terminal', 'containerRunOptions: {allocateTty: true}', 2, 'terminal'],
  ['a file of variables', 'containerRunOptions: {envFile: .env}', 2, 'envVars of the test'],
  ['variables of this machine', 'containerRunOptions: {envVars: [GITHUB_TOKEN]}', 2, 'variables of this machine'],
  ['capabilities', 'containerRunOptions: {capabilities: [sys_admin]}', 2, 'capabilities'],
  ['mounts', 'containerRunOptions: {bindMounts: ["/:/host"]}', 2, 'folders of this machine'],
  ['look-ahead, which Go has not either', command1("expectedOutput: ['(?=a)']"), 5, 'look-around'],
  ['a regular expression that is none', 'metadataTest:\n  labels: [{key: a, value: "(", isRegex: true}]', 3, 'regular'],
  ['permissions nobody writes', 'fileExistenceTests: [{name: a, path: /x, permissions: rwx}]', 2, "'-rwxr-xr-x'"],
  ['who is nobody', 'fileExistenceTests: [{name: a, path: /x, isExecutableBy: me}]', 2, 'is not one of owner'],
  ['a port that is none', 'metadataTest: {exposedPorts: [http]}', 2, 'is not a port'],
  ['an unknown key', command1('exit_code: 1'), 5, 'did you mean "exitCode"?'],
  ['a test without a name', 'commandTests: [{command: b}]', 2, 'name is missing'],
  ['an empty command', 'commandTests: [{name: a, command: ""}]', 2, 'is empty'],
  ['a variable without a value', command1('envVars: [{key: A}]'), 5, 'has no value'],
  ['a decimal', command1('args: [1.10]'), 5, 'put it in quotes'],
  ['nothing', 'commandTests: []', 1, 'tests nothing'],
])('refuses %s, at its line', async (_, body, line, words) => {
  const found = await problems(body)
  expect(found.map(({ message, hint }) => `${message} ${hint}`).join('\n')).toContain(words)
  expect(found[0]?.at).toMatchObject({ file: 'cst.yaml', line })
})

test.each([
  ['{}', 'schemaVersion is missing'],
  ["schemaVersion: '1.0.0'\ncommandTests: [{command: [a]}]", 'only'],
  ['[', 'not YAML'],
])('refuses %j', async (text, words) => {
  const decoded = await decodeStructureTest(text, 'a.yaml')
  expect(decoded.ok ? '' : decoded.problems[0]?.message).toContain(words)
})

// In a spec

const inSpec = async (line: string, files: Readonly<Record<string, string>>) => {
  const decoded = await decodeSpec(`version: 1\nimages:\n  a:\n    image: app\n    ${line}\n`, 'spec.yml')
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
  const read = async (path: string) => {
    if (path.startsWith('..')) throw new Error(`"${path}" leads out of the workspace`)
    return files[path]
  }
  const tests = await readStructureTests(decoded.spec, { read, exists: async () => true } as never)
  return resolveSpec(decoded.spec, decoded.positions, { sha: 'a'.repeat(40) }, tests)
}

const one = "schemaVersion: '2.0.0'\ncommandTests:\n  - {name: one, command: one}"
const two = "schemaVersion: '2.0.0'\nfileExistenceTests:\n  - {name: two, path: /two}"

describe('a spec', () => {
  test('takes one file, and findings stand in it', async () => {
    const resolved = await inSpec('structure-test: one.yaml', { 'one.yaml': one })
    expect(resolved).toMatchObject({
      ok: true,
      images: [{ commands: [{ name: 'one', path: 'structure-test.0.commandTests.0' }] }],
    })
    const [image] = resolved.ok ? resolved.images : []
    const target = { key: 'a/linux/amd64', image: image as never, platform: 'linux/amd64' as never }
    const failed = {
      ok: true,
      seen: neverRan('unable to start container process: exec: "one": not found') as never,
    } as const
    const seen = { execution: { executed: 'native' }, pulled: true, runs: { ok: true, seen: [failed] } } as const
    const judgement = command.judge(target, seen)
    expect('findings' in judgement && judgement.findings[0]?.at).toEqual({ file: 'one.yaml', line: 3, column: 5 })
  })

  test('takes several, beside its own', async () => {
    const files = { 'one.yaml': one, 'two.yaml': two }
    const resolved = await inSpec('structure-test: [one.yaml, two.yaml]\n    commands: [{run: [own]}]', files)
    const [image] = resolved.ok ? resolved.images : []
    expect(image?.commands.map(({ name }) => name)).toEqual(['own', 'one'])
    expect(image?.files.map(({ file }) => file)).toEqual(['/two'])
    expect([command, file].map(({ notAsked }) => notAsked({ image } as never))).toEqual([undefined, undefined])
  })

  test('tells of a file that is not there', async () => {
    expect(await inSpec('structure-test: [one.yaml]', {})).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('there is no one.yaml'), at: { line: 5 } }],
    })
  })

  test('tells what is wrong with all of them at once', async () => {
    const files = { 'one.yaml': `${one}\nlicenseTests: [{}]`, 'two.yaml': 'schemaVersion: 3' }
    const refused = inSpec('structure-test: [one.yaml, two.yaml, ../three.yaml]', files)
    await expect(refused).rejects.toThrow(UsageError)
    await expect(refused).rejects.toMatchObject({
      problems: [
        { at: { file: 'one.yaml', line: 4 } },
        { at: { file: 'two.yaml', line: 1 } },
        { message: expect.stringContaining('leads out of the workspace') },
      ],
    })
  })
})
