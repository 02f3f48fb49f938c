import PQueue from 'p-queue'
import type { Check, Scope, Subjects } from '../checks/define.ts'
import { checksFor } from '../checks/index.ts'
import { settle, type Terms } from '../checks/settle.ts'
import { errorMessage } from '../errors.ts'
import { childFor } from '../model/observation.ts'
import type { Plan } from '../model/plan.ts'
import { type CheckResult, type Report, verdictOf } from '../model/result.ts'
import type { ImageExpectation, Severities, Target } from '../model/spec.ts'
import { createSight, type Sight } from '../observe/sight.ts'
import type { Ports } from '../ports.ts'
import { reportEnvironment, reportImage } from './assemble.ts'

/** Looks at everything the plan names and says what it found; whatever goes wrong on the way is in the report. */
export async function verify(plan: Plan, ports: Ports, version: string): Promise<Report> {
  const started = ports.clock.now()
  const sight = createSight(plan, ports)
  const queue = new PQueue({ concurrency: plan.parallel })
  const judge = judgeWith(sight, ports)

  const tiers = await Promise.all(
    plan.images.map(async (image) => {
      const ofImage = all('image', (check) => judge(check, image, image.id, termsOf(image)))
      const targets = (await sight.targets(image)).filter(({ key }) => plan.targets?.includes(key) ?? true)
      const ofTargets = await Promise.all(
        targets.map(async (target) => {
          const priority = await compressedBytes(target, sight)
          return queue.add(() => verifyTarget(target, sight, judge), { priority })
        }),
      )
      return { image, targets, checks: [...(await ofImage), ...ofTargets.flat()] }
    }),
  )
  const ofSet = await all('set', (check) =>
    judge(check, plan.images, 'set', { severity: setSeverity(plan), waivers: [] }),
  )

  const body = {
    images: await Promise.all(tiers.map(({ image, targets, checks }) => reportImage(image, targets, checks, sight))),
    checks: ofSet,
    missing: missingTargets(plan, tiers),
    problems: [],
  }
  return {
    schema: 1,
    verdict: verdictOf(body),
    generated: ports.clock.date().toISOString(),
    seconds: seconds(started, ports),
    tool: { version },
    source: plan.source,
    environment: await reportEnvironment(plan, sight),
    ...body,
  }
}

type Judge = <S extends Scope>(
  check: Check<S>,
  subject: Subjects[S],
  target: string,
  terms: Omit<Terms, 'today'>,
) => Promise<CheckResult>

/** Never throws: one check that cannot look must not hide what the others saw. */
function judgeWith(sight: Sight, ports: Ports): Judge {
  const today = ports.clock.date().toISOString().slice(0, 10)
  return async (check, subject, target, terms) => {
    const started = ports.clock.now()
    const judgement = await judgementOf(check, subject, sight)
    const identity = { check: check.id, target, seconds: seconds(started, ports) }
    return settle(identity, check.codes, judgement, { ...terms, today })
  }
}

async function judgementOf<S extends Scope>(check: Check<S>, subject: Subjects[S], sight: Sight) {
  const reason = check.notAsked(subject)
  if (reason !== undefined) return { skipped: reason }
  try {
    return await check.look(subject, sight)
  } catch (error) {
    return { unseen: errorMessage(error), hint: 'this is a fault of the action: please report it with report.json' }
  }
}

const all = <S extends Scope>(scope: S, each: (check: Check<S>) => Promise<CheckResult>): Promise<CheckResult[]> =>
  Promise.all(checksFor(scope).map(each))

async function verifyTarget(target: Target, sight: Sight, judge: Judge): Promise<readonly CheckResult[]> {
  try {
    const terms = { ...termsOf(target.image), platform: target.platform }
    return await all('platform', (check) => judge(check, target, target.key, terms))
  } finally {
    await sight.release(target)
  }
}

const termsOf = ({ severity, waivers }: ImageExpectation) => ({ severity, waivers })

/** For what concerns all images, the spec's sternest word counts. */
function setSeverity(plan: Plan): Severities {
  const words = plan.images.flatMap(({ severity }) => Object.entries(severity))
  return Object.fromEntries(words.sort(([, a], [, b]) => (a === b ? 0 : a === 'warning' ? -1 : 1)))
}

/** The largest pull starts first: it is what the whole run waits for. */
async function compressedBytes(target: Target, sight: Sight): Promise<number> {
  const { index } = await sight.image(target.image)
  const manifest = index.ok ? childFor(index.seen, target.platform)?.manifest : undefined
  return manifest?.ok ? manifest.seen.compressedBytes : 0
}

function missingTargets(plan: Plan, tiers: readonly { targets: readonly Target[]; checks: readonly CheckResult[] }[]) {
  const reported = new Set(tiers.flatMap(({ checks }) => checks.map(({ target }) => target)))
  const planned = plan.targets ?? tiers.flatMap(({ targets }) => targets.map(({ key }) => key))
  return planned.filter((key) => !reported.has(key))
}

const seconds = (started: number, { clock }: Ports): number => Math.round(clock.now() - started) / 1000
