import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from '@jest/globals'
import { pushFresh } from './push.ts'
import { codes, errored, registry, results, verifySpec } from './stack.ts'

const MINUTES = 60_000
const specOf = (health: string, image = 'ktrdr/ktrdr-backend') => `
version: 1
images:
  backend:
    image: ${registry}/${image}
    platforms: [linux/amd64, linux/arm64]
    health: ${health}
`

it.concurrent(
  'is green for an image that comes to answer as it should',
  async () => {
    const health =
      '{env: {WARMUP_SECONDS: "2"}, port: 8000, path: /health, matches: [^ok$], logs: {forbid: [Traceback]}}'
    const { run, report } = await verifySpec(specOf(health))
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([[], []])
    expect(results(report).find(({ check, status }) => check === 'health' && status === 'passed')).toMatchObject({
      evidence: [{ kind: 'container', startedAt: expect.stringContaining('T') }],
    })
    expect(run.outputs.verified).toBe('true')
    expect(run.problems).toEqual([])
    expect(report.images[0]?.platforms.map(({ executed }) => executed)).toContain('native')
  },
  4 * MINUTES,
)

it.concurrent.each([
  [
    'never becomes ready',
    '{env: {WARMUP_SECONDS: "900"}, port: 8000, path: /health, timeout: 15s}',
    'health/unhealthy',
  ],
  ['answers no path', '{port: 8000, path: /nothing, timeout: 15s}', 'health/unhealthy'],
  ['listens elsewhere', '{port: 8001, path: /health, timeout: 4s}', 'health/no-answer'],
  ['ends at once', '{env: {WARMUP_SECONDS: soon}, port: 8000, timeout: 60s}', 'health/exited'],
  ['has no health check', '{healthcheck: true}', 'health/unhealthy'],
  ['prints what it must not', '{port: 8000, path: /health, logs: {forbid: [GET /health]}}', 'health/log'],
])(
  'goes red for an image that %s',
  async (_, health, code) => {
    const { run, report } = await verifySpec(specOf(health))
    await using _run = run
    expect([codes(report), errored(report)]).toEqual([[code], []])
    expect(run.outcome).toBe('failure')
    expect(run.problems).toEqual([])
  },
  4 * MINUTES,
)

/** The docker of this machine behind a line of shell, for the environment of a run. */
async function dockerBehind(line: string) {
  const folder = await mkdtemp(join(tmpdir(), 'docker-behind-'))
  const script = `#!/bin/sh\nPATH=\${PATH#*:}\n${line}\nexec docker "$@"\n`
  await writeFile(join(folder, 'docker'), script, { mode: 0o755 })
  return {
    env: { PATH: `${folder}:${process.env.PATH}` },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

it.concurrent(
  'is not green for a log that docker does not hand out, where something is not to be in it',
  async () => {
    const line = `[ "$1 $2" = 'container logs' ] && { echo 'error during connect: EOF' >&2; exit 1; }`
    await using docker = await dockerBehind(line)
    const { env } = docker
    const asked = await verifySpec(specOf('{port: 8000, path: /health, logs: {forbid: [Traceback]}}'), { env })
    const unasked = await verifySpec(specOf('{port: 8000, path: /health}'), { env })
    await using _asked = asked.run
    await using _unasked = unasked.run
    expect(codes(asked.report)).toEqual([])
    expect(errored(asked.report)).toEqual([expect.stringMatching(/^health: the log of .*error during connect: EOF$/)])
    expect(asked.run.outcome).toBe('failure')
    expect([codes(unasked.report), errored(unasked.report), unasked.run.outcome]).toEqual([[], [], 'success'])
  },
  4 * MINUTES,
)

it.concurrent(
  'says of silence whose it may be, where the engine is on another machine',
  async () => {
    const there = `s/"Name":"${hostname()}"/"Name":"far"/`
    await using docker = await dockerBehind(`[ "$1" = info ] && { docker "$@" | sed '${there}'; exit; }`)
    const { env } = docker
    const silent = await verifySpec(specOf('{port: 8001, path: /health, timeout: 4s}'), { env })
    const reached = await verifySpec(specOf('{port: 8000, path: /health}'), { env })
    await using _silent = silent.run
    await using _reached = reached.run
    const why = /^health: no answer after \d+ s: .+; the engine is on far, and so are its ports$/
    expect([codes(silent.report), errored(silent.report)]).toEqual([[], [expect.stringMatching(why)]])
    expect(silent.run.outcome).toBe('failure')
    expect([codes(reached.report), errored(reached.report), reached.run.outcome]).toEqual([[], [], 'success'])
  },
  4 * MINUTES,
)

it.concurrent(
  'C112 is green for an image whose own health check comes to say healthy',
  async () => {
    const { run, report } = await verifySpec(specOf('{healthcheck: true}', 'shapes/healthcheck'))
    await using _ = run
    expect([codes(report), errored(report), run.outputs.verified]).toEqual([[], [], 'true'])
    expect(run.problems).toEqual([])
  },
  4 * MINUTES,
)

async function expectIll(spec: string, code: string, actual: string): Promise<void> {
  const { run, report } = await verifySpec(spec)
  await using _ = run
  expect([codes(report), errored(report), run.outcome]).toEqual([[code], [], 'failure'])
  const found = results(report).flatMap((each) => ('findings' in each ? each.findings : []))
  expect(found.map((each) => each.actual)).toEqual([expect.stringContaining(actual)])
  expect(run.problems).toEqual([])
}

it.concurrent.each([
  ['says unhealthy', 'bad/unhealthy', '60s', 'health/unhealthy', 'unhealthy: no database'],
  ['never comes to a word', 'bad/health-hangs', '8s', 'health/timeout', 'starting'],
  ['has no time to say a word, ending at once', 'bad/swallow', '60s', 'health/exited', 'exit code 0'],
])(
  'C112 goes red for an image whose health check %s',
  async (_, image, timeout, code, actual) =>
    expectIll(specOf(`{healthcheck: true, timeout: ${timeout}}`, image), code, actual),
  4 * MINUTES,
)

it.concurrent(
  'tells what an image printed that ended, and leaves nothing behind',
  async () => {
    const { run, report } = await verifySpec(specOf('{port: 8000}', 'quick/ktrdr-backend'))
    await using _ = run
    expect(codes(report)).toEqual(['health/exited'])
    expect(run.log).toContain("No module named 'http'")
    const repository = `${registry}/quick/ktrdr-backend`
    const [digest] = report.images[0]?.platforms.map((each) => each.digest) ?? []
    const filter = ['container', 'ls', '--all', '--quiet', '--filter', `ancestor=${repository}@${digest}`]
    expect((await promisify(execFile)('docker', [...filter, '--filter', 'publish=8000'])).stdout).toBe('')
  },
  4 * MINUTES,
)

/** Says what it must not, then much else, and answers. */
const talker = (much: string) => `
import sys
sys.stdout.write('FORBIDDEN\\n' + ${much}); sys.stdout.flush()
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'{"pad":"' + b'x' * 300000 + b'","status":"well"}' if self.path == '/long' else b'ok')
    def log_message(self, *_): pass
HTTPServer(('', 8000), Handler).serve_forever()
`

it.each([
  ['a little more', "'x\\n' * 9", /^failed$/],
  ['7.5 MB', "('x' * 999 + '\\n') * 7500", /^errored$/],
  ['more than is kept', "('x' * 999 + '\\n') * 40000", /^errored$/],
  // so small that the engine may still be at the beginning when its log is read
  ['more empty lines than are kept', "'\\n' * 1_000_000", /^(?:errored|failed)$/],
])(
  'is never green for an image that prints what it must not and then %s',
  async (_, much, status) => {
    const { name } = await pushFresh('ktrdr/ktrdr-backend', { Entrypoint: null, Cmd: ['python3', '-c', talker(much)] })
    const health = '{port: 8000, path: /health, timeout: 60s, logs: {forbid: [FORBIDDEN]}}'
    const { run, report } = await verifySpec(specOf(health, name).replace(', linux/arm64', ''))
    await using _run = run
    const [seen] = results(report).filter(({ check }) => check === 'health')
    expect(seen?.status).toMatch(status)
    expect(run.outcome).toBe('failure')
  },
  4 * MINUTES,
)

it.concurrent.each([
  ['/health', 'matches: [^ok$]', 'passed'],
  ['/long', 'json: {status: sick}', 'errored'],
  ['/long', 'json: {status: well}', 'errored'],
])(
  'tells an answer that is wrong from one that is too long: %s, %s',
  async (path, asked, status) => {
    const { name } = await pushFresh('ktrdr/ktrdr-backend', { Entrypoint: null, Cmd: ['python3', '-c', talker("''")] })
    const { run, report } = await verifySpec(
      specOf(`{port: 8000, path: ${path}, ${asked}, timeout: 15s}`, name).replace(', linux/arm64', ''),
    )
    await using _run = run
    const [seen] = results(report).filter(({ check }) => check === 'health')
    expect(seen?.status).toBe(status)
  },
  4 * MINUTES,
)

// What says healthy for a moment is red if that ends within two seconds: nothing else of this file goes on meanwhile.
it(
  'C112 goes red for an image whose health check says healthy and takes it back, over and over',
  async () => expectIll(specOf('{healthcheck: true, timeout: 30s}', 'bad/flapping'), 'health/unhealthy', 'unhealthy: '),
  4 * MINUTES,
)

it(
  'C112 goes red for an image whose health check says healthy, before it ends',
  async () => {
    const Cmd = ['sh', '-c', 'touch /tmp/ready; sleep 1.4; echo lost the database >&2; exit 3']
    const { name } = await pushFresh('bad/dies', { Cmd })
    const spec = specOf('{healthcheck: true, timeout: 30s}', name).replace(', linux/arm64', '')
    await expectIll(spec.replace('images:', 'tags: [latest]\nimages:'), 'health/exited', 'exit code 3')
  },
  4 * MINUTES,
)
