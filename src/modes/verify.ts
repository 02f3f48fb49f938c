import PQueue from 'p-queue'
import { lookAtSet } from '../checks/agreement.ts'
import type { Check, Judgement, Scope, SetSight, Sights, Subjects } from '../checks/define.ts'
import { checksFor } from '../checks/index.ts'
import { settle, severityOf, type Terms } from '../checks/settle.ts'
import { errorMessage } from '../errors.ts'
import { childFor } from '../model/observation.ts'
import { type CheckResult, concluded, type ImageReport, type Report, SET } from '../model/result.ts'
import { type ImageExpectation, type Severities, type Severity, type Target, targetKey } from '../model/spec.ts'
import { once } from '../observe/looks.ts'
import { createSight, type Sight } from '../observe/sight.ts'
import type { Plan } from '../plan.ts'
import type { Ports } from '../ports.ts'
import { starterSpec } from '../workflow/starter.ts'
import { reportEnvironment, reportImage } from './verify/assemble.ts'
import { withCanary } from './verify/canary.ts'
import { imagesOf } from './verify/images.ts'
import { reportLegs } from './verify/legs.ts'

/** Looks at everything the plan names and says what it found; whatever goes wrong on the way is in the report. */
export async function verify(
  plan: Plan,
  ports: Ports,
  version: string,
  sight: Sight = createSight(plan, ports),
): Promise<Report> {
  const started = ports.clock.now()
  const queue = new PQueue({ concurrency: plan.parallel })
  const judge = judgeWith(ports)

  const { images, problems } = imagesOf(plan)
  const set = once(() => lookAtSet(images, sight))

  const looking = Promise.all(
    images.map(async (image) => {
      const ofImage = all('image', (check) => judge(check, image, sight, image.id, termsOf(image)))
      const targets = await sight.targets(image)
      const ofTargets = await Promise.all(
        targets.map(async (target) => {
          ports.log.announce(target.key, 0)
          const bytes = await bytesToCome(target, sight)
          ports.log.announce(target.key, bytes)
          return queue.add(() => verifyTarget(target, sight, judge, ports), { priority: bytes })
        }),
      )
      return { image, targets, checks: [...(await ofImage), ...ofTargets.flat()] }
    }),
  )
  // The engine and GitHub are asked while the registry is, and after it, as loading a client of GitHub's API takes time;
  // what wants their answers comes later. Of many shards none asks GitHub.
  if (plan.execute !== 'none' && images.length > 0) void sight.engine()
  const asked = plan.shardOf === undefined ? sight.buildRun() : undefined
  const judging = async () => {
    try {
      const tiers = await looking
      await asked
      const isWhole = plan.shardOf === undefined
      return { tiers, ofSet: isWhole ? await judgeSet(plan, images, { ...sight, set }, ports) : leftToReport() }
    } finally {
      await sight.close()
    }
  }
  const { tiers, ofSet } = await judging()

  const reports = await Promise.all(
    tiers.map(({ image, targets, checks }) => reportImage(image, targets, checks, sight)),
  )
  const told = plan.shardOf === undefined ? withCanary(reports, await sight.canary()) : reports
  return concluded({
    generated: ports.clock.date().toISOString(),
    seconds: seconds(started, ports),
    tool: { version },
    source: plan.source,
    environment: images.length > 0 ? await reportEnvironment(plan, sight) : {},
    images: told,
    ...(images.length > 0 && plan.shardOf === undefined && (await reportLegs(images, sight))),
    checks: images.length > 0 ? ofSet : [],
    missing: missingTargets(plannedKeys(plan, tiers), tiers),
    problems,
    ...(plan.shardOf !== undefined && {
      shard: { plan: plan.shardOf, targets: plan.targets ?? [], seen: await set() },
    }),
    ...(plan.shardOf === undefined && plan.targets !== undefined && { targets: plan.targets }),
    ...starterOf(plan, told),
  })
}

/** Judges all images together. */
export function judgeSet(
  plan: Plan,
  images: readonly ImageExpectation[],
  sight: SetSight,
  ports: Pick<Ports, 'clock'>,
): Promise<readonly CheckResult[]> {
  const judge = judgeWith(ports)
  return all('set', (check) =>
    judge(check, images, sight, SET, { severity: setSeverity(plan, check), waivers: plan.waivers ?? [] }),
  )
}

/** What a shard cannot say. */
const leftToReport = (): readonly CheckResult[] =>
  checksFor('set').map(({ id }) => ({
    check: id,
    target: SET,
    seconds: 0,
    status: 'skipped',
    findings: [],
    reason: 'this is one of several shards: mode report judges the whole set',
  }))

/** Where nobody wrote a spec: one to begin with, with the sizes that were measured. */
export function starterOf({ derived, workflow }: Plan, images: readonly ImageReport[]): { readonly starter?: string } {
  if (!derived || !workflow?.ok) return {}
  const sizes = images.flatMap(({ id, platforms }) =>
    platforms.flatMap(({ unpacked }) => (unpacked === undefined ? [] : [[id, unpacked] as const])),
  )
  return { starter: starterSpec(workflow.seen.derived, workflow.seen.run, new Map(sizes)) }
}

type Judge = <S extends Scope>(
  check: Check<S>,
  subject: Subjects[S],
  sight: Sights[S],
  target: string,
  terms: Omit<Terms, 'today'>,
) => Promise<CheckResult>

/** Never throws: one check that cannot look must not hide what the others saw. */
function judgeWith(ports: Pick<Ports, 'clock'>): Judge {
  const today = ports.clock.date().toISOString().slice(0, 10)
  return async (check, subject, sight, target, terms) => {
    const started = ports.clock.now()
    const judgement = await judgementOf(check, subject, sight)
    const identity = { check: check.id, target, seconds: seconds(started, ports) }
    return settle(identity, check.codes, judgement, { ...terms, today })
  }
}

async function judgementOf<S extends Scope>(
  check: Check<S>,
  subject: Subjects[S],
  sight: Sights[S],
): Promise<Judgement> {
  const reason = check.notAsked(subject)
  if (reason !== undefined) return { skipped: reason, unasked: true }
  try {
    return await check.look(subject, sight)
  } catch (error) {
    return { unseen: errorMessage(error), hint: 'this is a fault of the action: please report it with report.json' }
  }
}

const all = <S extends Scope>(scope: S, each: (check: Check<S>) => Promise<CheckResult>): Promise<CheckResult[]> =>
  Promise.all(checksFor(scope).map(each))

async function verifyTarget(
  target: Target,
  sight: Sight,
  judge: Judge,
  { log }: Pick<Ports, 'log'>,
): Promise<readonly CheckResult[]> {
  try {
    const terms = { ...termsOf(target.image), platform: target.platform }
    return await all('platform', (check) => judge(check, target, sight, target.key, terms))
  } finally {
    await sight.release(target)
    log.settle(target.key)
  }
}

const termsOf = ({ severity, waivers }: ImageExpectation) => ({ severity, waivers })

/** For what concerns all images, the sternest counts, and an image of which the spec says nothing has the default. */
function setSeverity({ images }: Plan, { codes }: Check<'set'>): Severities {
  const sternest = ([code, usual]: [string, Severity]) => {
    const words = images.map(({ severity }) => severityOf(code, severity) ?? usual)
    return [code, words.includes('error') ? 'error' : 'warning'] as const
  }
  return Object.fromEntries(Object.entries(codes).map(sternest))
}

/**
 * What a target brings onto this machine: nothing where it does not run here. Of the pulls that wait, the largest starts
 * first: it is what the whole run waits for.
 */
async function bytesToCome(target: Target, sight: Sight): Promise<number> {
  const { index } = await sight.image(target.image)
  const manifest = index.ok ? childFor(index.seen, target.platform)?.manifest : undefined
  const { executed } = await sight.execution(target)
  return manifest?.ok && executed !== 'no' ? manifest.seen.compressedBytes : 0
}

interface Tier {
  readonly image: ImageExpectation
  readonly targets: readonly Target[]
  readonly checks: readonly CheckResult[]
}

/** Every target that this run was to look at: as named, as expected, or as found where nobody said. */
function plannedKeys({ targets }: Plan, tiers: readonly Tier[]): readonly string[] {
  if (targets !== undefined) return [...new Set(targets)]
  return tiers.flatMap(({ image, targets }) => {
    const platforms = image.platforms ?? targets.map(({ platform }) => platform)
    return [...new Set(platforms)].map((platform) => targetKey(image.id, platform))
  })
}

/** The targets that not every check reported on. */
export function missingTargets(planned: readonly string[], tiers: readonly Pick<Tier, 'checks'>[]): readonly string[] {
  const nameOf = (target: string, check: string): string => `${target} ${check}`
  const reported = new Set(tiers.flatMap(({ checks }) => checks.map(({ target, check }) => nameOf(target, check))))
  return planned.filter((key) => !checksFor('platform').every(({ id }) => reported.has(nameOf(key, id))))
}

const seconds = (started: number, { clock }: Pick<Ports, 'clock'>): number => Math.round(clock.now() - started) / 1000
