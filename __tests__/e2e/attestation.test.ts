import { expect, it } from '@jest/globals'
import { codes, errored, registry, verifySpec } from './stack.ts'

const MINUTES = 60_000
const spec = (image: string) => `
version: 1
images:
  app: {image: ${registry}/${image}, platforms: [linux/amd64, linux/arm64], attestations: required}
`

it.each([
  ['quick/ktrdr-backend', []],
  ['shapes/no-attestations', ['attestation/missing']],
  ['bad/attestation-dangling', ['attestation/missing']],
])(
  '%s: %j',
  async (image, expected) => {
    const { run, report } = await verifySpec(spec(image), { inputs: { execute: 'none' } })
    await using _run = run
    expect([codes(report), errored(report)]).toEqual([expected, []])
    expect(run.outputs.verified).toBe(`${expected.length === 0}`)
  },
  2 * MINUTES,
)
