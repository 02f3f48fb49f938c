import { expect, it } from '@jest/globals'
import { startFakeRegistry } from '../harness/fake-registry.ts'
import { codes, errored, registry, verifySpec } from './stack.ts'

const MINUTES = 60_000
const spec = (image: string, from = registry) => `
version: 1
tags: [latest]
images:
  app: {image: ${from}/${image}, platforms: [linux/amd64, linux/arm64], attestations: required}
`

it.each([
  ['quick/ktrdr-backend', []],
  ['shapes/no-attestations', ['attestation/missing']],
  ['bad/attestation-dangling', ['attestation/missing']],
  ['bad/attestation-deleted', ['attestation/dangling']],
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

it.each([
  ['attested', []],
  ['attestation-swapped', ['attestation/altered']],
  ['attestation-empty', ['attestation/malformed']],
])(
  'of a registry of its own, %s: %j',
  async (image, expected) => {
    await using server = await startFakeRegistry()
    const { run, report } = await verifySpec(spec(image, server.address), { inputs: { execute: 'none' } })
    await using _run = run
    expect(codes(report).filter((code) => code.startsWith('attestation/'))).toEqual(expected)
    expect(errored(report)).toEqual([])
  },
  2 * MINUTES,
)

it(
  'is errored where the registry does not say',
  async () => {
    await using server = await startFakeRegistry()
    const { run, report } = await verifySpec(spec('attestation-denied', server.address), {
      inputs: { execute: 'none' },
    })
    await using _run = run
    expect(errored(report)).toEqual([expect.stringMatching(/^attestation: .*403/)])
    expect(codes(report).filter((code) => code.startsWith('attestation/'))).toEqual([])
    expect(run.outputs.verified).toBe('false')
  },
  2 * MINUTES,
)
