import type { Problem, UnweighedFinding } from '../model/result.ts'
import type { WorkflowLook } from '../observe/workflow.ts'
import { lintWorkflow } from '../workflow/lint.ts'
import { defineCheck, type Judgement } from './define.ts'

export const workflow = defineCheck({
  id: 'workflow',
  title: 'The build workflow builds what is expected, and its own checks can fail',
  scope: 'set',
  codes: {
    'workflow/invalid': 'error',
    'workflow/image-unexpected': 'error',
    'workflow/image-not-built': 'error',
    'workflow/platform-drift': 'error',
    'workflow/tags-drift': 'error',
    'workflow/dockerfile-missing': 'error',
    'workflow/failure-ignored': 'error',
    'workflow/cache-scope-shared': 'warning',
    'workflow/trigger-missing': 'warning',
    'workflow/permission-missing': 'warning',
    'workflow/fake-check': 'warning',
  },
  notAsked: () => undefined,
  observe: (_images, sight) => sight.workflow(),
  judge: (images, look: WorkflowLook | undefined): Judgement => {
    if (look === undefined) return { skipped: 'no build workflow was read: name it by the input workflow' }
    if (!look.ok) {
      if ('reason' in look) return { unseen: look.reason, hint: look.hint }
      return { findings: look.problems.map(invalid), evidence: [] }
    }
    const { path, sha256, derived } = look.seen
    if (derived.builds.length + derived.unknown.length + derived.problems.length === 0) {
      return { skipped: `${path} builds no image: name the build workflow by the input workflow` }
    }
    const findings = [...derived.problems.map(invalid), ...lintWorkflow(look.seen, images)]
    const [first] = derived.unknown
    const open = first && `${first.at.file}:${first.at.line} ${first.what} ${first.name}: ${first.reason}`
    return {
      findings,
      evidence: [{ kind: 'file', path, sha256 }],
      ...(open !== undefined && { rest: { skipped: `not all of ${path} is known from the file alone: ${open}` } }),
    }
  },
})

const invalid = ({
  message,
  hint = 'GitHub would not start its jobs: mend the file',
  at,
}: Problem): UnweighedFinding => ({
  code: 'workflow/invalid',
  message,
  expected: 'a workflow that GitHub starts',
  actual: 'one that it refuses',
  hint,
  ...(at && { at }),
})
