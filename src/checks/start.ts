import type { Execution, Look } from '../model/observation.ts'
import type { UnweighedFinding } from '../model/result.ts'
import type { Target } from '../model/spec.ts'
import type { StartSeen } from '../observe/start.ts'
import { defineCheck, type Judgement, notRun, unseen } from './define.ts'

interface Seen {
  readonly execution: Execution
  readonly pulled: boolean
  readonly run: Look<StartSeen> | undefined
}

export const start = defineCheck({
  id: 'start',
  title: 'The image starts as it is shipped',
  scope: 'platform',
  codes: { 'start/failed': 'error', 'start/exited': 'warning' },
  notAsked: ({ image }) => (image.starts ? undefined : 'the spec does not ask whether the image starts'),
  observe: async (target, sight): Promise<Seen> => {
    const execution = await sight.execution(target)
    if (execution.executed === 'no') return { execution, pulled: false, run: undefined }
    const { ok: pulled } = await sight.pulled(target)
    return { execution, pulled, run: await sight.started(target) }
  },
  judge: (target, { execution, pulled, run }: Seen): Judgement => {
    if (execution.executed === 'no') return notRun(execution)
    if (run === undefined) return { unseen: 'nothing was started', hint: 'rerun the job' }
    if (!run.ok) return unseen(run, pulled ? undefined : 'pull')
    const { startedAt, refusedBy, exitCode, timedOut, oomKilled, outputLimited, nonce } = run.seen
    const error = run.seen.error || 'the engine does not say why'
    if (startedAt === undefined) {
      if (refusedBy !== 'image') {
        return { unseen: `it could not be started: ${error}`, hint: 'see that the engine runs containers' }
      }
      return { findings: [finding(target, `it cannot be started: ${error}`, error)], evidence: [] }
    }
    const evidence = [{ kind: 'container', startedAt, nonce } as const]
    if (oomKilled) return { findings: [finding(target, 'it ran out of memory', 'killed for its memory')], evidence }
    // Still there when the look was over: that is what a server does.
    if (timedOut || exitCode === 0) return { findings: [], evidence }
    if (outputLimited || exitCode === undefined) {
      const what = outputLimited
        ? 'it was ended, since it printed more than it may'
        : 'the engine does not say how it ended'
      return { unseen: `${target.key} starts, and ${what}`, hint: 'see what it prints: docker run --rm IMAGE' }
    }
    const exited = {
      code: 'start/exited',
      message: `${target.key} starts, and ends with exit code ${exitCode}`,
      expected: 'exit code 0, or still running after a few seconds',
      actual: `exit code ${exitCode}`,
      hint: 'it may need configuration that only a spec can give: write one, with what it is to import',
    }
    return { findings: [exited], evidence }
  },
})

const finding = (target: Target, what: string, actual: string): UnweighedFinding => ({
  code: 'start/failed',
  message: `${target.key}: ${what}`,
  expected: 'a container that starts',
  actual,
  hint: 'look at its entrypoint and command, that they are in the image, executable, and built for this platform',
})
