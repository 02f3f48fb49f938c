// A plan, its shards and their report, against one run of the same: on the real stack, by the built action.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Report } from '../../src/model/result.ts'
import type { Shard } from '../../src/plan.ts'
import { startBuildRun } from '../harness/build-run.ts'
import { runAction } from '../harness/runner.ts'
import { codes, errored, registry, sha, stores } from './stack.ts'

const MINUTES = 60_000

const SPEC = `
version: 1
tags: [latest, 'sha-{sha7}']
images:
  backend:
    image: ${registry}/quick/ktrdr-backend
    platforms: [linux/amd64, linux/arm64]
    imports: [ktrdr]
    absent: [torch]
  worker-cpu:
    image: ${registry}/quick/ktrdr-worker-cpu
    platforms: [linux/amd64, linux/arm64]
    imports: [ktrdr, torch]
    torch: cpu
  worker-gpu:
    image: ${registry}/quick/ktrdr-worker-gpu
    platforms: [linux/amd64]
    imports: [ktrdr, torch]
    torch: cuda
`

/** Much that a registry can have wrong, and what the spec accepts of it. */
const WRONG = `
version: 1
tags: [latest, 'sha-{sha7}']
images:
${[
  'arm64-missing, waive: [{finding: platforms/missing, reason: later}]',
  'wrong-revision, waive: [{finding: revision/mismatch, reason: old}]',
  'unlabelled, severity: {revision/unlabelled: warning}',
  'attestation-deleted, attestations: required',
  'old-version, size: {compressed: 1MB..2MB}',
  'no-python, config: {user: non-root}',
  ...['latest-behind', 'child-deleted', 'layer-deleted', 'same-child', 'nested-index', 'single', 'empty-index'],
  ...['no-platform', 'duplicate-platform', 'mislabelled', 'config-lies', 'attestations-only', 'not-there-at-all'],
]
  .map(
    (line) =>
      `  ${line.split(',')[0]}: {image: ${registry}/bad/${line}, platforms: [linux/amd64, linux/arm64], imports: [ktrdr]}`,
  )
  .join('\n')}
`

let folder = ''
let github: Awaited<ReturnType<typeof startBuildRun>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shards-'))
  await mkdir(join(folder, 'workspace/.github'), { recursive: true })
  await writeFile(join(folder, 'workspace/.github/verify-images.yml'), SPEC)
  github = await startBuildRun({ repository: 'ktrdr/ktrdr', sha, jobs: { 'build (app)': 120 } })
})
afterAll(async () => {
  await github[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const act = (inputs: Readonly<Record<string, string>>) =>
  runAction({
    action: '.',
    apiUrl: github.url,
    workspace: join(folder, 'workspace'),
    dockerHost: stores[0]?.dockerHost ?? '',
    inputs: { wait: '0s', execute: 'all', ...inputs },
    github: { sha, repository: 'ktrdr/ktrdr' },
  })

const reportOf = async (run: Awaited<ReturnType<typeof act>>): Promise<Report> =>
  JSON.parse(await readFile(run.outputs.report ?? '', 'utf8'))

/** Without what no two runs have in common. */
const timeless = (report: Report): unknown =>
  JSON.parse(
    JSON.stringify(report, (key, value) =>
      /^(seconds|.*Seconds|generated|nonce|startedAt)$/.test(key) ? undefined : value,
    ),
  )

it(
  'says what one run says, and misses a shard that is not there',
  async () => {
    await using alone = await act({})
    const whole = await reportOf(alone)
    expect([codes(whole), errored(whole), whole.verdict]).toEqual([[], [], 'passed'])

    await using planned = await act({ mode: 'plan', shards: '3' })
    const { matrix = '', plan = '' } = planned.outputs
    expect(planned.undeclaredOutputs).toEqual([])
    const rows: readonly Shard[] = JSON.parse(matrix).include
    expect(rows.map(({ shard, runner }) => `${shard} on ${runner}`)).toEqual([
      'linux-amd64-1 on ubuntu-latest',
      'linux-amd64-2 on ubuntu-latest',
      'linux-arm64-1 on ubuntu-24.04-arm',
    ])

    const reports = join(folder, 'workspace/reports')
    for (const { shard, targets } of rows) {
      await using run = await act({ plan, targets })
      expect([shard, run.outputs.verdict, run.outputs.verified, run.problems]).toEqual([shard, 'passed', 'false', []])
      await cp(run.outputs.report ?? '', join(reports, shard, 'report.json'))
    }

    await using merged = await act({ mode: 'report', plan, reports: 'reports' })
    expect([merged.outputs.verified, merged.problems]).toEqual(['true', []])
    expect(timeless(await reportOf(merged))).toEqual(timeless(whole))
    expect(merged.outputs.digests).toBe(alone.outputs.digests)

    await rm(join(reports, 'linux-arm64-1'), { recursive: true })
    await using lacking = await act({ mode: 'report', plan, reports: 'reports' })
    expect([lacking.outputs.verified, lacking.outputs.verdict]).toEqual(['false', 'errored'])
    expect((await reportOf(lacking)).missing).toEqual(['backend/linux/arm64', 'worker-cpu/linux/arm64'])
    expect(lacking.summary).toContain('never reported')

    await using another = await act({ mode: 'plan' })
    await using foreign = await act({ mode: 'report', plan: another.outputs.plan ?? '', reports: 'reports' })
    expect(foreign.outputs.verdict).toBe('errored')
    expect((await reportOf(foreign)).problems[0]?.message).toContain('is foreign')
  },
  10 * MINUTES,
)

it(
  'says what one run says of images that are wrong in many ways, and calls no shard of them altered',
  async () => {
    await writeFile(join(folder, 'workspace/wrong.yml'), WRONG)
    const given = { spec: 'wrong.yml', execute: 'none' }
    await using alone = await act(given)
    const whole = await reportOf(alone)
    expect(new Set(codes(whole)).size).toBeGreaterThan(8)

    await using planned = await act({ ...given, mode: 'plan', shards: '6' })
    const { matrix = '', plan = '' } = planned.outputs
    const rows: readonly Shard[] = JSON.parse(matrix).include
    expect(rows).toHaveLength(6)
    for (const { shard, targets } of rows) {
      await using run = await act({ ...given, plan, targets })
      expect(run.outputs.verified).toBe('false')
      await cp(run.outputs.report ?? '', join(folder, 'workspace/wrong', shard, 'report.json'))
    }
    await using merged = await act({ ...given, mode: 'report', plan, reports: 'wrong' })
    expect([merged.outputs.verdict, (await reportOf(merged)).problems]).toEqual(['failed', []])
    expect(timeless(await reportOf(merged))).toEqual(timeless(whole))
  },
  10 * MINUTES,
)
