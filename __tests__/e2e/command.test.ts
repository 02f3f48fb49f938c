import { expect, it } from '@jest/globals'
import { codes, errored, registry, results, verifySpec } from './stack.ts'

const MINUTES = 60_000
const spec = (image: string, commands: readonly string[]) => `
version: 1
images:
  app:
    image: ${registry}/${image}
    platforms: [linux/amd64, linux/arm64]
    commands:
${commands.map((line) => `      - ${line}`).join('\n')}
`

it(
  'is green for commands that do as they are said to',
  async () => {
    const { run, report } = await verifySpec(
      spec('quick/ktrdr-backend', [
        '{run: [python, --version], stdout: {matches: ["^Python 3[.]"]}, stderr: {excludes: [Traceback]}}',
        '{run: [python, -c, "import os; print(os.environ[\'GREETING\'], os.getcwd(), os.getuid())"], env: {GREETING: "a=b c"}, workdir: /tmp, user: "1000:1000", stdout: {contains: ["a=b c /tmp 1000"]}}',
        '{run: [python, -c, "import sys; sys.exit(3)"], exit-code: 3}',
        '{run: [python, -c, "import socket; socket.create_connection((\'127.0.0.1\', 1), 1)"], exit-code: 1, stderr: {contains: [Error]}}',
      ]),
    )
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([[], []])
    expect(results(report).find(({ check, status }) => check === 'command' && status === 'passed')).toMatchObject({
      evidence: Array.from({ length: 4 }, () => expect.objectContaining({ kind: 'container' })),
    })
    expect(report.images[0]?.platforms[0]).toMatchObject({ platform: 'linux/amd64', executed: 'native' })
    expect(run.outputs.verified).toBe('true')
  },
  3 * MINUTES,
)

it.each([
  ['another exit code', '{run: [python, -c, "raise SystemExit(4)"]}', 'command/exit-code'],
  ['no such program', '{run: [no-such-program]}', 'command/exit-code'],
  ['no such user', '{run: [python, --version], user: nobody-knows}', 'command/exit-code'],
  ['words missing', '{run: [python, --version], stdout: {contains: [Python 2]}}', 'command/output'],
  [
    'words that must not be',
    '{run: [python, -c, "import nothing"], exit-code: 1, stderr: {excludes: [Traceback]}}',
    'command/output',
  ],
  ['no end', '{run: [python, -c, "while True: pass"], timeout: 10s}', 'command/timeout'],
])(
  'goes red for %s',
  async (_, line, code) => {
    const { run, report } = await verifySpec(spec('quick/ktrdr-backend', [line]))
    await using _run = run
    expect(codes(report)).toEqual([code])
    expect(errored(report)).toEqual([])
    expect(run.summary).toContain(code)
    expect(run.outcome).toBe('failure')
    expect(run.problems).toEqual([])
  },
  3 * MINUTES,
)
