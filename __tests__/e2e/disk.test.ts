// An engine whose disk is really full, or fills while an image comes: told as what it is, at once, with how much is needed.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { pushFresh } from './push.ts'
import { root, type SmallEngine, startSmallEngine } from './small-engine.ts'
import { codes, errored, registry, verifySpec } from './stack.ts'

const DISK_BYTES = 400_000_000
/** Next to nothing while it comes. */
const ZEROS = Buffer.alloc(350_000_000)

let engine: SmallEngine
beforeAll(async () => {
  engine = await startSmallEngine(DISK_BYTES)
})
afterAll(async () => {
  await engine[Symbol.asyncDispose]()
})

const verify = async (image: string) =>
  verifySpec(
    `version: 1\ntags: [latest]\nimages:\n  app: {image: ${registry}/${image}, platforms: [linux/amd64], imports: [ktrdr]}\n`,
    { dockerHost: engine.dockerHost, inputs: { wait: '0s', 'github-token': '' } },
  )

describe('C93 a full disk', () => {
  it('that fills while an image comes is told as what it is', async () => {
    const { name } = await pushFresh('quick/ktrdr-backend', {}, { zeros: ZEROS })
    const { run, report } = await verify(name)
    await using _ = run
    expect([report.verdict, codes(report)]).toEqual(['errored', []])
    expect(errored(report).join('\n')).toMatch(/pull: .*no space left on device/)
    expect(report.images[0]?.checks.find(({ check }) => check === 'tags')).toMatchObject({ status: 'passed' })
  })

  it('is known before the pull: what is needed, and what is free', async () => {
    const { name } = await pushFresh('quick/ktrdr-backend')
    await root('fallocate', '--length', '300000000', `${engine.dataRoot}/filler`)
    const { run, report } = await verify(name)
    await using _ = run
    expect([report.verdict, codes(report)]).toEqual(['errored', []])
    expect(errored(report).join('\n')).toMatch(/pull: .*it needs about \d+ MB of disk, and \d+ MB are free/)
  })
})
