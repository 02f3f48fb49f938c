import type { RunContext } from '../../model/workflow.ts'
import type { Trigger, Workflow } from '../workflow.ts'
import type { LintFinding } from './finding.ts'

/** A build must follow every push to the default branch, and can be started by hand; a workflow that others call need not. */
export function lintTriggers(workflow: Workflow, run: RunContext): readonly LintFinding[] {
  const { triggers, at } = workflow
  const has = (event: string): Trigger | undefined => triggers.find((trigger) => trigger.event === event)
  if (has('workflow_call') && !has('push')) return []
  const events = triggers.map(({ event }) => event).join(', ') || 'none'
  const findings: LintFinding[] = []
  const push = has('push')
  const branch = run.defaultBranch
  if (!push || !startsOn(push, branch)) {
    const name = branch ?? 'the default branch'
    findings.push({
      code: 'workflow/trigger-missing',
      message: `a push to ${name} does not start this workflow`,
      expected: `push to ${name}`,
      actual: push ? `push ${filterText(push)}` : events,
      hint: `add under on: push: branches: [${branch ?? 'main'}]`,
      at: push?.at ?? triggers[0]?.at ?? at,
    })
  }
  if (!has('workflow_dispatch')) {
    findings.push({
      code: 'workflow/trigger-missing',
      message: 'nobody can start this workflow by hand',
      expected: 'workflow_dispatch',
      actual: events,
      hint: 'add workflow_dispatch: under on:, so that a lost build can be repeated',
      at: triggers[0]?.at ?? at,
    })
  }
  return findings
}

const filterText = ({ branches, branchesIgnore, tags }: Trigger): string => {
  if (branches) return `branches: [${branches.join(', ')}]`
  if (branchesIgnore) return `branches-ignore: [${branchesIgnore.join(', ')}]`
  return tags ? `tags: [${tags.join(', ')}]` : ''
}

/** Without knowing the default branch only a push that can be to no branch is surely wrong. */
function startsOn({ branches, branchesIgnore, tags }: Trigger, branch: string | undefined): boolean {
  if (branches) return branch === undefined ? branches.length > 0 : matches(branch, branches)
  if (branchesIgnore) return branch === undefined || !matches(branch, branchesIgnore)
  return tags === undefined
}

// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
function matches(name: string, patterns: readonly string[]): boolean {
  return patterns.reduce((found, pattern) => {
    const isNegated = pattern.startsWith('!')
    return toExpression(isNegated ? pattern.slice(1) : pattern)?.test(name) === false ? found : !isNegated
  }, false)
}

function toExpression(pattern: string): RegExp | undefined {
  const source = pattern.replace(/\*\*|[*.^$(){}|\\]/g, (special) => {
    if (special === '**') return '.*'
    return special === '*' ? '[^/]*' : `\\${special}`
  })
  try {
    return new RegExp(`^${source}$`)
  } catch {
    return undefined
  }
}
