// The findings that a spec names: each has to be one that a check can have where it is named.
import { expect, test } from '@jest/globals'
import { strangeFindings } from '../../src/modes/plan/finding-names.ts'
import { makePlan } from '../../src/modes/plan.ts'
import { parseOptions } from '../../src/options.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import { resolveSpec } from '../../src/spec/resolve.ts'

const decode = async (finding: string) => {
  const waive = `waive:\n  - reason: known\n    finding: '${finding}'\n    until: 2027-01-31\n`
  const decoded = await decodeSpec(`version: 1\n${waive}images: { app: { image: app } }\n`, 'spec.yml')
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
  return decoded
}

test.each(['consistency/version', 'run/annotation', 'workflow/*', 'deployment/*'])(
  '%s is accepted',
  async (finding) => {
    const decoded = await decode(finding)
    expect(await strangeFindings(decoded)).toEqual([])
    const resolved = resolveSpec(decoded.spec, decoded.positions, { sha: 'a'.repeat(40) })
    expect(resolved).toMatchObject({ waivers: [{ finding, reason: 'known', until: '2027-01-31' }] })
  },
)

test.each([
  ['size/skew', 'is a finding of an image', 'under `waive` of that image'],
  ['import/*', 'is a finding of an image', 'under `waive` of that image'],
  ['consistency/versions', 'did you mean "consistency/version"?', 'run/job-failed'],
  ['nothing/*', 'is no finding of the set as a whole', 'consistency/*'],
])('%s is told at its line', async (finding, message, hint) => {
  expect(await strangeFindings(await decode(finding))).toEqual([
    {
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
      at: { file: 'spec.yml', line: 4, column: 14 },
    },
  ])
})

const told = async (top: string, image: string) => {
  const decoded = await decodeSpec(`version: 1\n${top}\nimages:\n  app:\n    image: app\n${image}\n`, 'spec.yml')
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
  return (await strangeFindings(decoded)).map(({ message, hint, at }) => `${at?.line} ${message} (${hint})`)
}

test('of an image, its own findings are accepted, and any is weighed', async () => {
  const image =
    "    severity: { size/over: warning, canary/log: error }\n    waive: [{ finding: 'size/*', reason: known }]"
  expect(await told('severity: { consistency/version: warning, size/skew: error }', image)).toEqual([])
})

test('a finding that no check has changes nothing, and is told', async () => {
  expect(await told('severity: { consistency/versions: error }', '    severity: { size/skw: error }')).toEqual([
    '2 severity.consistency/versions: "consistency/versions" is no finding: did you mean "consistency/version"? (all findings are in docs/checks.md)',
    '6 images.app.severity.size/skw: "size/skw" is no finding: did you mean "size/skew"? (all findings are in docs/checks.md)',
  ])
  expect(await told('', '    waive: [{ finding: tags/mising, reason: known }]')).toEqual([
    '6 images.app.waive.0.finding: "tags/mising" is no finding of an image: did you mean "tags/missing"? (all findings are in docs/checks.md)',
  ])
})

test('a finding of the set is accepted for the set, not for one image', async () => {
  expect(await told('', "    waive: [{ finding: 'canary/*', reason: known }]")).toEqual([
    '6 images.app.waive.0.finding: "canary/*" is a finding of the set as a whole (write it under `waive` at the top of the spec)',
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
