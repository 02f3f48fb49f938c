// A system of several services on the real engines: what is asked, what goes wrong, and that nothing is left.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import type { CheckResult, Report } from '../../src/model/result.ts'
import type { Shard } from '../../src/plan.ts'
import { startBuildRun } from '../harness/build-run.ts'
import { type RunOptions, runAction } from '../harness/runner.ts'
import type { RunResult } from '../harness/step.ts'
import { COMPOSE, STEPS, specOf, workspaceWith } from './canary-workspace.ts'
import { pushFresh } from './push.ts'
import { codes, errored, registry, results, sha, stores, verifyWorkspace } from './stack.ts'

const [{ dockerHost } = { dockerHost: '' }] = stores

async function docker(host: string, ...args: string[]): Promise<string> {
  const env = { ...childEnvironment(process.env), DOCKER_HOST: host }
  const { exitCode, stdout, stderr } = await runCommand('docker', args, { timeoutMs: 60_000, env })
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`)
  return Buffer.from(stdout).toString().trim()
}

const leftOf = async ({ state }: RunResult, host = dockerHost) => {
  const filter = ['--quiet', '--filter', `label=${state.label}`]
  return Promise.all(
    [
      ['container', 'ls', '--all'],
      ['network', 'ls'],
      ['volume', 'ls'],
    ].map((list) => docker(host, ...list, ...filter)),
  )
}
const NOTHING = ['', '', '']

const canaryOf = (report: Report): CheckResult | undefined => results(report).find(({ check }) => check === 'canary')
const verify = async (canary: string, compose = COMPOSE, options: Partial<RunOptions> = {}) =>
  verifyWorkspace(await workspaceWith(specOf(canary), compose), options)

it.each(stores)('is green on the store $store for a system that does as it is asked', async ({ dockerHost: host }) => {
  const { run, report } = await verify(`  logs: { forbid: [Traceback] }\n  steps:${STEPS}\n`, COMPOSE, {
    dockerHost: host,
  })
  await using _ = run
  expect([codes(report), errored(report)]).toEqual([[], []])
  const [native] = report.images[0]?.platforms ?? []
  expect(canaryOf(report)).toMatchObject({
    status: 'passed',
    evidence: [
      { kind: 'digest', digest: native?.digest },
      ...Array.from({ length: 3 }, () => ({ kind: 'container', startedAt: expect.stringContaining('T') })),
    ],
  })
  expect(run.outputs.verified).toBe('true')
  expect(run.log.match(/^pull app\/linux\/amd64: \d+ MB/gm)).toHaveLength(1)
  expect(await leftOf(run, host)).toEqual(NOTHING)
  expect(run.problems).toEqual([])
})

it('T13 gives its containers nothing of ours, and few rights', async () => {
  const steps = `
    - name: its rights
      request: { service: backend, port: 8000, path: /status }
      expect: { json: { NoNewPrivs: '1', CapBnd: 00000000a00405fb, Seccomp: '2' } }
    - name: what it is given
      request: { service: backend, port: 8000, path: /env }
      expect: { json: { TOKEN: given } }
    - name: and no more
      request: { service: backend, port: 8000, path: /env }
      expect: { matches: ['^(?!.*(?:GITHUB|RUNNER|ACTIONS|INPUT|DOCKER|VERIFY_IMAGES|nonexistent))'] }`
  const { run, report } = await verify(`  steps:${steps}\n`)
  await using _ = run
  expect([codes(report), errored(report)]).toEqual([[], []])
})

const with_ = (text: string, by: string) => COMPOSE.replace(text, by)
describe('goes red for', () => {
  it.concurrent.each<[string, string, string, string, string]>([
    ['a service that ends', '', with_("print('migrated')", 'raise SystemExit(3)'), 'canary/exited', 'migrate ends'],
    [
      'one that cannot start',
      '',
      with_('command: [python3, /srv/server.py]', 'entrypoint: [nobody]'),
      'canary/exited',
      'nobody',
    ],
    ['one that is unhealthy', '', with_('8000/health', '8001/health'), 'canary/unhealthy', 'worker is unhealthy'],
    [
      'one that comes to no word',
      '  timeout: 25s\n',
      with_('interval: 1s', 'interval: 60s'),
      'canary/timeout',
      'worker is starting',
    ],
    ['a log that is not clean', '  logs: { forbid: [migrated] }\n', COMPOSE, 'canary/log', 'migrate prints'],
    [
      'an answer that is another',
      '  steps: [{ name: two, request: { service: backend, port: 8000, path: /workers }, expect: { json: { total: 2 } }, until: 2s }]\n',
      COMPOSE,
      'canary/step',
      'two: GET /workers',
    ],
    [
      'a port that nobody listens on',
      '  steps: [{ name: two, request: { service: backend, port: 9000 } }]\n',
      COMPOSE,
      'canary/step',
      'two: GET /',
    ],
  ])('%s', async (_, canary, compose, code, words) => {
    const { run, report } = await verify(canary, compose)
    await using _run = run
    expect([codes(report), errored(report)]).toEqual([[code], []])
    expect(JSON.stringify(canaryOf(report))).toContain(words)
    expect(run.log).toContain('what migrate printed')
    expect(run.outcome).toBe('failure')
    expect(await leftOf(run)).toEqual(NOTHING)
    expect(run.problems).toEqual([])
  })

  it.concurrent('one that ends while it is asked', async () => {
    const steps =
      '  steps: [{ name: ends, request: { service: backend, port: 8000, path: /end } }, { name: last, request: { service: backend, port: 8000 }, until: 5s, always: true }]\n'
    const { run, report } = await verify(steps)
    await using _ = run
    expect(codes(report).toSorted()).toEqual(['canary/exited', 'canary/step'])
    expect(JSON.stringify(canaryOf(report))).toContain('exit code 7')
    expect(await leftOf(run)).toEqual(NOTHING)
  })
})

it.concurrent('takes in files of the repository, and lets services know each other by the names of their containers', async () => {
  const compose = `
include: [sub/more.yml]
services:
  backend:
    extends: { file: sub/base.yml, service: base }
    image: backend:test
    volumes: ['./server.py:/srv/server.py']
    env_file: a.env
    environment: { PRICE: '$$5 a $\${b}' }
`
  const asks = `import urllib.request as u; u.urlopen('http://its-name:8000/health')`
  const more = {
    'deploy/sub/base.yml':
      'services: { base: { command: [python3, /srv/server.py], env_file: b.env, container_name: its-name } }\n',
    'deploy/sub/more.yml': `services:\n  other:\n    image: other\n    entrypoint: [python3, -c, 'import time; time.sleep(900)']\n    healthcheck: { test: [CMD, python3, -c, "${asks}"], interval: 1s }\n`,
    'deploy/a.env': 'A=1\n',
    'deploy/sub/b.env': 'B=2\n',
  }
  const steps = `  steps: [{ name: all, request: { service: backend, port: 8000, path: /env }, expect: { json: { A: '1', B: '2', PRICE: '$5 a \${b}' } } }]\n`
  const spec = specOf(steps, { services: '{ backend: app, other: app }' })
  const { run, report } = await verifyWorkspace(await workspaceWith(spec, compose, more))
  await using _ = run
  expect([codes(report), errored(report)]).toEqual([[], []])
})

it.concurrent('runs what the spec does not speak of as the file names it, and puts it away', async () => {
  const other = await pushFresh('quick/ktrdr-backend')
  const database = `  db: { image: '${registry}/${other.name}:latest', entrypoint: [python3, -c, 'import time; time.sleep(900)'] }\n`
  const { run, report } = await verify('', COMPOSE.replace('volumes: { data', `${database}volumes: { data`))
  await using _ = run
  expect([codes(report), errored(report)]).toEqual([[], []])
  expect(run.log).toContain(`pull ${registry}/${other.name}:latest: pulled`)
  await expect(docker(dockerHost, 'image', 'inspect', `${registry}/${other.name}@${other.digest}`)).rejects.toThrow(
    'No such',
  )
  expect(await leftOf(run)).toEqual(NOTHING)
})

it.concurrent('is errored where such an image is not to be had', async () => {
  const database = `  db: { image: '${registry}/nobody/pushed-this' }\n`
  const { run, report } = await verify('', COMPOSE.replace('volumes: { data', `${database}volumes: { data`))
  await using _ = run
  expect([codes(report), errored(report)]).toEqual([[], [expect.stringContaining('nobody/pushed-this')]])
})

it.concurrent('is brought up once where a set is spread over runners, by the digests that the shards verified', async () => {
  await using github = await startBuildRun({ repository: 'ktrdr/ktrdr', sha, jobs: { 'build (app)': 120 } })
  const workspace = await workspaceWith(specOf(`  steps:${STEPS}\n`))
  const act = (inputs: Readonly<Record<string, string>>) =>
    runAction({
      ...{ action: '.', apiUrl: github.url, workspace, dockerHost, github: { sha, repository: 'ktrdr/ktrdr' } },
      inputs: { wait: '0s', ...inputs },
    })
  await using planned = await act({ mode: 'plan' })
  const { matrix = '', plan = '' } = planned.outputs
  const rows: readonly Shard[] = JSON.parse(matrix).include
  for (const { shard, targets } of rows) {
    await using run = await act({ plan, targets, 'report-file': join(workspace, 'reports', shard, 'report.json') })
    expect(run.log).not.toContain('canary deploy')
  }
  await using run = await act({ mode: 'report', plan, reports: 'reports' })
  const report: Report = JSON.parse(await readFile(run.outputs.report ?? '', 'utf8'))
  expect([codes(report), errored(report), report.problems]).toEqual([[], [], []])
  const [native] = report.images[0]?.platforms ?? []
  expect(canaryOf(report)).toMatchObject({ status: 'passed', evidence: [{ digest: native?.digest }, {}, {}, {}] })
  expect(run.outputs.verified).toBe('true')
  expect(await leftOf(run)).toEqual(NOTHING)
})

it.concurrent('is errored where nothing is to run', async () => {
  const { run, report } = await verify('', COMPOSE, { inputs: { execute: 'none' } })
  await using _ = run
  expect(errored(report)).toEqual([expect.stringContaining('canary: execute is none')])
  expect(run.outputs.verified).toBe('false')
})

describe('leaves nothing behind', () => {
  const waiting = with_('8000/health', '8001/health').replace('retries: 2', 'retries: 90')
  const during = (
    pattern: RegExp,
    afterMs: number,
    end: 'cancel' | 'kill',
  ): Partial<RunOptions> & { at: () => number } => {
    let seen = 0
    return {
      at: () => seen,
      onLine: (line, phase) => {
        if (seen > 0 || phase.name !== 'main' || !pattern.test(line)) return
        seen = 1
        setTimeout(() => {
          seen = performance.now()
          phase[end]()
        }, afterMs)
      },
    }
  }
  let github: Awaited<ReturnType<typeof startBuildRun>>
  beforeAll(async () => {
    github = await startBuildRun({ repository: 'ktrdr/ktrdr', sha, jobs: { 'build (app)': 120 } })
  })
  afterAll(async () => {
    await github[Symbol.asyncDispose]()
  })
  const act = async (options: Partial<RunOptions>) =>
    runAction({
      ...{
        action: '.',
        apiUrl: github.url,
        dockerHost,
        inputs: { wait: '0s' },
        github: { sha, repository: 'ktrdr/ktrdr' },
      },
      workspace: await workspaceWith(specOf(''), waiting),
      ...options,
    })

  it.each([0, 300, 1_000, 5_000])(
    'when it is cancelled %i ms after its begin, within five seconds',
    async (afterMs) => {
      let mainMs = Infinity
      // another file's work may be in its way, but hardly each time
      for (let tries = 0; tries < 3 && mainMs >= 5_000; tries += 1) {
        const options = during(/^canary deploy/, afterMs, 'cancel')
        await using run = await act(options)
        mainMs = performance.now() - options.at() - (run.phases.find(({ name }) => name === 'post')?.ms ?? 0)
        expect(run.outcome).toBe('cancelled')
        const report: Report = JSON.parse(await readFile(run.outputs.report ?? '', 'utf8'))
        expect(report.verdict).toBe('errored')
        expect(await leftOf(run)).toEqual(NOTHING)
      }
      expect(mainMs).toBeLessThan(5_000)
    },
  )

  it.each([300, 1_000])('when it is killed %i ms after its begin', async (afterMs) => {
    await using run = await act(during(/^canary deploy/, afterMs, 'kill'))
    expect(run.phases.find(({ name }) => name === 'post')).toMatchObject({ exitCode: 0, signal: null })
    expect(await leftOf(run)).toEqual(NOTHING)
  })

  it('when it is killed with all of it there', async () => {
    const mark = `label=mark=${randomUUID()}`
    const marked = waiting.replaceAll(/^ {4}image: .*$/gm, `$&\n    labels: ['${mark.replace('label=', '')}']`)
    const workspace = await workspaceWith(specOf(''), marked)
    let made: Promise<void> | undefined
    await using run = await act({
      workspace,
      onLine: (line, { name, kill }) => {
        if (name === 'main' && line.startsWith('canary deploy')) made ??= untilMade(mark, 3).finally(kill)
      },
    })
    await made
    expect(run.phases.find(({ name }) => name === 'post')).toMatchObject({ exitCode: 0, signal: null })
    expect(run.log).toMatch(/^removed [3-9] containers/m)
    expect(run.log).toMatch(/^removed 1 network/m)
    expect(run.log).toMatch(/^removed 1 volume/m)
    expect(await leftOf(run)).toEqual(NOTHING)
  })

  async function untilMade(filter: string, count: number): Promise<void> {
    const end = performance.now() + 2 * 60_000
    const list = async () => docker(dockerHost, 'container', 'ls', '--all', '--quiet', '--filter', filter)
    while ((await list()).split('\n').length < count) {
      if (performance.now() > end) throw new Error('not all of it is made')
      await delay(200)
    }
  }
})
