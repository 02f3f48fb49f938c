import { describe, expect, it } from '@jest/globals'
import { neverRan } from '../../src/adapters/docker/start-fault.ts'
import { parseImageName, parsePlatform } from '../../src/model/image.ts'
import type { Look, PulledSeen, RunSeen } from '../../src/model/observation.ts'
import type { ImageExpectation, Target } from '../../src/model/spec.ts'
import { probe } from '../../src/observe/probe.ts'
import type { Engine, RunRequest } from '../../src/ports.ts'

const hex = (text: string) => Buffer.from(text).toString('hex')
const begin = ` begin ${hex('3.13.5')} ${hex('/usr/local/bin/python')}`
const image: PulledSeen = { id: 'sha256:abc', repoDigests: [], unpackedBytes: 1, seconds: 1 }

const seen = (given: Partial<RunSeen> = {}): RunSeen => ({
  startedAt: '2026-01-02T03:04:05Z',
  exitCode: 0,
  oomKilled: false,
  timedOut: false,
  outputLimited: false,
  error: '',
  marked: [begin, ' 0 ok 1000', ' end 1'],
  stdout: '',
  stderr: '',
  cut: { stdout: false, stderr: false },
  seconds: 2,
  ...given,
})
const failure: Look<RunSeen> = { ok: false, failure: 'unavailable', reason: 'gone', hint: 'start it' }
const missing = (python: string) =>
  seen({
    marked: [],
    ...neverRan(
      `failed to create task for container: unable to start container process: exec: "${python}": executable file not found in $PATH`,
    ),
  })
const old = seen({ marked: [' old 2.7.18'] })

function target(given: Partial<ImageExpectation> = {}, settings: Partial<ImageExpectation['probe']> = {}): Target {
  const platform = parsePlatform('linux/amd64')
  const expectation: ImageExpectation = {
    id: 'backend',
    name: parseImageName('ghcr.io/acme/backend'),
    tags: [],
    platforms: [platform],
    size: {},
    growth: 0.2,
    imports: [{ module: 'ktrdr' }],
    absent: [],
    torch: undefined,
    starts: false,
    commands: [],
    files: [],
    config: [],
    attestations: false,
    probe: { timeoutMs: 60_000, memoryBytes: 4e9, entrypoint: 'clear', ...settings },
    maxDurationMs: undefined,
    severity: {},
    waivers: [],
    positions: {},
    ...given,
  }
  return { key: 'backend/linux/amd64', image: expectation, platform }
}

async function probeWith(answers: readonly (RunSeen | Look<RunSeen>)[], given = target()) {
  const requests: RunRequest[] = []
  const engine: Pick<Engine, 'run'> = {
    run: async (request) => {
      const answer = answers[requests.push(request) - 1]
      if (answer === undefined) throw new Error('one run too many')
      return 'ok' in answer ? answer : { ok: true, seen: answer }
    },
  }
  let nonces = 0
  const look = await probe(given, image, { engine: engine as Engine, nonce: () => `nonce${++nonces}` })
  return { look, requests }
}

describe('probing a target', () => {
  it('asks for all of it at once, each once, and says what it heard', async () => {
    const asked = target({ imports: [{ module: 'ktrdr' }, { module: 'torch' }], absent: ['numpy'], torch: 'cpu' })
    const { look, requests } = await probeWith([seen()], asked)
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({
      image: 'sha256:abc',
      platform: 'linux/amd64',
      entrypoint: 'python',
      args: ['-c', expect.any(String), 'nonce1', '60', 'torch', 'ktrdr', 'torch', 'numpy'],
      memoryBytes: 4e9,
      marker: 'nonce1',
    })
    expect(requests[0]?.timeoutMs).toBeGreaterThan(3 * 60_000)
    expect(look).toMatchObject({
      ok: true,
      seen: {
        nonce: 'nonce1',
        startedAt: '2026-01-02T03:04:05Z',
        python: '/usr/local/bin/python',
        pythonVersion: '3.13.5',
        modules: {
          ktrdr: { outcome: 'imported' },
          torch: { outcome: 'unseen' },
          numpy: { outcome: 'unseen' },
        },
        torch: undefined,
      },
    })
  })

  it('goes through the image’s own entrypoint where the spec says so', async () => {
    const { requests } = await probeWith([seen()], target({}, { entrypoint: 'keep' }))
    expect(requests[0]).toMatchObject({
      entrypoint: undefined,
      args: ['python', '-c', expect.any(String), 'nonce1', '60', '-', 'ktrdr'],
    })
  })

  it.each([
    ['there is none', missing('python')],
    ['it is Python 2', old],
    [
      'the entrypoint says so',
      seen({ exitCode: 127, marked: [], stderr: '/entrypoint.sh: 3: exec: python: not found' }),
    ],
  ])('tries python3 after python when %s, with a nonce of its own', async (_what, first) => {
    const { look, requests } = await probeWith([first, seen()])
    expect(requests.map(({ entrypoint, marker }) => [entrypoint, marker])).toEqual([
      ['python', 'nonce1'],
      ['python3', 'nonce2'],
    ])
    expect(look).toMatchObject({ ok: true, seen: { nonce: 'nonce2' } })
  })

  it('says so when there is no Python to ask', async () => {
    const { look } = await probeWith([old, missing('python3')])
    expect(look).toMatchObject({
      ok: false,
      failure: 'not-found',
      reason: expect.stringContaining('python is Python 2.7.18; there is no python3'),
      hint: expect.stringContaining('`python:`'),
    })
  })

  it('asks only the interpreter that the spec names', async () => {
    const named = target({}, { python: '/opt/venv/bin/python' })
    const { look, requests } = await probeWith([missing('/opt/venv/bin/python')], named)
    expect(requests).toHaveLength(1)
    expect(look).toMatchObject({ ok: false, failure: 'not-found' })
  })

  it('passes on why the engine could not run it', async () => {
    expect((await probeWith([failure])).look).toEqual(failure)
  })

  it.each([
    [
      'does nothing that it is asked',
      { stdout: 'starting up\n' },
      'no-evidence',
      'python exited 0 and said nothing of what it was asked: no evidence; its last words: "starting up"',
    ],
    ['claims an end without a beginning', { marked: [' 0 ok 1', ' end 1'] }, 'no-evidence', 'no evidence'],
    ['begins twice', { marked: [begin, begin, ' 0 ok 1', ' end 1'] }, 'no-evidence', 'no evidence'],
    [
      'never ends and says nothing',
      { marked: [], timedOut: true, exitCode: undefined },
      'timeout',
      'python had said nothing',
    ],
    ['runs out of memory at once', { marked: [], oomKilled: true, exitCode: 137 }, 'failed', '4000 MB'],
    ['floods', { marked: [], outputLimited: true, exitCode: undefined }, 'failed', 'printed more'],
    ['does not start', neverRan('unable to find user nosuch'), 'no-start', 'unable to find user nosuch'],
    ['an engine does not start', neverRan('runc create failed: cgroup: no such file'), 'failed', 'cgroup'],
    [
      'lacks its own entrypoint',
      neverRan('unable to start container process: exec: "/start.sh": stat /start.sh: no such file or directory'),
      'no-start',
      '/start.sh',
    ],
  ] as const)('knows an image that %s', async (_what, given, name, reason) => {
    const { look } = await probeWith([seen({ marked: [], ...given })])
    expect(look).toMatchObject({ ok: false, failure: name, reason: expect.stringContaining(reason) })
  })
})
