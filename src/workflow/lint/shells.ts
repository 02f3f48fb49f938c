import type { Job, Step, Workflow } from '../workflow.ts'

/** What a shell does with a command that fails. */
export interface Shell {
  readonly pipefail: boolean
  readonly errexit: boolean
}

/** What a step runs in its shell, expressions and all; empty where it runs nothing. */
export const plainScript = (step: Step): string => (typeof step.run?.value === 'string' ? step.run.value : '')

/** How GitHub starts the script of a step; undefined where it is no script for a POSIX shell. */
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
export function shellOf(step: Step, job: Job, workflow: Workflow): Shell | undefined {
  if (plainScript(step) === '') return undefined
  const shell = step.shell ?? job.shell ?? workflow.shell
  if (shell === undefined) return isWindows(job) ? undefined : { pipefail: false, errexit: true }
  // Only a written `bash` gets pipefail; left out, it is `bash -e {0}`.
  if (shell === 'bash') return { pipefail: true, errexit: true }
  if (shell === 'sh') return { pipefail: false, errexit: true }
  if (!/\b(ba|z|k|da)?sh\b/.test(shell)) return undefined
  return { pipefail: shell.includes('pipefail'), errexit: /\s-\w*e/.test(shell) }
}

const isWindows = ({ runsOn }: Job): boolean => runsOn?.kind === 'scalar' && /windows/i.test(String(runsOn.value))
