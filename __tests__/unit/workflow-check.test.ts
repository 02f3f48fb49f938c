import { expect, test } from '@jest/globals'
import { workflow } from '../../src/checks/workflow.ts'
import type { WorkflowLook } from '../../src/observe/workflow.ts'
import { deriveImages } from '../../src/workflow/derive.ts'
import { readWorkflow } from '../../src/workflow/read.ts'
import { anImageName, aTag } from './builders.ts'
import { AMD64, ARM64, anImage, type Case, describeCheck, no } from './sightings.ts'

const PATH = '.github/workflows/build.yml'
const image = anImage({ id: 'shop', name: anImageName('docker.io/acme/shop'), tags: [aTag('1')], platforms: [AMD64] })

const build = (more = 'tags: docker.io/acme/shop:1'): string =>
  `      - uses: docker/build-push-action@v6\n        with: { push: true, platforms: linux/amd64, ${more} }\n`
const job = (steps: string, more = ''): string => `  build:\n    runs-on: ubuntu-latest\n${more}    steps:\n${steps}`
const onPush = (jobs: string, on = '[push, workflow_dispatch]'): string => `on: ${on}\njobs:\n${jobs}`

/** A workflow as it is looked at, in a repository with a Dockerfile and these other workflows. */
function seen(text: string, called: Readonly<Record<string, string>> = {}): WorkflowLook {
  const read = readWorkflow(text, PATH)
  if (!read.ok) return { ok: false, problems: read.problems }
  const run = { eventName: 'push', defaultBranch: 'main' }
  const derived = deriveImages(read.value, run, (path) => called[path])
  const dockerfiles = new Set(['Dockerfile'])
  return { ok: true, seen: { path: PATH, sha256: 'a'.repeat(64), workflow: read.value, run, derived, dockerfiles } }
}

const calling = onPush(`${job(build())}  other: { uses: ./other.yml }\n`)
const rows = `    strategy: { matrix: { row: [${Array.from({ length: 257 }, (_, row) => row).join(', ')}] } }\n`

const cases: readonly Case<'set', WorkflowLook | undefined>[] = [
  { name: 'what is expected', of: [image], seen: seen(onPush(job(build()))), is: 'passed' },
  { name: 'a file that was not to be read', of: [image], seen: no('denied'), is: 'errored', says: ['it was denied'] },
  {
    name: 'a workflow without a build',
    of: [image],
    seen: seen(onPush(job(''))),
    is: 'skipped',
    says: ['builds no image'],
  },
  {
    name: 'a tag that only a run knows',
    of: [image],
    seen: seen(onPush(job(build() + build(`tags: "docker.io/acme/shop:\${{ needs.a.outputs.b }}"`)))),
    is: 'skipped',
    says: ['not all of', 'needs.a.outputs.b'],
  },
  {
    name: 'a file that is no workflow',
    of: [image],
    seen: seen('on: push\njobs: [a]\n'),
    codes: ['workflow/invalid', 'workflow/invalid'],
    is: 'failed',
    says: ['"jobs must be a mapping"', '"line":2'],
  },
  {
    name: 'a called workflow that is none, beside a build that is right',
    of: [image],
    seen: seen(calling, { 'other.yml': 'on: workflow_call\njobs: { a: { steps: x } }\n' }),
    codes: ['workflow/invalid'],
    is: 'failed',
    says: ['jobs.a.steps must be a list', '"file":"other.yml"'],
  },
  {
    name: 'a matrix that GitHub refuses, and no other build',
    of: [image],
    seen: seen(onPush(job(build(), rows))),
    codes: ['workflow/invalid'],
    is: 'failed',
    says: ['the matrix makes 257 jobs'],
  },
  {
    name: 'a matrix that GitHub does not look at',
    of: [image],
    seen: seen(onPush(`${job(build())}${job(build(), `    if: false\n${rows}`).replace('build:', 'off:')}`)),
    is: 'passed',
  },
  {
    name: 'an image that nobody expects',
    of: [],
    seen: seen(onPush(job(build()))),
    codes: ['workflow/image-unexpected'],
    is: 'failed',
  },
  {
    name: 'an image that is not built',
    of: [image, anImage()],
    seen: seen(onPush(job(build()))),
    codes: ['workflow/image-not-built'],
    is: 'failed',
  },
  {
    name: 'another platform',
    of: [{ ...image, platforms: [AMD64, ARM64] }],
    seen: seen(onPush(job(build()))),
    codes: ['workflow/platform-drift'],
    is: 'failed',
  },
  {
    name: 'another tag',
    of: [{ ...image, tags: [aTag('2')] }],
    seen: seen(onPush(job(build()))),
    codes: ['workflow/tags-drift'],
    is: 'failed',
  },
  {
    name: 'a Dockerfile that is not there',
    of: [image],
    seen: seen(onPush(job(build('tags: docker.io/acme/shop:1, file: gone.Dockerfile')))),
    codes: ['workflow/dockerfile-missing'],
    is: 'failed',
    says: ['gone.Dockerfile'],
  },
  {
    name: 'a build that may fail',
    of: [image],
    seen: seen(onPush(job(`${build()}        continue-on-error: true\n`))),
    codes: ['workflow/failure-ignored'],
    is: 'failed',
    says: ['job build succeeds though its step'],
  },
  {
    name: 'a cache that two builds write',
    of: [image],
    seen: seen(
      onPush(
        `${job(build('tags: docker.io/acme/shop:1, cache-to: type=gha'))}  test:\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { cache-to: type=gha }\n`,
      ),
    ),
    codes: ['workflow/cache-scope-shared'],
    is: 'warned',
  },
  {
    name: 'no way to start it by hand',
    of: [image],
    seen: seen(onPush(job(build()), 'push')),
    codes: ['workflow/trigger-missing'],
    is: 'warned',
  },
  {
    name: 'a right to write packages that nobody uses',
    of: [image],
    seen: seen(onPush(`${job(build())}  test:\n    permissions: { packages: write }\n    steps: [{ run: ls }]\n`)),
    codes: ['workflow/permission-missing'],
    is: 'warned',
  },
  {
    name: 'a check that cannot fail',
    of: [image],
    seen: seen(onPush(job(`${build()}      - run: docker manifest inspect x || true\n`))),
    codes: ['workflow/fake-check'],
    is: 'warned',
  },
]

describeCheck(workflow, cases)

test('where no workflow was read, it says so', () => {
  expect(workflow.judge([image], undefined)).toEqual({ skipped: expect.stringContaining('no build workflow was read') })
})
