import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals'
import fc from 'fast-check'
import { workspaceFiles } from '../../src/adapters/files.ts'
import { canary } from '../../src/checks/canary.ts'
import type { Answer } from '../../src/model/answer.ts'
import type { CanaryExpectation, CanarySeen, CanaryStep, ContainerSeen } from '../../src/model/canary.ts'
import { fillBody, fillPath, namesIn } from '../../src/model/captured.ts'
import type { Look } from '../../src/model/observation.ts'
import { readFamily } from '../../src/observe/canary/files.ts'
import { endedWrongly, notReady } from '../../src/observe/canary/readiness.ts'
import { runCanary } from '../../src/observe/canary/run.ts'
import type { CanaryLook } from '../../src/observe/canary.ts'
import { lookAtCanary } from '../../src/observe/canary.ts'
import type { Composed, Files, HttpRequest, Ports, UpSeen } from '../../src/ports.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import { parsePattern } from '../../src/spec/pattern.ts'
import { resolveSpec } from '../../src/spec/resolve.ts'
import { mostly } from '../harness/mostly.ts'
import { aDigest } from './builders.ts'
import {
  aCanary,
  aContainer,
  aModel,
  aRun,
  aStep,
  aStepSeen,
  backend,
  QUEUE,
  queue,
  services,
  WEB,
  web,
  worker,
} from './canary-sightings.ts'
import { aClock, aLog, type Case, describeCheck, fakePorts, judged, NONCE, no, ok, STARTED } from './sightings.ts'

type Seen = Parameters<typeof canary.judge>[1]

const images = [backend, worker]
const seen = (given: Partial<CanarySeen> = {}): Seen => ({
  canary: {
    ok: true,
    seen: { expected: aCanary(), sha256: 'a'.repeat(64), refusals: [], run: aRun(), ...given },
  },
})
const ran = (run: Parameters<typeof aRun>[0], expected: Partial<CanaryExpectation> = {}): Seen =>
  seen({ expected: aCanary(expected), run: aRun(run) })
const red = (code: string, ...says: readonly string[]) => ({ is: 'failed', codes: [`canary/${code}`], says }) as const
const refusal = { message: 'asks for privileged', hint: 'leave it out', path: 'file' }
const unasked = { steps: [undefined] }

const cases: readonly Case<'set', Seen>[] = [
  { name: 'no canary', of: images, seen: { canary: undefined }, is: 'skipped', says: ['no canary'] },
  { name: 'all as meant', of: images, seen: seen(), is: 'passed' },
  { name: 'could not look', of: images, seen: { canary: no('no-tool') }, is: 'errored', says: ['no-tool'] },
  {
    name: 'an image that could not be pulled',
    of: images,
    seen: { canary: { ...(no() as Extract<CanaryLook, { ok: false }>), because: 'pull' } },
    ...{ is: 'errored', because: 'pull' },
  },
  {
    name: 'a file that does not fit',
    of: images,
    seen: seen({ run: undefined, refusals: [{ ...refusal, kind: 'invalid' }] }),
    ...red('invalid', 'deploy/compose.yml asks for privileged'),
  },
  {
    name: 'a file that asks for too much, though it ran',
    of: images,
    seen: seen({ refusals: [{ ...refusal, kind: 'policy' }] }),
    ...red('policy', 'leave it out'),
  },
  { name: 'not brought up', of: images, seen: seen({ run: undefined }), is: 'errored' },
  {
    name: 'a service that ends',
    of: images,
    seen: ran({ readiness: 'exited', ...unasked, containers: [web, aContainer({ running: false, exitCode: 3 })] }),
    ...red('exited', 'web ends after 4 s', 'exit code 3'),
  },
  {
    name: 'one that ends with 0, and nobody waits for that',
    of: images,
    seen: ran({ readiness: 'exited', ...unasked, containers: [aContainer({ running: false })] }),
    ...red('exited', 'exit code 0'),
  },
  {
    name: 'one that ends for its memory',
    of: images,
    seen: ran({ readiness: 'exited', ...unasked, containers: [aContainer({ running: false, oomKilled: true })] }),
    ...red('exited', 'for its memory'),
  },
  {
    name: 'one that cannot be started',
    of: images,
    seen: ran({
      ...{ readiness: 'exited', ...unasked },
      containers: [
        aContainer({
          startedAt: undefined,
          running: false,
          error: 'unable to start container process: exec: "serve": not found',
        }),
      ],
    }),
    ...red('exited', 'not found'),
  },
  {
    name: 'something that cannot be made',
    of: images,
    seen: ran({ readiness: 'exited', ...unasked, containers: [], error: 'no subnet is free' }),
    ...red('exited', 'no subnet is free'),
  },
  {
    name: 'a health check that says unhealthy',
    of: images,
    seen: ran({
      ...{ readiness: 'unhealthy', ...unasked },
      containers: [web, { ...queue, health: 'unhealthy', healthOutput: 'no broker\n' }],
    }),
    ...red('unhealthy', 'queue is unhealthy', 'no broker'),
  },
  {
    name: 'a health check that comes to no word',
    of: images,
    seen: ran({ readiness: 'timeout', ...unasked, containers: [web, { ...queue, health: 'starting' }] }),
    ...red('timeout', 'queue is starting'),
  },
  {
    name: 'a service that never began',
    of: images,
    seen: ran({ readiness: 'timeout', ...unasked, containers: [web] }),
    ...red('timeout', 'queue was not started'),
  },
  {
    name: 'an answer that is another',
    of: images,
    seen: ran({ steps: [aStepSeen({ answer: { status: 503, body: 'busy', cut: false }, asked: 7, seconds: 3 })] }),
    ...red('step', 'it answers: GET /health of web', 'asked 7 times in 3 s', 'status 503'),
  },
  {
    name: 'no answer',
    of: images,
    seen: ran({ steps: [aStepSeen({ answer: { none: 'refused' } })] }),
    ...red('step', 'refused'),
  },
  {
    name: 'nothing to capture',
    of: images,
    seen: ran(
      { steps: [aStepSeen({ uncaptured: ['operation_id (operation)'] }), undefined] },
      { steps: [aStep({ capture: { operation: 'operation_id' } }), aStep({ name: 'next' })] },
    ),
    ...red('step', 'operation_id'),
  },
  {
    name: 'an answer of which only the beginning was read',
    of: images,
    seen: ran(
      { steps: [aStepSeen({ answer: { status: 200, body: '{"id": 7, ', cut: true } }), undefined] },
      {
        steps: [
          aStep({ expect: { status: 200, json: { id: 7 }, matches: [] } }),
          aStep({ name: 'next', capture: { id: 'id' } }),
        ],
      },
    ),
    is: 'errored',
    says: ['it answers: the JSON of an answer of which only the beginning was read'],
  },
  {
    name: 'nothing to capture of the beginning of an answer',
    of: images,
    seen: ran(
      { steps: [aStepSeen({ uncaptured: ['id (id)'], answer: { status: 200, body: '{"id": 7, ', cut: true } })] },
      { steps: [aStep({ capture: { id: 'id' } })] },
    ),
    is: 'errored',
    says: ['id (id) in an answer'],
  },
  {
    name: 'an answer after which nothing better comes',
    of: images,
    seen: ran(
      { steps: [aStepSeen({ answer: { status: 200, body: '{"status": "failed"}', cut: false } })] },
      {
        steps: [
          aStep({
            expect: { status: 200, json: { status: 'completed' }, matches: [] },
            failOn: { status: undefined, json: { status: 'failed' }, matches: [] },
          }),
        ],
      },
    ),
    ...red('step', 'nothing better'),
  },
  {
    name: 'a service that ends while it is asked',
    of: images,
    seen: ran({ after: [web, { ...queue, running: false, exitCode: 139 }] }),
    ...red('exited', 'queue ends while it is asked', '139'),
  },
  {
    name: 'a service that falls ill while it is asked',
    of: images,
    seen: ran({ after: [web, { ...queue, health: 'unhealthy' }] }),
    ...red('unhealthy', 'queue is unhealthy while it is asked'),
  },
  {
    name: 'one that somebody removes meanwhile',
    of: images,
    seen: ran({ after: [web] }),
    ...red('exited', 'a container of queue is gone'),
  },
  {
    name: 'a log with what must not be in it',
    of: images,
    seen: ran(
      { logs: [...aRun().logs, { service: 'queue', printed: ok({ text: 'Traceback (most recent', cut: false }) }] },
      { forbidden: [parsePattern('Traceback')] },
    ),
    ...red('log', 'queue prints'),
  },
  {
    name: 'a log of which the beginning is not there',
    of: images,
    seen: ran(
      { logs: [...aRun().logs, { service: 'queue', printed: ok({ text: 'x', cut: true }) }] },
      { forbidden: [parsePattern('T')] },
    ),
    is: 'errored',
  },
  {
    name: 'a log that cannot be read',
    of: images,
    seen: ran(
      { logs: [...aRun().logs, { service: 'queue', printed: no('unavailable') }] },
      { forbidden: [parsePattern('T')] },
    ),
    ...{ is: 'errored', says: ['unavailable'] },
  },
  {
    name: 'a log that cannot be read, and of which nothing is asked',
    of: images,
    seen: ran({ logs: [...aRun().logs, { service: 'queue', printed: no('unavailable') }] }),
    is: 'passed',
  },
  {
    name: 'no answer, where the way to it may be why',
    of: images,
    seen: ran({ steps: [aStepSeen({ answer: { none: 'refused; the engine is on far', outOfReach: 'go there' } })] }),
    ...{ is: 'errored', says: ['it answers: refused; the engine is on far'] },
  },
  {
    name: 'another image than was to run',
    of: images,
    seen: ran({ containers: [web, { ...queue, image: WEB }] }),
    ...{ is: 'errored', says: ['queue runs sha256:1111', 'not what was to run'] },
  },
  { name: 'ready, it is said, with a container too few', of: images, seen: ran({ containers: [web] }), is: 'errored' },
  {
    name: 'ready, it is said, and one is not well',
    of: images,
    seen: ran({ containers: [web, { ...queue, health: 'starting' }] }),
    is: 'errored',
  },
  { name: 'a step that was not asked', of: images, seen: ran({ steps: [] }), is: 'errored', says: ['was not asked'] },
  {
    name: 'no digest',
    of: images,
    seen: ran({ digests: { web: aDigest(3) } }),
    is: 'errored',
    says: ['saw queue run'],
  },
  { name: 'a log that nobody read', of: images, seen: ran({ logs: [] }), is: 'errored', says: ['read the log of web'] },
]

describeCheck(canary, cases)

test('shows what ran, and on which digests', () => {
  expect(judged(canary, { of: images, seen: seen() })).toMatchObject({
    evidence: [
      { kind: 'digest', digest: aDigest(3) },
      { kind: 'digest', digest: aDigest(4) },
      { kind: 'container', startedAt: STARTED, nonce: NONCE },
      { kind: 'container', startedAt: STARTED, nonce: NONCE },
    ],
  })
})

test('passes nothing of which not all is known to be right', () => {
  const container = fc.record({
    service: fc.constantFrom('web', 'queue', 'db'),
    image: fc.constantFrom(WEB, QUEUE, 'sha256:other'),
    startedAt: fc.constantFrom(STARTED, undefined),
    running: fc.boolean(),
    exitCode: fc.constantFrom(0, 1),
    health: fc.constantFrom('none' as const, 'starting' as const, 'healthy' as const, 'unhealthy' as const),
    error: fc.constantFrom('', 'x'),
  })
  const containers = fc.oneof(
    fc.constant([web, queue]),
    fc.array(
      container.map((each) => aContainer(each)),
      { maxLength: 3 },
    ),
  )
  const step = fc.option(
    fc.record({
      answer: fc.constantFrom(
        { status: 200, body: '{}', cut: false },
        { status: 500, body: '', cut: false },
        { none: 'x' },
      ),
      uncaptured: mostly<readonly string[]>([], ['x']),
    }),
    { nil: undefined },
  )
  const isWell = (each: ContainerSeen) =>
    each.running && each.startedAt !== undefined && ['none', 'healthy'].includes(each.health)
  const isWhole = (all: readonly ContainerSeen[]) =>
    all.filter((each) => each.service === 'web' && each.image === WEB).length === 1 &&
    all.filter((each) => each.service === 'queue' && each.image === QUEUE).length === 1 &&
    all.length === 2
  let passed = 0
  fc.assert(
    fc.property(
      fc.record({
        readiness: mostly<ReturnType<typeof aRun>['readiness']>('ready', 'exited', 'unhealthy', 'timeout'),
        containers,
        after: containers,
        steps: fc.array(step, { maxLength: 2 }),
        logs: mostly(aRun().logs, [], aRun().logs.slice(1)),
      }),
      ({ steps, ...given }) => {
        const run = aRun({ ...given, steps: steps.map((each) => each && aStepSeen(each)) })
        const { status } = judged(canary, { of: images, seen: seen({ run }) })
        if (status !== 'passed') return
        passed += 1
        expect(run.readiness).toBe('ready')
        expect(run.containers.every(isWell) && isWhole(run.containers) && isWhole(run.after)).toBe(true)
        expect(run.steps[0]).toMatchObject({ answer: { status: 200 }, uncaptured: [] })
        expect(run.logs).toHaveLength(2)
        expect(run.after.some(({ health }) => health === 'unhealthy')).toBe(false)
      },
    ),
    { numRuns: 3000 },
  )
  expect(passed).toBeGreaterThan(0)
})

describe('readiness', () => {
  const migrate = { name: 'migrate', replicas: 1, oneShot: true, image: WEB }
  const done = aContainer({ service: 'migrate', running: false })
  it.each([
    ['all up', [web, queue], undefined, []],
    ['nothing yet', [], undefined, ['web', 'queue']],
    ['one that starts', [web, { ...queue, health: 'starting' as const }], undefined, ['queue']],
    ['one that was made', [web, { ...queue, startedAt: undefined, running: false }], undefined, ['queue']],
    ['one that ended', [web, { ...queue, running: false }], 'queue', ['queue']],
    ['one too many', [web, web, queue], undefined, ['web']],
    ['one on another image', [web, { ...queue, image: WEB }], undefined, ['queue']],
  ])('%s', (_, containers, ended, waiting) => {
    expect(endedWrongly(containers, services)?.service).toBe(ended)
    expect(notReady(containers, services).map(({ name }) => name)).toEqual(waiting)
  })
  it('waits for what is to end, and takes no other end for well', () => {
    const all = [...services, migrate]
    expect(notReady([web, queue, done], all)).toEqual([])
    expect(endedWrongly([web, queue, done], all)).toBeUndefined()
    expect(endedWrongly([{ ...done, exitCode: 1 }], all)).toMatchObject({ service: 'migrate' })
    expect(notReady([web, queue], all)).toEqual([migrate])
  })
  it('asks for none of a service that is scaled to none', () => {
    expect(notReady([web, queue], [...services, { ...migrate, replicas: 0 }])).toEqual([])
  })
})

interface Script {
  readonly states?: readonly (readonly ContainerSeen[])[]
  readonly ups?: readonly Look<UpSeen>[]
  readonly answers?: readonly Look<Answer>[]
}

const allStarted = ok({ outcome: 'started' } as const)

/** A project as it is at each look; the last goes on. */
async function watched(expected: CanaryExpectation, { states = [[web, queue]], ups = [allStarted], answers }: Script) {
  const requests: HttpRequest[] = []
  let at = -1
  let started = 0
  const composed: Composed = {
    up: async () => ups[started++] ?? ups.at(-1) ?? no(),
    containers: async () => ok(states[++at] ?? states.at(-1) ?? []),
    ask: async (_container, _port, request) => {
      requests.push(request)
      return answers?.[requests.length - 1] ?? answers?.at(-1) ?? ok({ status: 200, body: '{}', cut: false })
    },
    logs: async ({ service }) => (service === 'queue' ? no() : ok({ text: 'log', cut: false })),
    [Symbol.asyncDispose]: async () => {},
  }
  const clock = aClock()
  const step = { update: () => {}, done: () => {} }
  const look = await runCanary(composed, expected, services, { clock, nonce: () => NONCE }, step)
  return { look, requests, started, now: clock.now() }
}

const runOf = async (expected: CanaryExpectation, script: Script) => {
  const { look, ...rest } = await watched(expected, script)
  if (!look.ok) throw new Error(look.reason)
  return { ...look.seen, ...rest }
}

describe('a project is watched', () => {
  const starting = { ...queue, health: 'starting' as const }
  const sick = { ...queue, health: 'unhealthy' as const }
  test('until all of it is up, and then asked', async () => {
    const run = await runOf(aCanary(), { states: [[], [web], [web, starting], [web, queue]] })
    expect(run).toMatchObject({ readiness: 'ready', now: 1500, started: 1, seconds: 1.5 })
    expect(run.steps).toMatchObject([{ asked: 1, answer: { status: 200 } }])
    expect(run.logs).toEqual([
      { service: 'web', printed: ok({ text: 'log', cut: false }) },
      { service: 'queue', printed: no() },
    ])
  })
  test('for five seconds more where it is asked nothing, so that what ends at once is seen', async () => {
    const dead = { ...queue, running: false, exitCode: 1 }
    const run = await runOf(aCanary({ steps: [] }), {
      states: [
        [web, queue],
        [web, queue],
        [web, dead],
      ],
    })
    expect(run).toMatchObject({ readiness: 'ready', now: 5500, after: [web, dead] })
  })
  test('until one ends, and no longer, and then asked nothing', async () => {
    const run = await runOf(aCanary(), { states: [[web], [web, { ...queue, running: false, exitCode: 1 }]] })
    expect(run).toMatchObject({ readiness: 'exited', now: 500, steps: [undefined], requests: [] })
  })
  test('until compose says why one cannot begin, which may be the engine’s fault', async () => {
    const stuck = { ...queue, startedAt: undefined, running: false, error: 'no shim' }
    const refused = ok({ outcome: 'refused', reason: 'no program' } as const)
    const script = { states: [[web, stuck]], ups: [refused] }
    expect(await runOf(aCanary(), script)).toMatchObject({ readiness: 'exited', now: 500, containers: [web, stuck] })
    const { look } = await watched(aCanary(), { ...script, ups: [no('failed')] })
    expect(look).toEqual(no('failed'))
  })
  test('until its time is up', async () => {
    expect(await runOf(aCanary(), { states: [[web, starting]] })).toMatchObject({ readiness: 'timeout', now: 60_000 })
  })
  test('for ten seconds more once something is unhealthy', async () => {
    expect(await runOf(aCanary(), { states: [[web, sick]] })).toMatchObject({ readiness: 'unhealthy', now: 10_000 })
  })
  test('through what recovers, where compose had given up', async () => {
    const gaveUp = ok({ outcome: 'unhealthy', reason: 'container queue is unhealthy' } as const)
    const run = await runOf(aCanary(), {
      states: [[sick], [sick], [queue], [web, queue]],
      ups: [gaveUp, allStarted],
    })
    expect(run).toMatchObject({ readiness: 'ready', started: 2 })
  })
  test('not at all where the engine says why it cannot', async () => {
    const refused = ok({ outcome: 'refused', reason: 'no subnet is free' } as const)
    const run = await runOf(aCanary(), { states: [[]], ups: [refused] })
    expect(run).toMatchObject({ readiness: 'exited', error: 'no subnet is free', now: 500 })
    for (const failed of [no('unavailable'), no('failed'), no('not-found', 'No such image: sha256:1')]) {
      const { look } = await watched(aCanary(), { states: [[]], ups: [failed] })
      expect(look).toEqual(failed)
    }
  })
  test('and is not taken for up before compose says that it started all', async () => {
    const run = await runOf(aCanary(), { ups: [no('timeout')] })
    expect(run.readiness).toBe('timeout')
  })
})

describe('steps', () => {
  const answer = (body: unknown, status = 200) => ok({ status, body: JSON.stringify(body), cut: false })
  const asked = (given: Partial<CanaryStep> & { readonly path?: string }) => {
    const { path = '/', ...rest } = given
    return aStep({ ...rest, request: { ...aStep().request, path, ...rest.request } })
  }
  const json = (status: string) => ({ status: 200, json: { status }, matches: [] })

  test('hand on what they captured, encoded in paths and as it is in bodies', async () => {
    const post = { ...aStep().request, method: 'POST', path: '/jobs', json: { symbol: 'A' } }
    const put = { ...aStep().request, method: 'PUT', path: '/jobs/{job}', json: { of: ['{job}', '{other}', 1] } }
    const steps = [aStep({ request: post, capture: { job: 'data.id' } }), aStep({ request: put })]
    const run = await runOf(aCanary({ steps }), { answers: [answer({ data: { id: 'a/../b?c' } }), answer({})] })
    expect(run.requests).toEqual([
      { method: 'POST', path: '/jobs', headers: { 'content-type': 'application/json' }, body: '{"symbol":"A"}' },
      {
        ...{ method: 'PUT', path: '/jobs/a%2F..%2Fb%3Fc', headers: { 'content-type': 'application/json' } },
        body: '{"of":["a/../b?c","{other}",1]}',
      },
    ])
  })
  test('are asked again until the answer is so', async () => {
    const steps = [asked({ expect: json('completed'), untilMs: 60_000 })]
    const running = answer({ status: 'running' })
    const run = await runOf(aCanary({ steps }), { answers: [running, no(), running, answer({ status: 'completed' })] })
    expect(run.steps).toMatchObject([{ asked: 4, seconds: 1.5 }])
  })
  test('are asked so long, and no longer', async () => {
    const steps = [asked({ expect: json('completed'), untilMs: 5_000 })]
    const run = await runOf(aCanary({ steps }), { answers: [answer({ status: 'running' })] })
    expect(run.steps).toMatchObject([{ seconds: 5, asked: 11 }])
  })
  test('are asked once without a time', async () => {
    const run = await runOf(aCanary(), { answers: [answer({}, 500)] })
    expect(run.steps).toMatchObject([{ asked: 1 }])
  })
  test('wait no more for what failed for good', async () => {
    const failOn = { status: undefined, json: { status: 'failed' }, matches: [] }
    const steps = [asked({ expect: json('completed'), failOn, untilMs: 60_000 })]
    const run = await runOf(aCanary({ steps }), { answers: [answer({ status: 'failed' }, 500)] })
    expect(run.steps).toMatchObject([{ asked: 1 }])
  })
  test('wait for what is to be captured', async () => {
    const steps = [asked({ capture: { job: 'id' }, untilMs: 60_000 })]
    const run = await runOf(aCanary({ steps }), { answers: [answer({}), answer({ id: {} }), answer({ id: 7 })] })
    expect(run.steps).toMatchObject([{ asked: 3, uncaptured: [] }])
  })
  test('after one that failed are those that are always asked, if they have what they need', async () => {
    const steps = [
      asked({ name: 'taken', capture: { job: 'id' } }),
      asked({ name: 'broken' }),
      asked({ name: 'skipped', capture: { later: 'id' } }),
      asked({ name: 'lacking', path: '/{later}', always: true }),
      asked({ name: 'cancelled', path: '/{job}', always: true }),
    ]
    const run = await runOf(aCanary({ steps }), { answers: [answer({ id: 'x' }), answer({}, 500), answer({})] })
    expect(run.steps.map((each) => each?.asked)).toEqual([1, 1, undefined, undefined, 1])
    expect(run.requests.at(-1)?.path).toBe('/x')
  })
  test('need what their body names, where any step captures it', async () => {
    const body = (text: string) => ({ request: { ...aStep().request, method: 'POST', json: { job: [text] } } })
    const steps = [
      asked({ name: 'broken', capture: { job: 'id' } }),
      asked({ name: 'lacking', always: true, ...body('{job}') }),
      asked({ name: 'braces', always: true, ...body('{template}') }),
    ]
    const run = await runOf(aCanary({ steps }), { answers: [answer({}, 500), answer({})] })
    expect(run.steps.map((each) => each?.asked)).toEqual([1, undefined, 1])
    expect(run.requests.at(-1)?.body).toBe('{"job":["{template}"]}')
  })
  test('ask nothing where there is no container', async () => {
    const steps = [asked({ request: { ...aStep().request, service: 'db' } })]
    const run = await runOf(aCanary({ steps }), {})
    expect(run.steps).toMatchObject([{ answer: { none: 'db has no container' } }])
  })
})

test('names are filled in wherever they stand, and nothing else is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const path = fillPath('/a/{id}/b', new Map([['id', value]]))
      expect(path).toMatch(/^\/a\/[^/?#\s]*\/b$/)
      expect(fillBody({ a: ['{id}', 1, null, true] }, new Map([['id', value]]))).toEqual({ a: [value, 1, null, true] })
    }),
  )
  expect(namesIn('/{a}/{b_1}/{}/{ c }')).toEqual(['a', 'b_1'])
  expect(fillPath('/{a}', new Map())).toBe('/{a}')
})

describe('the file and all that it takes in', () => {
  let root = ''
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'canary-')))
  })
  afterEach(() => rm(root, { recursive: true }))

  /** A text, or a link: `-> there`. */
  const family = async (texts: Readonly<Record<string, string>>, isHere = true) => {
    for (const [path, text] of Object.entries(texts)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      const [, target] = /^-> (.*)$/.exec(text) ?? []
      await (target === undefined ? writeFile(join(root, path), text) : symlink(target, join(root, path)))
    }
    const { read, exists, locate } = workspaceFiles(root)
    const look = await readFamily('deploy/c.yml', { read, exists, ...(isHere && locate && { locate }) })
    if (!look.ok) return look.reason
    return {
      folder: look.seen.folder?.replace(root, ''),
      refusals: look.seen.refusals.map(({ kind, message }) => `${kind} ${message}`),
    }
  }
  const plain = 'services: {a: {image: x}}'
  const taking = (path: string) => `services: {a: {env_file: ${path}}}`

  it('are read from the repository', async () => {
    const texts = { 'deploy/c.yml': 'include: more.yml\nservices: {}', 'deploy/more.yml': plain }
    expect(await family(texts)).toEqual({ folder: '/deploy/', refusals: [] })
    expect(
      await family({ 'deploy/c.yml': taking('[a.env, {path: ../b.env, required: false}]'), 'deploy/a.env': '' }),
    ).toEqual({
      ...{ folder: '/deploy/', refusals: [] },
    })
  })
  it('are looked for where the file really lies', async () => {
    const texts = { 'deploy/c.yml': '-> ../real/c.yml', 'real/c.yml': taking('a.env'), 'deploy/a.env': '' }
    expect(await family(texts)).toEqual({ folder: '/real/', refusals: [] })
    expect(await family({ 'real/a.env': '-> /etc/passwd' })).toMatchObject({
      refusals: [expect.stringContaining('real/a.env')],
    })
  })
  it.each([
    ['not there', {}, 'invalid is not there'],
    ['no YAML', { 'deploy/c.yml': '[' }, 'invalid cannot be read'],
    ['of another machine', { 'deploy/c.yml': 'include: oci://x/y' }, 'policy takes in oci://x/y, which is not of'],
    ['of a home', { 'deploy/c.yml': taking('~/.env') }, 'policy takes in ~/.env'],
    ['of elsewhere', { 'deploy/c.yml': taking('/proc/self/environ') }, 'policy takes in /proc/self'],
    [
      'of elsewhere by a link',
      { 'deploy/c.yml': taking('link'), 'deploy/link': '-> /etc/passwd' },
      'policy takes in deploy/link, which',
    ],
    [
      'above',
      { 'deploy/c.yml': 'services: {a: {extends: {file: ../../x.yml}}}' },
      'policy takes in deploy/../../x.yml',
    ],
    [
      'beside one that is included',
      { 'deploy/c.yml': 'include: sub/b.yml', 'deploy/sub/b.yml': plain, 'deploy/sub/.env': '-> /proc/self/environ' },
      'policy takes in deploy/sub/.env',
    ],
    [
      'of elsewhere, two files away',
      { 'deploy/c.yml': 'include: b.yml', 'deploy/b.yml': taking('/etc/passwd') },
      'policy takes in /etc/passwd',
    ],
    [
      'beside the first, and named by another',
      { 'deploy/c.yml': 'include: sub/b.yml', 'deploy/sub/b.yml': taking('x.env'), 'deploy/x.env': '-> /etc/passwd' },
      'policy takes in deploy/x.env',
    ],
    [
      'of the repository itself',
      { 'deploy/c.yml': taking('../.git/config'), '.git/config': '' },
      'policy takes in deploy/../.git/config',
    ],
  ])('are refused where one is %s', async (_, texts: Readonly<Record<string, string>>, words) => {
    expect(await family(texts)).toMatchObject({ refusals: [expect.stringContaining(words)] })
  })
  it('come to an end', async () => {
    const text = 'include: [c.yml, b.yml]'
    expect(await family({ 'deploy/c.yml': text, 'deploy/b.yml': text })).toMatchObject({ refusals: [] })
    const many = Object.fromEntries(
      Array.from({ length: 80 }, (_, at) => [`deploy/${at || 'c'}.yml`, `include: ${at + 1}.yml`]),
    )
    expect(await family(many)).toMatchObject({ refusals: [expect.stringContaining('more than 50 files')] })
  })
  it('are not at hand where files are those of a commit', async () => {
    expect(await family({ 'deploy/c.yml': plain }, false)).toEqual({ folder: undefined, refusals: [] })
    expect(await family({ 'deploy/c.yml': 'include: more.yml' }, false)).toContain('takes in other files')
    expect(await family({ 'deploy/c.yml': taking('x.env') }, false)).toContain('takes in other files')
  })
  it('are none where the file itself leads elsewhere', async () => {
    expect(await family({ 'deploy/c.yml': '-> /etc/passwd' })).toContain('cannot be read: "deploy/c.yml" leads out')
  })
})

describe('a look at the canary', () => {
  const files: Files = {
    read: async () => 'services: {}',
    exists: async () => true,
    locate: async (path) => {
      if (path === '/away') throw new Error('it leads out of the workspace')
      if (path === '/gone' || (path.endsWith('/.git') && path !== '/repo/other/.git')) return undefined
      return { real: path, way: path.replace(/^\/repo\/?/, '') }
    },
  }
  const look = async (
    model: unknown,
    {
      expected = aCanary(),
      pulls = ok({ digest: aDigest(3), id: WEB }),
      here = files,
      resolved = ok({ model, own: {} }),
    } = {},
  ) => {
    const calls: string[] = []
    const ports = fakePorts({
      clock: aClock(),
      log: aLog(),
      nonce: () => NONCE,
      registry: { manifest: async () => no('not-found') },
      engine: {
        describe: async () => no(),
        resolveCompose: async ({ folder }) => {
          calls.push(`resolve in ${folder}`)
          return resolved
        },
        compose: () => {
          calls.push('compose')
          return {
            up: async () => allStarted,
            containers: async () => ok([web, { ...queue, image: WEB }]),
            ask: async () => ok({ status: 200, body: '', cut: false }),
            logs: async () => ok({ text: '', cut: false }),
            [Symbol.asyncDispose]: async () => {
              calls.push('removed')
            },
          }
        },
      },
    })
    const eyes: Ports = Object.create(ports, { files: { value: here } })
    const verified = async ({ id }: { readonly id: string }) => {
      calls.push(`pull ${id}`)
      return pulls
    }
    return { seen: await lookAtCanary({ expected, images, verified }, eyes), calls }
  }
  const two = { services: { web: { image: 'a' }, queue: { image: 'b' } } }

  it('pulls what was verified, brings it up, and removes it', async () => {
    const { seen, calls } = await look(two)
    expect(seen).toMatchObject({
      ok: true,
      seen: { refusals: [], run: { readiness: 'ready', digests: { web: aDigest(3) } } },
    })
    expect(calls).toEqual(['resolve in deploy/', 'pull backend', 'pull worker', 'compose', 'removed'])
  })
  it.each([
    ['asks for too much', { services: { ...two.services, web: { image: 'a', privileged: true } } }, 'policy'],
    ['does not fit', { services: { web: { image: 'a' } } }, 'invalid'],
    ['mounts what lies elsewhere', aModel({ volumes: [{ type: 'bind', source: '/away', target: '/a' }] }), 'policy'],
    ['mounts what is not there', aModel({ volumes: [{ type: 'bind', source: '/gone', target: '/a' }] }), 'policy'],
    ['mounts the repository', aModel({ volumes: [{ type: 'bind', source: '/repo', target: '/a' }] }), 'policy'],
    ['mounts another', aModel({ volumes: [{ type: 'bind', source: '/repo/other', target: '/a' }] }), 'policy'],
    ['mounts its .git', aModel({ volumes: [{ type: 'bind', source: '/repo/.git/config', target: '/a' }] }), 'policy'],
  ])('starts and pulls nothing of a file that %s', async (_, model, kind) => {
    const { seen, calls } = await look(model)
    expect(seen).toMatchObject({ ok: true, seen: { refusals: [{ kind }], run: undefined } })
    expect(calls).toHaveLength(1)
  })
  it('tells what compose says of a file that it does not read', async () => {
    const { seen } = await look(undefined, { resolved: ok({ refused: 'yaml: line 3' } as never) })
    expect(seen).toMatchObject({
      ok: true,
      seen: { refusals: [{ kind: 'invalid', message: 'cannot be read: yaml: line 3' }] },
    })
  })
  it.each([
    ['compose is not there', look(two, { resolved: no('no-tool') })],
    ['it prints nothing we know', look({ services: 1 })],
    ['it prints nothing', look(undefined)],
    [
      'files are those of a commit, and it mounts some',
      look(aModel({ volumes: [{ type: 'bind', source: '/repo/a', target: '/a' }] }), {
        here: { read: files.read, exists: files.exists },
      }),
    ],
    [
      'the file cannot be read',
      look(two, {
        here: {
          ...files,
          read: async () => 'services: {}',
          locate: async () => {
            throw new Error('boom')
          },
        },
      }),
    ],
  ])('is none where %s', async (_, given) => {
    const { seen, calls } = await given
    expect(calls).not.toContain('compose')
    expect(seen.ok && seen.seen.refusals.length === 0).toBe(false)
  })
  it('is none where an image cannot be pulled, and says which check tells why', async () => {
    const { seen, calls } = await look(two, { pulls: no('denied') })
    expect(seen).toMatchObject({ ok: false, because: 'pull' })
    expect(calls).not.toContain('compose')
    const other = await look({ services: { ...two.services, db: { image: 'postgres:16' } } })
    expect(other.seen).toMatchObject({ ok: false })
    expect(other.calls).not.toContain('compose')
  })
})

const specOf = (rest: string, steps = '') => `version: 1
tags: [latest]
images: { a: { image: ghcr.io/acme/a } }
canary:
  file: c.yml
  services: { web: a }
${rest}${steps === '' ? '' : `  steps: [${steps}]\n`}`
const problemsOf = async (text: string): Promise<readonly string[]> => {
  const decoded = await decodeSpec(text, 's.yml')
  if (!decoded.ok) return decoded.problems.map(({ message }) => message)
  const resolved = resolveSpec(decoded.spec, decoded.positions, {})
  return resolved.ok ? [] : resolved.problems.map(({ message }) => message)
}

describe('the spec', () => {
  it('asks for a canary', async () => {
    const steps = `
      { name: n, request: { service: web, port: 80, method: POST, json: { a: 1 } }, capture: { id: x.id } },
      { name: m, request: { service: web, port: 80, path: '/{id}' }, expect: { json: { a: b } }, until: 5s, fail-on: { status: 500 }, always: true }`
    const decoded = await decodeSpec(specOf('  env: { A: b }\n  logs: { forbid: [T] }\n', steps), 's.yml')
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
    const resolved = resolveSpec(decoded.spec, decoded.positions, {})
    expect(resolved.ok && resolved.canary).toMatchObject({
      ...{ file: 'c.yml', services: { web: 'a' }, env: { A: 'b' }, timeoutMs: 180_000, forbidden: [{ text: 'T' }] },
      steps: [
        {
          request: { method: 'POST', path: '/', headers: {}, json: { a: 1 } },
          ...{ expect: { status: 200 }, capture: { id: 'x.id' }, untilMs: undefined, always: false },
        },
        {
          request: { method: 'GET', path: '/{id}', json: undefined },
          ...{ expect: { status: 200, json: { a: 'b' } }, failOn: { status: 500 }, untilMs: 5000, always: true },
        },
      ],
    })
    expect(resolved.ok && resolved.canary?.positions['steps.1']).toMatchObject({ file: 's.yml' })
  })
  it.each([
    ['  env: { PATH: x }\n', '', 'is for docker itself'],
    ['  env: { DOCKER_HOST: x }\n', '', 'is for docker itself'],
    ['  env: { COMPOSE_FILE: x }\n', '', 'is for docker itself'],
    ['  env: { A-B: x }\n', '', 'is not the name of a variable'],
    ['  timeout: 0s\n', '', 'no time'],
    ['  services: {}\n', '', 'twice'],
    ['', '{ name: n, request: { service: web, port: 80, path: "/{id}" } }', '{id} is captured by no step before'],
    [
      '',
      '{ name: n, request: { service: web, port: 80, method: POST, json: [{ a: "{id}" }] }, capture: { id: x } }',
      '{id} is captured by no step before',
    ],
    [
      '',
      `{ name: n, request: { service: web, port: 80 }, capture: { job: id } },
       { name: m, request: { service: web, port: 80, method: POST, json: { a: "{jbo}" } } }`,
      '{jbo} is captured by no step before this one: did you mean "job"?',
    ],
    ['', '{ name: n, request: { service: web, port: 80 }, fail-on: { status: 1 } }', 'fail-on without until'],
    ['', '{ name: n, request: { service: web, port: 80 }, until: 5s, fail-on: {} }', 'tells no answer'],
    ['', '{ name: n, request: { service: web, port: 80, method: get } }', 'GET'],
    ['', '{ name: n, request: { service: web, port: 80, headers: { "a b": c } } }', 'is not the name of a header'],
    ['', '{ name: n, request: { service: web } }', 'port'],
    ['', '{ name: n, request: { service: web, port: 80, json: {} } }', 'its method takes none'],
  ])('refuses %s%s', async (rest, steps, words) => {
    expect((await problemsOf(specOf(rest, steps))).join('\n')).toContain(words)
  })
  it('lets profiles be chosen, and no image that it does not have', async () => {
    expect(await problemsOf(specOf('  env: { COMPOSE_PROFILES: x }\n'))).toEqual([])
    expect(await problemsOf(specOf('').replace('web: a', 'web: b'))).toEqual([
      expect.stringContaining('"b" is not the id'),
    ])
  })
})
