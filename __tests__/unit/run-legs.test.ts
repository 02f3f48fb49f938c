import { describe, expect, test } from '@jest/globals'
import { reduceAttempts } from '../../src/observe/build-run/attempts.ts'
import { legsOfJobs, matchLegs } from '../../src/observe/build-run/legs.ts'
import { aJobSeen, anExpectedLeg, anImage } from './run-seen.ts'

const jobsNamed = (...names: string[]) =>
  reduceAttempts(
    names.map((name) => aJobSeen({ name })),
    1,
  )
const skipped = (name: string) => reduceAttempts([aJobSeen({ name, conclusion: 'skipped' })], 1)
const matched = (...parameters: Parameters<typeof matchLegs>) =>
  matchLegs(...parameters).map(({ imageIds, jobs }) => [imageIds.join(' '), ...jobs.map(({ name }) => name)])

const unnamed = (imageId: string, ...rowValues: string[]) =>
  anExpectedLeg(imageId, { jobNames: [], rowValues: rowValues.length > 0 ? rowValues : [imageId] })

describe('expected legs', () => {
  const legs = ['backend', 'worker-cpu'].map((id) => anExpectedLeg(id))

  test('are found by their names, and a missing one is missing', () => {
    expect(matched(legs, jobsNamed('build (backend)', 'test'))).toEqual([
      ['backend', 'build (backend)'],
      ['worker-cpu'],
    ])
  })

  test('are found where another workflow called this one', () => {
    const jobs = jobsNamed('images / build (backend)', 'a / images / build (worker-cpu)', 'images / build')
    expect(matched(legs, jobs)).toEqual([
      ['backend', 'images / build (backend)'],
      ['worker-cpu', 'a / images / build (worker-cpu)'],
    ])
  })

  test('are ambiguous where two workflows called it, or two jobs have the name', () => {
    const jobs = jobsNamed('one / build (backend)', 'two / build (backend)', 'build (worker-cpu)', 'build (worker-cpu)')
    expect(matched(legs, jobs)).toEqual([
      ['backend', 'one / build (backend)', 'two / build (backend)'],
      ['worker-cpu', 'build (worker-cpu)', 'build (worker-cpu)'],
    ])
  })

  test('are found by a name that GitHub cut short', () => {
    const long = `build (${'x'.repeat(120)})`
    const leg = anExpectedLeg('backend', { jobNames: [long], rowValues: [] })
    expect(matched([leg], jobsNamed(`${long.slice(0, 97)}...`))).toEqual([['backend', `${long.slice(0, 97)}...`]])
  })

  test('are found by the values of their row where the name is not known', () => {
    const jobs = jobsNamed('🐳 worker image', '🐳 worker-cpu image', 'lint')
    expect(matched([unnamed('worker'), unnamed('worker-cpu')], jobs)).toEqual([
      ['worker', '🐳 worker image'],
      ['worker-cpu', '🐳 worker-cpu image'],
    ])
  })

  test('are ambiguous where two jobs have the values, or two rows claim one job', () => {
    const jobs = jobsNamed('a on linux/amd64', 'a on linux/arm64')
    expect(matched([unnamed('a')], jobs)).toEqual([['a', 'a on linux/amd64', 'a on linux/arm64']])
    const rivals = [unnamed('a', 'a', 'linux/amd64'), unnamed('b', 'linux/amd64')]
    expect(matched(rivals, jobs)).toEqual([['a b', 'a on linux/amd64', 'a on linux/amd64']])
  })

  test('never take a job that another leg has by name', () => {
    expect(matched([anExpectedLeg('a'), unnamed('b', 'a')], jobsNamed('build (a)'))).toEqual([
      ['a', 'build (a)'],
      ['b'],
    ])
  })

  test.each([
    ['build', ['build']],
    ['images / build', ['build']],
    [`build \${{ matrix.image }}`, [`build \${{ matrix.image }}`]],
    ['build', []],
  ])('were skipped together as %j', (name, unexpandedNames) => {
    const rows = legs.map((leg) => ({ ...leg, unexpandedNames }))
    expect(matched(rows, skipped(name))).toEqual([['backend worker-cpu', name]])
  })

  test('are not there because a job of their stem succeeded', () => {
    expect(matched(legs, jobsNamed('build'))).toEqual([['backend'], ['worker-cpu']])
  })

  test('of one job are one leg with all its images', () => {
    const both = ['a', 'b'].map((id) => anExpectedLeg(id, { jobNames: ['bake'] }))
    expect(matched(both, jobsNamed('bake'))).toEqual([['a b', 'bake']])
  })
})

describe('without a workflow every job is a leg', () => {
  const images = ['worker', 'worker-cpu', 'backend'].map((id) => anImage(id))

  test.each([
    ['build (worker, Dockerfile, linux/amd64)', ['worker']],
    ['build (worker-cpu)', ['worker-cpu']],
    ['Build ktrdr-backend', ['backend']],
    ['push ghcr.io/acme/ktrdr-backend', ['backend']],
    ['backend and worker', []],
    ['build (worker-gpu)', []],
    ['backend2', []],
    ['test', []],
  ])('%j builds %j', (name, imageIds) => {
    expect(legsOfJobs(jobsNamed(name), images)).toMatchObject([{ name, imageIds, jobs: [{ name }] }])
  })

  test('a name can be anything', () => {
    for (const name of ['', '__proto__', '(', '\u202e', 'x'.repeat(300)]) {
      expect(legsOfJobs(jobsNamed(name), images)).toMatchObject([{ name, imageIds: [] }])
    }
    expect(matchLegs([unnamed('', '')], jobsNamed(''))).toMatchObject([{ jobs: [] }])
  })
})
