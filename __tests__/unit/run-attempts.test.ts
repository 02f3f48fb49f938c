import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { reduceAttempts } from '../../src/observe/build-run/attempts.ts'
import { expandsTo } from '../../src/observe/build-run/names.ts'
import { findOwnJob, isSibling, withoutOwn } from '../../src/observe/build-run/own-job.ts'
import { aJobSeen, minutesLater } from './run-seen.ts'

const reduced = (jobs: Parameters<typeof reduceAttempts>[0], attempt: number) =>
  reduceAttempts(jobs, attempt).map(({ name, jobs: named }) => [name, ...named.map(({ id }) => id)])

describe('attempts', () => {
  test('C116 jobs that a rerun left alone stay from the attempt before', () => {
    const jobs = [
      aJobSeen({ id: 'a1', name: 'a' }),
      aJobSeen({ id: 'b1', name: 'b', conclusion: 'failure' }),
      aJobSeen({ id: 'b2', name: 'b', attempt: 2 }),
      aJobSeen({ id: 'b3', name: 'b', attempt: 3 }),
    ]
    expect(reduced(jobs, 2)).toEqual([
      ['a', 'a1'],
      ['b', 'b2'],
    ])
    expect(reduced(jobs.toReversed(), 1)).toEqual([
      ['b', 'b1'],
      ['a', 'a1'],
    ])
  })

  test('two jobs of one name in one attempt are both kept, also when a rerun was of one of them', () => {
    const twins = [aJobSeen({ id: '1', conclusion: 'failure' }), aJobSeen({ id: '2' })]
    expect(reduced(twins, 1)).toEqual([['build', '1', '2']])
    expect(reduced([...twins, aJobSeen({ id: '3', attempt: 2 })], 2)).toEqual([['build', '1', '2']])
  })

  test('a matrix that was skipped whole is forgotten once it has rows', () => {
    const skipped = aJobSeen({ name: 'build', conclusion: 'skipped' })
    const row = aJobSeen({ id: 'row', name: 'build (amd64)', attempt: 2 })
    expect(reduced([skipped, row], 2)).toEqual([['build (amd64)', 'row']])
    expect(reduced([skipped, { ...row, attempt: 1 }], 2)).toHaveLength(2)
    expect(reduced([{ ...skipped, conclusion: 'failure' }, row], 2)).toHaveLength(2)
  })

  test('what was there before is no row of it', () => {
    const written = `\${{ matrix.image }}`
    const jobs = [
      aJobSeen({ id: 'skipped', name: written, conclusion: 'skipped' }),
      aJobSeen({ id: 'lint 1', name: 'lint', conclusion: 'failure' }),
      aJobSeen({ id: 'lint 2', name: 'lint', attempt: 2 }),
    ]
    expect(reduced(jobs, 2)).toContainEqual([written, 'skipped'])
    expect(reduced([...jobs, aJobSeen({ id: 'row', name: 'backend', attempt: 2 })], 2)).toEqual([
      ['lint', 'lint 2'],
      ['backend', 'row'],
    ])
  })

  test.each([
    ['build', 'build (api)'],
    [`Build \${{ matrix.image }}`, 'Build api'],
    ['build', 'build / image'],
    ['build / image', 'build / image (api)'],
    ['build', 'build (api) / image'],
  ])('what a rerun ended as %j before there were rows is not %j of an attempt before', (whole, row) => {
    const before = [aJobSeen({ name: 'setup' }), aJobSeen({ id: 'row', name: row })]
    const setup = aJobSeen({ id: 'setup', name: 'setup', attempt: 2, conclusion: 'failure' })
    for (const conclusion of ['skipped', 'cancelled', 'failure'] as const) {
      const jobs = [...before, setup, aJobSeen({ id: 'whole', name: whole, attempt: 2, conclusion })]
      expect(reduced(jobs, 2)).toEqual([
        ['setup', 'setup'],
        [whole, 'whole'],
      ])
      expect(reduced(jobs, 1)).toContainEqual([row, 'row'])
    }
  })

  test('a job beside it is not of what was skipped, whatever it is called', () => {
    const written = `\${{ matrix.test }}`
    const jobs = [
      aJobSeen({ id: 'build 1', name: 'build (api)' }),
      aJobSeen({ name: written, conclusion: 'skipped' }),
      aJobSeen({ id: 'tests', name: written, conclusion: 'skipped', attempt: 2 }),
    ]
    expect(reduced(jobs, 2)).toContainEqual(['build (api)', 'build 1'])
  })

  test.each([
    ['build', 'build (api)'],
    ['build', 'build / image'],
  ])('what was skipped whole as %j between two attempts with %j is forgotten', (whole, row) => {
    const jobs = [
      aJobSeen({ name: row }),
      aJobSeen({ name: whole, conclusion: 'skipped', attempt: 2 }),
      aJobSeen({ id: 'row', name: row, attempt: 3 }),
    ]
    expect(reduced(jobs, 3)).toEqual([[row, 'row']])
  })

  test.each([
    ['build', 'build (a)', true],
    ['build', 'build', false],
    ['build', 'build-all (a)', false],
    [`Build \${{ matrix.image }}`, 'Build backend', true],
    [`Build \${{ matrix.image }} on \${{ matrix.os }}!`, 'Build a on b!', true],
    [`Build \${{ matrix.image }} on \${{ matrix.os }}!`, 'Build a of b!', false],
    [`\${{ matrix.image }}`, 'anything', true],
    [`a\${{ x }}ba`, 'aba', true],
    [`a\${{ x }}aba`, 'aba', false],
    [`(.*)\${{ x }}`, 'x', false],
  ])('%j before its rows are known is %j after: %j', (unexpanded, name, expected) => {
    expect(expandsTo(unexpanded, name)).toBe(expected)
  })

  test('no job of a newer name is lost, and none of a later attempt counts', () => {
    const job = fc
      .record({
        name: fc.constantFrom('a', 'b', 'c (1)'),
        attempt: fc.integer({ min: 1, max: 4 }),
        conclusion: fc.constantFrom('success' as const, 'failure' as const, 'skipped' as const),
      })
      .map((fields) => aJobSeen(fields))
    fc.assert(
      fc.property(fc.array(job, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), (jobs, upTo) => {
        const named = reduceAttempts(jobs, upTo)
        expect(new Set(named.map(({ name }) => name))).toEqual(
          new Set(jobs.filter(({ attempt }) => attempt <= upTo).map(({ name }) => name)),
        )
        for (const { jobs: kept } of named) for (const { attempt } of kept) expect(attempt).toBeLessThanOrEqual(upTo)
      }),
    )
  })
})

describe('our own job', () => {
  const own = { runId: 1, jobId: 'verify', runnerName: 'GitHub Actions 7', checkRunId: undefined }
  const running = (name: string, runnerName: string) => aJobSeen({ name, runnerName, status: 'in_progress' })

  test('C120 is the one that runs on our runner, whatever its name', () => {
    const ours = running('Check what was pushed', 'GitHub Actions 7')
    const others = [
      aJobSeen({ name: 'build', runnerName: 'GitHub Actions 7' }),
      running('verify', 'GitHub Actions 8'),
      aJobSeen({ status: 'queued', runnerName: undefined }),
    ]
    expect(findOwnJob([...others, ours], own)).toBe(ours)
  })

  test('is by its id, where that is known', () => {
    const jobs = [running('verify', 'GitHub Actions 7'), running('x', 'y')]
    expect(findOwnJob(jobs, { ...own, checkRunId: jobs[1]?.id })).toBe(jobs[1])
  })

  test.each(['verify', 'verify (backend)', 'call / verify', 'a / b / verify (x / y)'])(
    'else by the key in its name: %j',
    (name) => {
      const jobs = [running(name, 'other'), running('build', 'another')]
      expect(findOwnJob(jobs, { ...own, runnerName: undefined })).toBe(jobs[0])
    },
  )

  test('is nobody where two could be it, or none', () => {
    const twins = [running('verify (a)', 'x'), running('verify (b)', 'y')]
    expect(findOwnJob(twins, own)).toBeUndefined()
    expect(findOwnJob([running('a', 'GitHub Actions 7'), running('b', 'GitHub Actions 7')], own)).toBeUndefined()
    expect(findOwnJob([aJobSeen({ name: 'verify' })], own)).toBeUndefined()
    const nobody = { ...own, jobId: undefined, runnerName: undefined }
    expect(findOwnJob([aJobSeen({ status: 'in_progress', runnerName: undefined })], nobody)).toBeUndefined()
  })

  test('is left out with its earlier attempts, and with what those kept from running', () => {
    const first = aJobSeen({ name: 'verify', conclusion: 'failure', minutes: 5 })
    const ours = { ...running('verify', 'x'), attempt: 2 }
    const deploy = aJobSeen({ name: 'deploy', conclusion: 'skipped', createdAt: minutesLater(6) })
    const build = aJobSeen({ name: 'build', conclusion: 'skipped' })
    const late = aJobSeen({ name: 'late', conclusion: 'failure', createdAt: minutesLater(6) })
    const jobs = [first, ours, deploy, build, late]
    expect(withoutOwn(jobs, ours, () => true)).toEqual([build, late])
    expect(withoutOwn(jobs, ours, () => false)).toEqual([deploy, build, late])
  })

  test('hides no other job of its name', () => {
    const ours = running('build', 'x')
    const twin = aJobSeen({ name: 'build', conclusion: 'failure' })
    expect(withoutOwn([ours, twin], ours, () => true)).toEqual([twin])
  })

  test('has siblings: rows of the same matrix that still run', () => {
    const ours = running('verify (a)', 'x')
    expect(isSibling(running('verify (b)', 'y'), ours)).toBe(true)
    expect(isSibling(aJobSeen({ name: 'verify (b)', conclusion: 'failure' }), ours)).toBe(false)
    expect(isSibling(running('build (b)', 'y'), ours)).toBe(false)
    expect(isSibling(running('verify', 'y'), running('verify', 'x'))).toBe(false)
  })
})
