import { errorMessage, UsageError } from './errors.ts'
import { registryOf } from './model/image.ts'
import type { Plan } from './model/plan.ts'
import { type Problem, type Report, verdictOf } from './model/result.ts'
import type { ImageExpectation } from './model/spec.ts'
import { verify } from './modes/verify.ts'
import type { Options } from './options.ts'
import type { Ports } from './ports.ts'
import { decodeSpec } from './spec/decode.ts'
import { expectationsFromNames, resolveSpec } from './spec/resolve.ts'
import { version } from './version.ts'

const MAX_SPEC_BYTES = 64 * 1024

/** What is at hand before anybody knows which registries there are to ask. */
export type Desk = Pick<Ports, 'files' | 'clock' | 'log'>

/** The rest of the machine, once it is known which registries the images are on. */
export type Open = (registries: readonly string[]) => Promise<Ports & AsyncDisposable>

/** Does what the options ask for, and always ends in a report: whatever goes wrong is told in it. */
export async function run(options: Options, desk: Desk, open: Open): Promise<Report> {
  try {
    const plan = await makePlan(options, desk)
    announce(plan, desk)
    const ports = await open([...new Set(plan.images.map(({ name }) => registryOf(name)))])
    try {
      return await verify(plan, ports, version)
    } finally {
      await close(ports, desk)
    }
  } catch (error) {
    const problems =
      error instanceof UsageError
        ? error.problems
        : [{ message: errorMessage(error), hint: 'this is a fault of the action: please report it' }]
    return problemReport(problems, options.source, desk.clock.date())
  }
}

/** What could not be put away must not take away what was seen. */
async function close(ports: AsyncDisposable, { log }: Desk): Promise<void> {
  try {
    await ports[Symbol.asyncDispose]()
  } catch (error) {
    log.warn(`could not put everything away: ${errorMessage(error)}`)
  }
}

/** A report of a run that could not begin to look. */
export function problemReport(problems: readonly Problem[], source: Report['source'], date: Date): Report {
  const body = { images: [], checks: [], missing: [], problems }
  return {
    schema: 1,
    verdict: verdictOf(body),
    generated: date.toISOString(),
    seconds: 0,
    tool: { version },
    source,
    environment: {},
    ...body,
  }
}

async function makePlan(options: Options, ports: Desk): Promise<Plan> {
  if (options.mode !== 'verify') {
    throw new UsageError([{ message: `mode ${options.mode} is not in this release`, hint: 'leave the input mode out' }])
  }
  const images = await expectedImages(options, ports)
  if (images.length === 0) throw new UsageError([{ message: 'there is no image to verify', hint: nothingToVerify }])
  const { source, execute, waitMs, parallel, targets } = options
  return { source, images, execute, waitMs, parallel, targets }
}

const nothingToVerify = 'write .github/verify-images.yml (docs/spec.md), or name the images by the input images'

async function expectedImages(options: Options, ports: Desk): Promise<readonly ImageExpectation[]> {
  const { spec, images, source, branch, release } = options
  const [owner, repo] = source.repository?.split('/') ?? []
  const context = { owner, repo, sha: source.sha, branch, version: release }
  if (images.length > 0) {
    if (spec.named) throw new UsageError([{ message: 'both spec and images are given', hint: 'give one of them' }])
    return expected(expectationsFromNames(images, context))
  }
  const text = await ports.files.read(spec.path, MAX_SPEC_BYTES).catch((error) => {
    const hint = 'the spec is a file of the workspace: see the input spec'
    throw new UsageError([{ message: `cannot read the spec: ${errorMessage(error)}`, hint }])
  })
  if (text === undefined) {
    throw new UsageError([{ message: `there is no ${spec.path}`, hint: nothingToVerify }])
  }
  const decoded = decodeSpec(text, spec.path)
  if (!decoded.ok) throw new UsageError(decoded.problems)
  return expected(resolveSpec(decoded.spec, decoded.positions, context))
}

type Resolved = ReturnType<typeof resolveSpec>

function expected(resolved: Resolved): readonly ImageExpectation[] {
  if (!resolved.ok) throw new UsageError(resolved.problems)
  return resolved.images
}

function announce({ images, source }: Plan, { log }: Desk): void {
  const commit = source.sha === undefined ? '' : ` of commit ${source.sha.slice(0, 7)}`
  log.info(
    `verifying ${images.length === 1 ? '1 image' : `${images.length} images`}${commit}: ${images.map(({ id }) => id).join(', ')}`,
  )
}
