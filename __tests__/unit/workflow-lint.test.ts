// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions as workflows write them
import { describe, expect, test } from '@jest/globals'
import { parseImageName, parsePlatform, parseTag } from '../../src/model/image.ts'
import type { ImageExpectation } from '../../src/model/spec.ts'
import type { RunContext } from '../../src/model/workflow.ts'
import { deriveImages } from '../../src/workflow/derive.ts'
import { lintWorkflow } from '../../src/workflow/lint.ts'
import { readWorkflow } from '../../src/workflow/read.ts'
import { anImage } from './sightings.ts'
import { agreeingExpectations, namedDockerfiles } from './workflows.ts'

const both = 'on:\n  push:\n    branches: [main]\n  workflow_dispatch:\n'

interface Surroundings {
  readonly run?: RunContext
  readonly dockerfiles?: readonly string[]
  readonly expectations?: readonly ImageExpectation[]
}

const pushToMain = { repository: 'acme/shop', eventName: 'push', ref: 'refs/heads/main', defaultBranch: 'main' }

/** What is found where the repository and the spec agree with the workflow, but for what is said of them. */
function lint(text: string, { run = pushToMain, dockerfiles, expectations }: Surroundings = {}): readonly string[] {
  const read = readWorkflow(text, 'w.yml')
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const derived = deriveImages(read.value, run)
  const there = dockerfiles ? new Set(dockerfiles) : namedDockerfiles(derived)
  const subject = { workflow: read.value, run, derived, dockerfiles: there }
  return lintWorkflow(subject, expectations ?? agreeingExpectations(derived)).map(
    ({ code, at, expected, actual }) =>
      `${at.file}:${at.line} ${code.replace('workflow/', '')}: ${expected} <> ${actual}`,
  )
}

describe('triggers', () => {
  const jobs = 'jobs: {a: {steps: []}}'
  test.each([
    ['on: [push, workflow_dispatch]', []],
    ['on: push', ['workflow_dispatch <> push']],
    ['on: workflow_dispatch', ['push to main <> workflow_dispatch']],
    ['on: {push: {branches: [release]}, workflow_dispatch: ~}', ['push to main <> push branches: [release]']],
    ["on: {push: {branches: ['ma*']}, workflow_dispatch: ~}", []],
    ["on: {push: {branches: ['**', '!main']}, workflow_dispatch: ~}", ['push to main <> push branches: [**, !main]']],
    ["on: {push: {branches: ['feature/*']}, workflow_dispatch: ~}", ['push to main <> push branches: [feature/*]']],
    ['on: {push: {branches-ignore: [main]}, workflow_dispatch: ~}', ['push to main <> push branches-ignore: [main]']],
    ["on: {push: {tags: ['v*']}, workflow_dispatch: ~}", ['push to main <> push tags: [v*]']],
    ["on: {push: {branches: [main], tags: ['v*'], paths: [src]}, workflow_dispatch: ~}", []],
    ['on: {workflow_call: {inputs: {a: {default: b}}}}', []],
  ])('%s', (on, expected) => {
    expect(lint(`${on}\n${jobs}`)).toEqual(expected.map((one) => `w.yml:1 trigger-missing: ${one}`))
  })

  test('without knowing the default branch only a push to none is wrong', () => {
    expect(lint(`on: {push: {branches: [trunk]}, workflow_dispatch: ~}\n${jobs}`, { run: {} })).toEqual([])
    expect(lint(`on: {push: {tags: [v1]}, workflow_dispatch: ~}\n${jobs}`, { run: {} })).toHaveLength(1)
  })
})

describe('failures that are ignored', () => {
  const push = (more: string): string =>
    `      - { uses: docker/build-push-action@v6, with: { push: true, platforms: linux/amd64, tags: 'acme/a:1' }, ${more} }\n`
  const create = (more: string): string =>
    `      - { run: 'docker buildx imagetools create -t acme/a:1 acme/b@sha256:0', ${more} }\n`
  const found = (steps: string, more = ''): readonly string[] =>
    lint(`${both}jobs:\n${job('build', more, steps)}`).filter((line) => line.includes('failure-ignored'))
  const ignored = (line: number) =>
    `w.yml:${line} failure-ignored: a step that fails the job <> continue-on-error: true`
  const failed = "if: steps.one.outcome == 'failure'"

  test.each([
    ['a build', push('continue-on-error: true'), [9]],
    ['a build by an expression', push("continue-on-error: '${{ true }}'"), [9]],
    ['a build whose push only a run knows', push('continue-on-error: true').replace('true', "'${{ vars.PUSH }}'"), [9]],
    [
      'a build by digest',
      push('continue-on-error: true').replace(
        'push: true',
        "outputs: 'type=image,push-by-digest=true,name=acme/a,push=true'",
      ),
      [9],
    ],
    ['what joins digests', create('continue-on-error: true'), [9]],
    [
      'a second try that may fail as well',
      push('id: one, continue-on-error: true') + push(`continue-on-error: true, ${failed}`),
      [10],
    ],
    [
      'a build of which a step only tells',
      `${push('id: one, continue-on-error: true')}      - { run: ./tell, ${failed} }\n`,
      [9],
    ],
    [
      'a build whose outcome a script only prints',
      `${push('id: one, continue-on-error: true')}      - { run: 'echo \${{ steps.one.outcome }}' }\n`,
      [9],
    ],
    [
      'a build after which a step fails to no end',
      `${push('id: one, continue-on-error: true')}      - { run: exit 1, continue-on-error: true, ${failed} }\n`,
      [9],
    ],
    [
      'a build before which a step looks',
      `      - { run: exit 1, ${failed} }\n${push('id: one, continue-on-error: true')}`,
      [10],
    ],
    [
      'a build beside which a step looks at another',
      `${push('id: two, continue-on-error: true')}      - { run: exit 1, ${failed} }\n`,
      [9],
    ],
    ['a build that fails', push('continue-on-error: false'), []],
    ['a build that only a run knows to fail', push("continue-on-error: '${{ vars.X }}'"), []],
    ['a build that stays on the runner', push('continue-on-error: true').replace('push: true', 'load: true'), []],
    ['a build that does not run', push('continue-on-error: true, if: false'), []],
    ['a step that does not push', '      - { run: ./lint, continue-on-error: true }\n', []],
    ['a build with a second try', push('id: one, continue-on-error: true') + push(failed), []],
    [
      'a build after which a step fails',
      `${push('id: one, continue-on-error: true')}      - { run: exit 1, ${failed} }\n`,
      [],
    ],
    [
      'a build after which an action fails',
      push('id: one, continue-on-error: true') +
        `      - { uses: actions/github-script@v7, with: { script: 'core.setFailed()' }, ${failed} }\n`,
      [],
    ],
    [
      'a build whose outcome a script asks',
      `${push('id: one, continue-on-error: true')}      - { run: '[ "\${{ steps.one.outcome }}" = success ]' }\n`,
      [],
    ],
    [
      'a build whose outcome a script is given',
      push('id: one, continue-on-error: true') +
        "      - { run: '[ $HOW = success ]', env: { HOW: '${{ steps.one.outcome }}' } }\n",
      [],
    ],
  ])('%s', (_, steps, lines) => {
    expect(found(steps)).toEqual(lines.map(ignored))
  })

  test('once for all rows of a matrix, and for the row that says so', () => {
    const rows = '    strategy: { matrix: { tolerant: [true, false], image: [a, b] } }\n'
    expect(found(push('continue-on-error: true'), rows)).toEqual([ignored(10)])
    expect(found(push("continue-on-error: '${{ matrix.tolerant }}'"), rows)).toEqual([ignored(10)])
  })
})

const job = (name: string, more: string, steps: string): string =>
  `  ${name}:\n    runs-on: ubuntu-latest\n${more}    steps:\n${steps}`
const login =
  '      - uses: docker/login-action@v3\n        with: {registry: ghcr.io, username: x, password: "${{ secrets.GITHUB_TOKEN }}"}\n'
const pat = login.replace('GITHUB_TOKEN', 'PAT')
const build = (tag: string, more = ''): string =>
  `      - uses: docker/build-push-action@v6\n        with:\n          push: true\n          platforms: linux/amd64\n          tags: ${tag}\n${more}`

describe('permissions', () => {
  const image = 'ghcr.io/acme/shop:1'
  const grant = (access: string): string => `    permissions:\n      packages: ${access}\n`
  test.each([
    ['granted to the job', job('a', grant('write'), login + build(image)), []],
    [
      'not granted to the job',
      job('a', grant('read'), login + build(image)),
      ['w.yml:8 permission-missing: packages: write <> packages: read'],
    ],
    [
      'no permission is written',
      job('a', '', login + build(image)),
      ['w.yml:6 permission-missing: packages: write <> no permissions'],
    ],
    ['write-all', job('a', '    permissions: write-all\n', login + build(image)), []],
    ['another token', job('a', grant('read'), pat + build(image)), []],
    ['another registry', job('a', grant('read'), login + build('docker.io/acme/shop:1')), []],
    [
      'granted and not pushed',
      job('a', grant('write'), `${login}      - run: docker manifest inspect x\n`),
      ['w.yml:9 permission-missing: packages: read, or nothing <> packages: write'],
    ],
    ['granted to a script that pushes', job('a', grant('write'), '      - run: docker push x\n'), []],
    ['granted to an action that may push', job('a', grant('write'), '      - uses: acme/release@v1\n'), []],
  ])('%s', (_, jobs, expected) => {
    expect(lint(`${both}jobs:\n${jobs}`)).toEqual(expected)
  })

  test('a grant of the whole workflow is told once, with the jobs that need none', () => {
    const test = (name: string): string => job(name, '', '      - run: ./x\n'.replace('./x', 'npm-less'))
    const jobs = job('a', '', login + build(image)) + test('b') + test('c')
    expect(lint(`${both}permissions: {packages: write}\njobs:\n${jobs}`)).toEqual([
      'w.yml:5 permission-missing: packages: read, or nothing <> packages: write',
    ])
  })
})

describe('cache scopes', () => {
  const cached = (tag: string, to: string): string => build(tag, `          cache-to: ${to}\n`)
  test.each([
    ['none for both', 'type=gha,mode=max', 'type=gha', 1],
    ['the same', 'type=gha,scope=x', 'type=gha,scope=x', 1],
    ['the default by name', 'type=gha', 'type=gha,scope=buildkit', 1],
    ['different', 'type=gha,scope=x', 'type=gha,scope=y', 0],
    ['unknown', 'type=gha,scope=${{ vars.X }}', 'type=gha,scope=${{ vars.X }}', 0],
    ['a registry', 'type=registry,ref=x/y', 'type=registry,ref=x/y', 0],
    ['inline', 'type=inline', 'type=inline', 0],
  ])('%s', (_, one, other, findings) => {
    const steps =
      cached('docker.io/a/b:1', one) +
      cached('docker.io/a/c:1', other).replace('push: true', 'push: true\n          file: c.Dockerfile')
    expect(lint(`${both}jobs:\n${job('a', '', steps)}`)).toHaveLength(findings)
  })
})

describe('Dockerfiles', () => {
  const dockerfiles = ['there/Dockerfile']
  const file = (more: string): string => build('docker.io/a/b:1', more)
  test.each([
    ['there', '          context: ./there\n', []],
    [
      'missing',
      '          context: .\n          file: gone/Dockerfile\n',
      ['w.yml:15 dockerfile-missing: gone/Dockerfile <> no such file'],
    ],
    ['unknown', '          context: .\n          file: ${{ vars.FILE }}\n', []],
    ['of another repository', '          context: https://github.com/a/b.git\n', []],
  ])('%s', (_, more, expected) => {
    expect(lint(`${both}jobs:\n${job('a', '', file(more))}`, { dockerfiles })).toEqual(expected)
  })

  test('of a matrix are told by the line of the row', () => {
    const text = `${both}jobs:\n  a:\n    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n        file:\n          - there/Dockerfile\n          - gone.Dockerfile\n    steps:\n${build('docker.io/a/${{ matrix.file }}:1', '          context: .\n          file: ${{ matrix.file }}\n')}`
    expect(lint(text, { dockerfiles })).toEqual(['w.yml:12 dockerfile-missing: gone.Dockerfile <> no such file'])
  })

  test('are not looked for where another repository is checked out', () => {
    const checkout = '      - uses: actions/checkout@v5\n        with: {repository: a/b}\n'
    expect(lint(`${both}jobs:\n${job('a', '', checkout + file('          context: .\n'))}`, { dockerfiles })).toEqual(
      [],
    )
  })
})

describe('a Dockerfile that may be in a submodule', () => {
  const checkout = (inputs: string): string => `      - uses: actions/checkout@v5\n        with: {${inputs}}\n`
  test.each([
    [checkout('submodules: true'), 0],
    [checkout('submodules: recursive'), 0],
    [checkout('submodules: "${{ vars.X }}"'), 0],
    ['      - run: git submodule update --init\n', 0],
    [checkout('submodules: false'), 1],
    [checkout('submodules: ""'), 1],
    [checkout('fetch-depth: 0'), 1],
    ['      - run: git submodule status\n', 1],
  ])('%s', (step, findings) => {
    const text = `${both}jobs:\n${job('a', '', step + build('docker.io/a/b:1', '          context: vendor/api\n'))}`
    expect(lint(text, { dockerfiles: [] })).toHaveLength(findings)
  })
})

describe('drift from the spec', () => {
  const expectation = (name: string, platforms: string[] | undefined, tags: string[]): ImageExpectation =>
    anImage({
      name: parseImageName(name),
      tags: tags.map(parseTag),
      platforms: platforms?.map(parsePlatform),
      positions: { '': { file: 'spec.yml', line: 5, column: 3 } },
    })
  const amd64 = ['linux/amd64']
  const text = `${both}jobs:\n${job('a', '', build('docker.io/acme/shop:1'))}`

  test.each([
    ['none', [expectation('acme/shop', amd64, ['1'])], []],
    ['platforms that nobody said', [expectation('acme/shop', undefined, ['1'])], []],
    [
      'other platforms',
      [expectation('acme/shop', ['linux/amd64', 'linux/arm64'], ['1'])],
      ['w.yml:12 platform-drift: linux/amd64, linux/arm64 <> linux/amd64'],
    ],
    ['a tag that is not made', [expectation('acme/shop', amd64, ['1', '2'])], ['w.yml:13 tags-drift: 1, 2 <> 1']],
    ['a tag that is not expected', [expectation('acme/shop', amd64, ['2'])], ['w.yml:13 tags-drift: 2 <> 1']],
    ['an image that is not expected', [], ['w.yml:13 image-unexpected: no such image <> docker.io/acme/shop:1']],
    [
      'an image that is not built',
      [expectation('acme/shop', amd64, ['1']), expectation('acme/web', amd64, ['1'])],
      ['spec.yml:5 image-not-built: docker.io/acme/web <> docker.io/acme/shop'],
    ],
  ])('%s', (_, expectations, expected) => {
    expect(lint(text, { expectations })).toEqual(expected)
  })

  test('what is unknown is no drift', () => {
    const open = `${both}jobs:\n${job('a', '', build('docker.io/acme/shop:${{ needs.a.outputs.b }}') + build('docker.io/acme/${{ vars.X }}:1'))}`
    expect(
      lint(open, { expectations: [expectation('acme/shop', amd64, ['9']), expectation('acme/web', amd64, ['1'])] }),
    ).toEqual([])
  })

  test('two images of one name whose tags are unknown may be either', () => {
    const tag = (kind: string): string => build(`docker.io/acme/shop:${kind}-${'${{ needs.a.outputs.b }}'}`)
    const [cpu, gpu, old] = ['cpu-1', 'gpu-1', 'old'].map((one) => expectation('acme/shop', amd64, [one]))
    const open = `${both}jobs:\n${job('a', '', tag('cpu') + tag('gpu'))}`
    expect(lint(open, { expectations: [cpu, gpu] as ImageExpectation[] })).toEqual([])
    const settled = `${both}jobs:\n${job('a', '', tag('cpu') + build('docker.io/acme/shop:old'))}`
    expect(lint(settled, { expectations: [old, gpu] as ImageExpectation[] })).toEqual([])
    const wrong = `${both}jobs:\n${job('a', '', build('docker.io/acme/shop:1'))}`
    expect(lint(wrong, { expectations: [cpu, gpu] as ImageExpectation[] })).toHaveLength(3)
  })

  describe('images that are joined', () => {
    const index = expectation('acme/shop', ['linux/amd64', 'linux/arm64'], ['1'])
    const each = (tag: string): string =>
      build(`docker.io/acme/shop:${tag}-amd64`) +
      build(`docker.io/acme/shop:${tag}-arm64`).replace('linux/amd64', 'linux/arm64')
    const run = (script: string): string => `      - run: ${script}\n`
    const create = run('docker buildx imagetools create -t acme/shop:1 acme/shop:1-amd64 acme/shop:1-arm64')
    const jobs = (steps: string): string => `${both}jobs:\n${job('a', '', steps)}`

    test.each([
      ['imagetools', create],
      [
        'imagetools in several ways',
        create + create.replace('run: ', "run: 'docker imagetools create; ").replace(/\n$/, "'\n"),
      ],
      ['docker manifest', run('docker manifest create acme/shop:1 x y && docker manifest push acme/shop:1')],
    ])('by %s are no drift', (_, join) => {
      expect(lint(jobs(each('1') + join), { expectations: [index] })).toEqual([])
    })

    test.each<[string, string, readonly string[]]>([
      ['by nobody', each('1'), ['12 platform-drift', '13 tags-drift', '17 platform-drift', '18 tags-drift']],
      [
        'under another name',
        each('1') + create.replace('-t acme/shop:1', '-t acme/web:1'),
        ['12 platform-drift', '13 tags-drift', '17 platform-drift', '18 tags-drift', '19 image-unexpected'],
      ],
      ['beside a tag that is none of them', `${create}${build('docker.io/acme/shop:next')}`, ['14 tags-drift']],
      [
        'where the spec knows none of them',
        each('1').replaceAll('shop', 'web') + run('docker manifest push acme/web:1'),
        ['13 image-unexpected', '18 image-unexpected'],
      ],
      ['and the spec has their tags', build('docker.io/acme/shop:1') + create, ['12 platform-drift']],
    ])('%s are told', (_, steps, expected) => {
      const found = lint(jobs(steps), { expectations: [index] }).map((one) => one.replace('w.yml:', '').split(':')[0])
      expect(found).toEqual(expected)
    })

    test('are told apart where one repository has two', () => {
      const other = expectation('acme/shop', amd64, ['2'])
      const steps = each('1') + create + build('docker.io/acme/shop:2')
      expect(lint(jobs(steps), { expectations: [index, other] })).toEqual([])
    })
  })

  test('an image in a registry of the job itself is none that is left out, nor one too many', () => {
    const service = '    services: {r: {image: "registry:3"}}\n'
    const base = build('localhost:5000/acme/base:1')
    const both = `${text}\n`.replace(/\n {4}steps:\n/, (steps) => `\n${service}${steps.slice(1)}${base}`)
    expect(lint(both, { expectations: [expectation('acme/shop', amd64, ['1'])] })).toEqual([])
    const expectations = [expectation('acme/shop', amd64, ['1']), expectation('localhost:5000/acme/base', amd64, ['1'])]
    expect(lint(both, { expectations })).toEqual([])
    expect(lint(text, { expectations })).toEqual([expect.stringContaining('image-not-built: localhost:5000/acme/base')])
  })

  test('two images of one name are told apart by their tags', () => {
    const two = `${both}jobs:\n${job('a', '', build('docker.io/acme/shop:cpu') + build('docker.io/acme/shop:gpu'))}`
    const expectations = [expectation('acme/shop', amd64, ['cpu']), expectation('acme/shop', ['linux/arm64'], ['gpu'])]
    expect(lint(two, { expectations })).toEqual(['w.yml:17 platform-drift: linux/arm64 <> linux/amd64'])
  })
})
