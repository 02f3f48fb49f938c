import type { CommandExpectation } from '../model/contents.ts'
import type { Execution, Look } from '../model/observation.ts'
import type { Evidence, UnweighedFinding } from '../model/result.ts'
import { positionOf, type Target } from '../model/spec.ts'
import type { CommandSeen } from '../observe/commands.ts'
import { defineCheck, type Judgement, notRun, type Unlooked, unseen } from './define.ts'
import { judgeText } from './text.ts'

interface Seen {
  readonly execution: Execution
  readonly pulled: boolean
  /** One for each command of the spec. */
  readonly runs: Look<readonly Look<CommandSeen>[]> | undefined
}

export const command = defineCheck({
  id: 'command',
  title: 'The commands do as they are said to',
  scope: 'platform',
  codes: { 'command/exit-code': 'error', 'command/output': 'error', 'command/timeout': 'error' },
  notAsked: ({ image }) => (image.commands.length === 0 ? 'no commands in the spec' : undefined),
  observe: async (target, sight): Promise<Seen> => {
    const execution = await sight.execution(target)
    if (execution.executed === 'no') return { execution, pulled: false, runs: undefined }
    const { ok: pulled } = await sight.pulled(target)
    return { execution, pulled, runs: await sight.commands(target) }
  },
  judge: (target, { execution, pulled, runs }: Seen): Judgement => {
    if (execution.executed === 'no') return notRun(execution)
    if (runs === undefined) return { unseen: 'no command was run', hint: 'rerun the job' }
    if (!runs.ok) return unseen(runs, pulled ? undefined : 'pull')
    const each = target.image.commands.map((expected, index) => judgeCommand(target, expected, runs.seen[index]))
    return {
      findings: each.flatMap(({ findings }) => findings),
      evidence: each.flatMap(({ evidence }) => evidence),
      rest: each.find(({ rest }) => rest !== undefined)?.rest,
    }
  },
})

interface Judged {
  readonly findings: readonly UnweighedFinding[]
  readonly evidence: readonly Evidence[]
  readonly rest?: Unlooked
}

function judgeCommand(target: Target, expected: CommandExpectation, look: Look<CommandSeen> | undefined): Judged {
  const about = `${target.key}: ${expected.name}`
  const dark = (reason: string, hint: string): Judged => ({
    findings: [],
    evidence: [],
    rest: { unseen: `${about}: ${reason}`, hint },
  })
  if (look === undefined) return dark('it was not run', 'rerun the job')
  if (!look.ok) return dark(look.reason, look.hint)
  const { startedAt, refusedBy, exitCode, nonce } = look.seen
  const at = positionOf(target.image, expected.path)
  const wrong = (code: string, what: string, wanted: string, actual: string, hint: string): UnweighedFinding => ({
    code: `command/${code}`,
    message: `${about} ${what}`,
    expected: wanted,
    actual,
    hint,
    ...(at && { at }),
  })
  const wanted = `exit code ${expected.exitCode}`

  if (startedAt === undefined) {
    const error = look.seen.error || 'the engine does not say why'
    if (refusedBy !== 'image') return dark(`it could not be started: ${error}`, 'see that the engine runs containers')
    const hint = 'see that the program is in the image, executable and on its PATH; and the user and the folder as well'
    return { findings: [wrong('exit-code', `cannot be started: ${error}`, wanted, error, hint)], evidence: [] }
  }
  const evidence = [{ kind: 'container', startedAt, nonce } as const]
  const ended = endOf(look.seen)
  if (ended !== undefined) {
    const { code, what } = ended
    return { findings: [wrong(code, what, wanted, what, SEE_OUTPUT)], evidence }
  }
  if (exitCode === undefined) return dark('the engine does not say how it ended', 'rerun the job')

  const last = (look.seen.stderr.trim() || look.seen.stdout.trim()).split('\n').at(-1)?.slice(0, 200) ?? ''
  const says = last === '' ? '' : `; its last words: ${JSON.stringify(last)}`
  const exits = wrong(
    'exit-code',
    `ends with exit code ${exitCode}`,
    wanted,
    `exit code ${exitCode}${says}`,
    SEE_OUTPUT,
  )
  const streams = (['stdout', 'stderr'] as const).map((stream) => {
    const { wrong: words, unsure } = judgeText(expected[stream], {
      text: look.seen[stream],
      cut: look.seen.cut[stream] && 'start',
    })
    const findings = words.map((word) =>
      wrong('output', `does not print to ${stream} what it should`, word.expected, word.actual, SEE_OUTPUT),
    )
    const hint = 'let it print less, or look at the end of what it prints'
    return { findings, rest: unsure === undefined ? undefined : { unseen: `${about}, ${stream}: ${unsure}`, hint } }
  })
  const rest = streams.find((stream) => stream.rest !== undefined)?.rest
  return {
    findings: [...(exitCode === expected.exitCode ? [] : [exits]), ...streams.flatMap(({ findings }) => findings)],
    evidence,
    ...(rest && { rest }),
  }
}

const SEE_OUTPUT = 'run it yourself: docker run --rm, with --entrypoint unless the spec keeps the image’s own'

/** How it was ended, where it did not end by itself. */
function endOf({ timedOut, oomKilled, outputLimited, seconds }: CommandSeen) {
  if (timedOut) return { code: 'timeout', what: `has not ended after ${Math.round(seconds)} s` }
  if (oomKilled) return { code: 'exit-code', what: 'was ended for its memory' }
  return outputLimited ? { code: 'output', what: 'was ended, since it does not stop printing' } : undefined
}
