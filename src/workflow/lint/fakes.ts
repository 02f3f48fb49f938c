import type { Job, Step, Workflow } from '../workflow.ts'
import type { LintFinding } from './finding.ts'
import { type Command, commandsOf } from './shell.ts'
import { plainScript, type Shell, shellOf } from './shells.ts'
import { isPull, probeIn, type Swallow, swallowIn } from './swallows.ts'

/** Checks that stay green whatever they find: each with the line that makes them so. */
export function lintFakes(workflow: Workflow): readonly LintFinding[] {
  return workflow.jobs.flatMap((job) => {
    const builds = job.steps.some(isBuild)
    const steps = job.steps.map((step) => ({ step, probes: probesOf(step, workflow, job, builds) }))
    const tolerated = steps.flatMap(({ step, probes }) =>
      probes.length > 0 ? tolerance(step.continueOnError, 'step') : [],
    )
    const ofJob = steps.some(({ probes }) => probes.length > 0) ? tolerance(job.continueOnError, `job ${job.key}`) : []
    return [...steps.flatMap(({ step, probes }) => swallowed(step, probes)), ...tolerated, ...ofJob]
  })
}

interface Probe {
  readonly command: Command
  readonly swallow: Swallow | undefined
}

const isBuild = (step: Step): boolean =>
  /build-push-action|bake-action/.test(step.uses?.text ?? '') ||
  /\bdocker\s+(buildx\s+)?(build|bake)\b/.test(plainScript(step))

/** The commands of a step that look at an image, with how each hides its failure. */
function probesOf(step: Step, workflow: Workflow, job: Job, builds: boolean): readonly Probe[] {
  const shell = shellOf(step, job, workflow)
  if (shell === undefined) return []
  const commands = commandsOf(plainScript(step))
  const asksStatus = /\$\?|PIPESTATUS/.test(plainScript(step))
  const state = { ...shell }
  return commands.flatMap((command, index) => {
    applyOptions(command, state)
    const probe = probeIn(command)
    if (probe === undefined || (builds && isPull(command))) return []
    const sameLine = commands.slice(index + 1).filter(({ logicalLine }) => logicalLine === command.logicalLine)
    const swallow = swallowIn(command, probe, {
      pipefail: state.pipefail,
      errexit: state.errexit || asksStatus,
      isLast: index === commands.length - 1,
      exitsAfter: sameLine.some(({ masked }) => /^\s*exit\s+0\b/.test(masked)),
    })
    return [{ command, swallow }]
  })
}

function applyOptions({ masked }: Command, state: { -readonly [Key in keyof Shell]: Shell[Key] }): void {
  const options = /^\s*set\s+(.*)$/.exec(masked)?.[1]
  if (options === undefined) return
  if (/-\w*o\s+pipefail/.test(options)) state.pipefail = true
  if (/\+\w*o\s+pipefail/.test(options)) state.pipefail = false
  if (/(^|\s)-[a-df-z]*e/.test(options)) state.errexit = true
  if (/(^|\s)\+[a-df-z]*e/.test(options)) state.errexit = false
}

const swallowed = (step: Step, probes: readonly Probe[]): readonly LintFinding[] =>
  probes.flatMap(({ command, swallow }): LintFinding[] => {
    if (!swallow || !step.run) return []
    const line = command.lineOf(swallow.offset)
    const source = plainScript(step).split('\n')[line]?.trim() ?? ''
    return [
      {
        code: 'workflow/fake-check',
        message: `this check cannot fail: ${reasons[swallow.kind](swallow.words.replace(/\s+/g, ' '))}`,
        expected: 'a check that fails the job',
        actual: source.length > 200 ? `${source.slice(0, 199)}…` : source,
        hint: hints[swallow.kind],
        at: step.run.line(line, swallow.words),
      },
    ]
  })

const reasons: Readonly<Record<Swallow['kind'], (words: string) => string>> = {
  alternative: (words) => `${JSON.stringify(words)} takes the place of its failure`,
  exit: () => '"exit 0" takes the place of its failure',
  pipe: (words) => `without pipefail only what stands after ${JSON.stringify(words)} counts`,
  and: (words) => `a command before ${JSON.stringify(words)} may fail without ending the step`,
  errexit: () => 'after "set +e" its failure does not end the step',
}

const hints: Readonly<Record<Swallow['kind'], string>> = {
  alternative: 'remove what follows ||, or end it with exit 1',
  exit: 'remove the exit 0',
  pipe: 'write shell: bash on the step, which sets pipefail',
  and: 'put the echo on a line of its own',
  errexit: 'remove set +e, or look at $?',
}

function tolerance(written: Step['continueOnError'], what: string): readonly LintFinding[] {
  if (!written || !/^\s*(\$\{\{\s*true\s*\}\}|true)\s*$/.test(written.text)) return []
  return [
    {
      code: 'workflow/fake-check',
      message: `the checks of this ${what} cannot fail: continue-on-error is true`,
      expected: 'a check that fails the job',
      actual: 'continue-on-error: true',
      hint: 'remove continue-on-error',
      at: written.at,
    },
  ]
}
