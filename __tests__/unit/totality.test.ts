// Invariant 9: whatever comes, each reader of what others wrote answers, and soon.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { jsonOf } from '../../src/adapters/docker/command.ts'
import { emulatedBy } from '../../src/adapters/docker/describe.ts'
import { failureOf } from '../../src/adapters/docker/failure.ts'
import { jobsAnswer, runAnswer } from '../../src/adapters/github/answers.ts'
import { readFailure } from '../../src/adapters/imagetools/errors.ts'
import { retryAfterIn } from '../../src/adapters/retry.ts'
import { readCompose } from '../../src/compose/read.ts'
import { decodeConfig } from '../../src/observe/config.ts'
import { decodeManifest } from '../../src/observe/manifest.ts'
import { readProbeLines } from '../../src/observe/probe/lines.ts'
import { decodeReport } from '../../src/report/decode.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import { readWorkflow } from '../../src/workflow/read.ts'
import { hostileText } from './hostile.ts'
import { processorTime } from './processor-time.ts'
import { runs } from './runs.ts'

const command = {
  exitCode: 1,
  signal: undefined,
  timedOut: false,
  outputLimited: false,
  missing: false,
  seconds: 0,
  stderr: '',
}
const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const date = new Date('2026-11-26T00:00:00Z')

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  'what docker prints as JSON': (text) => jsonOf({ ...command, exitCode: 0, stdout: bytesOf(text) }),
  'why docker failed': (text) => failureOf({ ...command, stderr: text, stdout: bytesOf(text) }, 'it'),
  'why buildx failed': (text) => readFailure(text, 'ghcr.io/acme/app:latest', date),
  'when to come again': (text) => retryAfterIn(`retry-after: ${text}`, date) ?? 'never',
  'what the kernel emulates': (text) => emulatedBy(text) ?? 'nothing',
  'a manifest': (text) => decodeManifest(bytesOf(text), 'application/vnd.oci.image.index.v1+json'),
  'a config': (text) => decodeConfig(bytesOf(text)),
  'lines of a probe': (text) => readProbeLines(text.split('\n')),
  'a report': (text) => decodeReport(text),
  'a spec': (text) => decodeSpec(text, 'spec.yml'),
  'a compose file': (text) => readCompose(text, 'compose.yml'),
  'a workflow': (text) => readWorkflow(text, 'build.yml'),
  'jobs of GitHub': (text) => jobsAnswer.safeParse(json(text)),
  'a run of GitHub': (text) => runAnswer.safeParse(json(text)),
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const words = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"',
    '\n',
    '  ',
    '- ',
    'a',
    '&a',
    '*a',
    '!!x',
    '#',
    '0',
    '-1',
    '1e999',
    'null',
    'true',
  ],
  ...['"schemaVersion":2', '"manifests":', '"layers":', '"jobs":[', '"total_count":', 'images:', 'services:', 'jobs:'],
  ...['ERROR: ', ': not found', ' begin 61 62', ' 0 ok 1', ' end 1', 'magic 7f454c46', '\u0000', '\ud800', '__proto__'],
)
const soup = fc.array(words, { maxLength: 25 }).map((parts) => parts.join(''))
const text = fc.oneof(
  soup,
  hostileText,
  fc.json(),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)

describe('invariant 9: an answer for every text, from the reader of', () => {
  test.each(Object.keys(readers))('%s', async (name) => {
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        expect((await readers[name]?.(given)) !== undefined || name === 'what docker prints as JSON').toBe(true)
      }),
      runs(2000),
    )
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test.each(Object.keys(readers))('%s: soon, for 64 KiB that take the longest', async (name) => {
    const hard = [
      ...['a', ' ', '\n', '"', '[', '{', '- ', 'a: ', 'a:\n', ': ', '\t', '*a ', '&a ', '! ', '\\', '1', '.', '-', '#'],
      ...['ERROR: ', 'x:', '::', 'retry-after: ', '1h', ' 0', 'unexpected status from GET request to x: ', 'http://'],
    ].map((piece) => piece.repeat(Math.ceil(65_536 / piece.length)).slice(0, 65_536))
    for (const given of hard) {
      const busyMs = processorTime()
      await readers[name]?.(given)
      expect([given.slice(0, 12), busyMs() < 2_000]).toEqual([given.slice(0, 12), true])
    }
  })
})
