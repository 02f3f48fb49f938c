// What others say reaches the log through one neutraliser, because nothing else can write there.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, it } from '@jest/globals'

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file: join('src', file), text: readFileSync(join('src', file), 'utf8') }))

const RAW: readonly (readonly [what: string, pattern: RegExp, allowed: readonly string[]])[] = [
  [
    'writes to a stream of this process',
    /process\.(?:stdout|stderr)\.write/,
    ['src/action.ts', 'src/cli.ts', 'src/post.ts'],
  ],
  ['uses the console', /\bconsole\.(?:log|info|warn|error|debug|dir|table|trace)\b/, []],
  [
    'makes a workflow command',
    /\bcore\.(?:info|warning|error|debug|notice|group|startGroup|setFailed)\b/,
    ['src/action.ts'],
  ],
  [
    'takes the log from @actions/core',
    /import \{[^}]*\b(?:info|warning|error|debug|notice|setFailed)\b[^}]*\} from '@actions\/core'/,
    [],
  ],
  ['writes a workflow command by hand', /`::[$a-z]+(?: [^`]*)?::/, ['src/adapters/log.ts', 'src/render/neutralise.ts']],
  ['lets a child write for itself', /stdio: ['"]inherit/, []],
  ['uses a shell', /shell: true|\bexecSync?\(|child_process'\)/, []],
]

const offenders = (texts: readonly { file: string; text: string }[]): readonly string[] =>
  RAW.flatMap(([what, pattern, allowed]) =>
    texts
      .filter(({ file, text }) => pattern.test(text) && !allowed.includes(file))
      .map(({ file }) => `${file} ${what}`),
  )

it('C16 nothing but the entries and the log writes to the log', () => {
  expect(sources.length).toBeGreaterThan(50)
  expect(offenders(sources)).toEqual([])
})

it('and each of these is found where it is', () => {
  const bad = [
    'process.stdout.write(a)',
    'console.log(a)',
    'core.info(a)',
    "import { info } from '@actions/core'",
    'write(`::error::`)',
    "spawn(a, { stdio: 'inherit' })",
    'spawn(a, { shell: true })',
  ]
  expect(bad.map((text) => offenders([{ file: 'src/checks/x.ts', text }]).length)).toEqual(bad.map(() => 1))
})

it('C16 the linter goes red on each, wherever in src but in the entries', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lint-'))
  const files = ['src/checks/x.ts', 'src/adapters/x.ts', 'src/render/x.ts', 'src/cli.ts']
  const text = [
    "import * as core from '@actions/core'",
    "process.stdout.write('a')",
    "process.stderr.write('a')",
    "core.info('a')",
    "core.warning('a', { title: 'b' })",
    "core.setFailed('a')",
    "console.log('a')",
  ].join('\n')
  for (const file of ['biome.json', 'script/raw-output.grit', ...files]) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), files.includes(file) ? text : await readFile(file))
  }
  const biome = resolve('node_modules/.bin/biome')
  const { status, stdout } = spawnSync(biome, ['lint', '--reporter=github', folder], { cwd: folder, encoding: 'utf8' })
  await rm(folder, { recursive: true })
  const told = [...stdout.matchAll(/title=(?:plugin|lint\/suspicious\/noConsole),file=[^,]*?(src\/[\w/.]+),line=(\d)/g)]
  const linesOf = (file: string) => told.filter(([, in_]) => in_ === file).map(([, , line]) => Number(line))
  expect(status).toBe(1)
  for (const file of files.slice(0, 3)) expect([file, linesOf(file).sort()]).toEqual([file, [2, 3, 4, 5, 6, 7]])
  expect(linesOf('src/cli.ts')).toEqual([7])
})
