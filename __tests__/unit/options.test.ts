import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  DEFAULT_SPEC,
  type Options,
  optionNames,
  parseOptions,
  type RawOptions,
  type Surroundings,
} from '../../src/options.ts'
import { SHA } from './sightings.ts'

const TOKEN = `${'a'.repeat(64)}.${'b'.repeat(32)}.1`

const onARunner: Surroundings = {
  repository: 'acme/ktrdr',
  sha: SHA,
  ref: 'refs/heads/main',
  runId: '4711',
  runAttempt: '2',
  tempDir: '/tmp/runner',
}
const nowhere: Surroundings = {
  repository: undefined,
  sha: undefined,
  ref: undefined,
  runId: undefined,
  runAttempt: undefined,
  tempDir: '.',
}

const parsed = (raw: RawOptions, around: Surroundings = onARunner): Options => {
  const result = parseOptions(raw, around)
  if ('problems' in result) throw new Error(result.problems.map(({ message }) => message).join('; '))
  return result.options
}
const problems = (raw: RawOptions, around: Surroundings = onARunner): readonly string[] => {
  const result = parseOptions(raw, around)
  return 'problems' in result ? result.problems.map(({ message }) => message) : []
}

describe('options that are given', () => {
  test('as our own job: its id, or none where the server does not say', () => {
    expect(parsed({ 'check-run-id': '399444496' }).checkRunId).toBe('399444496')
    expect(parsed({ 'check-run-id': '' }).checkRunId).toBeUndefined()
  })

  test('as nothing: the defaults, and what the surroundings say', () => {
    expect(parsed({})).toMatchObject({
      mode: 'verify',
      spec: { path: DEFAULT_SPEC, named: false },
      images: [],
      source: { repository: 'acme/ktrdr', sha: SHA, runId: 4711, runAttempt: 2 },
      branch: 'main',
      release: undefined,
      login: undefined,
      execute: 'native',
      waitMs: 60_000,
      timeoutMs: 30 * 60_000,
      parallel: 4,
      keepImages: false,
      targets: undefined,
      reportFile: '/tmp/runner/verify-images/report.json',
    })
  })

  test('as empty or blank text: the same as nothing', () => {
    const blank = Object.fromEntries(optionNames.map((name) => [name, ' \n ']))
    expect(parsed(blank)).toEqual(parsed({}))
  })

  test('nowhere: nothing is known of a run', () => {
    expect(parsed({}, nowhere)).toMatchObject({
      source: { repository: undefined, sha: undefined, runId: undefined, runAttempt: undefined },
      branch: undefined,
      release: undefined,
    })
  })

  const cases: readonly { name: string; raw: RawOptions; around?: Partial<Surroundings>; gives: object }[] = [
    { name: 'a commit in capitals', raw: { sha: SHA.toUpperCase() }, gives: { source: { sha: SHA } } },
    {
      name: 'the run’s commit in capitals',
      raw: {},
      around: { sha: SHA.toUpperCase() },
      gives: { source: { sha: SHA } },
    },
    {
      name: 'another run: its attempt is not ours',
      raw: { 'run-id': '12' },
      gives: { source: { runId: 12, runAttempt: undefined } },
    },
    {
      name: 'an attempt that is no number',
      raw: {},
      around: { runAttempt: 'x' },
      gives: { source: { runAttempt: undefined } },
    },
    {
      name: 'an attempt of nought',
      raw: {},
      around: { runAttempt: '0' },
      gives: { source: { runAttempt: undefined } },
    },
    {
      name: 'a branch of two parts',
      raw: {},
      around: { ref: 'refs/heads/feature/x' },
      gives: { branch: 'feature/x', release: undefined },
    },
    { name: 'a release', raw: {}, around: { ref: 'refs/tags/v1.2.3' }, gives: { branch: undefined, release: '1.2.3' } },
    {
      name: 'a tag that is no release',
      raw: {},
      around: { ref: 'refs/tags/latest' },
      gives: { branch: undefined, release: undefined },
    },
    {
      name: 'a pull request',
      raw: {},
      around: { ref: 'refs/pull/7/merge' },
      gives: { branch: undefined, release: undefined },
    },
    {
      name: 'a spec of one’s own',
      raw: { spec: ' deploy/spec.yml ' },
      gives: { spec: { path: 'deploy/spec.yml', named: true } },
    },
    {
      name: 'the spec where it is anyway',
      raw: { spec: DEFAULT_SPEC },
      gives: { spec: { path: DEFAULT_SPEC, named: false } },
    },
    {
      name: 'the workflow that runs',
      raw: {},
      around: { workflowPath: '.github/workflows/a.yml' },
      gives: { workflow: { path: '.github/workflows/a.yml', named: false } },
    },
    {
      name: 'another workflow',
      raw: { workflow: '.github/workflows/b.yml' },
      around: { workflowPath: '.github/workflows/a.yml' },
      gives: { workflow: { path: '.github/workflows/b.yml', named: true } },
    },
    { name: 'no workflow', raw: {}, gives: { workflow: { path: undefined, named: false } } },
    { name: 'a token', raw: { 'github-token': 'ghs_x' }, gives: { githubToken: 'ghs_x' } },
    {
      name: 'images by line and by comma',
      raw: { images: ' a/b \n\nc/d,e/f:1 ,' },
      gives: { images: ['a/b', 'c/d', 'e/f:1'] },
    },
    {
      name: 'targets',
      raw: { targets: 'a/linux/amd64\nb/linux/arm64,a/linux/amd64' },
      gives: { targets: ['a/linux/amd64', 'b/linux/arm64'] },
    },
    { name: 'targets of nothing: all', raw: { targets: '\n,\n' }, gives: { targets: undefined } },
    {
      name: 'words in capitals',
      raw: { mode: 'Verify', execute: 'ALL', 'keep-images': 'True' },
      gives: { mode: 'verify', execute: 'all', keepImages: true },
    },
    { name: 'other modes', raw: { mode: 'plan' }, gives: { mode: 'plan' } },
    { name: 'no wait', raw: { wait: '0s' }, gives: { waitMs: 0 } },
    { name: 'a long wait', raw: { wait: '1h30m' }, gives: { waitMs: 90 * 60_000 } },
    { name: 'the longest time', raw: { timeout: '6h' }, gives: { timeoutMs: 6 * 60 * 60_000 } },
    { name: 'one at a time', raw: { parallel: '1' }, gives: { parallel: 1 } },
    { name: 'as many as may be', raw: { parallel: '64' }, gives: { parallel: 64 } },
    {
      name: 'a login',
      raw: { 'registry-username': 'me', 'registry-password': 'secret' },
      gives: { login: { username: 'me', password: 'secret' } },
    },
    {
      name: 'a place for the report',
      raw: { 'report-file': 'out/report.json' },
      gives: { reportFile: 'out/report.json' },
    },
    { name: 'C130 no buildx but the own', raw: { 'buildx-version': '' }, gives: { buildxVersion: undefined } },
    { name: 'C130 a buildx', raw: { 'buildx-version': '0.30.1' }, gives: { buildxVersion: '0.30.1' } },
    { name: 'C130 a buildx by its tag', raw: { 'buildx-version': 'v0.30.1' }, gives: { buildxVersion: '0.30.1' } },
  ]
  test.each(cases)('$name', ({ raw, around, gives }) => {
    expect(parsed(raw, { ...onARunner, ...around })).toMatchObject(gives)
  })
})

describe('options that are refused', () => {
  const cases: readonly { name: string; raw: RawOptions; around?: Partial<Surroundings>; says: string }[] = [
    { name: 'a mode that is none', raw: { mode: 'check' }, says: 'mode: "check" is not one of verify, plan, report' },
    {
      name: 'a report of no directory',
      raw: { mode: 'report' },
      says: 'mode report needs the directory of the reports',
    },
    { name: 'a report on no plan', raw: { mode: 'report', reports: 'r' }, says: 'mode report needs the plan' },
    {
      name: 'a plan that is none',
      raw: { plan: 'x', targets: 'a/linux/amd64' },
      says: 'plan: "x" is no output plan of mode plan',
    },
    {
      name: 'a shard of which nobody says what it verifies',
      raw: { plan: TOKEN, targets: '\n,\n' },
      says: 'plan is given without targets',
    },
    { name: 'more shards than a matrix has', raw: { shards: '257' }, says: 'shards: "257" is not a whole number' },
    { name: 'execute: yes', raw: { execute: 'yes' }, says: 'execute: "yes" is not one of native, all, none' },
    {
      name: 'C130 a buildx of which nothing is known',
      raw: { 'buildx-version': '0.0.1' },
      says: 'buildx-version: "0.0.1" is not one of 0.38.0, 0.37.2',
    },
    {
      name: 'C130 a buildx that is whatever is newest',
      raw: { 'buildx-version': 'latest' },
      says: 'buildx-version: "latest" is not one of',
    },
    {
      name: 'C43 a boolean of YAML 1.1',
      raw: { 'keep-images': 'yes' },
      says: 'keep-images: "yes" is not one of true, false',
    },
    { name: 'a short commit', raw: { sha: SHA.slice(0, 7) }, says: 'sha: "3f2a1bc" is not a commit of 40 hex digits' },
    { name: 'a long commit', raw: { sha: `${SHA}0` }, says: 'is not a commit' },
    { name: 'a branch for a commit', raw: { sha: 'main' }, says: 'sha: "main" is not a commit' },
    { name: 'a commit of the run that is none', raw: {}, around: { sha: 'HEAD' }, says: 'sha: "HEAD" is not a commit' },
    { name: 'a wait without a unit', raw: { wait: '60' }, says: 'wait: "60" has no unit' },
    { name: 'a wait back in time', raw: { wait: '-1s' }, says: 'wait: "-1s" is not a duration' },
    { name: 'a timeout of nothing', raw: { timeout: '0s' }, says: 'timeout: "0s" is not between 1s and 6h' },
    { name: 'a timeout of more than a job has', raw: { timeout: '6h1s' }, says: 'timeout: "6h1s" is not between' },
    { name: 'none at a time', raw: { parallel: '0' }, says: 'parallel: "0" is not a whole number from 1 to 64' },
    { name: 'too many at a time', raw: { parallel: '65' }, says: 'parallel: "65" is not a whole number' },
    { name: 'half at a time', raw: { parallel: '1.5' }, says: 'parallel: "1.5" is not a whole number' },
    { name: 'a number in other digits', raw: { parallel: '1e1' }, says: 'parallel: "1e1" is not a whole number' },
    { name: 'a run that is none', raw: { 'run-id': 'latest' }, says: 'run-id: "latest" is not a whole number' },
    { name: 'a run of nought', raw: { 'run-id': '0' }, says: 'run-id: "0" is not a whole number' },
    {
      name: 'a job that is none',
      raw: { 'check-run-id': 'build' },
      says: 'check-run-id: "build" is not the id of a job',
    },
    { name: 'a run beyond counting', raw: { 'run-id': '9007199254740993' }, says: 'run-id: "9007199254740993" is not' },
    {
      name: 'a user without a password',
      raw: { 'registry-username': 'me' },
      says: 'registry-username is given without registry-password',
    },
    {
      name: 'a password without a user',
      raw: { 'registry-password': 'secret' },
      says: 'registry-password is given without registry-username',
    },
  ]
  test.each(cases)('$name', ({ raw, around, says }) => {
    const told = problems(raw, { ...onARunner, ...around })
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(says)
  })

  test('are all told at once', () => {
    const raw = {
      mode: 'x',
      execute: 'x',
      wait: 'x',
      timeout: 'x',
      parallel: 'x',
      'keep-images': 'x',
      sha: 'x',
      'run-id': 'x',
    }
    expect(problems({ ...raw, 'registry-username': 'x' })).toHaveLength(9)
  })

  test('never tell a password or a token', () => {
    const secrets = { 'registry-password': 'hunter2', 'github-token': 'ghs_secret' }
    expect(JSON.stringify(problems({ ...secrets, mode: 'x' }))).not.toMatch(/hunter2|ghs_secret/)
  })
})

test('whatever is typed gives options or problems, and no number that is none', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('1', '60s', 'true', 'verify', SHA, '١', '0x10', 'NaN', '-1', '1h'))
  const raw = fc.dictionary(fc.constantFrom(...optionNames), text)
  const property = (raw: RawOptions, runAttempt: string) => {
    const result = parseOptions(raw, { ...onARunner, runAttempt })
    if ('problems' in result) return result.problems.length > 0
    const { waitMs, timeoutMs, parallel, source } = result.options
    const numbers = [waitMs, timeoutMs, parallel, source.runId ?? 1, source.runAttempt ?? 1]
    return numbers.every((number) => Number.isSafeInteger(number) && number >= 0)
  }
  fc.assert(fc.property(raw, text, property), { numRuns: 10_000 })
})
