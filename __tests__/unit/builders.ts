// Reports to test with: each builder gives something whole, and takes what the test is about.
import {
  type Digest,
  type ImageName,
  type Platform,
  parseDigest,
  parseImageName,
  parsePlatform,
  parseTag,
  type Tag,
} from '../../src/model/image.ts'
import {
  type CheckResult,
  type Finding,
  type ImageReport,
  type PlatformReport,
  type Report,
  verdictOf,
} from '../../src/model/result.ts'

type Of<Status extends CheckResult['status']> = Extract<CheckResult, { status: Status }>

export const aDigest = (seed = 0): Digest => parseDigest(`sha256:${seed.toString(16).padStart(4, '0').repeat(16)}`)
export const aTag = (text = 'latest'): Tag => parseTag(text)
export const aPlatform = (text = 'linux/amd64'): Platform => parsePlatform(text)
export const anImageName = (text = 'ghcr.io/acme/backend'): ImageName => parseImageName(text)

export const aFinding = (given: Partial<Finding> = {}): Finding => ({
  code: 'platforms/missing',
  message: 'ghcr.io/acme/backend has no linux/arm64',
  severity: 'error',
  expected: 'linux/amd64, linux/arm64',
  actual: 'linux/amd64',
  hint: 'check the buildx configuration of the build job',
  ...given,
})

const identity = { check: 'platforms', target: 'backend', seconds: 0.4 }

export const aPassed = (given: Partial<Of<'passed'>> = {}): CheckResult => ({
  ...identity,
  status: 'passed',
  findings: [],
  evidence: [{ kind: 'digest', digest: aDigest() }],
  ...given,
})

export const aFailed = (given: Partial<Of<'failed' | 'warned'>> = {}): CheckResult => ({
  ...identity,
  status: 'failed',
  findings: [aFinding()],
  ...given,
})

export const aWarned = (given: Partial<Of<'failed' | 'warned'>> = {}): CheckResult => ({
  ...identity,
  status: 'warned',
  findings: [aFinding({ severity: 'warning' })],
  ...given,
})

export const anErrored = (given: Partial<Of<'errored'>> = {}): CheckResult => ({
  ...identity,
  status: 'errored',
  findings: [],
  reason: 'ghcr.io did not answer in 30 s',
  hint: 'rerun the job',
  ...given,
})

export const aSkipped = (given: Partial<Of<'skipped'>> = {}): CheckResult => ({
  ...identity,
  status: 'skipped',
  findings: [],
  reason: 'the spec says nothing of torch',
  ...given,
})

export const aPlatformReport = (given: Partial<PlatformReport> = {}): PlatformReport => ({
  platform: aPlatform(),
  digest: aDigest(1),
  compressed: 143_000_000,
  unpacked: 498_000_000,
  executed: 'native',
  pullSeconds: 12.3,
  probeSeconds: 1.9,
  modules: [{ module: 'ktrdr', outcome: 'imported', version: '1.0.7.2', seconds: 0.8 }],
  ...given,
})

export const anImage = (given: Partial<ImageReport> = {}): ImageReport => ({
  id: 'backend',
  reference: anImageName(),
  digest: aDigest(),
  tags: { [aTag()]: aDigest(), [aTag('sha-3f2a1bc')]: aDigest() },
  expected: { platforms: [aPlatform()], unpacked: '~500MB' },
  platforms: [aPlatformReport()],
  checks: [aPassed()],
  ...given,
})

/** A report with the verdict its parts call for, unless another is given. */
export const aReport = (given: Partial<Report> = {}): Report => {
  const parts = { images: [anImage()], checks: [], missing: [], problems: [], ...given }
  return {
    schema: 1,
    verdict: verdictOf(parts),
    generated: '2026-11-21T10:00:00.000Z',
    seconds: 75.2,
    tool: { version: '0.1.0' },
    source: { repository: 'acme/ktrdr', sha: '3f2a1bc9d0e45f6a7b8c9d0e1f2a3b4c5d6e7f80', runId: 4711, runAttempt: 1 },
    environment: { engine: '28.0.4', store: 'classic', buildx: '0.29.1', platform: aPlatform() },
    ...parts,
  }
}
