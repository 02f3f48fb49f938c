// `report.json` as a schema: what a report of another job is decoded by, and what the published JSON Schema comes from.
// Its type is the model's own Report, which the compiler holds it to (at the end).
import * as z from 'zod'
import {
  DIGEST,
  type Digest,
  IMAGE_NAME,
  type ImageName,
  PLATFORM,
  type Platform,
  TAG,
  type Tag,
} from '../model/image.ts'
import { type Report, SHA256 } from '../model/result.ts'
import { PLAN_TOKEN, type PlanToken } from '../model/shard.ts'

/** A string with the model's name for what the pattern proves. */
const branded = <Text extends string>(pattern: RegExp): z.ZodType<Text, string> =>
  z.string().regex(pattern) as unknown as z.ZodType<Text, string>

const digest = branded<Digest>(DIGEST)
const tag = branded<Tag>(TAG)
const platform = branded<Platform>(PLATFORM)
const imageName = branded<ImageName>(IMAGE_NAME)
const text = z.string()
const named = z.string().min(1)
const seconds = z.number().nonnegative()
const size = z.int().nonnegative()

const position = z
  .strictObject({ file: text, line: z.int().positive(), column: z.int().positive() })
  .meta({ id: 'Position' })

const finding = z
  .strictObject({
    code: z.string().regex(/^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/),
    message: text,
    severity: z.enum(['error', 'warning']),
    about: text.exactOptional(),
    expected: text.exactOptional(),
    actual: text.exactOptional(),
    hint: text,
    at: position.exactOptional(),
  })
  .meta({ id: 'Finding' })

const evidence = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('digest'), digest }),
    z.strictObject({ kind: z.literal('container'), startedAt: named, nonce: named }),
    z.strictObject({ kind: z.literal('run'), runId: size, attempt: size }),
    z.strictObject({ kind: z.literal('file'), path: named, sha256: z.string().regex(SHA256) }),
  ])
  .meta({ id: 'Evidence' })

const common = { check: named, target: named, seconds }
// An empty tuple is no valid JSON Schema.
const nothing = z.array(z.never()).max(0) as unknown as z.ZodType<[], []>

const checkResult = z
  .discriminatedUnion('status', [
    z.strictObject({
      ...common,
      status: z.literal('passed'),
      findings: nothing,
      evidence: z.tuple([evidence], evidence),
    }),
    z
      .strictObject({ ...common, status: z.enum(['warned', 'failed']), findings: z.tuple([finding], finding) })
      .refine(
        ({ status, findings }) => (status === 'failed') === findings.some(({ severity }) => severity === 'error'),
        {
          error: 'a check failed exactly when one of its findings is an error',
        },
      ),
    z.strictObject({
      ...common,
      status: z.literal('errored'),
      findings: nothing,
      reason: text,
      hint: text,
      because: named.exactOptional(),
    }),
    z.strictObject({
      ...common,
      status: z.literal('skipped'),
      findings: z.array(finding),
      reason: text,
      unasked: z.literal(true).exactOptional(),
    }),
  ])
  .meta({ id: 'CheckResult' })

const moduleReport = z
  .strictObject({
    module: named,
    outcome: z.enum(['imported', 'absent', 'broken', 'unseen']),
    version: text.exactOptional(),
    seconds: seconds.exactOptional(),
    accelerator: text.exactOptional(),
  })
  .meta({ id: 'Module' })

const platformReport = z
  .strictObject({
    platform,
    digest: digest.exactOptional(),
    compressed: size.exactOptional(),
    unpacked: size.exactOptional(),
    executed: z.enum(['native', 'emulated', 'no']),
    reason: text.exactOptional(),
    pullSeconds: seconds.exactOptional(),
    probeSeconds: seconds.exactOptional(),
    modules: z.array(moduleReport),
  })
  .meta({ id: 'Platform' })

const moduleExpected = z
  .strictObject({
    module: named,
    wanted: z.enum(['import', 'absent']),
    version: text.exactOptional(),
    accelerator: z.enum(['cpu', 'cuda', 'any']).exactOptional(),
  })
  .meta({ id: 'ModuleExpected' })

const range = z.strictObject({ min: size, max: size.exactOptional() }).meta({ id: 'BytesRange' })

const imageReport = z
  .strictObject({
    id: named,
    reference: imageName,
    digest: digest.exactOptional(),
    tags: z.record(tag, digest.nullable()),
    expected: z.strictObject({
      platforms: z.array(platform).exactOptional(),
      compressed: text.exactOptional(),
      unpacked: text.exactOptional(),
      compressedBytes: range.exactOptional(),
      unpackedBytes: range.exactOptional(),
      modules: z.array(moduleExpected).exactOptional(),
    }),
    platforms: z.array(platformReport),
    checks: z.array(checkResult),
  })
  .meta({ id: 'Image' })

const leg = z.strictObject({
  job: text,
  images: z.array(named),
  outcome: z.enum([
    ...(['succeeded', 'failed', 'skipped', 'cancelled', 'unfinished'] as const),
    ...(['missing', 'ambiguous', 'unknown'] as const),
  ]),
  attempt: size.exactOptional(),
  url: text.exactOptional(),
  startedAt: text.exactOptional(),
  queueSeconds: seconds.exactOptional(),
  seconds: seconds.exactOptional(),
  budgetSeconds: seconds.exactOptional(),
  earlierSeconds: z.array(seconds),
})

const legs = z.strictObject({ runId: size, attempt: size, url: text, jobs: z.array(leg), notes: z.array(text) })

// JSON has no `undefined`: what is not known is left out.
const source = z
  .strictObject({
    repository: text.exactOptional(),
    sha: text.exactOptional(),
    runId: size.exactOptional(),
    runAttempt: size.exactOptional(),
  })
  .transform(({ repository, sha, runId, runAttempt }) => ({ repository, sha, runId, runAttempt }))

const unseenPart = z.strictObject({ reason: text, hint: text, because: named.exactOptional() })

const shard = z
  .strictObject({
    plan: branded<PlanToken>(PLAN_TOKEN),
    targets: z.array(named),
    seen: z.strictObject({
      images: z.array(
        z.strictObject({
          id: named,
          digest: digest.exactOptional(),
          commits: z.array(text),
          unseen: unseenPart.exactOptional(),
        }),
      ),
      probes: z.array(
        z.strictObject({
          target: named,
          container: z.strictObject({ startedAt: named, nonce: named }).exactOptional(),
          versions: z.record(text, text),
          unseen: unseenPart.exactOptional(),
        }),
      ),
    }),
  })
  .meta({ id: 'Shard' })

export const reportSchema = z
  .strictObject({
    schema: z.literal(1),
    verdict: z.enum(['passed', 'failed', 'errored']),
    generated: z.iso.datetime(),
    seconds,
    tool: z.strictObject({ version: named }),
    source,
    environment: z.strictObject({
      engine: text.exactOptional(),
      store: z.enum(['classic', 'containerd']).exactOptional(),
      buildx: text.exactOptional(),
      platform: platform.exactOptional(),
      unlimited: text.exactOptional(),
    }),
    images: z.array(imageReport),
    legs: legs.exactOptional(),
    checks: z.array(checkResult),
    missing: z.array(named),
    problems: z.array(z.strictObject({ message: text, hint: text.exactOptional(), at: position.exactOptional() })),
    shard: shard.exactOptional(),
    targets: z.array(named).exactOptional(),
    starter: text.exactOptional(),
  })
  .meta({
    title: 'Report of Verify Images',
    description: 'What was looked at, what was found, and the verdict. `verdict` follows from the rest.',
  })

/** The JSON Schema of `report.json`, for whoever reads reports with other tools. */
export const reportJsonSchema = (): object => z.toJSONSchema(reportSchema, { io: 'input' })

type Plain<T> = T extends string | number | null | undefined ? T : { -readonly [Key in keyof T]: Plain<T[Key]> }
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const sameAsModel: Same<Plain<z.output<typeof reportSchema>>, Plain<Report>> = true
void sameAsModel
