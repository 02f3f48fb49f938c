// Files of an image: what is read of them, what is thought of them, and how the spec asks for them.
import { describe, expect, test } from '@jest/globals'
import { file } from '../../src/checks/file.ts'
import type { FileExpectation, TextExpectation } from '../../src/model/contents.ts'
import type { FileSeen, Look } from '../../src/model/observation.ts'
import { lookAtFiles } from '../../src/observe/files.ts'
import type { FilesRequest } from '../../src/ports.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import { parsePattern } from '../../src/spec/pattern.ts'
import { resolveSpec } from '../../src/spec/resolve.ts'
import { aDigest } from './builders.ts'
import { aPulled, aTarget, type Case, cannotRun, describeCheck, native, no, notAskedToRun, ok } from './sightings.ts'

const text = (given: Partial<Record<keyof TextExpectation, readonly string[]>> = {}): TextExpectation => ({
  contains: given.contains ?? [],
  matches: (given.matches ?? []).map(parsePattern),
  excludes: (given.excludes ?? []).map(parsePattern),
})

const aFile = (given: Partial<FileExpectation> = {}): FileExpectation => ({
  file: '/app/run.sh',
  exists: true,
  isLinkItself: false,
  type: undefined,
  mode: undefined,
  uid: undefined,
  gid: undefined,
  executableBy: undefined,
  text: text(),
  fillsEnv: false,
  path: 'files.0',
  ...given,
})

const seenFile = (given: Partial<FileSeen> = {}): FileSeen => ({
  type: 'file',
  mode: 0o755,
  uid: 1000,
  gid: 1000,
  sizeBytes: 20,
  text: '#!/bin/sh\nexec api\n',
  cut: false,
  ...given,
})

type Seen = Parameters<typeof file.judge>[1]
const of = (given: Partial<FileExpectation> = {}) => aTarget({ files: [aFile(given)] })
const see = (...files: readonly Look<FileSeen | undefined>[]): Seen => ({
  ...{ execution: native, pulled: true, digest: aDigest() },
  files: ok(files),
})
const has = (given: Partial<FileSeen> = {}): Seen => see(ok(seenFile(given)))
const nothing = see(ok(undefined))
const red = (code: string) => ({ codes: [`file/${code}`], is: 'failed' as const })

const cases: readonly Case<'platform', Seen>[] = [
  { name: 'nothing asked', of: aTarget(), seen: undefined, is: 'skipped' },
  { name: 'there', of: of(), seen: has(), is: 'passed' },
  { name: 'not there', of: of(), seen: nothing, ...red('missing'), says: ['/app/run.sh', 'a link that leads nowhere'] },
  { name: 'no link there', of: of({ isLinkItself: true, type: 'link' }), seen: nothing, ...red('missing') },
  { name: 'not to be there', of: of({ exists: false }), seen: nothing, is: 'passed' },
  { name: 'there, and not to be', of: of({ exists: false }), seen: has({ type: 'link' }), ...red('present') },
  { name: 'a folder', of: of({ type: 'folder' }), seen: has({ type: 'folder' }), is: 'passed' },
  { name: 'a folder for a file', of: of({ type: 'file' }), seen: has({ type: 'folder' }), ...red('type') },
  { name: 'the mode', of: of({ mode: 0o755 }), seen: has(), is: 'passed' },
  { name: 'another mode', of: of({ mode: 0o755 }), seen: has({ mode: 0o4755 }), ...red('mode'), says: ['mode 4755'] },
  ...(['owner', 'group', 'other', 'any'] as const).flatMap((executableBy) => [
    { name: `executable by ${executableBy}`, of: of({ executableBy }), seen: has(), is: 'passed' as const },
    { name: `not by ${executableBy}`, of: of({ executableBy }), seen: has({ mode: 0o644 }), ...red('mode') },
  ]),
  { name: 'by the owner only', of: of({ executableBy: 'other' }), seen: has({ mode: 0o744 }), ...red('mode') },
  { name: 'by nobody', of: of({ executableBy: 'nobody' }), seen: has({ mode: 0o644 }), is: 'passed' },
  { name: 'by somebody', of: of({ executableBy: 'nobody' }), seen: has({ mode: 0o645 }), ...red('mode') },
  { name: 'the owner', of: of({ uid: 1000, gid: 1000 }), seen: has(), is: 'passed' },
  {
    name: 'another owner',
    of: of({ uid: 0, gid: 0 }),
    seen: has(),
    codes: ['file/owner', 'file/owner'],
    is: 'failed',
    says: ['user 1000, not user 0'],
  },
  { name: 'root', of: of({ uid: 0 }), seen: has({ uid: 0 }), is: 'passed' },
  {
    name: 'the content',
    of: of({ text: text({ contains: ['exec'], matches: ['^exec \\w+$'], excludes: ['^set'] }) }),
    seen: has(),
    is: 'passed',
  },
  { name: 'content missing', of: of({ text: text({ contains: ['set -e'] }) }), seen: has(), ...red('content') },
  { name: 'content not to be', of: of({ text: text({ excludes: ['exec'] }) }), seen: has(), ...red('content') },
  { name: 'an empty file', of: of({ text: text({ matches: ['x'] }) }), seen: has({ text: '' }), ...red('content') },
  {
    name: 'content of a folder',
    of: of({ text: text({ excludes: ['x'] }) }),
    seen: has({ type: 'folder', text: '' }),
    ...red('content'),
  },
  {
    name: 'content too long to be sure',
    of: of({ text: text({ contains: ['set -e'] }) }),
    seen: has({ cut: true }),
    is: 'errored',
    says: ['1 MiB'],
  },
  {
    name: 'the first line of a file that is too long',
    of: of({ text: text({ matches: ['^#!/bin/sh$'] }) }),
    seen: has({ cut: true }),
    is: 'passed',
  },
  {
    name: 'a line that may go on where the file is too long',
    of: of({ text: text({ matches: ['^workers = 4$'] }) }),
    seen: has({ text: '# settings\nworkers = 4', cut: true }),
    is: 'errored',
    says: ['/^workers = 4$/ may be in the part'],
  },
  {
    name: 'all wrong at once',
    of: of({ type: 'folder', mode: 0o700, uid: 0, text: text({ excludes: ['exec'] }) }),
    seen: has(),
    codes: ['file/type', 'file/mode', 'file/owner', 'file/content'],
    is: 'failed',
  },
  { name: 'the engine cannot read it', of: of(), seen: see(no('timeout')), is: 'errored' },
  { name: 'not looked at', of: of(), seen: see(), is: 'errored' },
  {
    name: 'the first is wrong, the second cannot be read',
    of: aTarget({ files: [aFile(), aFile()] }),
    seen: see(ok(undefined), no()),
    ...red('missing'),
  },
  { name: 'no container could be made', of: of(), seen: { ...nothing, files: no() }, is: 'errored' },
  {
    name: 'not pulled',
    of: of(),
    seen: { ...nothing, pulled: false, files: no() },
    is: 'errored',
    because: 'pull',
  },
  { name: 'nothing looked at', of: of(), seen: { ...nothing, files: undefined }, is: 'errored' },
  { name: 'no such platform', of: of(), seen: { ...has(), digest: undefined }, is: 'errored', because: 'platforms' },
  { name: 'not to run', of: of(), seen: { ...nothing, execution: notAskedToRun, files: undefined }, is: 'skipped' },
  {
    name: 'cannot run',
    of: of(),
    seen: { ...nothing, execution: cannotRun, files: undefined },
    is: 'errored',
    because: 'pull',
  },
]

describeCheck(file, cases)

test('what is read: links themselves only where asked, content only where asked, the path filled in', async () => {
  let asked: FilesRequest | undefined
  const engine = {
    readFiles: async (request: FilesRequest) => {
      asked = request
      return ok([])
    },
  }
  const files = [
    aFile({ file: '$HOME/x', fillsEnv: true, text: text({ contains: ['x'] }) }),
    aFile({ file: '/$HOME', exists: false }),
    aFile({ file: '/l', isLinkItself: true }),
  ]
  await lookAtFiles(aTarget({ files }), aPulled({ id: 'it' }), ['HOME=/root'], engine)
  expect(asked).toMatchObject({
    image: 'it',
    files: [
      { file: '/root/x', isLinkItself: false, keptBytes: 1024 * 1024 },
      { file: '/$HOME', isLinkItself: true, keptBytes: 0 },
      { file: '/l', isLinkItself: true, keptBytes: 0 },
    ],
  })
})

test.each([
  ['/app/.env/', '/app/.env'],
  ['/app/.env/./', '/app/.env'],
  ['/app/.env//.', '/app/.env'],
  ['/app/.', '/app'],
  ['/.', '/'],
  ['/', '/'],
  ['/app/...', '/app/...'],
])('%s must not be there, not even as a file', async (path, file) => {
  let asked: FilesRequest | undefined
  const readFiles = async (request: FilesRequest) => {
    asked = request
    return ok([])
  }
  const files = [aFile({ file: path, exists: false }), aFile({ file: path })]
  await lookAtFiles(aTarget({ files }), aPulled(), [], { readFiles })
  expect(asked?.files.map((each) => each.file)).toEqual([file, path])
})

test('a path that names a variable the image does not have is not looked for', async () => {
  const files = [aFile({ file: '$NOWHERE/x', fillsEnv: true, exists: false })]
  const look = await lookAtFiles(aTarget({ files }), aPulled(), ['HOME=/root'], { readFiles: async () => ok([]) })
  expect(look).toMatchObject({ ok: false, reason: expect.stringContaining('$NOWHERE/x names a variable') })
})

const resolve = async (line: string) => {
  const decoded = await decodeSpec(`version: 1\nimages:\n  a:\n    image: app\n    files:\n    - ${line}\n`, 'spec.yml')
  if (!decoded.ok) return decoded.problems
  const resolved = resolveSpec(decoded.spec, decoded.positions, { sha: 'a'.repeat(40) })
  return resolved.ok ? resolved.images[0]?.files : resolved.problems
}

const pattern = (text: string) => ({ text, find: expect.any(Function) as never })

describe('the spec', () => {
  test.each<[string, Partial<FileExpectation>]>([
    ['path: /app/run.sh', {}],
    ['{path: /x, exists: false}', { file: '/x', exists: false }],
    ["{path: '/app/[id].js'}", { file: '/app/[id].js' }],
    ['{path: /app/..env, exists: false}', { file: '/app/..env', exists: false }],
    ["{path: /x, mode: '0755'}", { file: '/x', mode: 0o755 }],
    ["{path: /x, mode: '4755', uid: 0, gid: 65534}", { file: '/x', mode: 0o4755, uid: 0, gid: 65534 }],
    ['{path: /x, executable: true}', { file: '/x', executableBy: 'any' }],
    ['{path: /x, executable: false}', { file: '/x', executableBy: 'nobody' }],
    ['{path: /x, executable: group}', { file: '/x', executableBy: 'group' }],
    ['{path: /x, type: folder}', { file: '/x', type: 'folder' }],
    ['{path: /x, type: link}', { file: '/x', type: 'link', isLinkItself: true }],
    [
      '{path: /x, contains: [a], matches: [b], excludes: [c]}',
      { file: '/x', text: { contains: ['a'], matches: [pattern('b')], excludes: [pattern('c')] } },
    ],
  ])('asks by %s', async (line, expected) => expect(await resolve(line)).toEqual([aFile(expected)]))

  test.each([
    ['exists: true', 'path is missing'],
    ['path: app', 'write /app'],
    ['{path: /x, mode: 755}', 'put it in quotes'],
    ["{path: /x, mode: '0888'}", 'is not a mode'],
    ["{path: /x, mode: '07777'}", 'is not a mode'],
    ['{path: /x, uid: -1}', 'is not a whole number'],
    ['{path: /x, executable: all}', 'is not one of true, false, owner, group, other'],
    ['{path: /x, type: dir}', 'is not one of file, folder, link'],
    ["{path: /x, matches: ['(']}", 'is not a regular expression'],
    ["{path: /x, exists: false, mode: '0755'}", 'must not be there: remove one'],
    ['{path: /x, exists: false, contains: [x]}', 'must not be there: remove one'],
    ["{path: '/app/*.pem', exists: false}", 'paths are no patterns: name each file'],
    ["{path: '/app/a?', exists: false}", 'paths are no patterns'],
    ["{path: '/app/[ab]', exists: false}", 'paths are no patterns'],
    ["{path: '/app/{a,b}', exists: false}", 'paths are no patterns'],
    ["{path: '/app/$FOO/.env', exists: false}", 'paths are no patterns'],
    ['{path: /bin/../x, exists: false}', 'write where the file is'],
    ['{path: /x, contain: [x]}', 'did you mean \\"contains\\"'],
  ])('refuses %s', async (line, problem) => {
    const found = JSON.stringify(await resolve(line))
    expect(found).toContain(problem)
    expect(found).toContain('"line":6')
  })
})
