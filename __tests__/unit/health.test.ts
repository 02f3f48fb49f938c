import { describe, expect, test } from '@jest/globals'
import { health } from '../../src/checks/health.ts'
import type { Answer } from '../../src/model/answer.ts'
import type { HealthExpectation, HealthSeen, ServingState } from '../../src/model/health.ts'
import type { Look } from '../../src/model/observation.ts'
import { faultIn } from '../../src/observe/answer.ts'
import { lookAtHealth } from '../../src/observe/health.ts'
import { isWell } from '../../src/observe/well.ts'
import type { ServeRequest } from '../../src/ports.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import { parsePattern } from '../../src/spec/pattern.ts'
import { resolveSpec } from '../../src/spec/resolve.ts'
import {
  aClock,
  aPulled,
  aTarget,
  type Case,
  cannotRun,
  describeCheck,
  fakePorts,
  NONCE,
  native,
  no,
  notAskedToRun,
  ok,
  STARTED,
} from './sightings.ts'

type Seen = Parameters<typeof health.judge>[1]

const http = { port: 8000, path: '/health', status: 200, json: {}, matches: [] }
const anExpectation = (given: Partial<HealthExpectation> = {}): HealthExpectation => ({
  env: {},
  http,
  healthcheck: false,
  timeoutMs: 30_000,
  forbidden: [],
  ...given,
})
const up: ServingState = { running: true, exitCode: 0, oomKilled: false, error: '', health: 'none', healthOutput: '' }
const neverUp = (error: string, refusedBy: 'image' | 'engine'): ServingState => ({
  ...up,
  running: false,
  error,
  refusedBy,
})
const seen = (given: Partial<HealthSeen> = {}): Seen => ({
  execution: native,
  pulled: true,
  health: ok({
    nonce: NONCE,
    startedAt: STARTED,
    state: up,
    answer: { status: 200, body: 'ok', cut: false },
    seconds: 3,
    logs: ok({ text: 'started', cut: false }),
    ...given,
  }),
})
const target = aTarget({ health: anExpectation() })
const checked = aTarget({ health: anExpectation({ http: undefined, healthcheck: true }) })
const clean = aTarget({ health: anExpectation({ forbidden: [parsePattern('Traceback')] }) })

const cases: readonly Case<'platform', Seen>[] = [
  { name: 'nothing asked', of: aTarget(), seen: undefined, is: 'skipped' },
  { name: 'well', of: target, seen: seen(), is: 'passed' },
  { name: 'well, with a clean log', of: clean, seen: seen(), is: 'passed' },
  { name: 'not to run', of: target, seen: { ...seen(), execution: notAskedToRun }, is: 'skipped' },
  { name: 'cannot run', of: target, seen: { ...seen(), execution: cannotRun }, is: 'errored', because: 'pull' },
  { name: 'not started', of: target, seen: { ...seen(), health: undefined }, is: 'errored' },
  { name: 'not pulled', of: target, seen: { ...seen(), pulled: false, health: no() }, is: 'errored', because: 'pull' },
  { name: 'could not look', of: target, seen: { ...seen(), health: no('timeout') }, is: 'errored' },
  {
    name: 'never started',
    of: target,
    seen: seen({ startedAt: undefined, state: neverUp('no command specified', 'image') }),
    is: 'failed',
    codes: ['health/exited'],
    says: ['no command specified'],
  },
  {
    name: 'never started, and the engine is why',
    of: target,
    seen: seen({ startedAt: undefined, state: neverUp('port is already allocated', 'engine') }),
    is: 'errored',
    says: ['port is already allocated'],
  },
  {
    name: 'never started, and nobody says why',
    of: target,
    seen: seen({ startedAt: undefined, state: { ...up, running: false } }),
    says: ['does not say why'],
    is: 'errored',
  },
  {
    name: 'ended',
    of: target,
    seen: seen({ state: { ...up, running: false, exitCode: 3 } }),
    is: 'failed',
    codes: ['health/exited'],
    says: ['exit code 3'],
  },
  {
    name: 'out of memory',
    of: target,
    seen: seen({ state: { ...up, running: false, oomKilled: true } }),
    is: 'failed',
    codes: ['health/exited'],
    says: ['memory'],
  },
  {
    name: 'silent',
    of: target,
    seen: seen({ answer: { none: 'refused' } }),
    is: 'failed',
    codes: ['health/no-answer'],
    says: ['refused'],
  },
  {
    name: 'silent, where the way to it may be why',
    of: target,
    seen: seen({ answer: { none: 'refused; the engine is on far', outOfReach: 'go there' } }),
    is: 'errored',
    says: ['refused; the engine is on far'],
  },
  {
    name: 'another status',
    of: target,
    seen: seen({ answer: { status: 503, body: 'not ready', cut: false } }),
    is: 'failed',
    codes: ['health/unhealthy'],
    says: ['status 503', 'not ready'],
  },
  {
    name: 'an answer of which only the beginning was read',
    of: aTarget({ health: anExpectation({ http: { ...http, json: { status: 'well' } } }) }),
    seen: seen({ answer: { status: 200, body: '{"status": "well", ', cut: true } }),
    is: 'errored',
    says: ['the JSON of an answer of which only the beginning was read'],
  },
  {
    name: 'such an answer, and a health check that never ends',
    of: aTarget({ health: anExpectation({ http: { ...http, json: { status: 'well' } }, healthcheck: true }) }),
    seen: seen({
      ...{ answer: { status: 200, body: '{"status": "well", ', cut: true } },
      state: { ...up, health: 'starting' },
    }),
    is: 'failed',
    codes: ['health/timeout'],
  },
  {
    name: 'its own word: unhealthy',
    of: checked,
    seen: seen({ answer: undefined, state: { ...up, health: 'unhealthy', healthOutput: 'no database' } }),
    is: 'failed',
    codes: ['health/unhealthy'],
    says: ['no database'],
  },
  {
    name: 'no health check',
    of: checked,
    seen: seen({ answer: undefined }),
    is: 'failed',
    codes: ['health/unhealthy'],
    says: ['no health check'],
  },
  {
    name: 'a health check that never ends',
    of: checked,
    seen: seen({ answer: undefined, state: { ...up, health: 'starting' } }),
    is: 'failed',
    codes: ['health/timeout'],
  },
  {
    name: 'well, with a traceback',
    of: clean,
    seen: seen({ logs: ok({ text: 'x\nTraceback (most recent call last)\n', cut: false }) }),
    is: 'failed',
    codes: ['health/log'],
  },
  {
    name: 'well, with a log that is cut',
    of: clean,
    seen: seen({ logs: ok({ text: 'started', cut: true }) }),
    is: 'errored',
  },
  {
    name: 'well, with a log that could not be read',
    of: clean,
    seen: seen({ logs: no('unavailable', 'the log of it: unexpected EOF') }),
    is: 'errored',
    says: ['the log of it: unexpected EOF'],
  },
  { name: 'well, with a log that nobody asks for', of: target, seen: seen({ logs: no() }), is: 'passed' },
]

describeCheck(health, cases)

describe('an answer is compared', () => {
  const body = '{"status": "healthy", "workers": [{"name": "a"}], "n": 2, "none": null}'
  test.each([
    [{}, true],
    [{ status: 404 }, false],
    [{ json: { status: 'healthy', 'workers.0.name': 'a', n: 2, none: null } }, true],
    [{ json: { status: 'sick' } }, false],
    [{ json: { 'workers.1.name': 'a' } }, false],
    [{ json: { toString: 'x' } }, false],
    [{ json: { n: '2' } }, false],
    [{ matches: [parsePattern('healthy')] }, true],
    [{ matches: [parsePattern('sick')] }, false],
  ])('with %j', (given, right) => {
    expect(faultIn({ ...http, ...given }, { status: 200, body, cut: false }) === undefined).toBe(right)
  })
  test('that is deeper than anybody writes', () => {
    const body = `{"status": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect(faultIn({ ...http, json: { status: 'well' } }, { status: 200, body, cut: false })).toMatchObject({
      actual: 'status is a list',
    })
  })
  test('that is no JSON', () => {
    expect(faultIn({ ...http, json: { a: 1 } }, { status: 200, body: '<html>', cut: false })).toMatchObject({
      expected: 'JSON with a',
    })
  })
  test.each([
    ['another status', { status: 404 }, 'expected'],
    ['the status', {}, undefined],
    ['words that are there', { matches: [parsePattern('well')] }, undefined],
    ['words that are not there', { matches: [parsePattern('sick')] }, 'unsure'],
    ['words at its end', { matches: [parsePattern('"n"$')] }, 'unsure'],
    ['its JSON', { json: { status: 'well' } }, 'unsure'],
  ])('by %s where only its beginning was read', (_, given, says) => {
    const fault = faultIn({ ...http, ...given }, { status: 200, body: '{"status": "well", "n"', cut: true })
    expect(fault && Object.keys(fault)[0]).toBe(says)
  })
})

/** A container as it is at each look; the last goes on. */
async function watched(
  expected: HealthExpectation,
  states: readonly Partial<ServingState>[],
  answers: readonly Look<Answer>[] = [no()],
  logs: HealthSeen['logs'] = ok({ text: 'log', cut: false }),
) {
  const requests: ServeRequest[] = []
  let at = -1
  let removed = 0
  const clock = aClock()
  const ports = fakePorts({
    clock,
    nonce: () => NONCE,
    engine: {
      serve: async (request) => {
        requests.push(request)
        return ok({
          startedAt: STARTED,
          state: async () => ok({ ...up, ...(states[++at] ?? states.at(-1)) }),
          get: async () => answers[at] ?? answers.at(-1) ?? no(),
          logs: async () => logs,
          [Symbol.asyncDispose]: async () => {
            removed += 1
          },
        })
      },
    },
  })
  const look = await lookAtHealth(aTarget({ health: expected }), aPulled(), ports)
  if (!look.ok) throw new Error(`${look.reason}, removed ${removed}`)
  return { ...look.seen, well: isWell(expected, look.seen), requests, removed, now: clock.now() }
}

describe('a container that serves is well', () => {
  const answer = { status: 200, body: 'ok', cut: false }
  const both = anExpectation({ healthcheck: true })
  const alone = anExpectation({ http: undefined, healthcheck: true })
  const healthy = { ...up, health: 'healthy' } as const
  const as = { startedAt: STARTED, state: up, answer }
  test.each([
    ['answers as it should', anExpectation(), as],
    ['is healthy', alone, { ...as, state: healthy, answer: undefined }],
    ['does both', both, { ...as, state: healthy }],
  ] as const)('if it %s', (_, expected, seen) => expect(isWell(expected, seen)).toBe(true))
  test.each([
    ['never started', anExpectation(), { ...as, startedAt: undefined }],
    ['ended', anExpectation(), { ...as, state: { ...up, running: false } }],
    ['answers something else', anExpectation(), { ...as, answer: { status: 503, body: 'ok', cut: false } }],
    ['does not answer', anExpectation(), { ...as, answer: { none: 'refused' } }],
    ['was not asked', anExpectation(), { ...as, answer: undefined }],
    ['answers, and is not healthy yet', both, { ...as, state: { ...up, health: 'starting' } }],
    ['is healthy, and does not answer', both, { ...as, state: healthy, answer: { none: 'refused' } }],
    ['has no health check', alone, { ...as, answer: undefined }],
    ['is asked for nothing', anExpectation({ http: undefined }), as],
  ] as const)('but not if it %s', (_, expected, seen) => expect(isWell(expected, seen)).toBe(false))
})

describe('a container is watched', () => {
  const fine = ok({ status: 200, body: 'ok', cut: false })
  const busy = ok({ status: 503, body: 'not ready', cut: false })
  const checks = anExpectation({ http: undefined, healthcheck: true })

  test('until it answers as it should', async () => {
    const seen = await watched(anExpectation({ env: { A: 'b' } }), [{}], [no(), busy, fine])
    expect(seen).toMatchObject({ well: true, removed: 1, now: 1000, logs: ok({ text: 'log', cut: false }) })
    expect(seen.requests).toMatchObject([{ port: 8000, env: { A: 'b' }, healthcheck: false }])
  })
  test('until its time is up', async () => {
    expect(await watched(anExpectation(), [{}], [busy])).toMatchObject({
      well: false,
      now: 30_000,
      answer: { status: 503 },
    })
    expect(await watched(anExpectation(), [{}])).toMatchObject({ well: false, answer: { none: 'it was unavailable' } })
  })
  test('not at all where the engine publishes no port to ask', async () => {
    const unpublished = no('failed', 'port 8000 is not published')
    await expect(watched(anExpectation(), [{}], [unpublished])).rejects.toThrow('port 8000 is not published, removed 1')
  })
  test('until it ends, and no longer', async () => {
    const seen = await watched(anExpectation(), [{}, { running: false, exitCode: 1 }])
    expect(seen).toMatchObject({ well: false, now: 500, state: { exitCode: 1 }, removed: 1 })
  })
  test('until its health check says healthy, which it may after it said unhealthy', async () => {
    const states = [{ health: 'starting' }, { health: 'unhealthy' }, { health: 'healthy' }] as const
    expect(await watched(checks, states)).toMatchObject({ well: true, now: 3000 })
  })
  test('C112 for two seconds more once it is healthy, which it must not take back', async () => {
    const flapping = [{ health: 'healthy' }, { health: 'unhealthy' }, { health: 'healthy' }] as const
    expect(await watched(checks, flapping)).toMatchObject({ well: false, now: 500, state: { health: 'unhealthy' } })
    const dying = [{ health: 'healthy' }, { health: 'healthy' }, { health: 'healthy', running: false }] as const
    expect(await watched(checks, dying)).toMatchObject({ well: false, now: 1000, state: { running: false } })
    const late = { ...checks, timeoutMs: 1_000 }
    expect(await watched(late, [{ health: 'starting' }, { health: 'healthy' }])).toMatchObject({
      well: true,
      now: 1000,
    })
  })
  test('for ten seconds more once it is unhealthy', async () => {
    expect(await watched(checks, [{ health: 'unhealthy' }])).toMatchObject({ well: false, now: 10_000 })
  })
  test('and its log is told as it was looked at, also where it could not be read', async () => {
    expect(await watched(anExpectation(), [{}], [fine], no())).toMatchObject({ well: true, logs: no(), removed: 1 })
  })
  test('not at all where there is no health check to wait for', async () => {
    expect(await watched(checks, [{}])).toMatchObject({ well: false, now: 0 })
  })
})

const specOf = (line: string) =>
  `version: 1\ntags: [latest]\nimages:\n  a: { image: ghcr.io/acme/a, health: ${line} }\n`

test('the spec asks for health', async () => {
  const decoded = await decodeSpec(
    specOf('{ port: 8000, json: { a.b: true }, logs: { forbid: [ERROR] }, timeout: 5s }'),
    's.yml',
  )
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
  const resolved = resolveSpec(decoded.spec, decoded.positions, {})
  expect(resolved.ok && resolved.images[0]?.health).toMatchObject({
    http: { port: 8000, path: '/', status: 200, json: { 'a.b': true } },
    healthcheck: false,
    timeoutMs: 5000,
    forbidden: [{ text: 'ERROR' }],
  })
})

test.each(['{}', '{ path: /health }', '{ port: 0 }', '{ port: 8000, path: health }', '{ port: 8000, matches: ["("] }'])(
  'not %s',
  async (line) => expect((await decodeSpec(specOf(line), 's.yml')).ok).toBe(false),
)
