// From options to a report, over a world that is not real.
import { describe, expect, test } from '@jest/globals'
import { cutShort, type Desk, nothingSeen, type Open, problemReport, run } from '../../src/app.ts'
import { UsageError } from '../../src/errors.ts'
import { parseImageName, parseTag } from '../../src/model/image.ts'
import type { Report } from '../../src/model/result.ts'
import { DEFAULT_SPEC, parseOptions, type RawOptions } from '../../src/options.ts'
import { headline } from '../../src/render/headline.ts'
import { renderOutputs } from '../../src/render/outputs.ts'
import { renderToken } from '../../src/render/plan.ts'
import { aRunSeen, aWorld } from './run-seen.ts'
import { AMD64, ARM64, aClock, aLog, fakePorts, OTHER_SHA, SHA, World } from './sightings.ts'

const SPEC = `
version: 1
images:
  backend:
    image: ghcr.io/{owner}/backend
    platforms: [linux/amd64, linux/arm64]
    imports: [ktrdr]
`

function options(raw: RawOptions) {
  const parsed = parseOptions(raw, {
    repository: 'Acme/ktrdr',
    sha: SHA,
    ref: 'refs/heads/main',
    runId: undefined,
    runAttempt: undefined,
    tempDir: '/tmp',
  })
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  return parsed.options
}

function goodWorld(): World {
  const world = new World()
  const name = parseImageName('ghcr.io/acme/backend')
  const tags = ['latest', 'sha-3f2a1bc'].map(parseTag)
  world.push(
    { name, tags },
    [AMD64, ARM64].map((platform) => ({ platform, revision: SHA, contents: { ktrdr: {} } })),
  )
  return world
}

interface Stage {
  readonly raw?: RawOptions
  /** Path → text; a function is what reading does. */
  readonly files?: Readonly<Record<string, string | (() => Promise<string>)>>
  readonly open?: Open
  readonly dispose?: () => Promise<void>
  readonly shardFiles?: Desk['shardFiles']
  readonly buildRun?: Desk['buildRun']
}

async function play({
  raw = {},
  files = { [DEFAULT_SPEC]: SPEC },
  open,
  dispose,
  shardFiles = async () => [],
  buildRun,
}: Stage) {
  const world = goodWorld()
  const opened: (readonly string[])[] = []
  const said: string[] = []
  const warnings: string[] = []
  let closed = 0
  const desk: Desk = {
    files: {
      read: async (path) => {
        const text = files[path]
        return typeof text === 'function' ? text() : text
      },
      exists: async (path) => path in files,
    },
    clock: aClock(),
    log: { ...aLog(warnings), info: (text) => said.push(text) },
    shardFiles,
    buildRun,
  }
  const close = async () => {
    closed += 1
    await dispose?.()
  }
  const openWorld: Open = async (registries) => {
    opened.push(registries)
    return world.ports({ ...desk, [Symbol.asyncDispose]: close } as never)
  }
  const outcome = await run(options(raw), desk, open ?? openWorld)
  return {
    outcome,
    report: outcome.kind === 'report' ? outcome.report : undefined,
    world,
    opened,
    said,
    warnings,
    closed,
  }
}

const words = (report: Report | undefined) =>
  report?.problems.map(({ message, hint }) => `${message} (${hint ?? ''})`) ?? []

describe('a run that can begin', () => {
  test('verifies what the spec says, with one registry opened once, and puts all away', async () => {
    const { report, opened, said, closed, warnings } = await play({})
    expect(words(report)).toEqual([])
    expect(report?.verdict).toBe('passed')
    expect(report?.images.map(({ id, reference }) => [id, reference])).toEqual([['backend', 'ghcr.io/acme/backend']])
    expect(report?.source).toMatchObject({ repository: 'Acme/ktrdr', sha: SHA })
    expect([opened, closed, warnings]).toEqual([[['ghcr.io']], 1, []])
    expect(said).toEqual(['verifying 1 image of commit 3f2a1bc: backend'])
  })

  test('verifies images by their names, whatever platforms they have', async () => {
    const { report } = await play({ raw: { images: 'ghcr.io/acme/backend' }, files: {} })
    expect(report?.verdict).toBe('passed')
    expect(report?.images[0]?.platforms.map(({ platform }) => platform)).toEqual([AMD64, ARM64])
  })

  test('opens each registry once', async () => {
    const { opened } = await play({ raw: { images: 'ghcr.io/a/a,ghcr.io/b/b,quay.io/c/c,debian' }, files: {} })
    expect(opened).toEqual([['ghcr.io', 'quay.io', 'docker.io']])
  })

  test('ends in the report it made, whatever cannot be put away', async () => {
    const { report, warnings } = await play({ dispose: () => Promise.reject(new Error('the login is gone')) })
    expect(report?.verdict).toBe('passed')
    expect(warnings).toEqual(['could not put everything away: the login is gone'])
  })

  test('lists the targets in mode plan, and opens nothing', async () => {
    const { outcome, opened } = await play({ raw: { mode: 'plan' } })
    expect('targets' in outcome && outcome.targets.map(({ key }) => key)).toEqual([
      'backend/linux/amd64',
      'backend/linux/arm64',
    ])
    expect(opened).toEqual([])
  })
})

describe('a plan that is spread', () => {
  const planned = async (raw: RawOptions = {}) => {
    const { outcome } = await play({ raw: { mode: 'plan', ...raw } })
    if (!('shards' in outcome)) throw new Error('no plan')
    return { ...outcome, token: renderToken(outcome.plan, outcome.digest, 'f'.repeat(32)) }
  }

  test('comes together again, without a look at any image', async () => {
    const { shards, token } = await planned()
    expect(shards.map(({ targets }) => targets)).toEqual(['backend/linux/amd64', 'backend/linux/arm64'])
    const reports = await Promise.all(
      shards.map(({ targets }) => play({ raw: { plan: token, targets, execute: 'native' } })),
    )
    const files = reports.map(({ report }, at) => ({ file: `${at}.json`, report: report as Report }))
    const raw = { mode: 'report', plan: token, reports: 'reports' }
    const { report, world } = await play({ raw, shardFiles: async () => files })
    expect([words(report), report?.missing, world.calls]).toEqual([[], [], []])
    expect(report?.images.map(({ platforms }) => platforms.map(({ platform }) => platform))).toEqual([[AMD64, ARM64]])
  })

  test('looks at the targets named, and at nothing where one is none', async () => {
    const { token } = await planned()
    const { report, world } = await play({ raw: { plan: token, targets: 'backend/linux/amd64' } })
    expect([report?.verdict, report?.missing]).toEqual(['passed', []])
    expect(world.calls.filter((call) => call.startsWith('engine.pull'))).toHaveLength(1)
    const targets = 'backend/linux/amd64,backend/linux/arn64'
    const { report: wrong, world: untouched } = await play({ raw: { plan: token, targets } })
    expect([wrong?.verdict, untouched.calls]).toEqual(['errored', []])
    expect(words(wrong)).toEqual([
      expect.stringContaining('"backend/linux/arn64" is no target of the plan: did you mean "backend/linux/arm64"?'),
    ])
  })

  test('is never verified where only some targets were named', async () => {
    const { report } = await play({ raw: { targets: 'backend/linux/amd64' } })
    expect(report && [headline(report), renderOutputs(report)]).toMatchObject([
      expect.stringMatching(/^Only 1 target verified/),
      { verdict: 'passed', verified: 'false' },
    ])
  })

  test('is never verified by a shard alone', async () => {
    const { token } = await planned()
    const { report } = await play({ raw: { plan: token, targets: 'backend/linux/amd64' } })
    expect(report && renderOutputs(report)).toMatchObject({ verdict: 'passed', verified: 'false' })
    expect(report && headline(report)).toBe('Shard of 1 target verified')
  })

  test('takes no shard that compares with no baseline where others do', async () => {
    const { token } = await planned({ baseline: 'baseline/report.json' })
    const { report } = await play({ raw: { plan: token, targets: 'backend/linux/amd64' } })
    expect(words(report)[0]).toContain('is not the one this job reads')
    const raw = { plan: token, targets: 'backend/linux/amd64', baseline: 'elsewhere/report.json' }
    expect(words((await play({ raw })).report)).toEqual([])
  })

  test('takes no shard that reads another spec, and hears of its problem', async () => {
    const { token } = await planned()
    const files = { [DEFAULT_SPEC]: SPEC.replace('ktrdr', 'other') }
    const { report } = await play({ raw: { plan: token, targets: 'backend/linux/amd64' }, files })
    expect(words(report)[0]).toContain('is not the one this job reads')
    expect(report).toMatchObject({ verdict: 'errored', shard: { plan: token, targets: ['backend/linux/amd64'] } })
    const raw = { mode: 'report', plan: token, reports: 'reports' }
    const shardFiles = async () => [{ file: 'a.json', report: report as Report }]
    const { report: merged } = await play({ raw, shardFiles })
    expect(merged?.verdict).toBe('errored')
    expect(merged?.missing).toEqual(['backend/linux/amd64', 'backend/linux/arm64'])
    expect(words(merged)[0]).toContain('is not the one this job reads')
  })

  test('says of which build a shard is that could not begin', async () => {
    const seen = aRunSeen({ id: 7, headSha: OTHER_SHA, attempt: 3 })
    const file = async () => ({ ok: false as const, failure: 'not-found' as const, reason: 'none', hint: '' })
    const buildRun = { ...aWorld().buildRun, run: async () => ({ ok: true as const, seen }), file }
    const { token } = await planned()
    const { report } = await play({ raw: { plan: token, targets: 'backend/linux/amd64', 'run-id': '7' }, buildRun })
    expect(words(report)[0]).toContain('is not the one this job reads')
    expect(report?.source).toMatchObject({ runId: 7, sha: OTHER_SHA, runAttempt: 3 })
  })

  test('hears of a shard that was ended before it could tell anything', async () => {
    const { token } = await planned()
    const ended = cutShort(nothingSeen(options({ plan: token, targets: 'backend/linux/amd64' }), new Date()))
    const raw = { mode: 'report', plan: token, reports: 'reports' }
    const { report } = await play({ raw, shardFiles: async () => [{ file: 'a.json', report: ended }] })
    expect(words(report)).toEqual([expect.stringContaining('the run ended before everything was looked at')])
    expect(report?.missing).toEqual(['backend/linux/amd64', 'backend/linux/arm64'])
  })

  test('is refused where there is no directory of reports', async () => {
    const { token } = await planned()
    const shardFiles = () => Promise.reject(new UsageError([{ message: 'there is no directory "reports"' }]))
    const { report, opened } = await play({ raw: { mode: 'report', plan: token, reports: 'reports' }, shardFiles })
    expect([words(report)[0], opened]).toEqual(['there is no directory "reports" ()', []])
  })
})

describe('a run that cannot begin', () => {
  const FAULT = 'this is a fault of the action: please report it'
  const cases: readonly (Stage & { name: string; says: readonly string[] })[] = [
    {
      name: 'has no spec and no images',
      files: {},
      says: [`there is no ${DEFAULT_SPEC} (is it checked out (actions/checkout before this step)?`],
    },
    { name: 'has no spec by the name given', raw: { spec: 'deploy/spec.yml' }, says: ['there is no deploy/spec.yml'] },
    { name: 'is given both', raw: { spec: 'spec.yml', images: 'a/b' }, says: ['both spec and images are given'] },
    { name: 'has an empty spec', files: { [DEFAULT_SPEC]: '' }, says: [''] },
    {
      name: 'C29 has a spec of no image',
      files: { [DEFAULT_SPEC]: 'version: 1\nimages: {}\n' },
      says: ['names no image, so there is nothing to verify'],
    },
    {
      name: 'has a spec with two mistakes: both are told',
      files: { [DEFAULT_SPEC]: SPEC.replace('imports', 'import').replace('linux/arm64', 'linux/amd65') },
      says: ['linux/amd65', 'import'],
    },
    {
      name: 'C39 may not read the spec: that is no fault of the action',
      files: { [DEFAULT_SPEC]: () => Promise.reject(new Error('"x" leads out of the workspace')) },
      says: ['cannot read the spec: "x" leads out of the workspace'],
    },
    {
      name: 'has an image name that is none',
      raw: { images: 'Ghcr.io/ACME/x y' },
      files: {},
      says: ['is not an image name'],
    },
    {
      name: 'cannot open the machine, for what the user can mend',
      open: () => Promise.reject(new UsageError([{ message: 'two registries', hint: 'log in before' }])),
      says: ['two registries (log in before)'],
    },
    {
      name: 'cannot open the machine',
      open: () => Promise.reject(new Error('out of memory', { cause: new Error('no swap') })),
      says: [`out of memory: no swap (${FAULT})`],
    },
    { name: 'throws what is no error', open: () => Promise.reject('boom'), says: [`boom (${FAULT})`] },
  ]
  test.each(cases)('$name', async ({ says, ...stage }) => {
    const { outcome, report, opened, closed } = await play(stage)
    expect(report?.verdict).toBe('errored')
    expect(outcome).toMatchObject({ isUsage: !says.some((text) => text.includes(FAULT)) })
    expect([report?.images, report?.checks, report?.missing]).toEqual([[], [], []])
    const told = words(report)
    expect(told).toHaveLength(says.length)
    for (const [at, text] of says.entries()) expect(told[at]).toContain(text)
    if (!says.some((text) => text.includes(FAULT))) expect(told.join()).not.toContain(FAULT)
    expect([opened, closed]).toEqual([[], 0])
    expect(report?.generated).toBe('2026-11-21T10:00:00.000Z')
  })

  test('tells where in the spec', async () => {
    const { report } = await play({ files: { [DEFAULT_SPEC]: SPEC.replace('imports', 'import') } })
    expect(report?.problems[0]?.at).toEqual({ file: DEFAULT_SPEC, line: 7, column: 5 })
  })
})

test('puts the machine away even where the verification itself breaks', async () => {
  let closed = 0
  const world = goodWorld()
  const clock = {
    ...aClock(),
    now: () => {
      throw new Error('time is out of joint')
    },
  }
  const open: Open = async () =>
    fakePorts({
      registry: world.registry,
      engine: world.engine,
      clock,
      log: aLog(),
      [Symbol.asyncDispose]: async () => {
        closed += 1
      },
    })
  const { report } = await play({ open })
  expect(report?.verdict).toBe('errored')
  expect(words(report)[0]).toContain('time is out of joint')
  expect(closed).toBe(1)
})

test('a report of problems is errored, and one of none too', () => {
  const source = { repository: undefined, sha: undefined, runId: undefined, runAttempt: undefined }
  const date = new Date('2026-11-21T10:00:00Z')
  expect(problemReport([{ message: 'x' }], source, date)).toMatchObject({
    verdict: 'errored',
    problems: [{ message: 'x' }],
  })
  expect(problemReport([], source, date).verdict).toBe('errored')
})
