import { describe, expect, test } from '@jest/globals'
import type { AnnotationSeen } from '../../src/model/run.ts'
import { lookAtBuildRun, type RunQuestion } from '../../src/observe/build-run.ts'
import { readWorkflow } from '../../src/workflow/read.ts'
import type { Workflow } from '../../src/workflow/workflow.ts'
import { aJobSeen, anExpectedLeg, anImage, aRunSeen, aWorld, minutesLater, unseen } from './run-seen.ts'

const question: RunQuestion = {
  runId: 1,
  attempt: undefined,
  expected: undefined,
  workflows: [],
  images: [anImage('backend')],
}
const own = { runId: 1, jobId: 'verify', runnerName: 'us', checkRunId: undefined }
const ours = aJobSeen({ name: 'verify', status: 'in_progress', runnerName: 'us' })
const running = aJobSeen({ name: 'build (backend)', status: 'in_progress' })
const done = aJobSeen({ ...running, status: 'completed', conclusion: 'success' })

async function lookAt(world: Parameters<typeof aWorld>[0], changes: Partial<RunQuestion> = {}) {
  const eyes = aWorld(world)
  const look = await lookAtBuildRun({ ...question, ...changes }, eyes)
  return { look, ...eyes }
}
const namesIn = ({ look }: Awaited<ReturnType<typeof lookAt>>) => look.ok && look.seen.legs.map(({ name }) => name)

describe('the build run', () => {
  test('C120 has every job but our own', async () => {
    const seen = await lookAt({ own, listings: [[ours, done]] })
    expect(namesIn(seen)).toEqual(['build (backend)'])
    expect(seen.waits).toEqual([])
  })

  test('leaves nobody out where we are in another run', async () => {
    const seen = await lookAt({ own: { ...own, runId: 2 }, listings: [[ours, done]] })
    expect(namesIn(seen)).toEqual(['verify', 'build (backend)'])
  })

  test('leaves the running rows of our own matrix out', async () => {
    const rows = ['a', 'b'].map((row) => aJobSeen({ ...ours, id: row, name: `verify (${row})`, runnerName: row }))
    const seen = await lookAt({ own: { ...own, runnerName: 'a' }, listings: [[...rows, done]] })
    expect(namesIn(seen)).toEqual(['build (backend)'])
  })

  const called = (name: string, given: Parameters<typeof aJobSeen>[0] = {}) => aJobSeen({ id: name, name, ...given })
  const beside = [
    called('check / plan'),
    called('check / verify', { conclusion: 'skipped' }),
    called('check / linux-amd64-1', { conclusion: 'failure' }),
    called('check / linux-arm-v7-12'),
    called('check / linux-amd64-2', { status: 'in_progress', conclusion: undefined }),
  ]
  const report = called('check / report', { status: 'in_progress', conclusion: undefined, runnerName: 'us' })

  test('leaves the other jobs of the reusable workflow out, where we are one of them', async () => {
    const listings = [[...beside, report, done]]
    const us = { ...own, jobId: 'report', isReusable: true }
    const seen = await lookAt({ own: us, listings })
    expect([namesIn(seen), seen.waits]).toEqual([['build (backend)'], []])
  })

  test.each([
    ['a build that is called as well', 'check / build (backend)'],
    ['a build that another job calls', 'build / linux-amd64-1'],
    ['a build that nobody calls', 'linux-amd64-1'],
    ['a build deeper down', 'check / images / linux-amd64-1'],
  ])('never leaves out %s', async (_what, name) => {
    const failed = called(name, { conclusion: 'failure' })
    const us = { ...own, jobId: 'report', isReusable: true }
    expect(namesIn(await lookAt({ own: us, listings: [[...beside, failed, report]] }))).toEqual([name])
  })

  test.each([
    ['in a workflow of somebody else', { isReusable: false }, report],
    ['where nobody calls us', { isReusable: true }, { ...report, name: 'report' }],
    ['where we are not found', { isReusable: true, runnerName: 'x', jobId: 'x' }, report],
  ])('counts every other job %s', async (_what, given, us) => {
    const listings = [[...beside.slice(0, 4), us]]
    const seen = await lookAt({ own: { ...own, jobId: 'report', ...given }, listings })
    expect(namesIn(seen)).toEqual(expect.arrayContaining(beside.slice(0, 4).map(({ name }) => name)))
  })

  test('is judged by what the workflow expects, where that is known', async () => {
    const legs = [anExpectedLeg('backend'), anExpectedLeg('worker')]
    const world = { own, listings: [[ours, done, aJobSeen({ name: 'lint' })]] }
    const here = await lookAt(world, { expected: { workflow: './.github/workflows/build.yml', legs } })
    expect(here.look).toMatchObject({
      ok: true,
      seen: { legs: [{ jobs: [{ id: done.id }] }, { jobs: [] }], isOurs: true },
    })
    const elsewhere = await lookAt(world, { expected: { workflow: '.github/workflows/other.yml', legs } })
    expect(namesIn(elsewhere)).toEqual(['build (backend)', 'lint'])
    expect(elsewhere.look).toMatchObject({
      seen: { notes: [expect.stringContaining('not of .github/workflows/other')] },
    })
  })

  test('has no leg that is another job of the workflow, where the name of the build is not known', async () => {
    const legs = [anExpectedLeg('backend', { jobNames: [], rowValues: [], unexpandedNames: [`\${{ vars.NAME }}`] })]
    const expected = { workflow: '.github/workflows/build.yml', legs, others: ['lint'] }
    for (const us of [own, { ...own, runId: 2 }]) {
      const listings = [[...(us === own ? [ours] : []), done, aJobSeen({ name: 'lint' })]]
      expect(namesIn(await lookAt({ own: us, listings }, { expected }))).toEqual(['build (backend)'])
    }
  })

  test('has every other job too, where there may be more legs than are known', async () => {
    const legs = [anExpectedLeg('backend'), anExpectedLeg('worker')]
    const expected = { workflow: '.github/workflows/build.yml', legs, isOpen: true }
    const listings = [[...beside, report, done, aJobSeen({ name: 'images / build' })]]
    const seen = await lookAt({ own: { ...own, jobId: 'report', isReusable: true }, listings }, { expected })
    expect(namesIn(seen)).toEqual(['build (backend)', 'build (worker)', 'images / build'])
    expect(seen.look).toMatchObject({ seen: { legs: [{ jobs: [{}] }, { jobs: [] }, { jobs: [{}] }] } })
  })

  test.each([
    ['of a workflow that builds nothing', 'build.yml', [], own, 'nothing in .github/workflows/build.yml'],
    [
      'that is ours, of another workflow',
      'other.yml',
      [anExpectedLeg('backend')],
      own,
      'not of .github/workflows/other.yml',
    ],
    ['that somebody named, of another workflow', 'other.yml', [], { ...own, runId: 2 }, undefined],
    ['of a workflow that builds', 'build.yml', [anExpectedLeg('backend')], own, undefined],
  ])('%s: what builds', async (_, file, legs, us, doubt) => {
    const expected = { workflow: `.github/workflows/${file}`, legs }
    const { look } = await lookAt({ own: us, listings: [[done]] }, { expected })
    expect(look.ok && [look.seen.legs.length, look.seen.doubt]).toEqual([1, doubt && expect.stringContaining(doubt)])
  })

  test('has no leg that is our own job, or runs beside it in our own matrix', async () => {
    const legs = ['a', 'b', 'c'].map((id) => anExpectedLeg(id))
    const rows = ['a', 'b'].map((row) => aJobSeen({ ...ours, id: row, name: `build (${row})`, runnerName: row }))
    const us = { ...own, runnerName: 'a' }
    const expected = { workflow: '.github/workflows/build.yml', legs }
    expect(namesIn(await lookAt({ own: us, listings: [rows] }, { expected }))).toEqual(['build (c)'])
    const two = { ...expected, legs: legs.slice(0, 2) }
    expect(namesIn(await lookAt({ own: us, listings: [rows] }, { expected: two }))).toEqual([])
  })

  const tags = (...waitsFor: string[]) => [
    anExpectedLeg('backend'),
    anExpectedLeg('', { imageIds: [], jobNames: ['promote'], waitsFor }),
  ]
  const calling = { ...own, isReusable: true, jobId: 'report' }

  test.each([
    ['waits for us', own, tags('build', 'verify'), true],
    ['waits for us, whichever job that is', { ...own, runnerName: 'x' }, tags('verify'), true],
    ['waits for what calls us', calling, tags('build', 'check'), true],
    ['waits for every row of what calls us', calling, tags(`check\${{ matrix.x }}`), true],
    ['waits for others', own, tags('build'), false],
    ['waits for a job that is called as we are where we are called', calling, tags('report'), false],
    ['waits for our job of another run', { ...own, runId: 2 }, tags('verify'), false],
  ])('where what gives tags %s', async (_, us, legs, isLeftOut) => {
    const job = us === calling ? report : ours
    const expected = { workflow: '.github/workflows/build.yml', legs }
    const seen = await lookAt({ own: us, listings: [[job, done]] }, { expected })
    expect(namesIn(seen)).toEqual(['build (backend)', ...(isLeftOut ? [] : ['promote'])])
  })

  test('is waited for as long as GitHub may lag, and no longer', async () => {
    const healed = await lookAt({ listings: [[running], [running], [done]] })
    expect(healed.look).toMatchObject({ ok: true, seen: { legs: [{ jobs: [{ conclusion: 'success' }] }] } })
    expect(healed.waits).toEqual([5000, 5000])
    const stuck = await lookAt({ listings: [[running]] })
    expect(stuck.look).toMatchObject({ ok: true, seen: { legs: [{ jobs: [{ status: 'in_progress' }] }] } })
    expect(stuck.waits.reduce((sum, ms) => sum + ms)).toBe(30_000)
  })

  test('is not seen where the wait is cut short', async () => {
    const eyes = aWorld({ listings: [[running]] })
    const clock = { ...eyes.clock, sleep: () => Promise.reject(new Error('aborted')) }
    expect(await lookAtBuildRun(question, { ...eyes, clock })).toMatchObject({ ok: false, failure: 'cancelled' })
  })

  test('is not seen where GitHub does not tell', async () => {
    expect((await lookAt({ run: unseen('no run') })).look).toMatchObject({ ok: false, reason: 'no run' })
  })

  test('counts attempts up to ours', async () => {
    const retried = aJobSeen({ ...done, id: 'new', attempt: 2, conclusion: 'failure' })
    const world = { run: { ok: true, seen: aRunSeen({ attempt: 2 }) } as const, listings: [[done, retried]] }
    const idsIn = ({ look }: Awaited<ReturnType<typeof lookAt>>) => look.ok && look.seen.legs[0]?.jobs[0]?.id
    expect(idsIn(await lookAt(world, { attempt: 1 }))).toBe(done.id)
    expect(idsIn(await lookAt(world))).toBe('new')
  })
})

describe('what our own earlier attempt kept from running', () => {
  const read = (file: string, text: string): Workflow => {
    const workflow = readWorkflow(`on: push\njobs:\n${text.replace(/^ {4}/gm, '')}`, file)
    if (!workflow.ok) throw new Error(JSON.stringify(workflow.problems))
    return workflow.value
  }
  const steps = 'runs-on: ubuntu-latest, steps: [{ run: ls }]'
  const PATH = '.github/workflows/build.yml'
  const file = read(
    PATH,
    `
      setup: { ${steps} }
      build: { needs: setup, ${steps} }
      verify: { needs: setup, ${steps} }
      deploy: { name: Deploy it, needs: [verify, build], ${steps} }
      tell: { needs: deploy, uses: ./tell.yml }
      check: { needs: setup, uses: ./check.yml }
      promote: { needs: check, ${steps} }
      far: { needs: setup, uses: acme/all/.github/workflows/check.yml@v1 }
      after: { needs: far, ${steps} }
    `,
  )
  const called = read(
    'check.yml',
    `\n      verify: { ${steps} }\n      sign: { needs: verify, ${steps} }\n      other: { ${steps} }`,
  )
  const names = ['build', 'Deploy it', 'tell', 'promote', 'check / sign', 'check / other', 'far / sign', 'after']

  /** What counts in attempt 2 of us, where each of these names was skipped once our first attempt was over. */
  async function countedBeside(name: string, workflows: readonly Workflow[], path = PATH) {
    const first = aJobSeen({ name, conclusion: 'failure', minutes: 5 })
    const late = names.map((each) => aJobSeen({ name: each, conclusion: 'skipped', createdAt: minutesLater(6) }))
    const us = aJobSeen({ name, status: 'in_progress', runnerName: 'us', attempt: 2 })
    const run = { ok: true, seen: aRunSeen({ attempt: 2, path }) } as const
    const { look } = await lookAt({ own, run, listings: [[first, ...late, us]] }, { workflows })
    return look.ok && look.seen.legs.map((leg) => leg.name)
  }
  const but = (...gone: readonly string[]) => names.filter((name) => !gone.includes(name))

  test.each([
    ['verify', but('Deploy it', 'tell')],
    ['verify (api)', but('Deploy it', 'tell')],
    ['check / verify', but('promote', 'check / sign')],
    // What a workflow of another repository has wait for us, its file does not tell here.
    ['far / verify', but('after', 'far / sign')],
  ])('is what the file says waits for %j', async (name, counted) => {
    expect(await countedBeside(name, [file, called])).toEqual(counted)
  })

  test('is nothing where the file has no such job', async () => {
    expect(await countedBeside('Check', [file, called])).toEqual(names)
  })

  test('is all that was skipped after us where the file is not read', async () => {
    expect(await countedBeside('verify', [])).toEqual([])
    expect(await countedBeside('verify', [file, called], '.github/workflows/verify.yml')).toEqual([])
  })
})

describe('annotations', () => {
  const said = (given: Partial<AnnotationSeen> = {}): AnnotationSeen => ({
    level: 'warning',
    title: '',
    message: 'Node 20 is old',
    path: '.github',
    line: 1,
    ...given,
  })

  test('are listed once with all jobs that have them, notices left out', async () => {
    const [a, b] = [aJobSeen({ name: 'a' }), aJobSeen({ name: 'b' })]
    const { look } = await lookAt({
      listings: [[a, b]],
      annotations: { [a.id]: [said(), said({ level: 'notice' })], [b.id]: [said(), said({ level: 'failure' })] },
    })
    expect(look).toMatchObject({
      ok: true,
      seen: {
        annotations: [
          { level: 'warning', jobNames: ['a', 'b'] },
          { level: 'failure', jobNames: ['b'] },
        ],
        notes: [],
      },
    })
  })

  test('that may not be read are a note and nothing worse', async () => {
    const { look } = await lookAt({ annotations: unseen('not allowed') })
    expect(look).toMatchObject({
      ok: true,
      seen: { annotations: [], notes: ['the annotations of the build jobs are not listed: not allowed (rerun)'] },
    })
  })

  test('of very many jobs are not all asked for, which is said', async () => {
    const jobs = Array.from({ length: 70 }, (_, at) => aJobSeen({ name: `build (${at})` }))
    const { look } = await lookAt({ listings: [jobs] })
    expect(look).toMatchObject({ ok: true, seen: { notes: ['the annotations of 10 more jobs are not listed'] } })
  })
})

describe('earlier runs', () => {
  const earlier = { ok: true, seen: [aRunSeen({ id: 8 }), aRunSeen({ id: 9 })] } as const
  const took = (minutes: number) => ({ ok: true, seen: [aJobSeen({ name: 'build (backend)', minutes })] }) as const

  test('are told beside each leg, newest first', async () => {
    const { look } = await lookAt({ listings: [[done]], earlier, earlierJobs: { 8: took(4), 9: took(5) } })
    expect(look).toMatchObject({ ok: true, seen: { legs: [{ earlierSeconds: [240, 300] }], notes: [] } })
  })

  test('never make it red', async () => {
    const part = await lookAt({ listings: [[done]], earlier, earlierJobs: { 8: unseen('gone'), 9: took(5) } })
    expect(part.look).toMatchObject({
      ok: true,
      seen: { legs: [{ earlierSeconds: [300] }], notes: ['an earlier run is not compared with: gone'] },
    })
    const none = await lookAt({ listings: [[done]], earlier: unseen('down') })
    expect(none.look).toMatchObject({ ok: true, seen: { notes: ['nothing is known of earlier runs: down'] } })
  })
})
