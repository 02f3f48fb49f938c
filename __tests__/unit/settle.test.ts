// A judgement under the spec's terms.
import { describe, expect, test } from '@jest/globals'
import type { Judgement } from '../../src/checks/define.ts'
import { settle, severityOf, type Terms } from '../../src/checks/settle.ts'
import type { CheckResult, Evidence, Status, UnweighedFinding } from '../../src/model/result.ts'
import type { Severities, Waiver } from '../../src/model/spec.ts'
import { aDigest } from './builders.ts'
import { AMD64, ARM64, NONCE, STARTED } from './sightings.ts'

const TODAY = '2026-11-21'
const identity = { check: 'size', target: 'backend/linux/amd64', seconds: 0.1 }
const codes = { 'size/over': 'error', 'size/skew': 'warning' } as const

const found = (code = 'size/over', given: Partial<UnweighedFinding> = {}): UnweighedFinding => ({
  code,
  message: `it is ${code}`,
  hint: 'make it smaller',
  ...given,
})
const digest: Evidence = { kind: 'digest', digest: aDigest() }
const judgement = (...findings: readonly UnweighedFinding[]): Judgement => ({ findings, evidence: [digest] })
const waiver = (given: Partial<Waiver> = {}): Waiver => ({ finding: 'size/over', reason: 'known', ...given })
const settled = (judgement: Judgement, terms: Partial<Terms> = {}): CheckResult =>
  settle(identity, codes, judgement, { severity: {}, waivers: [], today: TODAY, ...terms })

interface Case {
  readonly name: string
  readonly judgement: Judgement
  readonly terms?: Partial<Terms>
  readonly is: Status
  readonly codes?: readonly string[]
  readonly severities?: readonly string[]
  readonly reason?: string
  readonly hint?: string
}

const unseen = { unseen: 'it did not answer', hint: 'ask again' }
const over = [found('size/over')]
const skew = [found('size/skew')]

const said = { ...unseen, saidBy: [{ code: 'platforms/missing', platform: ARM64 }] }
const missing = (given: Partial<Waiver> = {}): Waiver => waiver({ finding: 'platforms/missing', ...given })

const cases: readonly Case[] = [
  {
    name: 'nothing to look at, which the spec accepts elsewhere',
    judgement: said,
    terms: { waivers: [missing()] },
    is: 'skipped',
    reason: 'it did not answer, which is waived: known',
  },
  {
    name: 'a rest that is not there, which the spec accepts elsewhere',
    judgement: { findings: [], evidence: [digest], rest: said },
    terms: { waivers: [missing({ finding: 'platforms/*', platform: ARM64, until: TODAY })] },
    is: 'skipped',
  },
  {
    name: 'a rest that is not there, which the spec accepts, beside an error',
    judgement: { findings: over, evidence: [digest], rest: said },
    terms: { waivers: [missing()] },
    is: 'failed',
    codes: ['size/over'],
  },
  ...[
    [],
    [missing({ platform: AMD64 })],
    [missing({ until: '2026-11-20' })],
    [missing({ finding: 'platforms/extra' })],
    [missing({ finding: 'size/*' })],
  ].map((waivers) => ({
    name: `nothing to look at, which is not accepted by ${JSON.stringify(waivers)}`,
    ...{ judgement: said, terms: { waivers }, is: 'errored' as const },
  })),
  {
    name: 'nothing to look at, which no other finding says',
    judgement: { ...unseen, saidBy: [] },
    terms: { waivers: [missing(), waiver()] },
    is: 'errored',
  },
  { name: 'nothing found, and something to show', judgement: judgement(), is: 'passed' },
  {
    name: 'nothing found, and nothing to show',
    judgement: { findings: [], evidence: [] },
    is: 'errored',
    reason: 'size found nothing wrong and has nothing to show for it',
  },
  { name: 'an error', judgement: judgement(...over), is: 'failed', codes: ['size/over'], severities: ['error'] },
  { name: 'a warning', judgement: judgement(...skew), is: 'warned', codes: ['size/skew'], severities: ['warning'] },
  {
    name: 'an error needs nothing to show',
    judgement: { findings: over, evidence: [] },
    is: 'failed',
    codes: ['size/over'],
  },
  {
    name: 'a warning before an error',
    judgement: judgement(...skew, ...over),
    is: 'failed',
    codes: ['size/skew', 'size/over'],
    severities: ['warning', 'error'],
  },
  {
    name: 'a code that the check does not know is an error',
    judgement: judgement(found('size/odd')),
    is: 'failed',
    codes: ['size/odd'],
    severities: ['error'],
  },
  {
    name: 'a code of another check is an error',
    judgement: judgement(found('odd/odd')),
    is: 'failed',
    codes: ['odd/odd'],
  },
  {
    name: 'a code called like a method is an error',
    judgement: judgement(found('constructor')),
    is: 'failed',
    codes: ['constructor'],
    severities: ['error'],
  },

  // severity
  {
    name: 'an error that the spec calls a warning',
    judgement: judgement(...over),
    terms: { severity: { 'size/over': 'warning' } },
    is: 'warned',
    codes: ['size/over'],
    severities: ['warning'],
  },
  {
    name: 'a warning that the spec calls an error',
    judgement: judgement(...skew),
    terms: { severity: { 'size/skew': 'error' } },
    is: 'failed',
    codes: ['size/skew'],
    severities: ['error'],
  },
  {
    name: 'all of a check',
    judgement: judgement(...over),
    terms: { severity: { 'size/*': 'warning' } },
    is: 'warned',
    codes: ['size/over'],
  },
  {
    name: 'all of a check but one',
    judgement: judgement(...over),
    terms: { severity: { 'size/*': 'warning', 'size/over': 'error' } },
    is: 'failed',
    codes: ['size/over'],
  },
  {
    name: 'all of another check',
    judgement: judgement(...over),
    terms: { severity: { 'pull/*': 'warning' } },
    is: 'failed',
    codes: ['size/over'],
  },

  // waivers
  {
    name: 'waived',
    judgement: judgement(...over),
    terms: { waivers: [waiver()] },
    is: 'skipped',
    codes: ['size/over'],
    severities: ['error'],
    reason: 'size/over is waived: known',
  },
  {
    name: 'waived with all of its check',
    judgement: judgement(...over),
    terms: { waivers: [waiver({ finding: 'size/*' })] },
    is: 'skipped',
    codes: ['size/over'],
  },
  ...['size/ove', 'size/over2', 'siz/*', 'size*', '*', '/*', 'size', 'pull/*', 'size/sk*'].map((finding) => ({
    name: `not waived by ${finding}`,
    judgement: judgement(...over),
    terms: { waivers: [waiver({ finding })] },
    is: 'failed' as const,
    codes: ['size/over'],
  })),
  {
    name: 'one waived, one not',
    judgement: judgement(...over, found('size/under')),
    terms: { waivers: [waiver()] },
    is: 'failed',
    codes: ['size/under'],
  },
  {
    name: 'an error waived, a warning not',
    judgement: judgement(...over, ...skew),
    terms: { waivers: [waiver()] },
    is: 'warned',
    codes: ['size/skew'],
  },
  {
    name: 'both waived, for their reasons',
    judgement: judgement(...over, ...skew),
    terms: { waivers: [waiver(), waiver({ finding: 'size/skew', reason: 'wheels' })] },
    is: 'skipped',
    codes: ['size/over', 'size/skew'],
    reason: 'size/over is waived: known; size/skew is waived: wheels',
  },
  {
    name: 'one reason is told once',
    judgement: judgement(...over, ...over),
    terms: { waivers: [waiver()] },
    is: 'skipped',
    codes: ['size/over', 'size/over'],
    reason: 'size/over is waived: known',
  },
  {
    name: 'waived to its last day',
    judgement: judgement(...over),
    terms: { waivers: [waiver({ until: TODAY })] },
    is: 'skipped',
    codes: ['size/over'],
  },
  {
    name: 'waived until yesterday',
    judgement: judgement(...over),
    terms: { waivers: [waiver({ until: '2026-11-20' })] },
    is: 'failed',
    codes: ['size/over'],
    hint: 'make it smaller (the spec waived it until 2026-11-20)',
  },
  {
    name: 'waived until yesterday, and by another waiver still',
    judgement: judgement(...over),
    terms: { waivers: [waiver({ until: '2026-11-20' }), waiver({ finding: 'size/*' })] },
    is: 'skipped',
    codes: ['size/over'],
  },
  {
    name: 'waived on this platform',
    judgement: judgement(...over),
    terms: { platform: AMD64, waivers: [waiver({ platform: AMD64 })] },
    is: 'skipped',
    codes: ['size/over'],
  },
  {
    name: 'waived on another platform',
    judgement: judgement(...over),
    terms: { platform: AMD64, waivers: [waiver({ platform: ARM64 })] },
    is: 'failed',
    codes: ['size/over'],
    hint: 'make it smaller',
  },
  {
    name: 'waived on a platform, and it is about none',
    judgement: judgement(...over),
    terms: { waivers: [waiver({ platform: ARM64 })] },
    is: 'failed',
    codes: ['size/over'],
  },
  {
    name: 'waived on the platform that the finding is about',
    judgement: judgement(found('size/over', { platform: ARM64 })),
    terms: { waivers: [waiver({ platform: ARM64 })] },
    is: 'skipped',
    codes: ['size/over'],
  },
  {
    name: 'the finding’s platform counts, not the subject’s',
    judgement: judgement(found('size/over', { platform: ARM64 })),
    terms: { platform: AMD64, waivers: [waiver({ platform: AMD64 })] },
    is: 'failed',
    codes: ['size/over'],
  },
  {
    name: 'waived until yesterday on another platform',
    judgement: judgement(...over),
    terms: { platform: AMD64, waivers: [waiver({ platform: ARM64, until: '2020-01-01' })] },
    is: 'failed',
    codes: ['size/over'],
    hint: 'make it smaller',
  },
  { name: 'a waiver of what was not found', judgement: judgement(), terms: { waivers: [waiver()] }, is: 'passed' },
  {
    name: 'a waiver of what could not be looked at',
    judgement: unseen,
    terms: { waivers: [waiver({ finding: 'size/*' })] },
    is: 'errored',
    reason: 'it did not answer',
  },

  // the rest
  { name: 'not asked', judgement: { skipped: 'no size in the spec' }, is: 'skipped', reason: 'no size in the spec' },
  { name: 'not seen', judgement: unseen, is: 'errored', reason: 'it did not answer', hint: 'ask again' },
  {
    name: 'an error, and the rest not seen',
    judgement: { findings: over, evidence: [], rest: unseen },
    is: 'failed',
    codes: ['size/over'],
  },
  {
    name: 'a warning, and the rest not seen',
    judgement: { findings: skew, evidence: [digest], rest: unseen },
    is: 'errored',
    reason: 'it did not answer; besides, size/skew: it is size/skew',
    hint: 'ask again',
  },
  {
    name: 'waived, and the rest not seen',
    judgement: { findings: over, evidence: [digest], rest: unseen },
    terms: { waivers: [waiver()] },
    is: 'errored',
    reason: 'it did not answer',
  },
  {
    name: 'nothing found, and the rest not seen',
    judgement: { findings: [], evidence: [digest], rest: unseen },
    is: 'errored',
    reason: 'it did not answer',
  },
  {
    name: 'nothing found, and the rest not asked',
    judgement: { findings: [], evidence: [digest], rest: { skipped: 'execute is none' } },
    is: 'skipped',
    reason: 'execute is none',
  },
  {
    name: 'a warning, and the rest not asked',
    judgement: { findings: skew, evidence: [digest], rest: { skipped: 'execute is none' } },
    is: 'warned',
    codes: ['size/skew'],
  },
  {
    name: 'waived, and the rest not asked',
    judgement: { findings: over, evidence: [digest], rest: { skipped: 'execute is none' } },
    terms: { waivers: [waiver()] },
    is: 'skipped',
    codes: ['size/over'],
    reason: 'size/over is waived: known; execute is none',
  },

  // evidence
  ...(
    [
      ['no digest', { kind: 'digest', digest: 'sha256:00' }],
      ['a digest and more', { kind: 'digest', digest: `${aDigest()}0` }],
      ['a container that did not start', { kind: 'container', startedAt: '', nonce: NONCE }],
      ['a container of the engine’s zero time', { kind: 'container', startedAt: '0001-01-01T00:00:00Z', nonce: NONCE }],
      ['a container without its nonce', { kind: 'container', startedAt: STARTED, nonce: '' }],
      ['a run without a number', { kind: 'run', runId: 0, attempt: 1 }],
      ['a run without an attempt', { kind: 'run', runId: 1, attempt: Number.NaN }],
      ['a file without a name', { kind: 'file', path: '', sha256: 'a'.repeat(64) }],
      ['a file without its hash', { kind: 'file', path: 'a', sha256: '' }],
      ['something else', { kind: 'hearsay' }],
    ] as const
  ).map(([name, evidence]) => ({
    name: `nothing found, to show for it ${name}`,
    judgement: { findings: [], evidence: [digest, evidence as Evidence] },
    is: 'errored' as const,
  })),
  ...(
    [
      { kind: 'container', startedAt: STARTED, nonce: NONCE },
      { kind: 'container', startedAt: '2026-11-21T10:00:41.123456789Z', nonce: NONCE },
      { kind: 'run', runId: 4711, attempt: 1 },
      { kind: 'file', path: 'a/b', sha256: 'a'.repeat(64) },
    ] as const
  ).map((evidence) => ({
    name: `nothing found, to show for it a ${evidence.kind}`,
    judgement: { findings: [], evidence: [evidence] },
    is: 'passed' as const,
  })),
]

describe('settle', () => {
  test.each(cases)('$name', ({ judgement, terms, is, codes = [], severities, reason, hint }) => {
    const result = settled(judgement, terms)
    expect(result.findings.map(({ code }) => code)).toEqual(codes)
    expect(result.status).toBe(is)
    if (severities) expect(result.findings.map(({ severity }) => severity)).toEqual(severities)
    if (reason !== undefined) expect('reason' in result && result.reason).toBe(reason)
    if (hint !== undefined) expect('hint' in result ? result.hint : result.findings[0]?.hint).toBe(hint)
    expect(result).toMatchObject(identity)
    if (result.status === 'errored') expect([result.reason, result.hint]).not.toContain('')
    if (result.status === 'passed' && 'evidence' in judgement) expect(result.evidence).toEqual(judgement.evidence)
  })

  test('keeps what a finding says, and who is to blame for what was not seen', () => {
    const at = { file: 'spec.yml', line: 3, column: 1 }
    const { findings } = settled(judgement(found('size/over', { expected: 'a', actual: 'b', at, platform: AMD64 })))
    expect(findings).toEqual([
      {
        code: 'size/over',
        message: 'it is size/over',
        expected: 'a',
        actual: 'b',
        hint: 'make it smaller',
        at,
        severity: 'error',
      },
    ])
    expect(settled({ ...unseen, because: 'pull' })).toMatchObject({ status: 'errored', because: 'pull' })
    expect(settled(unseen)).not.toHaveProperty('because')
  })
})

describe('severityOf', () => {
  const severities: Severities = { 'size/over': 'error', 'size/*': 'warning' }
  test.each([
    ['size/over', 'error'],
    ['size/under', 'warning'],
    ['size2/over', undefined],
    ['pull/failed', undefined],
  ])('%s is %s', (code, severity) => expect(severityOf(code, severities)).toBe(severity))
})
