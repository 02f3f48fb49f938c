import { describe, expect, test } from '@jest/globals'
import type { ImageExpectation } from '../../src/model/spec.ts'
import { reduceAttempts } from '../../src/observe/build-run/attempts.ts'
import { legsOfJobs, matchLegs } from '../../src/observe/build-run/legs.ts'
import { deriveImages } from '../../src/workflow/derive.ts'
import { expectedLegs } from '../../src/workflow/expected-legs.ts'
import { readWorkflow } from '../../src/workflow/read.ts'
import { anImageName, aTag } from './builders.ts'
import { aJobSeen, anExpectedLeg, anImage } from './run-seen.ts'

const jobsNamed = (...names: string[]) =>
  reduceAttempts(
    names.map((name) => aJobSeen({ name })),
    1,
  )
const skipped = (name: string) => reduceAttempts([aJobSeen({ name, conclusion: 'skipped' })], 1)
const matched = (...parameters: Parameters<typeof matchLegs>) =>
  matchLegs(...parameters).map(({ imageIds, jobs }) => [imageIds.join(' '), ...jobs.map(({ name }) => name)])

const NAME = `\${{ vars.NAME }}`
const unnamed = (imageId: string, ...rowValues: string[]) =>
  anExpectedLeg(imageId, {
    jobNames: [],
    rowValues: rowValues.length > 0 ? rowValues : [imageId],
    unexpandedNames: [NAME],
  })

describe('expected legs', () => {
  const legs = ['backend', 'worker-cpu'].map((id) => anExpectedLeg(id))

  test('are found by their names, and a missing one is missing', () => {
    expect(matched(legs, jobsNamed('build (backend)', 'test'))).toEqual([
      ['backend', 'build (backend)'],
      ['worker-cpu'],
    ])
  })

  test('are not those of a workflow that this one calls', () => {
    const jobs = jobsNamed(
      'build (backend)',
      'test / build (worker-cpu)',
      'a / test / build (worker-cpu)',
      'test / build',
    )
    expect(matched(legs, jobs)).toEqual([['backend', 'build (backend)'], ['worker-cpu']])
  })

  test('are ambiguous where two jobs have the name', () => {
    expect(matched(legs, jobsNamed('build (worker-cpu)', 'build (worker-cpu)'))).toEqual([
      ['backend'],
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

  const written = (...unexpandedNames: string[]) => anExpectedLeg('a', { jobNames: [], rowValues: [], unexpandedNames })

  test('are found by what is written for a name that is not known, where one job alone can be it', () => {
    const leg = written(`Build \${{ needs.v.outputs.v }}`)
    expect(matched([leg], jobsNamed('Build 1.2', 'lint'))).toEqual([['a', 'Build 1.2']])
    expect(matched([leg], jobsNamed('Build 1.2', 'Build docs'))).toEqual([['a', 'Build 1.2', 'Build docs']])
    expect(matched([leg], jobsNamed('Build 1.2', 'Build docs'), ['Build docs'])).toEqual([['a', 'Build 1.2']])
    expect(matched([leg], jobsNamed('Build docs'), ['Build docs'])).toEqual([['a']])
    expect(matched([written(NAME), unnamed('b')], jobsNamed('b 1', 'c 1'))).toEqual([
      ['a', 'c 1'],
      ['b', 'b 1'],
    ])
    expect(matched([written(NAME), written(`\${{ vars.B }}`)], jobsNamed('x'))).toEqual([['a', 'x', 'x']])
  })

  test('are never found by it where their name is known, or a value that is in it', () => {
    expect(matched([anExpectedLeg('a', { jobNames: ['build'], rowValues: [] })], jobsNamed('build (x)'))).toEqual([
      ['a'],
    ])
    expect(matched([unnamed('api')], jobsNamed('worker 1'))).toEqual([['api']])
  })

  test('have the name that is written, where they have no job', () => {
    const legs = [written(NAME), unnamed('api', 'api', 'arm64'), anExpectedLeg('b')]
    expect(matchLegs(legs, []).map(({ name }) => name)).toEqual([NAME, `${NAME} (api, arm64)`, 'build (b)'])
  })

  test.each([
    ['skipped', 'build', [['backend worker-cpu', 'build']]],
    ['failed to start', 'build', [['backend worker-cpu', 'build']]],
    ['is not there', 'lint', [['backend'], ['worker-cpu']]],
  ])('are not the rows of another matrix, where their own %s', (how, name, found) => {
    const conclusion = how === 'skipped' ? 'skipped' : 'startup_failure'
    const own = reduceAttempts([aJobSeen({ name, conclusion })], 1)
    expect(
      matched(legs, [...own, ...jobsNamed('test (backend)', 'test (worker-cpu)', 'test / build (backend)')]),
    ).toEqual(found)
  })

  test.each([
    ['build', 'build (backend, 3.1)', true],
    ['build', 'test (backend)', false],
    ['build', 'rebuild (backend)', false],
    [`Build \${{ vars.X }} \${{ matrix.image }}`, 'Build the backend', true],
    [`Build \${{ vars.X }} \${{ matrix.image }}`, 'test (backend)', false],
    ['all / build', 'all (x) / build (backend)', true],
    ['all / build', 'all / build (backend)', true],
    ['all / build', 'build (backend)', false],
    ['all / build', 'test / build (backend)', false],
    [`\${{ vars.X }} / build`, 'all of it / build (backend)', true],
    ['build', `build (backend, ${'x'.repeat(81)}...`, true],
    ['build', `test (backend, ${'x'.repeat(82)}...`, false],
  ])('of the name %j may be shown as %j by their row: %j', (written, name, expected) => {
    for (const jobNames of [[], ['build (backend, 3.10)']]) {
      const leg = anExpectedLeg('backend', { jobNames, unexpandedNames: [written] })
      expect(matched([leg], jobsNamed(name))).toEqual([expected ? ['backend', name] : ['backend']])
    }
  })

  test.each([
    ['the caller', 'all'],
    ['the job that is called', 'all / build'],
    ['all rows of the caller', 'all (x) / build'],
  ])('were skipped with %s', (_, name) => {
    const jobNames = ['all (x) / build (backend)']
    const leg = anExpectedLeg('backend', { jobNames, unexpandedNames: ['all / build'] })
    const others = jobsNamed('test (backend)', 'test / build (backend)')
    expect(matched([leg], [...skipped(name), ...others])).toEqual([['backend', name]])
  })

  test('never take a job that another leg has by name', () => {
    expect(matched([anExpectedLeg('a'), unnamed('b', 'a')], jobsNamed('build (a)'))).toEqual([
      ['a', 'build (a)'],
      ['b'],
    ])
  })

  test.each([
    ['build', ['build']],
    ['images / build', ['images / build']],
    ['images', ['images / build']],
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

describe('a workflow', () => {
  const build = (job: string) => `
on: push
jobs:
  changes: { runs-on: ubuntu-latest, steps: [{ run: ls }] }
  build:
    needs: changes
    if: needs.changes.outputs.any == 'true'
${job}
  test:
    runs-on: ubuntu-latest
    strategy: { matrix: { image: [backend, worker] } }
    steps: [{ run: ls }]
`
  const matrix = (name = '') => `
    ${name}
    runs-on: ubuntu-latest
    strategy: { matrix: { image: [backend, worker] } }
    steps:
      - uses: docker/build-push-action@v6
        with: { push: true, tags: "ghcr.io/acme/\${{ matrix.image }}:latest", platforms: linux/amd64 }
`
  const expectedIn = (text: string, images = '', expected: readonly ImageExpectation[] = []) => {
    const workflow = readWorkflow(text, '.github/workflows/b.yml')
    if (!workflow.ok) throw new Error(JSON.stringify(workflow.problems))
    const run = { repository: 'acme/app', eventName: 'push', ref: 'refs/heads/main' }
    const derived = deriveImages(workflow.value, run, (path) => (path === 'images.yml' ? images : undefined))
    return expectedLegs(workflow.value, derived, expected)
  }
  const legsIn = (...parameters: Parameters<typeof expectedIn>) => expectedIn(...parameters)?.legs
  const known = (...parameters: Parameters<typeof legsIn>) => legsIn(...parameters) ?? []
  const called = `on: workflow_call\njobs:\n  push:${matrix('name: Push it').replaceAll('\n', '\n  ').replaceAll('\n    \n', '\n')}`

  test.each([
    ['by its key', build(matrix()), '', 'build'],
    ['by its name', build(matrix('name: All images')), '', 'All images'],
    ['by its name as written', build(matrix(`name: Build \${{ matrix.image }}`)), '', `Build \${{ matrix.image }}`],
    ['by its caller', build('    uses: ./images.yml'), called, 'build'],
    ['by its name under its caller', build('    name: All\n    uses: ./images.yml'), called, 'All / Push it'],
  ])('says %s what was skipped, whatever else has rows', (_, text, images, name) => {
    const jobs = [...skipped(name), ...jobsNamed('changes', 'test (backend)', 'test (worker)')]
    expect(matched(known(text, images), jobs)).toEqual([['backend worker', name]])
  })

  const joining = (condition: string, script: string) => `
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    strategy: { matrix: { platform: [linux/amd64, linux/arm64] } }
    steps:
      - uses: docker/build-push-action@v6
        with: { platforms: "\${{ matrix.platform }}", outputs: "type=image,name=ghcr.io/acme/api,push-by-digest=true,push=true" }
  tell: { needs: build, runs-on: ubuntu-latest, name: Tell, steps: [{ run: ls }] }
  merge:
    needs: tell
    if: ${condition}
    strategy: { matrix: { tag: [one, two] } }
    runs-on: ubuntu-latest
    steps:
      - run: docker buildx imagetools create ${script} $(printf 'ghcr.io/acme/api@sha256:%s ' *)
`

  test.each([
    ['that are written', 2, `-t ghcr.io/acme/api:\${{ matrix.tag }}`],
    ['that cannot be read', 1, '$TAGS'],
  ])('has legs that give tags %s to what others build', (_, count, tags) => {
    const legs = known(joining(`github.event_name == 'push'`, tags))
    const jobs = jobsNamed('build (linux/amd64)', 'build (linux/arm64)', 'tell', 'merge (one)')
    const found = matchLegs(legs, jobs).map(({ name, imageIds, jobs: { length } }) => [name, imageIds.length, length])
    expect(found).toEqual([
      ['build (linux/amd64)', count, 1],
      ['build (linux/arm64)', count, 1],
      ['merge (one)', 0, 1],
      ['merge (two)', 0, 0],
    ])
    expect(matched(legs, [...jobs.slice(0, 3), ...skipped('merge')])).toContainEqual(['', 'merge'])
    expect(legs.map(({ waitsFor }) => waitsFor)).toEqual([
      undefined,
      undefined,
      ...[1, 2].map(() => ['tell', 'Tell', 'build']),
    ])
    expect(known(joining(`github.event_name == 'release'`, tags))).toHaveLength(2)
  })

  test.each([
    ['each row has a tag of its own', `ghcr.io/acme/w:\${{ matrix.x }}`, 'cpu; gpu'],
    ['the tags are not known', `ghcr.io/acme/w:\${{ matrix.x }}-\${{ vars.V }}`, 'cpu, gpu; cpu, gpu'],
    ['it pushes to two registries', `ghcr.io/acme/w:cpu,acme/w:\${{ matrix.x }}`, 'cpu, hub; cpu, hub'],
    ['the spec knows no such image', `ghcr.io/acme/x:\${{ matrix.x }}`, 'x-cpu; x-gpu'],
  ])('says which images its jobs build, where %s', (_, tags, ids) => {
    const build = `{ uses: docker/build-push-action@v6, with: { push: true, tags: "${tags}" } }`
    const text = `on: push\njobs: { a: { runs-on: x, strategy: { matrix: { x: [cpu, gpu] } }, steps: [${build}] } }`
    const image = (id: string, name: string) => ({ ...anImage(id), name: anImageName(name), tags: [aTag(id)] })
    const expected = [image('cpu', 'ghcr.io/acme/w'), image('gpu', 'ghcr.io/acme/w'), image('hub', 'docker.io/acme/w')]
    const legs = legsIn(text, '', expected) ?? []
    expect(legs.map(({ imageIds }) => imageIds.join(', ')).join('; ')).toBe(ids)
  })

  test.each([
    [`py \${{ matrix.py }} \${{ vars.X }}`, ['3.12']],
    [`\${{ matrix['push'] }} \${{ vars.X }} \${{ matrix.os }}`, ['linux', 'true']],
    [`\${{ vars.X }} / \${{ matrix.os }}`, ['linux']],
    [`\${{ vars.X }} \${{ toJSON(matrix) }}`, []],
    ['Build', ['linux']],
  ])('tells the jobs of the name %j by %j', (name, rowValues) => {
    const build = '{ uses: docker/build-push-action@v6, with: { push: true, tags: ghcr.io/acme/api } }'
    const matrix = '{ os: [linux], py: [3.12], push: [true], more: [{ os: x }] }'
    const text = `on: push
jobs:
  lint: { runs-on: x, steps: [{ run: ls }] }
  a: { name: "${name}", runs-on: x, strategy: { matrix: ${matrix} }, steps: [${build}] }`
    expect(legsIn(text)).toMatchObject([{ rowValues }])
  })

  const more = '  lint: { uses: acme/ci/.github/workflows/lint.yml@v1 }'
  const rows = `strategy: { matrix: { x: "\${{ fromJSON(needs.changes.outputs.x) }}" } }`

  test.each([
    ['that there may be more', `${build(matrix())}\n${more}`, [['backend', 'worker'], true]],
    ['nothing where no name is known', `${build(matrix(`name: \${{ vars.X }}`))}\n${more}`, undefined],
    ['nothing where no row is known', build(`    ${rows}\n    name: All\n    uses: ./images.yml`), undefined],
    ['all there is', build(matrix()), [['backend', 'worker'], false]],
  ])('says %s', (_, text, says) => {
    const found = expectedIn(text, called)
    expect(found && [found.legs.flatMap(({ imageIds }) => imageIds), found.isOpen]).toEqual(says)
  })

  test('says what its other jobs are called', () => {
    const others = expectedIn(build(matrix('name: All')))?.others
    expect(others).toEqual(['changes', 'test', 'test (backend)', 'test (worker)'])
  })

  const steps = (text: string) => `on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [${text}] } }`

  test.each([
    ['builds nothing', steps('{ run: ls }'), 0],
    ['builds by a script', steps('{ run: docker push ghcr.io/acme/api }'), undefined],
    [
      'gives tags to what is built elsewhere',
      steps('{ run: docker buildx imagetools create -t a/b:1 a/b:2 }'),
      undefined,
    ],
  ])('that %s', (_, text, count) => {
    expect(legsIn(text)?.length).toBe(count)
  })

  test('says which jobs are its rows', () => {
    const jobs = jobsNamed('All / Push it (worker)', 'All / Push it (backend)', 'test (backend)', 'test (worker)')
    expect(matched(known(build('    name: All\n    uses: ./images.yml'), called), jobs)).toEqual([
      ['backend', 'All / Push it (backend)'],
      ['worker', 'All / Push it (worker)'],
    ])
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
