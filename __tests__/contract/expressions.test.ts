// A pattern that would never end, in a process of its own.
import { expect, it } from '@jest/globals'
import { runCommand } from '../../src/adapters/command.ts'

const patterns = ['^(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x$', '(a+)+b', '^(?:[^/]*.*){12}x$', '(a|aa)+$b']
const script = (prepare: string) =>
  `import { endEveryExpression } from './src/adapters/expressions.ts'\n${prepare}\n` +
  patterns.map((pattern) => `new RegExp(${JSON.stringify(pattern)}).exec('a'.repeat(200) + '!')`).join('\n')
const run = (prepare: string, timeoutMs: number) =>
  runCommand(process.execPath, ['--input-type=module', '-e', script(prepare)], {
    env: { PATH: process.env.PATH ?? '' },
    timeoutMs,
  })

it('has its end', async () => {
  expect(await run('endEveryExpression()', 20_000)).toMatchObject({ exitCode: 0, timedOut: false })
})

it('and would not otherwise', async () => {
  expect(await run('', 3_000)).toMatchObject({ timedOut: true })
})
