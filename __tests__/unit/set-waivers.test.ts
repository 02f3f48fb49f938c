// Waivers at the top of a spec: of findings of the set as a whole, and of nothing else.
import { expect, test } from '@jest/globals'
import { makePlan } from '../../src/modes/plan.ts'
import { strangeWaivers } from '../../src/modes/set-waivers.ts'
import { parseOptions } from '../../src/options.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import { resolveSpec } from '../../src/spec/resolve.ts'

const decode = (finding: string) => {
  const waive = `waive:\n  - reason: known\n    finding: '${finding}'\n    until: 2027-01-31\n`
  const decoded = decodeSpec(`version: 1\n${waive}images: { app: { image: app } }\n`, 'spec.yml')
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
  return decoded
}

test.each(['consistency/version', 'run/annotation', 'workflow/*', 'deployment/*'])('%s is accepted', (finding) => {
  const decoded = decode(finding)
  expect(strangeWaivers(decoded)).toEqual([])
  const resolved = resolveSpec(decoded.spec, decoded.positions, { sha: 'a'.repeat(40) })
  expect(resolved).toMatchObject({ waivers: [{ finding, reason: 'known', until: '2027-01-31' }] })
})

test.each([
  ['size/skew', 'is a finding of an image', 'under `waive` of that image'],
  ['import/*', 'is a finding of an image', 'under `waive` of that image'],
  ['consistency/versions', 'did you mean "consistency/version"?', 'run/job-failed'],
  ['nothing/*', 'is no finding of the set as a whole', 'consistency/*'],
])('%s is told at its line', (finding, message, hint) => {
  expect(strangeWaivers(decode(finding))).toEqual([
    {
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
      at: { file: 'spec.yml', line: 4, column: 14 },
    },
  ])
})

test('a plan has them, or is none', async () => {
  const parsed = parseOptions(
    {},
    {
      ...{ repository: 'acme/app', sha: 'a'.repeat(40), ref: undefined, runId: undefined, runAttempt: undefined },
      tempDir: '/tmp',
    },
  )
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  const planned = (finding: string) => {
    const text = `version: 1\nwaive: [{ finding: ${finding}, reason: known }]\nimages: { app: { image: app } }\n`
    return makePlan(parsed.options, { read: async () => text } as never)
  }
  expect(await planned('run/annotation')).toMatchObject({ waivers: [{ finding: 'run/annotation', reason: 'known' }] })
  await expect(planned('size/skew')).rejects.toThrow('is a finding of an image')
})
