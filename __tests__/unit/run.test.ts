import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { run } from '../../src/checks/run.ts'
import {
  type BuildRunSeen,
  type JobSeen,
  type LegSeen,
  outcomeOf,
  queueSeconds,
  runSeconds,
} from '../../src/model/run.ts'
import type { ImageExpectation } from '../../src/model/spec.ts'
import { aJobSeen, aLegSeen, anImage, aRunSeen, minutesLater, T0 } from './run-seen.ts'

const judge = (
  legs: readonly LegSeen[],
  images: readonly ImageExpectation[] = [],
  changes: Partial<BuildRunSeen> = {},
) =>
  run.judge(images, {
    ok: true,
    seen: { run: aRunSeen(), attempt: 2, isOurs: false, legs, annotations: [], notes: [], ...changes },
  })

const codesOf = (judgement: ReturnType<typeof judge>) =>
  'findings' in judgement ? judgement.findings.map(({ code }) => code) : ['none']

const legWith = (job: Partial<JobSeen>): LegSeen => aLegSeen({ jobs: [aJobSeen(job)] })

describe('legs', () => {
  test('that all succeeded are proof', () => {
    expect(judge([aLegSeen()])).toEqual({
      findings: [],
      evidence: [{ kind: 'run', runId: 1, attempt: 2 }],
      rest: undefined,
    })
  })

  test('none of which is known to build are no proof, and count all the same', () => {
    const doubt = 'nothing in verify.yml is known to build an image'
    for (const isOurs of [true, false]) {
      const changes = { doubt, isOurs }
      const skipped = expect.stringContaining(doubt)
      expect(judge([aLegSeen()], [], changes)).toMatchObject({ findings: [], rest: { skipped } })
      expect(judge([aLegSeen({ imageIds: [] })], [anImage('backend', 10)], changes)).toMatchObject({
        rest: { skipped },
      })
      expect(codesOf(judge([legWith({ conclusion: 'failure' })], [], changes))).toEqual(['run/job-failed'])
      expect(judge([legWith({ status: 'unknown' })], [], changes)).toMatchObject({
        rest: { unseen: expect.anything() },
      })
    }
  })

  const unknown = 'unknown'
  test.each<[Partial<JobSeen>, string]>([
    [{ conclusion: 'failure' }, 'run/job-failed'],
    [{ conclusion: 'timed_out' }, 'run/job-failed'],
    [{ conclusion: 'stale' }, 'run/job-failed'],
    [{ conclusion: 'action_required' }, 'run/job-failed'],
    [{ conclusion: 'startup_failure' }, 'run/job-failed'],
    [{ conclusion: 'neutral' }, 'run/job-failed'],
    [{ conclusion: 'skipped' }, 'run/job-skipped'],
    [{ conclusion: 'cancelled' }, 'run/job-cancelled'],
    [{ status: 'queued' }, 'run/job-unfinished'],
    [{ status: 'in_progress' }, 'run/job-unfinished'],
    [{ status: 'waiting' }, 'run/job-unfinished'],
    [{ status: 'pending' }, 'run/job-unfinished'],
    [{ status: 'requested' }, 'run/job-unfinished'],
    // A success that came before the end is none.
    [{ status: 'in_progress', conclusion: 'success' }, 'run/job-unfinished'],
    [{ status: 'unknown', conclusion: 'success' }, unknown],
    [{ conclusion: 'unknown' }, unknown],
    [{ conclusion: undefined }, unknown],
  ])('C118 %j is %s', (job, code) => {
    const judgement = judge([aLegSeen(), legWith(job)])
    expect(codesOf(judgement)).toEqual(code === unknown ? [] : [code])
    expect(judgement).toMatchObject(
      code === unknown ? { rest: { unseen: expect.stringContaining('does not say how') } } : { rest: undefined },
    )
  })

  test('that are missing or ambiguous are findings, at their line of the workflow', () => {
    const at = { file: 'build.yml', line: 9, column: 5 }
    const judgement = judge([aLegSeen({ jobs: [], at }), aLegSeen({ jobs: [aJobSeen(), aJobSeen()] })])
    expect(judgement).toMatchObject({
      findings: [
        {
          code: 'run/job-missing',
          message: 'job "build (backend)" (backend) is not in the run',
          actual: 'no such job',
          at,
        },
        { code: 'run/job-ambiguous', actual: expect.stringMatching(/^completed, success .*; completed, success/) },
      ],
    })
  })

  test('there have to be some', () => {
    expect(judge([])).toMatchObject({ unseen: 'run 1 has no job' })
    expect(judge([], [], { isOurs: true })).toMatchObject({ skipped: expect.stringContaining('run-id') })
  })

  test('no unknown ends green', () => {
    const job = fc.record({
      status: fc.constantFrom<JobSeen['status']>('queued', 'in_progress', 'completed', 'waiting', 'unknown'),
      conclusion: fc.constantFrom<JobSeen['conclusion']>('success', 'neutral', 'skipped', 'unknown', undefined),
    })
    const legs = fc.array(fc.array(job, { maxLength: 2 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(legs, (all) => {
        const seen = all.map((jobs) => aLegSeen({ jobs: jobs.map((each) => aJobSeen(each)) }))
        const judgement = judge(seen)
        const isGreen = codesOf(judgement).length === 0 && 'rest' in judgement && judgement.rest === undefined
        expect(isGreen).toBe(seen.every((leg) => outcomeOf(leg) === 'succeeded'))
        const isGood = (jobs: (typeof all)[number]) =>
          jobs.length === 1 && jobs[0]?.status === 'completed' && jobs[0].conclusion === 'success'
        expect(isGreen).toBe(all.every(isGood))
      }),
    )
  })
})

describe('what was not looked at', () => {
  test('without a run is skipped, with a reason', () => {
    expect(run.judge([], undefined)).toEqual({ skipped: expect.stringContaining('run-id') })
  })

  test('C119 carries the permission that is missing', () => {
    const hint = 'grant the token actions: read'
    const look = { ok: false, failure: 'denied', reason: 'GitHub answers 403', hint } as const
    expect(run.judge([], look)).toEqual({ unseen: 'GitHub answers 403', hint })
  })
})

describe('budgets', () => {
  const leg = (id: string, minutes: number, changes: Partial<LegSeen> = {}): LegSeen =>
    aLegSeen({
      name: `build (${id})`,
      imageIds: [id],
      jobs: [aJobSeen({ name: `build (${id})`, minutes })],
      ...changes,
    })
  const images = [anImage('backend', 10), anImage('worker-cpu', 20), anImage('worker-gpu', 20)]

  test('of a run of 4.5, 21 and 36 minutes: the two legs over theirs are told', () => {
    const legs = [
      leg('backend', 4.5),
      leg('worker-cpu', 21, { earlierSeconds: [1140, 1100] }),
      leg('worker-gpu', 36, { earlierSeconds: [2100] }),
    ]
    expect(judge(legs, images)).toEqual({
      findings: [
        {
          code: 'run/over-budget',
          message: 'worker-cpu: job "build (worker-cpu)" took 21m',
          expected: '20m at most',
          actual: '21m, after 8s in the queue; the last successful runs: 19m, 18m 20s',
          hint: expect.stringContaining('cache'),
          at: { file: 'spec.yml', line: 7, column: 3 },
        },
        expect.objectContaining({
          message: 'worker-gpu: job "build (worker-gpu)" took 36m',
          actual: '36m, after 8s in the queue; the last successful run: 35m',
        }),
      ],
      evidence: [{ kind: 'run', runId: 1, attempt: 2 }],
      rest: undefined,
    })
    expect(run.codes['run/over-budget']).toBe('warning')
  })

  test('are kept by exactly their time, and the queue is not held against them', () => {
    const waited = aJobSeen({ createdAt: T0, startedAt: minutesLater(60), minutes: 10 })
    expect(codesOf(judge([leg('backend', 10, { jobs: [waited] })], [anImage('backend', 10)]))).toEqual([])
  })

  test('are not judged of a leg that did not succeed: it says so itself', () => {
    const failed = leg('backend', 99, { jobs: [aJobSeen({ minutes: 99, conclusion: 'failure' })] })
    expect(codesOf(judge([failed], [anImage('backend', 10)]))).toEqual(['run/job-failed'])
  })

  test('that nobody can judge are not green', () => {
    expect(judge([leg('backend', 1)], [anImage('worker', 10)])).toMatchObject({
      findings: [],
      rest: { unseen: expect.stringContaining('no job of the run is known to build worker') },
    })
    const timeless = leg('backend', 1, { jobs: [aJobSeen({ startedAt: minutesLater(9), completedAt: T0 })] })
    expect(judge([timeless], [anImage('backend', 10)])).toMatchObject({
      rest: { unseen: expect.stringContaining('how long') },
    })
  })
})

test('durations are by the clock of GitHub, and only of what happened', () => {
  expect(runSeconds(aJobSeen({ minutes: 4.5 }))).toBe(270)
  expect(queueSeconds(aJobSeen())).toBe(8)
  const nothing: Partial<JobSeen>[] = [
    { conclusion: 'skipped' },
    { status: 'queued' },
    { startedAt: undefined as never },
    { startedAt: minutesLater(1), completedAt: T0 },
  ]
  for (const job of nothing) expect(runSeconds({ ...aJobSeen(job), ...job })).toBeUndefined()
  expect(queueSeconds({ ...aJobSeen(), createdAt: minutesLater(5) })).toBeUndefined()
})

describe('annotations', () => {
  const said = (at: number, jobNames: readonly string[] = ['build']) => ({
    level: 'warning' as const,
    title: at === 0 ? 'Title' : '',
    message: `m${at}`,
    path: '.github',
    line: 1,
    jobNames,
  })

  test('are warnings, the first ten and how many more', () => {
    const annotations = Array.from({ length: 12 }, (_, at) => said(at))
    const judgement = judge([aLegSeen()], [], { annotations })
    expect(codesOf(judgement)).toEqual(Array(11).fill('run/annotation'))
    expect(judgement).toMatchObject({ findings: { 0: { actual: 'Title: m0' }, 10: { message: '2 more annotations' } } })
    expect(run.codes['run/annotation']).toBe('warning')
  })

  test('of many jobs do not name them all, and long ones are cut', () => {
    const annotations = [{ ...said(1, ['a', 'b', 'c', 'd', 'e', 'f', 'g']), message: 'x'.repeat(1000) }]
    expect(judge([aLegSeen()], [], { annotations })).toMatchObject({
      findings: [
        { message: 'warning of "a", "b", "c", "d", "e" and 2 more jobs', actual: expect.stringMatching(/^x{300}…$/) },
      ],
    })
  })
})
