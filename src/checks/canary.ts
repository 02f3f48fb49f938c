import type { CanaryExpectation, CanaryRun, CanarySeen, ContainerSeen } from '../model/canary.ts'
import type { Evidence, UnweighedFinding } from '../model/result.ts'
import { positionOf } from '../model/spec.ts'
import { isUnsure } from '../observe/answer.ts'
import { endedWrongly, notReady } from '../observe/canary/readiness.ts'
import { faultOf } from '../observe/canary/steps.ts'
import type { CanaryLook } from '../observe/canary.ts'
import { defineCheck, type Judgement, type Unlooked, unseen } from './define.ts'
import { judgeLog } from './text.ts'

interface Seen {
  /** Undefined where the spec has none. */
  readonly canary: CanaryLook | undefined
}

export const canary = defineCheck({
  id: 'canary',
  title: 'A system of several services runs on these images',
  scope: 'set',
  codes: {
    'canary/invalid': 'error',
    'canary/policy': 'error',
    'canary/exited': 'error',
    'canary/unhealthy': 'error',
    'canary/timeout': 'error',
    'canary/step': 'error',
    'canary/log': 'error',
  },
  notAsked: () => undefined,
  observe: async (_images, sight): Promise<Seen> => ({ canary: await sight.canary() }),
  judge: (_images, { canary: look }: Seen): Judgement => {
    if (look === undefined) return { skipped: 'the spec has no canary', unasked: true }
    if (!look.ok) return unseen(look, look.because)
    const { expected, refusals, run } = look.seen
    if (refusals.length > 0) return { findings: refusals.map((refusal) => refused(expected, refusal)), evidence: [] }
    if (run === undefined) return { unseen: `${expected.file} was not brought up`, hint: 'rerun the job' }
    const readiness = unready(expected, run)
    const steps = wrongSteps(expected, run)
    const logs = run.logs.map((log) => wrongLog(expected, log))
    const ended = readiness === undefined ? unwellMeanwhile(expected, run) : undefined
    const findings = [
      ...(readiness ? [readiness] : []),
      ...steps,
      ...(ended ? [ended] : []),
      ...logs.flatMap(({ findings }) => findings),
    ]
    const unsure = unsureStep(expected, run) ?? unproved(expected, run, findings)
    const unread = logs.find(({ rest }) => rest !== undefined)?.rest
    return { findings, evidence: evidenceOf(run), rest: unsure ?? unread }
  },
})

function refused({ file, ...expected }: CanaryExpectation, refusal: CanarySeen['refusals'][number]): UnweighedFinding {
  const { kind, message, hint, path } = refusal
  const wanted = kind === 'policy' ? 'no more than a canary gets' : 'a compose file that can be brought up'
  return about(expected, kind, `${file} ${message}`, { expected: wanted, actual: message, hint, path })
}

const LOOK = 'see what it printed, in the log of this step'

/** Why not all of it came up; undefined where it did. */
function unready(expected: CanaryExpectation, run: CanaryRun): UnweighedFinding | undefined {
  const { readiness, containers, services, seconds, error } = run
  const after = `after ${Math.round(seconds)} s`
  const { file } = expected
  const path = 'file'
  switch (readiness) {
    case 'ready':
      return undefined
    case 'exited': {
      const container = endedWrongly(containers, services)
      const actual = container === undefined ? error || 'the engine does not say why' : endOf(container)
      const what = container === undefined ? 'cannot be brought up' : `${container.service} ends ${after}`
      return about(expected, 'exited', `${file}: ${what}: ${actual}`, {
        ...{ expected: 'every container goes on, or ends with 0 where others wait for it', actual },
        ...{ hint: LOOK, path },
      })
    }
    case 'unhealthy': {
      const { service = 'a service', healthOutput = '' } = containers.find(({ health }) => health === 'unhealthy') ?? {}
      return unhealthy(expected, { service, healthOutput }, after)
    }
    case 'timeout': {
      const waiting = notReady(containers, services).map(({ name }) => {
        const [container] = containers.filter(({ service }) => service === name)
        return `${name} ${container === undefined ? 'was not started' : `is ${container.health === 'none' ? 'not up' : container.health}`}`
      })
      return about(
        expected,
        'timeout',
        `${file} is not up ${after}: ${waiting.join(', ') || error || 'it still starts'}`,
        {
          ...{ expected: 'every service runs and is healthy', actual: waiting.join(', ') || 'it still starts' },
          ...{ hint: `${LOOK}; the spec gives it more \`timeout\``, path: 'timeout' },
        },
      )
    }
  }
}

const unhealthy = (
  expected: CanaryExpectation,
  { service, healthOutput }: Pick<ContainerSeen, 'service' | 'healthOutput'>,
  when: string,
): UnweighedFinding =>
  about(expected, 'unhealthy', `${expected.file}: ${service} is unhealthy ${when}`, {
    ...{ expected: 'its health check says healthy', actual: healthOutput.trim().slice(-200) || 'it says nothing' },
    ...{ hint: LOOK, path: 'file' },
  })

const endOf = ({ startedAt, error, oomKilled, exitCode }: ContainerSeen): string => {
  if (startedAt === undefined) return error || 'it never started'
  return oomKilled ? 'ended for its memory' : `exit code ${exitCode}`
}

/** What ended, went or fell ill while it was asked. */
function unwellMeanwhile(expected: CanaryExpectation, { after, services }: CanaryRun): UnweighedFinding | undefined {
  const container = endedWrongly(after, services)
  const gone = services.find(({ name, replicas }) => after.filter(({ service }) => service === name).length < replicas)
  if (container === undefined && gone === undefined) {
    const ill = after.find(({ health }) => health === 'unhealthy')
    return ill && unhealthy(expected, ill, 'while it is asked')
  }
  const actual = container === undefined ? `a container of ${gone?.name} is gone` : endOf(container)
  const service = container?.service ?? gone?.name
  return about(expected, 'exited', `${expected.file}: ${service} ends while it is asked: ${actual}`, {
    ...{ expected: 'every container goes on', actual, hint: LOOK, path: 'file' },
  })
}

const wrongSteps = (expected: CanaryExpectation, { steps }: CanaryRun): readonly UnweighedFinding[] =>
  expected.steps.flatMap((step, index) => {
    const seen = steps[index]
    const fault = seen && faultOf(step, seen)
    if (seen === undefined || fault === undefined || isUnsure(fault)) return []
    const { method, service, path } = step.request
    const times = seen.asked === 1 ? '' : `, asked ${seen.asked} times in ${Math.round(seen.seconds)} s`
    return about(
      expected,
      'step',
      `${step.name}: ${method} ${path} of ${service} is not answered as expected${times}`,
      {
        ...{ ...fault, hint: `${LOOK}; \`until\` asks it again`, path: `steps.${index}` },
      },
    )
  })

function unsureStep(expected: CanaryExpectation, { steps }: CanaryRun): Unlooked | undefined {
  for (const [index, step] of expected.steps.entries()) {
    const seen = steps[index]
    const fault = seen && faultOf(step, seen)
    if (fault !== undefined && isUnsure(fault)) return { unseen: `${step.name}: ${fault.unsure}`, hint: fault.hint }
  }
  return undefined
}

function wrongLog(
  expected: CanaryExpectation,
  { service, printed }: CanaryRun['logs'][number],
): { readonly findings: readonly UnweighedFinding[]; readonly rest: Unlooked | undefined } {
  const { wrong, rest } = judgeLog(expected.forbidden, printed, `the log of ${service}`)
  const message = `${expected.file}: ${service} prints what must not be in its log`
  return { findings: wrong.map((each) => about(expected, 'log', message, { ...each, hint: LOOK, path: 'logs' })), rest }
}

/** What would have to be seen, and was not, for there to be nothing wrong. */
function unproved(
  expected: CanaryExpectation,
  run: CanaryRun,
  findings: readonly UnweighedFinding[],
): Unlooked | undefined {
  const hint = 'rerun the job; if it stays so, report it with report.json'
  const foreign = [...run.containers, ...run.after].find(
    ({ service, image }) => run.services.find(({ name }) => name === service)?.image !== image,
  )
  if (foreign !== undefined)
    return { unseen: `${foreign.service} runs ${foreign.image}, which is not what was to run`, hint }
  if (findings.length > 0) return undefined
  const unknown = Object.keys(expected.services).find(
    (name) => run.digests[name] === undefined || !run.containers.some(({ service }) => service === name),
  )
  if (unknown !== undefined) return { unseen: `nobody saw ${unknown} run`, hint }
  const [waiting] = notReady(run.containers, run.services)
  if (waiting !== undefined) return { unseen: `nobody saw all of ${waiting.name} run`, hint }
  const unasked = expected.steps.find((_, index) => run.steps[index] === undefined)
  if (unasked !== undefined) return { unseen: `${JSON.stringify(unasked.name)} was not asked`, hint }
  const unread = run.containers.find(({ service }) => !run.logs.some((log) => log.service === service))
  return unread && { unseen: `nobody read the log of ${unread.service}`, hint }
}

const evidenceOf = ({ digests, containers, nonce }: CanaryRun): readonly Evidence[] => [
  ...[...new Set(Object.values(digests))].map((digest): Evidence => ({ kind: 'digest', digest })),
  ...containers.flatMap(({ startedAt }): readonly Evidence[] =>
    startedAt === undefined ? [] : [{ kind: 'container', startedAt, nonce }],
  ),
]

function about(
  expected: Pick<CanaryExpectation, 'positions'>,
  code: string,
  message: string,
  {
    path,
    ...rest
  }: Pick<UnweighedFinding, 'hint'> & Required<Pick<UnweighedFinding, 'expected' | 'actual'>> & { path: string },
): UnweighedFinding {
  const at = positionOf(expected, path)
  return { code: `canary/${code}`, message, ...rest, ...(at && { at }) }
}
