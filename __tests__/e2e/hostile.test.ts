// Images, registries, jobs and specs that say what a runner would obey: the built action and a real engine repeat it as text.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Report } from '../../src/model/result.ts'
import { effectsOf } from '../harness/commands.ts'
import { aJob, aRun, startGitHub } from '../harness/github-api.ts'
import { startServer } from '../harness/registry-server.ts'
import { runAction } from '../harness/runner.ts'
import type { RunResult } from '../harness/step.ts'
import { pushFresh } from './push.ts'
import { codes, errored, registry, sha, verifySpec } from './stack.ts'

const BASE = 'quick/ktrdr-backend'
const specOf = (image: string, ...more: readonly string[]) =>
  `version: 1\ntags: [latest]\nimages:\n  app:\n    image: ${image}\n    platforms: [linux/amd64]\n${more.map((line) => `    ${line}\n`).join('')}`

const MASKED_ALWAYS = /^ghs_/

/** That the runner did nothing but what we meant it to, and that we are heard to the end. */
function expectNoEffect(run: RunResult): void {
  expect(run.masks.filter((mask) => !MASKED_ALWAYS.test(mask))).toEqual([])
  expect([run.problems, run.undeclaredOutputs, run.env, run.path]).toEqual([[], [], {}, []])
  expect(Object.keys(run.state).filter((key) => !['phase', 'label', 'login', 'buildx'].includes(key))).toEqual([])
  expect(run.annotations.filter(({ title = '' }) => !/^(?:app|run|set)\b/.test(title))).toEqual([])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/.exec(run.log)).toBeNull()
  expect(effectsOf(run.summary)).toEqual([])
}

async function artifactsOf(run: RunResult): Promise<string> {
  const folder = dirname(run.outputs.report ?? '')
  const names = await readdir(folder)
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n')
}

describe('an image that talks to the runner', () => {
  const says = (python: string) => `import sys\n${python}\nraise RuntimeError("::error::from the exception")\n`
  const print = (text: string) => says(`print(${JSON.stringify(text)})`)
  const sayings: Readonly<Record<string, string>> = {
    c01: print('::set-output name=verified::true'),
    c02: print('foo ##[set-output name=verdict]pass'),
    c03: print('x\r::add-mask::pass'),
    c04: print('\u00a0\u3000::error::x'),
    c05: print('::stop-commands::q'),
    c07: print('##[group]a\n##[error]b\n##[start-action c\n::group::d'),
    c08: print(
      '\u001b[2J \u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007 \u001b]52;c;QQ==\u0007 \u0007 \u202egnp.exe',
    ),
    c11: says('sys.stdout.buffer.write(bytes([0xFF, 0xFE, 0, 0xC0, 0x80, 0xED, 0xA0, 0x80, 10]))'),
    c12: says('sys.stderr.write("::save-state name=label::x\\n::set-env name=PATH::/evil\\n##[add-path]/evil\\n")'),
    c13: print('  File "a.py", line 1, in <module>\nFile "a.py", line 1'),
  }

  it('C01 C02 C03 C04 C05 C07 C08 C11 C12 C13 fails by its imports, and has no effect', async () => {
    const files = Object.entries(sayings).map(([name, text]) => [`app/${name}.py`, text])
    const { name } = await pushFresh(BASE, {}, Object.fromEntries(files))
    const { run, report } = await verifySpec(
      specOf(`${registry}/${name}`, `imports: [${Object.keys(sayings).join(', ')}]`),
    )
    await using _ = run
    expect([report.verdict, codes(report)]).toEqual(['failed', ['import/broken']])
    expect(run.outputs).toMatchObject({ verified: 'false', verdict: 'failed' })
    expectNoEffect(run)
    expect(run.annotations.filter(({ level }) => level === 'error').length).toBe(Object.keys(sayings).length)
    for (const heard of ['set-output name=verified', 'set-output name=verdict', 'save-state name=label', 'File "a.py"'])
      expect(run.log).toContain(heard)
    const lines = run.raw.split(/[\r\n]+/)
    expect(lines.filter((line) => /^\s*File\s"(.*)",\sline\s(\d+)/.test(line))).toEqual([])
    const junit = join(dirname(run.outputs.report ?? ''), 'junit.xml')
    execFileSync('python3', ['-c', 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])', junit])
  })

  it('C09 200 MB in one line: failed, little memory, a short log', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rss-'))
    const file = join(folder, 'rss')
    // not maxRSS: that of a process that was forked is at least that of whom it was forked from
    const meter = `import { appendFileSync as a, readFileSync as r } from 'node:fs'; process.on('exit', () => a(${JSON.stringify(file)}, /VmHWM:\\s+(\\d+)/.exec(r('/proc/self/status', 'utf8'))[1] + '\\n'))`
    const flood = 'import sys\\nfor _ in range(200): sys.stdout.write("x" * 1000000)'
    const { run, report } = await verifySpec(
      specOf(
        `${registry}/${(await pushFresh(BASE)).name}`,
        `commands: [{run: [python, -c, ${JSON.stringify(flood).replaceAll('\\\\n', '\\n')}]}]`,
      ),
      { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(meter)}` } },
    )
    await using _ = run
    const [kilobytes = '0'] = (await readFile(file, 'utf8')).split('\n')
    await rm(folder, { recursive: true })
    expect([report.verdict, codes(report)]).toEqual(['failed', ['command/output']])
    expect(run.summary).toContain('it does not stop printing')
    expect(Number(kilobytes)).toBeGreaterThan(30_000)
    expect(Number(kilobytes)).toBeLessThan(150_000)
    expect(run.raw.length).toBeLessThan(1_000_000)
  })

  it('C10 ten million empty lines: 400 in the log, and how many are not', async () => {
    const { name } = await pushFresh(BASE, {}, { 'app/lines.py': 'print("\\n" * 10_000_000)\n' })
    const { run, report } = await verifySpec(specOf(`${registry}/${name}`, 'imports: [lines]'))
    await using _ = run
    expect([report.verdict, codes(report), errored(report)]).toEqual(['passed', [], []])
    expect(run.log).toMatch(/… \d+ lines dropped …/)
    expect(run.log.split('\n').filter((line) => line.startsWith('  │')).length).toBeLessThanOrEqual(401)
    expectNoEffect(run)
  })

  it('C25 a token, as it is and in other writings, is in no log, summary or file', async () => {
    const token = 'ghs_a+b/c=d%e~f16C7e42F292c69'
    const forms = [token, Buffer.from(token).toString('base64'), encodeURIComponent(token)]
    const shifted = [1, 2].map((by) => Buffer.from('x'.repeat(by) + token).toString('base64'))
    const text = [...forms, ...shifted].join('\n')
    const loud = `import sys\nsys.stdout.write(${JSON.stringify(`${text}\n`)})\nraise RuntimeError(${JSON.stringify(text)})\n`
    const { name } = await pushFresh(BASE, {}, { 'app/loud.py': loud })
    const { run, report } = await verifySpec(specOf(`${registry}/${name}`, 'imports: [loud]'), { token })
    await using _ = run
    expect(codes(report)).toEqual(['import/broken'])
    expect(run.log).toContain('what app/linux/amd64 printed')
    const written = { log: run.log, summary: run.summary, artifacts: await artifactsOf(run) }
    for (const [where, content] of Object.entries(written))
      for (const form of forms) expect([where, content.includes(form)]).toEqual([where, false])
    for (const form of shifted) expect(written.artifacts).not.toContain(form.slice(4, -4))
  })

  it('C08 C14 labels', async () => {
    const label = 'x\n::set-output name=verified::true\r##[error]y \u001b[2J\u202e<img src=x onerror=a>|`'
    const { name } = await pushFresh(BASE, { Labels: { 'org.opencontainers.image.revision': label } })
    const { run, report } = await verifySpec(specOf(`${registry}/${name}`))
    await using _ = run
    expect([report.verdict, codes(report)]).toEqual(['failed', ['revision/mismatch']])
    expect(JSON.stringify(report)).toContain('set-output')
    expectNoEffect(run)
    expect(run.summary).not.toContain('<img')
  })
})

describe('and of others', () => {
  it('C16 a registry whose error is a command', async () => {
    const message = '##[add-matcher]/x\n::add-matcher::/x\r::set-output name=verified::true'
    await using server = await startServer((_request, response) => {
      response.writeHead(403, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ errors: [{ code: 'DENIED', message }] }))
    })
    const { run, report } = await verifySpec(specOf(`${server.address}/app`))
    await using _ = run
    expect([report.verdict, codes(report)]).toEqual(['errored', []])
    expect(server.asked('/manifests/').length).toBeGreaterThan(0)
    expectNoEffect(run)
  })

  it('C17 C18 names of jobs and words of the spec', async () => {
    const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
    await mkdir(join(workspace, '.github'))
    const command = `commands: [{run: [python, -c, 'print("::add-mask::a"); raise SystemExit(3) ', '##[add-mask]a']}]`
    await writeFile(
      join(workspace, '.github/verify-images.yml'),
      specOf(`${registry}/${(await pushFresh(BASE)).name}`, command),
    )
    const name = 'build (::set-output name=verified::true)\n##[error]x'
    await using github = await startGitHub({
      repository: 'ktrdr/ktrdr',
      runs: [aRun({ repositoryName: 'ktrdr/ktrdr', head_sha: sha, status: 'in_progress', conclusion: null })],
      jobs: [aJob({ name, conclusion: 'failure', head_sha: sha })],
    })
    await using run = await runAction({
      action: '.',
      apiUrl: github.url,
      workspace,
      inputs: { wait: '0s' },
      github: { sha, repository: 'ktrdr/ktrdr' },
    })
    const report: Report = JSON.parse(await readFile(run.outputs.report ?? '', 'utf8'))
    expect([report.verdict, codes(report)]).toEqual(['failed', ['run/job-failed', 'command/exit-code']])
    for (const said of ['set-output name=verified', '[add-mask]a']) expect(JSON.stringify(report)).toContain(said)
    expectNoEffect(run)
    await rm(workspace, { recursive: true })
  })
})
