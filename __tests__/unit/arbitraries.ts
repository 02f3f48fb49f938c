// Any report that could be written, with the verdict its parts call for; every free text from one source.
import fc from 'fast-check'
import type { CheckResult, Evidence, Finding, ImageReport, PlatformReport, Report } from '../../src/model/result.ts'
import { aDigest, anImageName, aPlatform, aReport, aTag } from './builders.ts'

const digest = fc.nat({ max: 65535 }).map(aDigest)
const platform = fc.constantFrom('linux/amd64', 'linux/arm64', 'linux/arm/v7').map(aPlatform)
const seconds = fc.nat({ max: 5_000_000 }).map((milliseconds) => milliseconds / 1000)
const size = fc.nat()
const checkId = fc.constantFrom('tags', 'platforms', 'size', 'pull', 'import', 'absent', 'torch', 'consistency')

/** Results of any status; `target` is whose they are. */
function results(text: fc.Arbitrary<string>, target: fc.Arbitrary<string>): fc.Arbitrary<CheckResult> {
  const severity = fc.constantFrom('error', 'warning')
  const at = fc.record({ file: text, line: fc.integer({ min: 1 }), column: fc.integer({ min: 1 }) })
  const finding: fc.Arbitrary<Finding> = fc.record(
    {
      code: fc.constantFrom('tags/missing', 'size/over', 'import/broken'),
      message: text,
      severity,
      about: text,
      hint: text,
      expected: text,
      actual: text,
      at,
    },
    { requiredKeys: ['code', 'message', 'severity', 'hint'] },
  )
  const name = text.filter((given) => given !== '')
  const evidence: fc.Arbitrary<Evidence> = fc.oneof(
    fc.record({ kind: fc.constant('digest' as const), digest }),
    fc.record({ kind: fc.constant('container' as const), startedAt: name, nonce: name }),
    fc.record({ kind: fc.constant('run' as const), runId: fc.nat(), attempt: fc.nat() }),
    fc.record({ kind: fc.constant('file' as const), path: name, sha256: digest.map((each) => each.slice(7)) }),
  )
  const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<readonly [T, ...T[]]> =>
    fc.tuple(arbitrary, fc.array(arbitrary, { maxLength: 2 })).map(([first, rest]) => [first, ...rest])
  const identity = { check: checkId, target, seconds }
  const none = fc.constant([] as const)
  return fc.oneof(
    fc.record({ ...identity, status: fc.constant('passed' as const), findings: none, evidence: some(evidence) }),
    fc.record({ ...identity, findings: some(finding) }).map(({ findings, ...rest }) => ({
      ...rest,
      status: findings.some(({ severity }) => severity === 'error') ? ('failed' as const) : ('warned' as const),
      findings,
    })),
    fc.record(
      {
        ...identity,
        status: fc.constant('errored' as const),
        findings: none,
        reason: text,
        hint: text,
        because: checkId,
      },
      { requiredKeys: ['check', 'target', 'seconds', 'status', 'findings', 'reason', 'hint'] },
    ),
    fc.record({
      ...identity,
      status: fc.constant('skipped' as const),
      findings: fc.array(finding, { maxLength: 2 }),
      reason: text,
    }),
  )
}

function images(text: fc.Arbitrary<string>): fc.Arbitrary<ImageReport> {
  const name = text.filter((given) => given !== '')
  const modules = fc.record(
    {
      module: name,
      outcome: fc.constantFrom('imported', 'absent', 'broken', 'unseen'),
      version: text,
      seconds,
      accelerator: text,
    },
    { requiredKeys: ['module', 'outcome'] },
  )
  const platforms: fc.Arbitrary<PlatformReport> = fc.record(
    {
      platform,
      digest,
      compressed: size,
      unpacked: size,
      executed: fc.constantFrom('native', 'emulated', 'no'),
      reason: text,
      pullSeconds: seconds,
      probeSeconds: seconds,
      modules: fc.array(modules, { maxLength: 2 }),
    },
    { requiredKeys: ['platform', 'executed', 'modules'] },
  )
  const range = fc.record({ min: size, max: size }, { requiredKeys: ['min'] })
  const asked = fc.record(
    {
      module: name,
      wanted: fc.constantFrom('import', 'absent'),
      version: text,
      accelerator: fc.constantFrom('cpu', 'cuda', 'any'),
    },
    { requiredKeys: ['module', 'wanted'] },
  )
  const expected = fc.record(
    {
      platforms: fc.array(platform, { maxLength: 3 }),
      compressed: text,
      unpacked: text,
      compressedBytes: range,
      unpackedBytes: range,
      modules: fc.array(asked, { maxLength: 12 }),
    },
    { requiredKeys: [] },
  )
  return fc.oneof(fc.constantFrom('backend', 'worker-cpu', 'worker-gpu'), name).chain((id) =>
    fc.record(
      {
        id: fc.constant(id),
        reference: fc.constant(anImageName()),
        digest,
        tags: fc.dictionary(fc.constantFrom('latest', 'sha-3f2a1bc', 'v1').map(aTag), fc.option(digest)),
        expected,
        platforms: fc.uniqueArray(platforms, { maxLength: 2, selector: ({ platform }) => platform }),
        checks: fc.array(results(text, fc.constantFrom(id, `${id}/linux/amd64`, `${id}/linux/arm64`)), {
          maxLength: 5,
        }),
      },
      { requiredKeys: ['id', 'reference', 'tags', 'expected', 'platforms', 'checks'] },
    ),
  )
}

/** Whole reports. */
export const reports = (text: fc.Arbitrary<string> = fc.string({ maxLength: 20 })): fc.Arbitrary<Report> =>
  fc
    .record({
      seconds,
      images: fc.uniqueArray(images(text), { maxLength: 3, selector: ({ id }) => id }),
      checks: fc.array(results(text, fc.constant('set')), { maxLength: 2 }),
      missing: fc.array(fc.constantFrom('backend/linux/amd64', 'worker-gpu/linux/amd64', 'other/linux/arm64'), {
        maxLength: 2,
      }),
      problems: fc.array(fc.record({ message: text, hint: text }, { requiredKeys: ['message'] }), { maxLength: 2 }),
    })
    .map(aReport)
