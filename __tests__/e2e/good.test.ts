import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { codes, errored, registry, stores, type Verified, verifySpec } from './stack.ts'

const MINUTES = 60_000

const spec = (owner: string, sizes: readonly [string, string, string]) => `
version: 1
tags: [latest, 'sha-{sha7}']
images:
  backend:
    image: ${registry}/${owner}/ktrdr-backend
    platforms: [linux/amd64, linux/arm64]
    size: '${sizes[0]}'
    imports: [ktrdr]
    absent: [torch]
  worker-cpu:
    image: ${registry}/${owner}/ktrdr-worker-cpu
    platforms: [linux/amd64, linux/arm64]
    size: '${sizes[1]}'
    imports: [ktrdr, {module: torch, version: '2.*'}]
    torch: cpu
  worker-gpu:
    image: ${registry}/${owner}/ktrdr-worker-gpu
    platforms: [linux/amd64]
    size: '${sizes[2]}'
    imports: [ktrdr, torch]
    torch: cuda
`

const quick = new Map<string, Promise<Verified>>()
/** The quick images on all platforms that an engine runs, once an engine. */
function quickOn(dockerHost: string): Promise<Verified> {
  const sizes = ['<200MB', '<200MB', '<900MB'] as const
  const known = quick.get(dockerHost) ?? verifySpec(spec('quick', sizes), { dockerHost, inputs: { execute: 'all' } })
  quick.set(dockerHost, known)
  return known
}
afterAll(async () => {
  for (const { run } of await Promise.all(quick.values())) await run[Symbol.asyncDispose]()
})

describe.each(stores)('C114 on the $store store', ({ store, dockerHost }) => {
  it(
    'is green, without a warning, for three real images',
    async () => {
      const { run, report } = await verifySpec(spec('{owner}', ['~430MB', '~1.4GB', '>=2GB']), { dockerHost })
      await using _ = run
      expect([report.problems, codes(report), errored(report)]).toEqual([[], [], []])
      expect([run.problems, run.outcome]).toEqual([[], 'success'])
      expect(run.outputs).toMatchObject({ verified: 'true', verdict: 'passed', warned: '0', failed: '0', errored: '0' })
      expect(run.problems).toEqual([])
      expect(run.undeclaredOutputs).toEqual([])
      expect(run.annotations).toEqual([])
      expect(report.environment.store).toBe(store)
      expect(report.images.map(({ platforms }) => platforms.map(({ executed }) => executed))).toEqual([
        ['native', 'no'],
        ['native', 'no'],
        ['native'],
      ])
      const torch = report.images[1]?.platforms[0]?.modules.find(({ module }) => module === 'torch')
      expect(torch).toMatchObject({ outcome: 'imported', version: expect.stringMatching(/^2\./), accelerator: 'cpu' })
      expect(run.summary).toContain('## ✅')
      expect(run.phases.map(({ name, exitCode }) => [name, exitCode])).toEqual([
        ['main', 0],
        ['post', 0],
      ])
      const folder = join(run.outputs.report ?? '', '..')
      expect(await readFile(join(folder, 'junit.xml'), 'utf8')).toContain('<testsuites')
      expect(await readFile(join(folder, 'summary.md'), 'utf8')).toBe(run.summary)
    },
    10 * MINUTES,
  )

  it(
    'runs other platforms by emulation when all are asked for',
    async () => {
      const { run, report } = await quickOn(dockerHost)
      expect([codes(report), errored(report)]).toEqual([[], []])
      expect(run.outputs.verified).toBe('true')
      expect(report.images.map(({ platforms }) => platforms.map(({ executed }) => executed))).toEqual([
        ['native', 'emulated'],
        ['native', 'emulated'],
        ['native'],
      ])
    },
    5 * MINUTES,
  )
})

it(
  'sizes and digests are the same on both stores',
  async () => {
    const verified = await Promise.all(stores.map(({ dockerHost }) => quickOn(dockerHost)))
    const [first, ...others] = verified.map(({ report: { images } }) =>
      images.map(({ digest, platforms }) => ({ digest, platforms })),
    )
    for (const other of others) {
      expect(other.map(({ digest }) => digest)).toEqual(first?.map(({ digest }) => digest))
      for (const [position, { platforms }] of other.entries()) {
        const unpacked = first?.[position]?.platforms[0]?.unpacked ?? 0
        expect(unpacked).toBeGreaterThan(10_000_000)
        expect(Math.abs((platforms[0]?.unpacked ?? 0) / unpacked - 1)).toBeLessThan(0.02)
      }
    }
  },
  5 * MINUTES,
)
