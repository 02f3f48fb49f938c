import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from '@jest/globals'
import type { Report } from '../../src/model/result.ts'
import { codes, errored, registry, results, verifySpec, verifyWorkspace } from './stack.ts'

const MINUTES = 60_000

const specOf = (lines: string) => `
version: 1
images:
  backend:
    image: ${registry}/quick/ktrdr-backend
    platforms: [linux/amd64, linux/arm64]
    ${lines}
`
const good = specOf('imports: [ktrdr]')

/** The same spec again, with an earlier report beside it. */
async function verifyAgain(baseline: Report, spec = good) {
  const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
  await mkdir(join(workspace, '.github'))
  await writeFile(join(workspace, '.github/verify-images.yml'), spec)
  await writeFile(join(workspace, 'last.json'), JSON.stringify(baseline))
  return verifyWorkspace(workspace, { inputs: { baseline: 'last.json' } })
}

let last: Report
beforeAll(async () => {
  const { run, report } = await verifySpec(good)
  await using _ = run
  expect(run.outputs.verified).toBe('true')
  last = report
}, 3 * MINUTES)

it(
  'is green where nothing has changed since the last run that passed',
  async () => {
    const { run, report } = await verifyAgain(last)
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([[], []])
    const growth = results(report).filter(({ check, status }) => check === 'growth' && status === 'passed')
    expect(growth).toMatchObject([{ evidence: [{ kind: 'container' }] }])
    expect(run.outputs.verified).toBe('true')
  },
  3 * MINUTES,
)

/** What the last run would have said of smaller and older images. */
const smaller = (report: Report): Report => ({
  ...report,
  images: report.images.map((image) => ({
    ...image,
    platforms: image.platforms.map((each) => ({
      ...each,
      ...(each.compressed !== undefined && { compressed: Math.round(each.compressed / 2) }),
      modules: each.modules.map((module) => ({ ...module, version: '1.0.6' })),
    })),
  })),
})

it(
  'warns of images that have grown, and of modules that have changed',
  async () => {
    const { run, report } = await verifyAgain(smaller(last))
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([['size/growth', 'growth/version'], []])
    expect(run.outputs).toMatchObject({ verified: 'true', verdict: 'passed' })
    expect(run.annotations.filter(({ level }) => level === 'warning').length).toBeGreaterThan(0)
    expect(run.problems).toEqual([])
  },
  3 * MINUTES,
)

it(
  'warns of modules that take much longer to import',
  async () => {
    const spec = specOf('imports: [torch, sklearn]').replace('quick/ktrdr-backend', 'ktrdr/ktrdr-worker-cpu')
    const { run: first, report: last } = await verifySpec(spec)
    await using _first = first
    const faster = last.images.map((image) => ({
      ...image,
      platforms: image.platforms.map((each) => ({
        ...each,
        modules: each.modules.map((module) => ({ ...module, ...(module.seconds !== undefined && { seconds: 0.01 }) })),
      })),
    }))
    const { run, report } = await verifyAgain({ ...last, images: faster }, spec)
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([['growth/import-time'], []])
    expect(run.outputs).toMatchObject({ verified: 'true', verdict: 'passed' })
  },
  10 * MINUTES,
)

it(
  'names the digest to go back to',
  async () => {
    const { run, report } = await verifyAgain(last, specOf('imports: [ktrdr, no_such_module]'))
    await using _ = run
    expect(codes(report)).toEqual(['import/missing'])
    const [finding] = results(report).flatMap(({ findings }) => findings)
    expect(finding?.hint).toContain(`@${last.images[0]?.digest}`)
  },
  3 * MINUTES,
)

it(
  'is not green with a baseline that proves nothing',
  async () => {
    const { run, report } = await verifyAgain({ ...last, verdict: 'errored', missing: ['backend/linux/386'] })
    await using _ = run
    expect(errored(report)).toEqual([expect.stringContaining('growth'), expect.stringContaining('growth')])
    expect(run.outputs).toMatchObject({ verified: 'false', verdict: 'errored' })
  },
  3 * MINUTES,
)
