import { registryOf } from '../../model/image.ts'
import type { Build } from '../../model/workflow.ts'
import { contributionsOf } from '../contributions.ts'
import type { Evaluation } from '../derive.ts'
import type { Leg } from '../legs.ts'
import { actionOf, inputOf, type StepMoment } from '../steps.ts'
import { fillIn } from '../templates.ts'
import { packagesAccess, type Step, type Workflow } from '../workflow.ts'
import type { LintFinding } from './finding.ts'

/** `packages: write` is there where the job's own token pushes, and nowhere else. */
export function lintPermissions(workflow: Workflow, { moments, builds, unknown }: Evaluation): readonly LintFinding[] {
  const legs = [...new Map(moments.map(({ leg }) => [leg.key, leg])).values()]
  const pushing = legs.filter((leg) => pushesWithToken(leg, moments, builds))
  const missing = pushing.flatMap((leg) => lacking(leg) ?? [])
  const mayPush = new Set(unknown.flatMap(({ what, at }) => (what === 'build' ? [at.line] : [])))
  const own = legs.filter(
    (leg) =>
      leg.workflow === workflow &&
      !pushing.includes(leg) &&
      leg.job.steps.every((step) => isHarmless(step) && !mayPush.has(step.at.line)),
  )
  return [...missing, ...needless(own, workflow)]
}

function lacking({ job, permissions, workflow }: Leg): LintFinding | undefined {
  const access = packagesAccess(permissions)
  if (access === 'write') return undefined
  const at = permissions?.at ?? job.at
  const code = 'workflow/permission-missing'
  const hint = `add to the job ${job.key}: permissions: {contents: read, packages: write}`
  if (access === undefined) {
    const message = `job ${job.key} pushes with GITHUB_TOKEN, and whether it may is a setting outside ${workflow.file}`
    return { code, message, expected: 'packages: write', actual: 'no permissions', hint, at }
  }
  const message = `job ${job.key} pushes with GITHUB_TOKEN, which may not write packages`
  return { code, message, expected: 'packages: write', actual: `packages: ${access}`, hint, at }
}

function needless(legs: readonly Leg[], workflow: Workflow): readonly LintFinding[] {
  const finding = (jobs: readonly string[], { at }: { at: LintFinding['at'] }): LintFinding => ({
    code: 'workflow/permission-missing',
    message: `${jobs.map((job) => `job ${job}`).join(', ')} may write packages and pushes nothing`,
    expected: 'packages: read, or nothing',
    actual: 'packages: write',
    hint: 'give packages: write only to the job that pushes',
    at,
  })
  const own = legs.flatMap(({ job }) => {
    const grant = job.permissions?.scopes.get('packages')
    return grant?.text === 'write' ? [finding([job.key], grant)] : []
  })
  const shared = workflow.permissions?.scopes.get('packages')
  const inheriting = legs.filter(({ job }) => job.permissions === undefined).map(({ job }) => job.key)
  return shared?.text === 'write' && inheriting.length > 0 ? [...own, finding(inheriting, shared)] : own
}

/** The registry that GITHUB_TOKEN opens: of github.com, or of a GitHub Enterprise Server. */
const isOfGitHub = (registry: string): boolean => registry === 'ghcr.io' || registry.startsWith('containers.')

function pushesWithToken(leg: Leg, moments: readonly StepMoment[], builds: readonly Build[]): boolean {
  const pushed = builds.some(({ job, push, references }) => {
    if (job !== leg.key || (push.known && push.value === 'none')) return false
    const { named } = contributionsOf(references.value, references.at, job)
    return named.some(({ name }) => isOfGitHub(registryOf(name)))
  })
  return pushed && moments.some((moment) => moment.leg.key === leg.key && isLogin(moment))
}

const token = /GITHUB_TOKEN|github\.token/

function isLogin({ step, contexts }: StepMoment): boolean {
  if (actionOf(step) !== 'docker/login-action') {
    const script = step.run?.value
    return typeof script === 'string' && /docker login[^\n]*ghcr\.io/.test(script) && token.test(script)
  }
  const registry = fillIn(inputOf(step, 'registry'), contexts)
  return registry.known && isOfGitHub(registry.value) && token.test(inputOf(step, 'password'))
}

const harmlessActions =
  /^(actions\/(checkout|cache|setup-[\w-]+|upload-artifact|download-artifact)|docker\/(login|setup-buildx|setup-qemu|metadata)-action)$/

/** Surely writes no package: a third party's action with the token, or a script that pushes, might. */
function isHarmless(step: Step): boolean {
  const action = actionOf(step)
  if (action !== undefined) return harmlessActions.test(action)
  const script = String(step.run?.value ?? '')
  return !/\bpush\b|imagetools\s+create|manifest\s+(create|annotate)|\b(oras|cosign|crane|skopeo|regctl|gh|curl|buildah|make|npm)\s|\.\//.test(
    script,
  )
}
