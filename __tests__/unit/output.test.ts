// What others say reaches the log through one neutraliser, because nothing else can write there.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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

it('the linter knows no console either', () => {
  const { overrides } = JSON.parse(readFileSync('biome.json', 'utf8'))
  const rules = overrides.filter(({ includes }: { includes: string[] }) => includes.includes('src/**'))
  expect(JSON.stringify(rules)).toContain('"noConsole":"error"')
})
