import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getOctokit } from '@actions/github'
import { afterAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { commandReader, type Effect, effectsOf, lineSplitter, splitLines } from '../harness/commands.ts'
import { ID_TOKEN, RUNTIME_TOKEN } from '../harness/environment.ts'
import { keyValuePairs, pathLines } from '../harness/file-commands.ts'
import {
  aJob,
  anAnnotation,
  aRun,
  missingPermission,
  primaryLimit,
  secondaryLimit,
  startGitHub,
} from '../harness/github-api.ts'
import { masker } from '../harness/masks.ts'
import { type RunOptions, runAction } from '../harness/runner.ts'
import type { RunResult } from '../harness/step.ts'

const directories: string[] = []
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

const PRELUDE = `
import { appendFileSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
const { env } = process
const say = (line) => console.log(line)
const write = (file, text) => appendFileSync(env['GITHUB_' + file], text)
`

/** A throw-away action; scripts by phase. */
function anAction(scripts: { pre?: string; main: string; post?: string }, manifest = ''): string {
  const directory = mkdtempSync(join(tmpdir(), 'action-'))
  directories.push(directory)
  const runs = Object.keys(scripts).map((phase) => `  ${phase}: ${phase}.mjs\n`)
  writeFileSync(join(directory, 'action.yml'), `name: test\nruns:\n  using: node24\n${runs.join('')}${manifest}`)
  for (const [phase, script] of Object.entries(scripts)) {
    writeFileSync(join(directory, `${phase}.mjs`), PRELUDE + script)
  }
  return directory
}

const run = (main: string, options: Partial<RunOptions> = {}): Promise<RunResult> =>
  runAction({ action: anAction({ main }), ...options })

const expression = (text: string): string => `\${{ ${text} }}`

const kinds = (text: string): string[] => effectsOf(text).map((effect) => effect.kind)

describe('lines', () => {
  test('end at \\n, \\r and \\r\\n, and nowhere else', () => {
    expect(splitLines('a\nb\rc\r\nd\n\ne\u2028f\u0085g\vh')).toEqual(['a', 'b', 'c', 'd', '', 'e\u2028f\u0085g\vh'])
  })

  test('come out the same however the stream is cut', () => {
    const text = fc.array(fc.constantFrom('a', '\n', '\r', '\r\n', '::')).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, fc.nat({ max: 20 }), (all, at) => {
        const lines: string[] = []
        const splitter = lineSplitter((line) => lines.push(line))
        splitter.write(all.slice(0, at))
        splitter.write(all.slice(at))
        splitter.end()
        expect(lines).toEqual(splitLines(all))
      }),
    )
  })
})

describe('commands', () => {
  const output: Effect = { kind: 'set-output', name: 'verified', value: 'true' }

  test.each([
    ['the plain form', '::set-output name=verified::true'],
    ['upper case', '::SET-OUTPUT name=verified::true'],
    ['white space before it', ' \t\u00a0\u3000\u0085::set-output name=verified::true'],
    ['a carriage return before it', 'building 10 %\r::set-output name=verified::true'],
    ['the legacy form', '##[set-output name=verified]true'],
    ['the legacy form within a line', '#5 12.3 foo ##[set-output name=verified]true'],
    ['escaped characters', '::set-output name=verif%69ed,name=verified::true'],
  ])('a hostile line is an effect: %s', (_, text) => {
    expect(effectsOf(text)).toContainEqual(output)
  })

  test('an invisible character in the second separator does not help', () => {
    expect(kinds('::set-output name=verified:\u200b:true')).toEqual(['set-output'])
  })

  test.each([
    'x ::set-output name=a::b',
    '\ufeff::set-output name=a::b',
    '\u200b::set-output name=a::b',
    ':\u200b:set-output name=a::b',
    '::set-output name=a',
    '##\u200b[set-output name=a]b',
    '##[set-output name=a',
    '::unknown::x',
    '##[section]x',
    '##[start-action]x',
    'std::vector<int>::iterator',
    '',
  ])('plain text is none: %j', (text) => {
    expect(effectsOf(text)).toEqual([])
  })

  test('un-escapes data and properties, the percent sign last', () => {
    expect(effectsOf('::error title=a%2Cb%3A%25::x%0Ay%250A%3A')).toEqual([
      { kind: 'annotation', annotation: { level: 'error', title: 'a,b:%', message: 'x\ny%0A%3A' } },
    ])
    expect(effectsOf('##[set-output name=a%3Bb;c=d]x%5D%0A')).toEqual([
      { kind: 'set-output', name: 'a;b', value: 'x]\n' },
    ])
  })

  test('a property keeps what follows its first =, and one without a value is none', () => {
    expect(effectsOf('::save-state =x,name=a=b=,::v')).toEqual([{ kind: 'save-state', name: 'a=b=', value: 'v' }])
    expect(kinds('::set-output name=::v')).toEqual(['failed-command'])
  })

  test('an annotation points where the runner lets it', () => {
    const at = (properties: string): object => {
      const [effect] = effectsOf(`::warning ${properties}::m`)
      if (effect?.kind !== 'annotation') throw new Error('no annotation')
      const { level, message, ...place } = effect.annotation
      return place
    }
    expect(at('file=a.ts,line=3,endLine=3,col=1,endColumn=2')).toEqual({
      file: 'a.ts',
      line: 3,
      endLine: 3,
      column: 1,
      endColumn: 2,
    })
    expect(at('endLine=3')).toEqual({ line: 3, endLine: 3 })
    expect(at('line=3,endLine=4,col=1')).toEqual({ line: 3, endLine: 4 })
    expect(at('line=4,endLine=3')).toEqual({})
    expect(at('line=4,col=3,endColumn=2')).toEqual({ line: 4 })
    expect(at('col=3,line=x')).toEqual({})
  })

  test('masks, groups, matchers, echo and debug', () => {
    expect(
      effectsOf(
        '::add-mask::a\n::group::b\n::endgroup::\n::add-matcher::m.json\n##[remove-matcher owner=o]\n::echo::on',
      ),
    ).toEqual([
      { kind: 'add-mask', value: 'a' },
      { kind: 'group', title: 'b' },
      { kind: 'endgroup' },
      { kind: 'add-matcher', file: 'm.json' },
      { kind: 'remove-matcher', owner: 'o', file: '' },
      { kind: 'echo', on: true },
    ])
    expect(kinds('::debug::d')).toEqual(['debug'])
    expect(kinds('::add-mask:: ')).toEqual(['annotation'])
    expect(kinds('::echo::maybe')).toEqual(['failed-command'])
  })

  test('set-env and add-path are disabled', () => {
    expect(kinds('::set-env name=PATH::/tmp\n::add-path::/tmp')).toEqual(['failed-command', 'failed-command'])
  })

  test('stop-commands holds until its token, in any case and form', () => {
    const reader = commandReader()
    expect(reader.read('::stop-commands::Token-1')).toEqual({ kind: 'stop-commands', token: 'Token-1' })
    expect(reader.read('::error::x')).toBeUndefined()
    expect(reader.read('::token-2::')).toBeUndefined()
    expect(reader.stopToken).toBe('token-1')
    expect(reader.read('foo ##[TOKEN-1]')).toEqual({ kind: 'resume-commands', token: 'token-1' })
    expect(reader.read('::error::x')?.kind).toBe('annotation')
    expect(reader.read('::token-1::')).toBeUndefined()
  })

  test.each(['', 'pause-logging', 'Set-Output'])('a stop token may not be %j', (token) => {
    expect(kinds(`::stop-commands::${token}\n::error::x`)).toEqual(['failed-command', 'annotation'])
  })
})

describe('file commands', () => {
  test('names with values, and heredocs that end at exactly their delimiter', () => {
    const text = 'a=1\n\nb=x=y<<z\nc<<EOF\none\n EOF\nEOF \n\nEOF\nd<<E=F\nE=F\ne=2\r\nf=last'
    expect([...keyValuePairs(text)]).toEqual([
      ['a', '1'],
      ['b', 'x=y<<z'],
      ['c', 'one\n EOF\nEOF \n'],
      ['d', ''],
      ['e', '2\r'],
      ['f', 'last'],
    ])
  })

  test.each([
    ['nonsense', "Invalid format 'nonsense'"],
    ['<<EOF\nx\nEOF', 'Name must not be empty'],
    ['a<<\nx\n', 'delimiter must not be empty'],
    ['a<<EOF\nx\n', "Matching delimiter not found 'EOF'"],
    ['a<<EOF', "Matching delimiter not found 'EOF'"],
    ['a<<EOF\nx', 'EOF marker missing new line'],
    ['a<<EOF\nx\nEOF\r', 'EOF marker missing new line'],
  ])('refuses %j', (text, reason) => {
    expect(() => [...keyValuePairs(text)]).toThrow(reason)
  })

  test('paths are lines', () => {
    expect(pathLines('/a\r\n\n/b')).toEqual(['/a', '/b'])
  })
})

test('secrets are hidden in the spellings people print them in', () => {
  const { add, mask } = masker()
  add('s3cr"t&x')
  add('two\nlines!')
  const encoded = Buffer.from('user:s3cr"t&x').toString('base64')
  expect(mask('s3cr"t&x s3cr\\"t&x s3cr%22t%26x s3cr&quot;t&amp;x lines! ok')).toBe('*** *** *** *** *** ok')
  expect(mask('s3cr"t&xs3cr"t&x')).toBe('***')
  expect(mask(encoded)).not.toBe(encoded)
})

describe('a run', () => {
  test('inputs: given, defaults with expressions, none for what is not declared', async () => {
    const action = anAction(
      { main: "say(JSON.stringify(Object.entries(env).filter(([k]) => k.startsWith('INPUT_')).sort()))" },
      [
        'inputs:',
        `  github-token: { default: "${expression('github.token')}" }`,
        '  some thing: { default: 4 }',
        '  Flag: { default: false }',
        `  pr: { default: "pr-${expression('github.event.number')}-${expression('job.check_run_id')}" }`,
        '  password: { required: true }',
        '  old: { deprecationMessage: use new }',
      ].join('\n'),
    )
    await using result = await runAction({
      action,
      inputs: { FLAG: 'true', old: 'x', password: expression('secrets.PASSWORD'), typo: '1' },
      secrets: { PASSWORD: 'hunter22' },
      token: 'ghs_token',
      event: { name: 'pull_request', payload: { number: 7 } },
    })
    expect(JSON.parse(result.raw)).toEqual([
      ['INPUT_FLAG', 'true'],
      ['INPUT_GITHUB-TOKEN', 'ghs_token'],
      ['INPUT_OLD', 'x'],
      ['INPUT_PASSWORD', 'hunter22'],
      ['INPUT_PR', 'pr-7-399444496'],
      ['INPUT_SOME_THING', '4'],
      ['INPUT_TYPO', '1'],
    ])
    expect(result.problems).toEqual([
      "Input 'old' has been deprecated with message: use new",
      expect.stringContaining("Unexpected input(s) 'typo'"),
    ])
    expect(result.log).not.toMatch(/hunter22|ghs_token/)
    expect(result.log).toContain('  password: ***')
  })

  test('environment: made from an allow-list, tokens of the runtime included', async () => {
    process.env.LEAK = 'yes'
    process.env.HTTPS_PROXY = 'http://127.0.0.1:9'
    try {
      await using result = await run('say(JSON.stringify({ ...env, cwd: process.cwd(), node: process.version }))', {
        github: { repository: 'me/thing', token: 'x', custom: 'x' },
        apiUrl: 'http://127.0.0.1:1234',
        env: { FROM_TEST: '1' },
        dockerHost: 'unix:///tmp/d.sock',
        idTokenUrl: 'http://127.0.0.1:5/oidc',
      })
      const variables: Record<string, string> = JSON.parse(result.raw)
      expect(variables).toMatchObject({
        GITHUB_REPOSITORY: 'me/thing',
        GITHUB_REPOSITORY_OWNER: 'me',
        GITHUB_API_URL: 'http://127.0.0.1:1234',
        GITHUB_WORKSPACE: result.workspace,
        RUNNER_TEMP: result.temp,
        RUNNER_TOOL_CACHE: result.toolCache,
        DOCKER_HOST: 'unix:///tmp/d.sock',
        FROM_TEST: '1',
        ACTIONS_RUNTIME_TOKEN: RUNTIME_TOKEN,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: ID_TOKEN,
        HOME: process.env.HOME,
        cwd: result.workspace,
        node: expect.stringMatching(/^v24\./),
      })
      for (const name of ['LEAK', 'HTTPS_PROXY', 'GITHUB_TOKEN', 'GITHUB_EVENT', 'GITHUB_CUSTOM', 'NODE_OPTIONS']) {
        expect(variables).not.toHaveProperty(name)
      }
    } finally {
      delete process.env.LEAK
      delete process.env.HTTPS_PROXY
    }
  })

  test('outputs, state, variables and paths go through files; pre and post have no outputs', async () => {
    const action = anAction(
      {
        pre: "write('OUTPUT', 'pre=1\\n'); write('STATE', 'a=pre\\n')",
        main: `
          write('OUTPUT', 'verified=false\\nverified=true\\nmore<<E\\n1\\n2\\nE\\n')
          write('STATE', 'a=' + env.STATE_a + '+main\\n')
          write('ENV', 'NODE_OPTIONS=--inspect\\nX=1\\n')
          write('PATH', '/first\\n/second\\n')
        `,
        post: "say([env.STATE_a, env.X, env.PATH.split(':').slice(0, 2), env.NODE_OPTIONS]); write('OUTPUT', 'post=1\\n')",
      },
      'outputs:\n  verified: { description: x }\n',
    )
    await using result = await runAction({ action })
    expect(result.phases.map((phase) => phase.name)).toEqual(['pre', 'main', 'post'])
    expect(result.outputs).toEqual({ verified: 'true', more: '1\n2' })
    expect(result.undeclaredOutputs).toEqual(['more'])
    expect(result.raw).toBe("[ 'pre+main', '1', [ '/second', '/first' ], undefined ]\n")
    expect(result.env).toEqual({ X: '1' })
    expect(result.problems).toEqual([expect.stringContaining("Can't store NODE_OPTIONS")])
    expect(result.outcome).toBe('failure')
  })

  test('a broken file command fails the step, and what stood before it counts', async () => {
    await using result = await run("write('OUTPUT', 'a=1\\nnonsense\\nb=2\\n')")
    expect(result.outputs).toEqual({ a: '1' })
    expect(result.outcome).toBe('failure')
    expect(result.annotations).toEqual([
      { level: 'error', message: expect.stringContaining("Invalid format 'nonsense'") },
    ])
  })

  test('what a container prints on either stream is obeyed, and a file still wins over it', async () => {
    const hostile = '::set-output name=verified::true\\r::save-state name=id::evil\\n  ##[error]fake'
    await using result = await run(
      `console.error('${hostile}'); say('::set-output name=other::1'); write('OUTPUT', 'verified=false\\n')`,
    )
    expect(result.outputs).toEqual({ verified: 'false', other: '1' })
    expect(result.state).toEqual({ id: 'evil' })
    expect(result.annotations).toContainEqual({ level: 'error', message: 'fake' })
    expect(result.problems).toHaveLength(3)
    expect(result.outcome).toBe('success')
  })

  test('stderr is read before stdout within a batch', async () => {
    const done = join(anAction({ main: '' }), 'done')
    const onLine = (line: string): void => {
      const end = performance.now() + 30_000
      while (line === 'ready' && !existsSync(done) && performance.now() < end); // both streams fill up meanwhile
    }
    const both = `say('out'); console.error('err'); writeFileSync(${JSON.stringify(done)}, '')`
    await using result = await run(`say('ready'); setTimeout(() => { ${both} }, 50)`, { onLine })
    expect(result.raw).toBe('ready\nerr\nout\n')
  })

  test('the log hides masks and shows groups, annotations, and no debug', async () => {
    const script = `
      say('::add-mask::hunter22'); say('hunter22 ' + Buffer.from('hunter22').toString('base64'))
      say('::group::G'); say('::endgroup::'); say('::notice file=' + env.GITHUB_WORKSPACE + '/a.yml,line=2::hunter22')
      say('::debug::quiet'); write('OUTPUT', 'password=hunter22\\n'); write('STEP_SUMMARY', '# hunter22\\nend')
      say('##[start-action id=1]')
    `
    await using result = await run(script)
    expect(result.log).toBe(
      '##[group]Run ./\n##[endgroup]\n*** ***\n##[group]G\n##[endgroup]\n##[notice]***\n##[\\start-action id=1]\n',
    )
    expect(result.masks).toEqual(['hunter22'])
    expect(result.annotations).toEqual([{ level: 'notice', message: '***', file: 'a.yml', line: 2 }])
    expect(result.summary).toBe('# ***\nend\n')
    expect(result.raw).toContain('hunter22')
    expect(result.problems).toEqual(["Skip output 'password' since it may contain secret."])
    await using debugged = await run(script, { debug: true })
    expect(debugged.log).toContain('##[debug]quiet')
    expect(debugged.log).toContain('::add-mask::***')
  })

  test('a fence is shown and its token hidden', async () => {
    await using result = await run("say('::stop-commands::token-123'); say('::error::x'); say('::token-123::')")
    expect(result.annotations).toEqual([])
    expect(result.log).toContain('::stop-commands::***\n::error::x\n::***::\n')
  })

  test('ten annotations a type and step, 4096 characters each', async () => {
    await using result = await runAction({
      action: anAction({
        main: "for (let i = 0; i < 12; i++) say('::error::' + i); say('::warning::' + 'w'.repeat(5000))",
        post: "say('::error::post')",
      }),
    })
    expect(result.annotations.map(({ message }) => message)).toEqual([
      ...['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
      'w'.repeat(4096),
      'post',
    ])
    expect(result.problems).toHaveLength(2)
    expect(result.log).toContain('##[error]11')
  })

  test('a summary over 1 MiB is dropped with an error, and the step stays green', async () => {
    const summary = (size: number): string => `write('STEP_SUMMARY', 'x'.repeat(${size}))`
    await using fits = await run(summary(1024 * 1024))
    expect(fits.summary).toHaveLength(1024 * 1024 + 1)
    await using tooLarge = await run(summary(1024 * 1024 + 1))
    expect(tooLarge).toMatchObject({ summary: '', outcome: 'success', annotations: [{ level: 'error' }] })
  })

  test('an exit code other than 0 fails, a disabled command too', async () => {
    await using failed = await run('process.exitCode = 3')
    expect(failed).toMatchObject({ outcome: 'failure', phases: [{ name: 'main', exitCode: 3, signal: null }] })
    await using disabled = await run("say('::set-env name=A::b')")
    expect(disabled).toMatchObject({ outcome: 'failure', env: {} })
  })

  test('conditions of pre and post', async () => {
    const scripts = { pre: "say('pre')", main: 'process.exit(1)', post: "say('post')" }
    const names = async (conditions: string): Promise<string[]> => {
      const action = anAction(scripts, conditions)
      await using result = await runAction({ action })
      return result.phases.map((phase) => phase.name)
    }
    expect(await names('')).toEqual(['pre', 'main', 'post'])
    expect(await names("  pre-if: github.ref == 'refs/heads/x'\n  post-if: success()\n")).toEqual(['main'])
    expect(await names(`  post-if: ${expression("failure() && runner.os == 'Linux'")}\n`)).toEqual([
      'pre',
      'main',
      'post',
    ])
  })

  test('a failed pre skips main', async () => {
    await using result = await runAction({ action: anAction({ pre: 'process.exit(1)', main: '', post: '' }) })
    expect(result.phases.map((phase) => phase.name)).toEqual(['pre', 'post'])
  })
})

describe('the end of a run', () => {
  const stubborn =
    "for (const s of ['SIGINT', 'SIGTERM']) process.on(s, () => say(s)); say('ready'); setInterval(() => {}, 9)"

  test('cancel: SIGINT, SIGTERM, SIGKILL to the process alone, and post still runs', async () => {
    await using result = await runAction({
      action: anAction({ main: stubborn, post: "say('post')" }),
      grace: [1_500, 1_500],
      onLine: (line, phase) => line === 'ready' && phase.cancel(),
    })
    expect(result.raw).toBe('ready\nSIGINT\nSIGTERM\npost\n')
    expect(result).toMatchObject({
      outcome: 'cancelled',
      phases: [
        { name: 'main', exitCode: 137, signal: 'SIGKILL' },
        { name: 'post', exitCode: 0, signal: null },
      ],
    })
    expect(result.phases[0]?.ms).toBeGreaterThan(2_900)
  })

  test('cancel spares the children of the process', async () => {
    await using result = await run(
      `const child = spawn('sleep', ['30'], { stdio: 'ignore', detached: true })
       child.unref()
       process.on('SIGINT', () => process.exit(0))
       setInterval(() => {}, 9)
       say(child.pid)`,
      { onLine: (_, phase) => phase.cancel() },
    )
    expect(result).toMatchObject({ outcome: 'cancelled', phases: [{ exitCode: 0, signal: null }] })
    expect(() => process.kill(Number(result.raw))).not.toThrow()
  })

  test('cancelAfterMs and killAfterMs', async () => {
    const action = anAction({ main: 'setInterval(() => {}, 9)', post: "say('post')" })
    await using cancelled = await runAction({ action, cancelAfterMs: 100 })
    expect(cancelled).toMatchObject({ outcome: 'cancelled', phases: [{ signal: 'SIGINT', exitCode: 130 }, {}] })
    await using killed = await runAction({ action, killAfterMs: 100 })
    expect(killed).toMatchObject({ outcome: 'failure', phases: [{ signal: 'SIGKILL', exitCode: 137 }, {}] })
    expect(killed.raw).toBe('post\n')
  })

  test('a cancel that comes too late changes nothing', async () => {
    await using result = await run('', { cancelAfterMs: 60_000 })
    expect(result.outcome).toBe('success')
  })

  test('a child that holds the output open is waited for 5 seconds', async () => {
    await using result = await run("spawn('sleep', ['60'], { stdio: 'inherit', detached: true }).unref(); say('end')")
    expect(result.raw).toBe('end\n')
    expect(result.phases[0]?.ms).toBeGreaterThan(4900)
    expect(result.phases[0]?.ms).toBeLessThan(30_000)
  })

  test('an error of onLine is an error of the run', async () => {
    const onLine = (): never => {
      throw new Error('mine')
    }
    await expect(run("say('x')", { onLine })).rejects.toThrow('mine')
  })

  test('the directories go with the result, a given workspace stays', async () => {
    const workspace = anAction({ main: '' })
    let temp: string
    {
      await using result = await run("writeFileSync(env.RUNNER_TEMP + '/x', ''); writeFileSync('y', '')", { workspace })
      temp = result.temp
      expect(existsSync(join(temp, 'x'))).toBe(true)
    }
    expect(existsSync(temp)).toBe(false)
    expect(existsSync(join(workspace, 'y'))).toBe(true)
    await using kept = await run('', { keep: true })
    await kept[Symbol.asyncDispose]()
    expect(existsSync(kept.temp)).toBe(true)
    directories.push(join(kept.temp, '../..'))
  })
})

describe('GitHub', () => {
  interface Body {
    message: string
    content: string
    jobs: { name: string }[]
    rate: object
  }
  const run = aRun({ run_attempt: 2 })
  const path = `/repos/octo-org/octo-repo/actions/runs/${run.id}`
  const get = async (
    url: string,
    headers: Record<string, string> = {},
  ): Promise<{ response: Response; body: Body }> => {
    const response = await fetch(url, { headers })
    return { response, body: (await response.json()) as Body }
  }

  test('jobs by pages, led by links that go by number', async () => {
    const jobs = Array.from({ length: 150 }, (_, index) => aJob({ name: `build (${index})`, run_attempt: 2 }))
    await using github = await startGitHub({ runs: [run], jobs })
    const first = await get(`${github.url}${path}/jobs?per_page=100`)
    expect(first.body).toMatchObject({ total_count: 150, jobs: jobs.slice(0, 100) })
    const link = first.response.headers.get('link') ?? ''
    expect(link).toMatch(
      /\/repositories\/1296269\/actions\/runs\/\d+\/jobs\?per_page=100&page=2>; rel="next", <.*rel="last"/,
    )
    const second = await get(/<([^>]+)>; rel="next"/.exec(link)?.[1] ?? '')
    expect(second.body.jobs).toHaveLength(50)
    expect(second.response.headers.get('link')).toMatch(/rel="prev", <.*page=1>; rel="first"$/)
    expect((await get(`${github.url}${path}/jobs`)).body.jobs).toHaveLength(30)
  })

  test('octokit finds every page', async () => {
    const jobs = Array.from({ length: 25 }, (_, index) => aJob({ name: `build (${index})`, run_attempt: 2 }))
    await using github = await startGitHub({ runs: [run], jobs, token: 'right' })
    const { paginate, rest } = getOctokit('right', { baseUrl: github.url })
    const ofRun = { owner: 'octo-org', repo: 'octo-repo', run_id: run.id, per_page: 10 }
    expect(await paginate(rest.actions.listJobsForWorkflowRun, ofRun)).toEqual(jobs)
    expect(github.requests.map(({ query }) => query.page)).toEqual([undefined, '2', '3'])
  })

  test('attempts: the latest, all, and one', async () => {
    const jobs = [aJob({ name: 'a' }), aJob({ name: 'b', conclusion: 'failure' }), aJob({ name: 'b', run_attempt: 2 })]
    await using github = await startGitHub({ runs: [run], jobs: [...jobs, aJob({ run_id: 5 })] })
    const names = async (rest: string): Promise<string[]> =>
      (await get(`${github.url}${path}${rest}`)).body.jobs.map((job) => job.name)
    expect(await names('/jobs')).toEqual(['b'])
    expect(await names('/jobs?filter=all')).toEqual(['a', 'b', 'b'])
    expect(await names('/attempts/1/jobs')).toEqual(['a', 'b'])
    expect((await get(`${github.url}${path}/attempts/3/jobs`)).response.status).toBe(404)
  })

  test('shapes: a job lasts its seconds, an unfinished one has no end', () => {
    const job = aJob({ seconds: 601 })
    expect(Date.parse(job.completed_at ?? '') - Date.parse(job.started_at)).toBe(601_000)
    expect(aJob({ status: 'in_progress' })).toMatchObject({ conclusion: null, completed_at: null })
    expect(aJob({ conclusion: 'skipped' })).toMatchObject({ steps: [], runner_id: null })
    expect(aJob().id).not.toBe(aJob().id)
    expect(aRun({ repositoryName: 'me/x' }).repository.full_name).toBe('me/x')
  })

  test('runs of a workflow, filtered and newest first', async () => {
    const runs = [
      aRun({ id: 1, created_at: '2026-01-01T00:00:00Z' }),
      aRun({ id: 2, created_at: '2026-01-02T00:00:00Z' }),
      aRun({ id: 3, conclusion: 'failure' }),
      aRun({ id: 4, head_branch: 'x' }),
      aRun({ id: 5, path: '.github/workflows/other.yml' }),
    ]
    await using github = await startGitHub({ runs })
    const url = `${github.url}/repos/octo-org/octo-repo/actions/workflows`
    const { body } = await get(`${url}/build.yml/runs?status=success&branch=main&per_page=1`)
    expect(body).toMatchObject({ total_count: 2, workflow_runs: [{ id: 2 }] })
    expect((await get(`${url}/none.yml/runs`)).response.status).toBe(404)
    expect((await get(`${github.url}${path.replace(/\d+$/, '3')}`)).body).toMatchObject({
      id: 3,
      conclusion: 'failure',
    })
  })

  test('annotations and contents', async () => {
    const job = aJob()
    await using github = await startGitHub({
      jobs: [job],
      annotations: { [job.id]: [anAnnotation({ message: 'm' })] },
      files: { '.github/workflows/build.yml': 'on: push\n', 'v1:.github/workflows/build.yml': 'on: {}\n' },
    })
    const base = `${github.url}/repos/octo-org/octo-repo`
    expect((await get(`${base}/check-runs/${job.id}/annotations`)).body).toMatchObject([{ message: 'm' }])
    expect((await get(`${base}/check-runs/1/annotations`)).response.status).toBe(404)
    const file = `${base}/contents/.github/workflows/build.yml`
    const { body } = await get(`${file}?ref=main`)
    expect(body).toMatchObject({
      type: 'file',
      encoding: 'base64',
      size: 9,
      sha: 'b83836ed8c80558d4e40ea4ac5d69f4405334799',
    })
    expect(Buffer.from(body.content, 'base64').toString()).toBe('on: push\n')
    const raw = await fetch(`${file}?ref=v1`, { headers: { accept: 'application/vnd.github.raw+json' } })
    expect(await raw.text()).toBe('on: {}\n')
    expect((await get(`${base}/contents/.github/workflows`)).body).toMatchObject([{ name: 'build.yml', type: 'file' }])
    expect((await get(`${base}/contents/none`)).body).toMatchObject({ message: 'Not Found', status: '404' })
  })

  test('tokens, permissions and privacy', async () => {
    await using github = await startGitHub({
      runs: [run],
      token: 'right',
      private: true,
      permissions: { actions: false },
    })
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await get(github.url + path, headers)).response.status
    expect(await status({})).toBe(404)
    expect(await status({ authorization: 'Bearer wrong' })).toBe(401)
    expect(await status({ authorization: 'Basic cmlnaHQ=' })).toBe(401)
    const refused = await get(github.url + path, { authorization: 'token right' })
    expect(refused.body.message).toBe('Resource not accessible by integration')
    expect(refused.response.headers.get('x-accepted-github-permissions')).toBe('actions=read')
    github.state.permissions = {}
    expect(await status({ authorization: 'bearer right' })).toBe(200)
    expect(github.requests.map((request) => request.status)).toEqual([404, 401, 401, 403, 200])
  })

  test('limits', async () => {
    await using github = await startGitHub({ runs: [run], rateLimit: { limit: 60, remaining: 1, resetSeconds: 30 } })
    const first = await get(github.url + path)
    expect(first.response.headers.get('x-ratelimit-remaining')).toBe('0')
    const second = await get(github.url + path)
    expect(second.response.status).toBe(403)
    expect(second.body.message).toMatch(/^API rate limit exceeded/)
    expect(Number(second.response.headers.get('x-ratelimit-reset')) - Date.now() / 1000).toBeGreaterThan(25)
    expect((await get(`${github.url}/rate_limit`)).body.rate).toMatchObject({ limit: 60, remaining: 0, used: 60 })
  })

  test('faults by script', async () => {
    await using github = await startGitHub({
      runs: [run],
      faults: [
        { match: /runs\/\d+$/, status: 502, body: '<html>', headers: { 'content-type': 'text/html' } },
        { match: path, ...secondaryLimit(1) },
        { match: path, reset: true },
        { match: path, ...primaryLimit() },
        { match: path, ...missingPermission('actions') },
        { match: path, delayMs: 60, headers: { 'x-late': '1' } },
        { match: path, skip: 1, times: 2, status: 500 },
      ],
    })
    const answers = async (count: number): Promise<unknown[]> => {
      const seen: unknown[] = []
      for (let index = 0; index < count; index++) {
        seen.push(
          await fetch(github.url + path).then(
            async (answer) => [answer.status, (await answer.text()).slice(0, 6)],
            () => 'broken',
          ),
        )
      }
      return seen
    }
    expect(await answers(5)).toEqual([[502, '<html>'], [403, '{"mess'], 'broken', [403, '{"mess'], [403, '{"mess']])
    const late = await fetch(github.url + path)
    expect([late.status, late.headers.get('x-late')]).toEqual([200, '1'])
    expect(await answers(4)).toEqual([
      [200, '{"id":'],
      [500, '{"mess'],
      [500, '{"mess'],
      [200, '{"id":'],
    ])
    github.fail({ match: path, hang: true })
    await expect(fetch(github.url + path, { signal: AbortSignal.timeout(2_000) })).rejects.toThrow('timeout')
    expect(github.requests.at(-1)).toMatchObject({ method: 'GET', path, query: {}, status: 0 })
  })
})
