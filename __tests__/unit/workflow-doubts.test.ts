// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions as workflows write them
import { expect, test } from '@jest/globals'
import type { RunContext } from '../../src/model/workflow.ts'
import { deriveImages } from '../../src/workflow/derive.ts'
import { readWorkflow } from '../../src/workflow/read.ts'

const push = (more: string): string =>
  `      - uses: docker/build-push-action@v6\n        with: {push: true, ${more}}\n`
const job = (steps: string, more = ''): string => `  a:\n    runs-on: ubuntu-latest\n${more}    steps:\n${steps}`
const digest = push('platforms: linux/amd64, outputs: "type=image,name=ghcr.io/a/b,push-by-digest=true"')
const join = (script: string): string =>
  `${digest}      - uses: docker/metadata-action@v5\n        with: {images: ghcr.io/a/b, tags: one}\n      - run: ${JSON.stringify(script)}\n`
const fromJson = '$(jq -cr .tags <<< "$DOCKER_METADATA_OUTPUT_JSON")'

const BUILDS = 'it builds inside a local action, which is not followed'
const UNSEEN = 'it may build: the file of this local action is not at hand'

function derived(jobs: string, run: RunContext = {}, on = 'push'): { images: unknown; unknown: unknown } {
  const read = readWorkflow(`on: ${on}\nenv: {NAME: ghcr.io/a/b}\njobs:\n${jobs}`, 'w.yml')
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const { images, unknown } = deriveImages(read.value, { eventName: 'push', ...run })
  return {
    images: images.map(({ name, tags, platforms }) =>
      [`${name}:${tags.join(',')}`, platforms.known ? platforms.value.join(',') : '?'].join(' '),
    ),
    unknown: unknown.map(({ what, reason }) => `${what}: ${reason}`),
  }
}

test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ['it builds itself', { a: 'runs: {steps: [{uses: docker/build-push-action@v6}]}' }, [BUILDS]],
  ['it builds in another way', { a: 'runs: {steps: [{uses: useblacksmith/build-push-action@v1}]}' }, [BUILDS]],
  ['a script of it copies', { a: 'runs: {steps: [{run: crane copy a b}]}' }, [BUILDS]],
  ['it does nothing of it', { a: 'runs: {steps: [{run: ls}]}' }, []],
  ['one that it uses builds', { a: 'uses: ./b', b: 'uses: "./c"', c: 'uses: docker/bake-action@v6' }, [BUILDS]],
  ['one that it uses is not at hand', { a: 'uses: ./b' }, [UNSEEN]],
  ['it uses itself', { a: 'uses: ./b', b: 'uses: ./a' }, []],
])('a local action where %s', (_, files, reasons) => {
  const read = readWorkflow(`on: push\njobs:\n${job('      - uses: ./a\n')}`, 'w.yml')
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const { unknown } = deriveImages(read.value, {}, (path) => files[path.replace('/action.yml', '')])
  expect(unknown.map(({ reason }) => reason)).toEqual(reasons)
})

test.each<[string, string, readonly string[], readonly string[]]>([
  ['a tag alone', job(push('tags: ghcr.io/a/b')), ['ghcr.io/a/b:latest linux/amd64'], []],
  [
    'no platform in the end',
    job(push('tags: ghcr.io/a/b, platforms: "${{ matrix.none }}"')),
    ['ghcr.io/a/b:latest linux/amd64'],
    [],
  ],
  ['a call that only checks', job(push('tags: ghcr.io/a/b, call: check')), [], []],
  ['no name at all', job(push('context: .')), [], ['name: it pushes without any name']],
  [
    'a name that is none',
    job(push('tags: ghcr.io/A/b:1')),
    [],
    [expect.stringContaining('name: ghcr.io/A/b') as unknown as string],
  ],
  ['a tag that is none', job(push('tags: "ghcr.io/a/b:-"')), ['ghcr.io/a/b: linux/amd64'], ['tags: "-" is not a tag']],
  [
    'a platform that is none',
    job(push('tags: ghcr.io/a/b, platforms: linux/amd65')),
    ['ghcr.io/a/b:latest ?'],
    [expect.stringContaining('platforms: platforms: "linux/amd65"') as unknown as string],
  ],
  [
    'a platform from the environment',
    job(push('tags: ghcr.io/a/b'), '    env: {DOCKER_DEFAULT_PLATFORM: linux/arm64}\n'),
    ['ghcr.io/a/b:latest ?'],
    ['platforms: platforms: not set, so one platform: that of DOCKER_DEFAULT_PLATFORM'],
  ],
  [
    'a builder elsewhere',
    job(`      - uses: docker/setup-buildx-action@v3\n        with: {driver: cloud}\n${push('tags: ghcr.io/a/b')}`),
    ['ghcr.io/a/b:latest ?'],
    ['platforms: platforms: not set, so one platform: that of the builder it uses'],
  ],
  [
    'a local action that is not at hand',
    job('      - uses: ./.github/actions/x\n'),
    [],
    ['build: it may build: the file of this local action is not at hand'],
  ],
  [
    'digests under tags',
    job(join(`docker buildx imagetools create ${fromJson} $(printf '$NAME@sha256:%s ' *)`)),
    ['ghcr.io/a/b:one linux/amd64'],
    [],
  ],
  [
    'digests under written tags',
    job(
      join(
        "docker buildx imagetools create -t ghcr.io/a/b:two --tag=ghcr.io/a/b:three $(printf 'ghcr.io/a/b@sha256:%s ' *)",
      ),
    ),
    ['ghcr.io/a/b:two,three linux/amd64'],
    [],
  ],
  [
    'digests under some of the tags',
    job(
      join(
        `docker buildx imagetools create $(jq '.tags | map(select(.))' <<< "$DOCKER_METADATA_OUTPUT_JSON") $(printf '$NAME@sha256:%s ' *)`,
      ),
    ),
    ['ghcr.io/a/b: linux/amd64'],
    [
      'tags: a script joins manifests in a way that is not read here',
      'tags: it is pushed by digest, and no step that is read here gives the digests a tag',
    ],
  ],
  [
    'digests of a name that the script sets',
    job(join(`NAME=x/y\ndocker buildx imagetools create ${fromJson} $(printf "$NAME@sha256:%s " *)`)),
    ['ghcr.io/a/b:one linux/amd64'],
    ['tags: it does not say whose digests it joins'],
  ],
  [
    'digests of another name',
    job(join(`docker buildx imagetools create ${fromJson} $(printf 'ghcr.io/a/c@sha256:%s ' *)`)),
    ['ghcr.io/a/b:one linux/amd64'],
    ['tags: tags are given to digests of another name'],
  ],
  [
    'digests of tags',
    job(join('docker buildx imagetools create -t ghcr.io/a/b:two ghcr.io/a/b:one')),
    ['ghcr.io/a/b:two linux/amd64'],
    ['tags: it does not say whose digests it joins'],
  ],
  [
    'tags for what nobody builds',
    job("      - run: docker buildx imagetools create -t ghcr.io/a/z:1 $(printf 'ghcr.io/a/z@sha256:%s ' *)\n"),
    ['ghcr.io/a/z:1 ?'],
    [
      'tags: tags are given to it, and no build that is read here pushes it by digest',
      'platforms: platforms: no build is read here',
    ],
  ],
])('%s', (_, jobs, images, unknown) => {
  expect(derived(jobs)).toEqual({ images, unknown })
})

const DYNAMIC = 'strategy: {matrix: {x: "${{ fromJSON(needs.b.outputs.x) }}"}}'
const ROWS = 'matrix: needs.b.outputs.x: what another job gives is known only while the workflow runs'

test.each<[string, string, readonly string[]]>([
  ['builds', push('tags: ghcr.io/a/b, platforms: linux/amd64'), [ROWS]],
  [
    'gives tags',
    "      - run: docker buildx imagetools create -t ghcr.io/a/b:1 $(printf 'ghcr.io/a/b@sha256:%s ' *)\n",
    [ROWS],
  ],
  ['pushes by a script', '      - run: docker push ghcr.io/a/b\n', [ROWS]],
  ['tests', '      - run: pytest\n', []],
])('rows that nobody knows count where a job %s, and where a called one does', (_, steps, rows) => {
  const called = `on: workflow_call\njobs:\n${job(steps)}`
  for (const text of [job(steps, `    ${DYNAMIC}\n`), `  all: {uses: ./c.yml, ${DYNAMIC}}\n`]) {
    const read = readWorkflow(`on: push\njobs:\n  b: {runs-on: x, steps: []}\n${text}`, 'w.yml')
    if (!read.ok) throw new Error(JSON.stringify(read.problems))
    const { unknown } = deriveImages(read.value, {}, () => called)
    const found = unknown.filter(({ what }) => what === 'matrix').map(({ what, reason }) => `${what}: ${reason}`)
    expect(found).toEqual(rows)
  }
})

test.each([
  ['verify-images/verify-images/.github/workflows/verify.yml@v1', 0],
  ['Acme/Verify-Images/.github/workflows/verify.yml@0123456789012345678901234567890123456789', 0],
  ['acme/verify-images/.github/workflows/build.yml@v1', 1],
  ['acme/not-verify-images/.github/workflows/verify.yml@v1', 1],
  ['acme/shop/verify-images/.github/workflows/verify.yml@v1', 1],
])('a job that calls %s leaves %j pieces unknown', (uses, count) => {
  expect(derived(`  a: {uses: "${uses}"}\n`).unknown).toHaveLength(count)
})

test.each([
  ["    if: ''\n", 1],
  ["    if: '  '\n", 1],
  ['    if:\n', 1],
  ["    if: ${{ '' }}\n", 0],
  ['    if: false\n', 0],
  ['    if: x ${{ false }}\n', 1],
])('a job with %s', (condition, images) => {
  expect(derived(job(push('tags: ghcr.io/a/b'), condition)).images).toHaveLength(images)
})

test('a step with an empty condition runs', () => {
  const [image] = derived(job(push('tags: ghcr.io/a/b').replace('- uses', "- if: ''\n        uses"))).images as string[]
  expect(image).toBe('ghcr.io/a/b:latest linux/amd64')
})

const local = push('platforms: linux/amd64, tags: "localhost:5000/a/base:1"')
const lasting = push('platforms: linux/amd64, tags: "localhost:5000/a/b:1,ghcr.io/a/b:1"')
const service = (image: string): string => `    services: { one: { image: "${image}", ports: ["5000:5000"] } }\n`
const ran = (script: string): string => `      - run: ${JSON.stringify(script)}\n`

test.each<[string, string, readonly string[]]>([
  ['a service', job(local, service('registry:3')), []],
  ['a service of another kind', job(local, service('postgres:17')), ['localhost:5000/a/base:1 linux/amd64']],
  ['a service in short', job(local, '    services: { one: ghcr.io/distribution/distribution:3 }\n'), []],
  ['a container', job(ran('docker run -d -p 5000:5000 \\\n  --restart=always registry:2') + local), []],
  ['a container of another kind', job(ran('docker run x') + local), ['localhost:5000/a/base:1 linux/amd64']],
  ['nobody in this job', job(local), ['localhost:5000/a/base:1 linux/amd64']],
  ['a service, beside another registry', job(lasting, service('registry:3')), ['ghcr.io/a/b:1 linux/amd64']],
  [
    'a service, for another registry alone',
    job(push('platforms: linux/amd64, tags: "ghcr.io/a/b:1"'), service('registry:3')),
    ['ghcr.io/a/b:1 linux/amd64'],
  ],
])('a registry on the runner that is started by %s', (_, jobs, images) => {
  expect(derived(jobs)).toEqual({ images, unknown: [] })
})

test('inputs have the type that is declared, and its default', () => {
  const on = '{workflow_dispatch: {inputs: {go: {type: boolean}, tag: {default: stable}, count: {type: number}}}}'
  const steps =
    '      - uses: docker/build-push-action@v6\n        with: {platforms: linux/amd64, push: "${{ inputs.go }}", tags: "ghcr.io/a/b:${{ inputs.tag }}-${{ inputs.count }}"}\n'
  const dispatched = (inputs: RunContext['inputs']) => ({ eventName: 'workflow_dispatch', ...(inputs && { inputs }) })
  expect(derived(job(steps), dispatched({ go: 'true' }), on)).toEqual({
    images: ['ghcr.io/a/b:stable-0 linux/amd64'],
    unknown: [],
  })
  expect(derived(job(steps), dispatched({ go: false }), on)).toEqual({ images: [], unknown: [] })
  expect(derived(job(steps), dispatched(undefined), on).unknown).toHaveLength(2)
})

test('workflows that call themselves come to an end', () => {
  const calls = Array.from({ length: 12 }, (_, index) => `  j${index}: {uses: ./w.yml}\n`).join('')
  const read = readWorkflow(`on: push\njobs:\n${calls}`, 'w.yml')
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const { unknown } = deriveImages(read.value, {}, () => `on: workflow_call\njobs:\n${calls}`)
  expect(unknown.map(({ reason }) => reason)).toContain('the workflow makes more than 2048 jobs')
})

test('jobs that all need each other come to an end', () => {
  const jobs = Array.from({ length: 40 }, (_, index) => {
    const needs = Array.from({ length: 40 }, (__, other) => `j${other}`).join(', ')
    return `  j${index}: {needs: [${needs}], steps: []}\n`
  })
  expect(derived(jobs.join(''))).toEqual({ images: [], unknown: [] })
})
