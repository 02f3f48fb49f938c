import { describe, expect, it } from '@jest/globals'
import { startFakeRegistry } from '../harness/fake-registry.ts'
import { pushFresh } from './push.ts'
import { codes, errored, registry, verifySpec } from './stack.ts'

const MINUTES = 60_000
const both = 'platforms: [linux/amd64, linux/arm64]'
const amd64 = 'platforms: [linux/amd64]'
const backend = ['imports: [ktrdr]', 'absent: [torch]']
const worker = ['imports: [ktrdr, torch]', 'torch: cpu']

interface Sabotage {
  readonly name: string
  /** In the registry, under bad/. */
  readonly image: string
  readonly spec: readonly string[]
  readonly codes: readonly string[]
}

const sabotages: readonly Sabotage[] = [
  { name: 'torch in the backend', image: 'torch-in-backend', spec: [both, ...backend], codes: ['absent/present'] },
  {
    name: 'C105 torch broken but there in the backend',
    image: 'torch-broken',
    spec: [both, ...backend],
    codes: ['absent/present'],
  },
  {
    name: 'torch broken on the worker',
    image: 'torch-broken',
    spec: [both, 'imports: [torch]'],
    codes: ['import/broken'],
  },
  {
    name: 'torch missing on the worker',
    image: 'torch-missing',
    spec: [both, ...worker],
    codes: ['import/missing', 'torch/missing'],
  },
  {
    name: 'C98 torch crashes',
    image: 'torch-crash',
    spec: [both, 'imports: [torch, ktrdr]'],
    codes: ['import/broken'],
  },
  {
    name: 'C99 torch hangs',
    image: 'torch-hang',
    spec: [both, 'imports: [torch, ktrdr]', 'timeout: 3s'],
    codes: ['import/broken'],
  },
  {
    name: 'C104 torch exits 0 at import',
    image: 'torch-exits',
    spec: [both, 'imports: [torch]'],
    codes: ['import/broken'],
  },
  {
    name: 'C104 torch ends the process at import',
    image: 'torch-osexits',
    spec: [both, 'imports: [torch]'],
    codes: ['import/broken'],
  },
  {
    name: 'a CUDA build on one platform of the cpu worker',
    image: 'torch-cuda-amd64',
    spec: [both, ...worker],
    codes: ['size/skew', 'torch/accelerator'],
  },
  { name: 'C84 arm64 missing', image: 'arm64-missing', spec: [both, ...backend], codes: ['platforms/missing'] },
  { name: 'C85 arm64 where nobody wants it', image: 'arm64-extra', spec: [amd64], codes: ['platforms/extra'] },
  {
    name: 'C71 a child manifest deleted',
    image: 'child-deleted',
    spec: [both, ...backend],
    codes: ['platforms/dangling'],
  },
  {
    name: 'C70 the config tells another platform',
    image: 'config-lies',
    spec: [both, ...backend],
    codes: ['platforms/mislabelled'],
  },
  { name: 'C81 latest behind the commit', image: 'latest-behind', spec: [both, ...backend], codes: ['tags/disagree'] },
  {
    name: 'a label of another commit',
    image: 'wrong-revision',
    spec: [both, ...backend],
    codes: ['revision/mismatch'],
  },
  { name: 'no label', image: 'unlabelled', spec: [both, ...backend], codes: ['revision/unlabelled'] },
  {
    name: 'too big',
    image: 'big',
    spec: [both, ...backend, 'size: {compressed: <40MB, unpacked: <100MB}'],
    codes: ['size/over'],
  },
  { name: 'too small', image: 'user', spec: [both, 'imports: [ktrdr]', 'size: ">=1GB"'], codes: ['size/under'] },
  { name: 'C107 no Python', image: 'no-python', spec: [both, 'imports: [ktrdr]'], codes: ['import/no-python'] },
  {
    name: 'C95 an entrypoint that swallows its arguments',
    image: 'swallow',
    spec: [both, 'imports: [ktrdr]', 'entrypoint: keep'],
    codes: ['import/no-evidence'],
  },
  {
    name: 'an older version',
    image: 'old-version',
    spec: [both, 'imports: [{module: ktrdr, version: ">=1.0.7"}]'],
    codes: ['import/version'],
  },
  {
    name: 'an image that is not there',
    image: 'nobody-pushed-this',
    spec: [both, ...backend],
    codes: ['tags/missing'],
  },
  { name: 'C72 an empty index', image: 'empty-index', spec: [both, ...backend], codes: ['platforms/missing'] },
  {
    name: 'C69 a platform listed twice',
    image: 'duplicate-platform',
    spec: [both, ...backend],
    codes: ['platforms/duplicate'],
  },
  { name: 'an index inside an index', image: 'nested-index', spec: [both, ...backend], codes: ['platforms/malformed'] },
  { name: 'a layer deleted', image: 'layer-deleted', spec: [both, ...backend], codes: ['pull/failed'] },
]

const specOf = ({ image, spec }: Sabotage) => `
version: 1
images:
  app:
    image: ${registry}/bad/${image}
${spec.map((line) => `    ${line}`).join('\n')}
`

describe('goes red, by its own finding, for', () => {
  it.each(sabotages)(
    '$name',
    async (sabotage) => {
      const { run, report } = await verifySpec(specOf(sabotage))
      await using _ = run
      expect(codes(report)).toEqual(expect.arrayContaining([...sabotage.codes]))
      expect(codes(report).filter((code) => !sabotage.codes.includes(code))).toEqual([])
      expect(run.outcome).toBe('failure')
      expect(run.outputs).toMatchObject({ verified: 'false', verdict: 'failed' })
      expect(run.phases[0]?.exitCode).toBe(1)
      for (const code of sabotage.codes) expect(run.summary).toContain(code)
      expect(run.annotations.filter(({ level }) => level === 'error').length).toBeGreaterThan(0)
      expect(run.problems).toEqual([])
    },
    3 * MINUTES,
  )
})

it('is green for a platform that is missing, where the spec accepts that', async () => {
  const waive = 'waive: [{finding: platforms/missing, platform: linux/arm64, reason: it comes next month}]'
  const { run, report } = await verifySpec(
    specOf({ name: '', image: 'arm64-missing', spec: [both, ...backend, waive], codes: [] }),
  )
  await using _ = run
  expect([codes(report), errored(report)]).toEqual([[], []])
  expect(run.outputs).toMatchObject({ verified: 'true', verdict: 'passed' })
  expect(run.summary).toContain('it comes next month')
})

it('goes red for bytes that are not those of their digest', async () => {
  await using server = await startFakeRegistry()
  const image = `{image: ${server.address}/swapped-child, platforms: [linux/amd64, linux/arm64]}`
  const { run, report } = await verifySpec(`version: 1\ntags: [latest]\nimages: {app: ${image}}\n`, {
    inputs: { execute: 'none' },
  })
  await using _ = run
  expect(codes(report)).toContain('platforms/altered')
  expect(run.outputs).toMatchObject({ verified: 'false', verdict: 'failed' })
})

it('goes red for an image whose own program is not in it', async () => {
  const { name } = await pushFresh('quick/ktrdr-backend', { Entrypoint: ['/no-such-program'] })
  const image = `{image: ${registry}/${name}, platforms: [linux/amd64], starts: true}`
  const { run, report } = await verifySpec(`version: 1\ntags: [latest]\nimages: {app: ${image}}\n`)
  await using _ = run
  expect([codes(report), errored(report)]).toEqual([['start/failed'], []])
  expect(run.outputs).toMatchObject({ verified: 'false', verdict: 'failed' })
})

it('goes red for images of two commits in one set', async () => {
  const spec = `
version: 1
images:
  new: {image: ${registry}/quick/ktrdr-backend, platforms: [linux/amd64, linux/arm64]}
  old: {image: ${registry}/bad/wrong-revision, platforms: [linux/amd64, linux/arm64]}
`
  const { run, report } = await verifySpec(spec, { inputs: { execute: 'none' } })
  await using _ = run
  expect([codes(report), errored(report)]).toEqual([['consistency/revision', 'revision/mismatch'], []])
  expect(run.outputs).toMatchObject({ verified: 'false', verdict: 'failed' })
})

it(
  'C01 C02 C05 C11 C12 lets nothing out of an image that prints workflow commands, and is green',
  async () => {
    const { run, report } = await verifySpec(
      specOf({ name: '', image: 'commands', spec: [both, 'imports: [ktrdr]', 'absent: [torch]'], codes: [] }),
    )
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([[], []])
    expect(run.outputs.verified).toBe('true')
    expect(run.masks.filter((mask) => !mask.startsWith('ghs_'))).toEqual([])
    expect([run.problems, run.annotations, run.undeclaredOutputs]).toEqual([[], [], []])
    expect(run.log.length).toBeLessThan(400_000)
  },
  3 * MINUTES,
)

it(
  'runs an image as its own user',
  async () => {
    const { run, report } = await verifySpec(
      specOf({ name: '', image: 'user', spec: [both, 'imports: [ktrdr]'], codes: [] }),
    )
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([[], []])
    expect(run.outputs.verified).toBe('true')
  },
  3 * MINUTES,
)

it(
  'tells two versions of one module in two images, as a warning',
  async () => {
    const spec = `
version: 1
images:
  new: {image: ${registry}/quick/ktrdr-backend, platforms: [linux/amd64, linux/arm64], imports: [ktrdr]}
  old: {image: ${registry}/bad/old-version, platforms: [linux/amd64, linux/arm64], imports: [ktrdr]}
`
    const { run, report } = await verifySpec(spec)
    await using _ = run
    expect(codes(report)).toEqual(['consistency/version'])
    expect(run.outputs).toMatchObject({ verified: 'true', warned: '1' })
  },
  3 * MINUTES,
)
