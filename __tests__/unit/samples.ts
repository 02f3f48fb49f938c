// Three images as they might be: all right, wrong in the ways that were really missed, out of reach, and very many.
import type { CheckResult, ImageReport, PlatformReport, Report } from '../../src/model/result.ts'
import {
  aDigest,
  aFailed,
  aFinding,
  anErrored,
  anImage,
  anImageName,
  aPassed,
  aPlatform,
  aPlatformReport,
  aReport,
  aSkipped,
  aTag,
  aWarned,
} from './builders.ts'

const SHA_TAG = aTag('sha-3f2a1bc')
const notNative = 'execute is native, and this machine is linux/amd64'

const registryChecks = (id: string): readonly CheckResult[] =>
  ['tags', 'platforms', 'revision'].map((check) => aPassed({ check, target: id, seconds: 0.3 }))

const container = { kind: 'container', startedAt: '2026-11-21T10:00:41Z', nonce: '9f8e7d6c5b4a' } as const

const probed = (key: string, checks: readonly string[]): readonly CheckResult[] =>
  checks.map((check) => aPassed({ check, target: key, seconds: 2.1, evidence: [container] }))

const notRun = (key: string, checks: readonly string[]): readonly CheckResult[] =>
  checks.map((check) => aSkipped({ check, target: key, seconds: 0, reason: notNative }))

const arm64: Partial<PlatformReport> = {
  platform: aPlatform('linux/arm64'),
  executed: 'no',
  reason: notNative,
  modules: [],
}

const onArm64 = (given: Partial<PlatformReport>): PlatformReport => {
  const { unpacked: _, pullSeconds: __, probeSeconds: ___, ...rest } = aPlatformReport({ ...arm64, ...given })
  return rest
}

const backend = (): ImageReport =>
  anImage({
    expected: {
      platforms: [aPlatform(), aPlatform('linux/arm64')],
      unpacked: '~500MB',
      unpackedBytes: { min: 400_000_000, max: 600_000_000 },
      modules: [
        { module: 'ktrdr', wanted: 'import' },
        { module: 'torch', wanted: 'absent' },
      ],
    },
    platforms: [
      aPlatformReport({
        modules: [
          { module: 'ktrdr', outcome: 'imported', version: '1.0.7.2', seconds: 0.8 },
          { module: 'torch', outcome: 'absent' },
        ],
      }),
      onArm64({ digest: aDigest(2), compressed: 139_000_000 }),
    ],
    checks: [
      ...registryChecks('backend'),
      ...['backend/linux/amd64', 'backend/linux/arm64'].map((target) => aPassed({ check: 'size', target })),
      ...probed('backend/linux/amd64', ['pull', 'import', 'absent']),
      ...notRun('backend/linux/arm64', ['pull', 'import', 'absent']),
    ],
  })

const workerCpu = (): ImageReport =>
  anImage({
    id: 'worker-cpu',
    reference: anImageName('ghcr.io/acme/ktrdr-worker-cpu'),
    digest: aDigest(16),
    tags: { [aTag()]: aDigest(16), [SHA_TAG]: aDigest(16) },
    expected: {
      platforms: [aPlatform(), aPlatform('linux/arm64')],
      unpacked: '~1.3GB',
      unpackedBytes: { min: 1_040_000_000, max: 1_560_000_000 },
      modules: [
        { module: 'ktrdr', wanted: 'import' },
        { module: 'torch', wanted: 'import', version: '2.*', accelerator: 'cpu' },
      ],
    },
    platforms: [
      aPlatformReport({
        digest: aDigest(17),
        compressed: 421_000_000,
        unpacked: 1_290_000_000,
        pullSeconds: 31,
        probeSeconds: 6.2,
        modules: [
          { module: 'ktrdr', outcome: 'imported', version: '1.0.7.2', seconds: 0.9 },
          { module: 'torch', outcome: 'imported', version: '2.6.0', seconds: 3.1, accelerator: 'cpu' },
        ],
      }),
      onArm64({ digest: aDigest(18), compressed: 402_000_000 }),
    ],
    checks: [
      ...registryChecks('worker-cpu'),
      ...['worker-cpu/linux/amd64', 'worker-cpu/linux/arm64'].map((target) => aPassed({ check: 'size', target })),
      ...probed('worker-cpu/linux/amd64', ['pull', 'import', 'torch']),
      ...notRun('worker-cpu/linux/arm64', ['pull', 'import', 'torch']),
    ],
  })

const workerGpu = (): ImageReport =>
  anImage({
    id: 'worker-gpu',
    reference: anImageName('ghcr.io/acme/ktrdr-worker-gpu'),
    digest: aDigest(32),
    tags: { [aTag()]: aDigest(32), [SHA_TAG]: aDigest(32) },
    expected: {
      platforms: [aPlatform()],
      unpacked: '>=2GB',
      unpackedBytes: { min: 2_000_000_000 },
      modules: [
        { module: 'ktrdr', wanted: 'import' },
        { module: 'torch', wanted: 'import', accelerator: 'cuda' },
      ],
    },
    platforms: [
      aPlatformReport({
        digest: aDigest(33),
        compressed: 1_180_000_000,
        unpacked: 2_870_000_000,
        pullSeconds: 74,
        probeSeconds: 9,
        modules: [
          { module: 'ktrdr', outcome: 'imported', version: '1.0.7.2', seconds: 1.1 },
          { module: 'torch', outcome: 'imported', version: '2.6.0', seconds: 4.4, accelerator: 'cuda 12.6' },
        ],
      }),
    ],
    checks: [
      ...registryChecks('worker-gpu'),
      aPassed({ check: 'size', target: 'worker-gpu/linux/amd64' }),
      ...probed('worker-gpu/linux/amd64', ['pull', 'import', 'torch']),
    ],
  })

/** All is as it should be. */
export const passedReport = (): Report =>
  aReport({
    images: [backend(), workerCpu(), workerGpu()],
    checks: [aPassed({ check: 'consistency', target: 'set' })],
    seconds: 134,
  })

const replace = (checks: readonly CheckResult[], ...by: readonly CheckResult[]): readonly CheckResult[] => [
  ...checks.filter(({ check, target }) => !by.some((one) => one.check === check && one.target === target)),
  ...by,
]

/** CUDA in the CPU worker on amd64, a GPU worker of 9 GB, and a backend that carries torch and lags behind on `latest`. */
export function failedReport(): Report {
  const [first, second, third] = [backend(), workerCpu(), workerGpu()]
  const at = { file: '.github/verify-images.yml', line: 9, column: 13 }
  return aReport({
    seconds: 252,
    images: [
      {
        ...first,
        tags: { [aTag()]: aDigest(48), [SHA_TAG]: aDigest() },
        checks: replace(
          first.checks,
          aFailed({
            check: 'tags',
            target: 'backend',
            findings: [
              aFinding({
                code: 'tags/disagree',
                message: 'the tags of ghcr.io/acme/backend are 2 different images',
                expected: 'latest, sha-3f2a1bc on one digest',
                actual: 'latest is 003000300030, sha-3f2a1bc is 000000000000',
                hint: 'a later build moved one of them, or a push failed half-way: rerun the build, or point the tag back with `docker buildx imagetools create --prefer-index=false --tag ghcr.io/acme/backend:latest ghcr.io/acme/backend@sha256:…`',
                at,
              }),
            ],
          }),
        ),
      },
      {
        ...second,
        platforms: [
          {
            ...second.platforms[0]!,
            compressed: 3_950_000_000,
            unpacked: 9_020_000_000,
            modules: [
              { module: 'ktrdr', outcome: 'imported', version: '1.0.7.2', seconds: 0.9 },
              { module: 'torch', outcome: 'imported', version: '2.7.1', seconds: 3.1, accelerator: 'cuda 12.6' },
            ],
          },
          second.platforms[1]!,
        ],
        checks: replace(
          second.checks,
          aFailed({
            check: 'size',
            target: 'worker-cpu/linux/amd64',
            findings: [
              aFinding({
                code: 'size/over',
                about: 'unpacked',
                message: 'worker-cpu/linux/amd64 is 9.02 GB unpacked, more than ~1.3GB',
                expected: '~1.3GB (1.04 GB to 1.56 GB)',
                actual: '9.02 GB (9020000000 bytes)',
                hint: 'look what came in: docker history ghcr.io/acme/ktrdr-worker-cpu, and compare with linux/amd64 of the last good build',
                at: { ...at, line: 20 },
              }),
              aFinding({
                code: 'size/skew',
                about: 'compressed',
                message: 'worker-cpu/linux/amd64 is 9.8 times as large as linux/arm64',
                expected: 'platforms of one image within 1.5× of each other (compressed)',
                actual: '3.95 GB against 402 MB',
                hint: 'a package index often gives one platform other wheels: for torch on amd64, install from https://download.pytorch.org/whl/cpu and check the lock file',
              }),
            ],
          }),
          aFailed({
            check: 'torch',
            target: 'worker-cpu/linux/amd64',
            findings: [
              aFinding({
                code: 'torch/accelerator',
                about: 'torch',
                message:
                  'worker-cpu/linux/amd64: torch is built for cuda 12.6, with nvidia.cublas, nvidia.cudnn beside it',
                expected: 'torch built for cpu',
                actual: 'cuda 12.6; nvidia.cublas, nvidia.cudnn',
                hint: 'install torch from https://download.pytorch.org/whl/cpu on every platform, and check that the lock file does not override the index',
                at: { ...at, line: 22 },
              }),
            ],
          }),
        ),
      },
      {
        ...third,
        platforms: [
          onArm64({
            platform: aPlatform(),
            digest: aDigest(33),
            compressed: 1_180_000_000,
            reason: 'ghcr.io ended the connection',
          }),
        ],
        checks: replace(
          third.checks.filter(({ check }) => !['import', 'torch', 'size'].includes(check)),
          anErrored({
            check: 'pull',
            target: 'worker-gpu/linux/amd64',
            reason: 'ghcr.io ended the connection 3 times while layers came',
            hint: 'rerun the job',
          }),
          ...['size', 'import', 'torch'].map((check) =>
            anErrored({ check, target: 'worker-gpu/linux/amd64', reason: 'not pulled', hint: '', because: 'pull' }),
          ),
          aSkipped({
            check: 'revision',
            target: 'worker-gpu',
            findings: [
              aFinding({
                code: 'revision/unlabelled',
                message: 'worker-gpu does not say which commit it was built from',
              }),
            ],
            reason: 'revision/unlabelled is waived: the base image sets its own label until #812',
          }),
        ),
      },
    ],
    checks: [
      aWarned({
        check: 'consistency',
        target: 'set',
        findings: [
          aFinding({
            code: 'consistency/version',
            severity: 'warning',
            message: 'torch is in the set in 2 versions',
            expected: 'one version of torch',
            actual: '2.7.1 in worker-cpu/linux/amd64; 2.6.0 in worker-gpu/linux/amd64',
            hint: 'pin torch to one version in all images',
          }),
        ],
      }),
    ],
  })
}

/** The registry refuses, and one shard never came back. */
export const erroredReport = (): Report =>
  aReport({
    seconds: 12,
    images: ['backend', 'worker-cpu'].map((id) =>
      anImage({
        id,
        reference: anImageName(`ghcr.io/acme/${id}`),
        tags: { [aTag()]: null, [SHA_TAG]: null },
        platforms: [],
        checks: [
          anErrored({
            check: 'tags',
            target: id,
            reason: `ghcr.io refused to show ghcr.io/acme/${id} (403)`,
            hint: 'give the job `packages: read`, link the package to this repository, or log in with registry-username and registry-password',
          }),
          ...['platforms', 'revision'].map((check) =>
            anErrored({ check, target: id, reason: 'no index', hint: '', because: 'tags' }),
          ),
        ],
      }),
    ),
    checks: [
      anErrored({
        check: 'consistency',
        target: 'set',
        reason: 'not every image could be looked at',
        hint: '',
        because: 'tags',
      }),
    ],
    missing: ['worker-gpu/linux/amd64'],
  })

/** What a spec with mistakes gives. */
export const problemReport = (): Report =>
  aReport({
    seconds: 0,
    images: [],
    environment: {},
    problems: [
      {
        message: 'images.backend.platfroms is not a key',
        hint: 'did you mean `platforms`?',
        at: { file: '.github/verify-images.yml', line: 6, column: 5 },
      },
      {
        message: '"5 megs" is no size',
        hint: 'write ~500MB, <2GB or 400MB..600MB',
        at: { file: '.github/verify-images.yml', line: 7, column: 11 },
      },
    ],
  })

/** As many images as nobody has, the given share of them wrong. */
export const largeReport = (images = 2000, wrong = 0.1): Report =>
  aReport({
    seconds: 3100,
    images: Array.from({ length: images }, (_, number) => {
      const { checks, ...image } = backend()
      const id = `service-${number}`
      const renamed = checks.map(
        (result) => ({ ...result, target: result.target.replace('backend', id) }) as CheckResult,
      )
      const bad = number % Math.round(1 / wrong) === 0
      const finding = aFinding({ message: `ghcr.io/acme/${id} has no linux/arm64` })
      return {
        ...image,
        id,
        checks: bad ? replace(renamed, aFailed({ target: id, findings: [finding] })) : renamed,
      }
    }),
  })
