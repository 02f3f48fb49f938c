// Which build is meant, and whose files are read for it.
import { describe, expect, it, test } from '@jest/globals'
import { UnseenError, UsageError } from '../../src/errors.ts'
import type { TriggeringRun } from '../../src/model/event.ts'
import { locateBuild, nothingPushed } from '../../src/modes/plan/source.ts'
import { makePlan } from '../../src/modes/plan.ts'
import { type Options, parseOptions, type RawOptions, type Surroundings } from '../../src/options.ts'
import type { BuildRun, RunFilter } from '../../src/ports.ts'
import { aRunSeen, aWorld, unseen } from './run-seen.ts'

const HERE = 'c0ffee254729296a45a3885639ac7e10f9d54979'
const THERE = 'deadbeefdeadbeefdeadbeefdeadbeefdeadbeef'
const BUILD = '.github/workflows/build.yml'
const VERIFY = '.github/workflows/verify.yml'

function options(raw: RawOptions = {}, around: Partial<Surroundings> = {}): Options {
  const parsed = parseOptions(raw, {
    repository: 'acme/app',
    sha: HERE,
    ref: 'refs/heads/main',
    eventName: 'workflow_dispatch',
    workflowPath: VERIFY,
    runId: '99',
    runAttempt: '1',
    tempDir: '/tmp',
    ...around,
  })
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  return parsed.options
}

const anEvent = (workflowRun?: Partial<TriggeringRun>, fromFork = false) => ({
  inputs: undefined,
  defaultBranch: 'main',
  pullRequest: workflowRun === undefined ? { fromFork } : undefined,
  workflowRun: workflowRun && {
    id: 7,
    attempt: 2,
    path: BUILD,
    event: 'push',
    headSha: THERE,
    headBranch: 'main',
    fromFork,
    ...workflowRun,
  },
})

/** A GitHub with the file `a` at every commit, which says at which; and what it was asked. */
function aGitHub(given: Partial<BuildRun> = {}) {
  const asked: (readonly [string, RunFilter])[] = []
  const buildRun: BuildRun = {
    ...aWorld().buildRun,
    run: async (id) => ({ ok: true, seen: aRunSeen({ id, headSha: THERE, attempt: 3 }) }),
    newestRun: async (path, filter) => {
      asked.push([path, filter])
      return { ok: true, seen: aRunSeen({ id: 5, headSha: filter.headSha ?? THERE, conclusion: 'success' }) }
    },
    file: async (path, ref) =>
      path === 'a' ? { ok: true, seen: `at ${ref}` } : { ok: false, failure: 'not-found', reason: 'none', hint: '' },
    ...given,
  }
  const warnings: string[] = []
  const { log } = aWorld()
  const files = { read: async () => 'checked out', exists: async () => true }
  return { asked, warnings, eyes: { buildRun, files, log: { ...log, warn: (text: string) => warnings.push(text) } } }
}

async function located(given: Options, github = aGitHub()) {
  const { options, specFiles, workflowFiles } = await locateBuild(given, github.eyes)
  return {
    source: [options.source.sha, options.source.runId, options.source.runAttempt],
    workflow: options.workflow.path,
    ref: options.ref,
    spec: await specFiles.read('a', 100),
    build: await workflowFiles.read('a', 100),
  }
}

const problemsOf = async (given: Options, github = aGitHub()) => {
  const error = await located(given, github).catch((error: unknown) => error)
  return error instanceof UsageError ? error.problems.map(({ message }) => message) : error
}

describe('the build that is meant', () => {
  it('is this run and this checkout unless somebody says otherwise', async () => {
    const github = aGitHub()
    expect(await located(options({ sha: HERE }), github)).toMatchObject({ source: [HERE, 99, 1], build: 'checked out' })
    expect(github.asked).toEqual([])
  })

  it('is the run that is named: its commit, its workflow, and that at its commit', async () => {
    expect(await located(options({ 'run-id': '7' }))).toEqual({
      source: [THERE, 7, 3],
      workflow: BUILD,
      ref: 'refs/heads/main',
      spec: 'checked out',
      build: `at ${THERE}`,
    })
  })

  it('is the newest run of the named workflow for a commit that is named', async () => {
    const github = aGitHub()
    const seen = await located(options({ sha: THERE, workflow: `./${BUILD}` }), github)
    expect(seen).toMatchObject({ source: [THERE, 5, 1], workflow: BUILD, build: `at ${THERE}` })
    expect(github.asked).toEqual([[BUILD, { headSha: THERE }]])
  })

  it('is this run where its own id is given', async () => {
    const github = aGitHub({ run: async () => unseen() })
    expect(await located(options({ 'run-id': '99', sha: HERE }), github)).toMatchObject({
      source: [HERE, 99, undefined],
    })
  })

  it('has no run where nobody says which workflow builds, and none is found', async () => {
    const github = aGitHub({ newestRun: async () => ({ ok: true, seen: undefined }) })
    expect(await located(options({ sha: THERE }), github)).toMatchObject({ source: [THERE, undefined, undefined] })
    expect(await located(options({ sha: THERE, workflow: BUILD }), github)).toMatchObject({
      source: [THERE, undefined, undefined],
    })
    expect(github.warnings).toEqual([expect.stringContaining('name it by run-id')])
  })

  it('cannot be a commit and the run of another', async () => {
    expect(await problemsOf(options({ sha: HERE, 'run-id': '7' }))).toEqual([
      `run 7 built commit ${THERE}, not ${HERE}`,
    ])
  })

  it('is of no commit that its run names, where that is of a pull request, which builds a merge', async () => {
    const ended = options(
      {},
      { eventName: 'workflow_run', event: anEvent({ event: 'pull_request', headBranch: 'topic' }) },
    )
    expect(await located(ended)).toMatchObject({ source: [undefined, 7, 2], workflow: BUILD, ref: undefined })
    const github = aGitHub({
      run: async (id) => ({ ok: true, seen: aRunSeen({ id, headSha: THERE, event: 'pull_request' }) }),
    })
    expect(await located(options({ 'run-id': '7' }), github)).toMatchObject({ source: [undefined, 7, 1] })
    expect(await located(options({ 'run-id': '7', sha: HERE }), github)).toMatchObject({ source: [HERE, 7, 1] })
  })

  it('is the run that ended, on workflow_run', async () => {
    const given = options({}, { eventName: 'workflow_run', event: anEvent({}) })
    expect(await located(given)).toEqual({
      source: [THERE, 7, 2],
      workflow: BUILD,
      ref: 'refs/heads/main',
      spec: `at ${HERE}`,
      build: `at ${THERE}`,
    })
    const unread = options({}, { eventName: 'workflow_run' })
    expect(await problemsOf(unread)).toEqual(['the event workflow_run does not say which run ended'])
  })

  it('is the newest good one of the default branch, on a schedule of another workflow', async () => {
    const github = aGitHub()
    const around = { eventName: 'schedule', event: anEvent() }
    const seen = await located(options({ workflow: BUILD }, around), github)
    expect(seen).toMatchObject({ source: [THERE, 5, 1], build: `at ${THERE}` })
    expect(github.asked).toEqual([[BUILD, { branch: 'main', status: 'success' }]])
    const nightly = options({ workflow: BUILD }, { ...around, workflowPath: BUILD })
    expect(await located(nightly)).toMatchObject({ source: [HERE, 99, 1] })
    const none = aGitHub({ newestRun: async () => ({ ok: true, seen: undefined }) })
    expect(await problemsOf(options({ workflow: BUILD }, around), none)).toEqual([
      `no run of ${BUILD} on main has succeeded, so that there is nothing to verify`,
    ])
  })

  it('is nothing where GitHub does not answer', async () => {
    const github = aGitHub({ run: async () => unseen(), newestRun: async () => unseen() })
    for (const raw of [{ 'run-id': '7' }, { sha: THERE, workflow: BUILD }]) {
      const error = await problemsOf(options(raw), github)
      expect([error instanceof UnseenError, String(error)]).toEqual([true, 'UnseenError: GitHub answers 500'])
    }
  })

  it('on a laptop is what is in the folder', async () => {
    const given = options({ sha: THERE }, { sha: undefined, runId: undefined, runAttempt: undefined })
    expect(await located(given)).toMatchObject({ source: [THERE, undefined, undefined], build: 'checked out' })
  })

  it('calls a branch a branch, and what may be a tag neither', async () => {
    const branch = (headBranch: string | undefined) =>
      aGitHub({ run: async (id) => ({ ok: true, seen: aRunSeen({ id, headSha: THERE, headBranch }) }) })
    expect(await located(options({ 'run-id': '7' }), branch('feature/x'))).toMatchObject({
      ref: 'refs/heads/feature/x',
    })
    expect(await located(options({ 'run-id': '7' }), branch('v1.2.3'))).toMatchObject({ ref: undefined })
    expect(await located(options({ 'run-id': '7' }), branch(undefined))).toMatchObject({ ref: undefined })
  })
})

describe('a spec that the workspace does not have', () => {
  const look = async (given: Options, { eyes } = aGitHub(), here?: string) => {
    const files = { read: async () => here, exists: async () => here !== undefined }
    const { specFiles } = await locateBuild(given, { ...eyes, files })
    const error = await specFiles.read('a', 100).catch((error: unknown) => error)
    return error instanceof UsageError ? error.problems : error
  }
  const elsewhere = { sha: THERE, spec: 'a' }

  it.each<[string, RawOptions]>([
    ['of another commit', elsewhere],
    ['of another run', { 'run-id': '7', spec: 'a' }],
    ['of this run', { spec: 'a' }],
  ])('is asked for at the commit of this run, before the build %s is held to none', async (_, raw) => {
    const problem = { message: 'there is no a in the workspace, and there is one in commit c0ffee2' }
    expect(await look(options(raw))).toEqual([{ ...problem, hint: 'is it checked out?' }])
  })

  it('is none where the commit has none, or nobody looks for it', async () => {
    const asked: (readonly [string, string])[] = []
    const file: BuildRun['file'] = async (path, ref) => {
      asked.push([path, ref])
      return { ok: false, failure: 'not-found', reason: 'none', hint: '' }
    }
    expect(await look(options(elsewhere), aGitHub({ file }))).toBeUndefined()
    expect(asked).toEqual([['a', HERE]])
    expect(await look(options({ sha: THERE }))).toBeUndefined()
    expect(await look(options(elsewhere), aGitHub(), 'checked out')).toBe('checked out')
  })

  it('is not known to be none where GitHub does not answer', async () => {
    const error = await look(options(elsewhere), aGitHub({ file: async () => unseen() }))
    expect([error instanceof UnseenError, String(error)]).toEqual([true, expect.stringContaining('GitHub answers 500')])
  })
})

describe('nothing of a fork is trusted', () => {
  test('C44 on pull_request_target, spec and workflow are of the base, whatever is checked out or named', async () => {
    const around = { eventName: 'pull_request_target', event: anEvent(undefined, true) }
    const base = { spec: `at ${HERE}`, build: `at ${HERE}` }
    expect(await located(options({}, around))).toMatchObject(base)
    expect(await located(options({ sha: THERE }, around))).toMatchObject({
      ...base,
      source: [THERE, undefined, undefined],
    })
  })

  test('on workflow_run of a fork, too', async () => {
    const event = anEvent({ event: 'pull_request_target' }, true)
    const seen = await located(options({}, { eventName: 'workflow_run', event }))
    expect(seen).toMatchObject({ spec: `at ${HERE}`, build: `at ${HERE}` })
  })

  test('where nobody says which commit the base is, nothing is read', async () => {
    const around = { eventName: 'pull_request_target', event: anEvent(undefined, true), sha: undefined }
    expect(await problemsOf(options({}, around))).toEqual([expect.stringContaining('nobody says which that is')])
  })

  test('what GitHub does not hand out is no file that is missing', async () => {
    const github = aGitHub({ file: async () => unseen() })
    const given = options({}, { eventName: 'pull_request_target', event: anEvent() })
    await expect(located(given, github)).rejects.toThrow('GitHub answers 500')
  })

  test('paths do not lead out of the repository, nor are large files taken', async () => {
    const { specFiles } = await locateBuild(
      options({}, { eventName: 'pull_request_target', event: anEvent() }),
      aGitHub().eyes,
    )
    await expect(specFiles.read('../a', 100)).rejects.toThrow('leads out')
    await expect(specFiles.read('./a', 3)).rejects.toThrow('more than the 3 allowed')
    expect([await specFiles.exists('a'), await specFiles.exists('b'), await specFiles.read('b', 9)]).toEqual([
      true,
      false,
      undefined,
    ])
  })
})

describe('a pull request of a fork', () => {
  const fork = { eventName: 'pull_request', event: anEvent(undefined, true) }
  it('C45 has pushed nothing', () => {
    expect(nothingPushed(options({}, fork))).toContain('nothing to verify')
    const ended = { eventName: 'workflow_run', event: anEvent({ event: 'pull_request' }, true) }
    expect(nothingPushed(options({}, ended))).toContain('nothing to verify')
  })

  it.each<[string, RawOptions, Partial<Surroundings>]>([
    ['a commit is named', { sha: THERE }, fork],
    ['a run is named', { 'run-id': '7' }, fork],
    ['it is of the same repository', {}, { eventName: 'pull_request', event: anEvent() }],
    ['it may push', {}, { eventName: 'pull_request_target', event: anEvent(undefined, true) }],
    ['it is a push', {}, { eventName: 'push', event: anEvent(undefined, true) }],
    ['nobody knows the event', {}, { eventName: 'pull_request' }],
  ])('is verified where %s', (_, raw, around) => {
    expect(nothingPushed(options(raw, around))).toBeUndefined()
  })
})

describe('what is known of the run that this is', () => {
  const ownRun = {
    ...{ id: '99', number: '562', workflow: 'Build', actor: 'octocat', headRef: '', baseRef: '' },
    apiUrl: 'https://api.github.com',
  }
  const event = { ...anEvent(), inputs: { channel: 'beta' } }
  const text = `
on: { workflow_dispatch: { inputs: { channel: { default: edge } } } }
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: |
            ghcr.io/acme/app:\${{ github.run_number }}
            ghcr.io/acme/app:\${{ github.run_id }}-\${{ github.actor }}
            ghcr.io/acme/app:\${{ inputs.channel }}
`
  const files = { read: async (path: string) => (path === BUILD ? text : undefined), exists: async () => false }
  const tagsOf = async (raw: RawOptions, around: Partial<Surroundings>) => {
    const { images } = await makePlan(options(raw, { ownRun, event, ...around }), files)
    return images.flatMap(({ tags }) => tags)
  }

  it('is told of its own workflow', async () => {
    expect(await tagsOf({}, { workflowPath: BUILD })).toEqual(['562', '99-octocat', 'beta'])
  })

  it.each<[string, RawOptions, Partial<Surroundings>]>([
    ['another workflow', { workflow: BUILD }, { workflowPath: VERIFY }],
    ['another run', { 'run-id': '7' }, { workflowPath: BUILD }],
    ['another commit', { sha: THERE, workflow: BUILD }, { workflowPath: VERIFY }],
    ['a run of which nobody says anything', {}, { workflowPath: BUILD, ownRun: undefined }],
  ])('is not told of %s', async (_, raw, around) => {
    await expect(tagsOf(raw, around)).rejects.toThrow('github.run_number')
  })
})
