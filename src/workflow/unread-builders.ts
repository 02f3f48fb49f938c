import { commandsOf } from './lint/shell.ts'
import { plainScript } from './lint/shells.ts'
import { actionOf, inputOf, type StepMoment } from './steps.ts'
import { packagesAccess, type Step } from './workflow.ts'

/** The step by which a job may push images that nobody reads: it logs in, may write, and a later step could do it. */
export function unreadBuilder(moments: readonly StepMoment[]): Step | undefined {
  const from = moments.findIndex((moment) => isLogin(moment.step) && mayWrite(moment))
  if (from < 0) return undefined
  const steps = moments.slice(from).map(({ step }) => step)
  const isGranted = packagesAccess(moments[from]?.leg.job.permissions) === 'write'
  return (
    steps.find((step) => likelihoodOf(step) === 'likely') ??
    (isGranted ? steps.find((step) => likelihoodOf(step) === 'possible') : undefined)
  )
}

const loginActions = new Set([
  'docker/login-action',
  'redhat-actions/podman-login',
  'azure/docker-login',
  'aws-actions/amazon-ecr-login',
])
const loginCommand =
  /\b(docker|podman|buildah|nerdctl|skopeo|oras|ko|crane\s+auth|regctl\s+registry|az\s+acr)\s+login\b|\bgcloud\s+auth\s+configure-docker\b/

const isLogin = (step: Step): boolean =>
  loginActions.has(actionOf(step) ?? '') ||
  commandsOf(plainScript(step)).some(({ masked }) => loginCommand.test(masked))

/** The job's own token writes where it is granted, or where a setting outside the file decides; any other password may. */
function mayWrite({ step, leg }: StepMoment): boolean {
  const access = packagesAccess(leg.permissions)
  if (access === undefined || access === 'write') return true
  const texts = [plainScript(step), inputOf(step, 'password'), ...[...step.env.values()].map(({ value }) => value)]
  return !texts.some((text) => /GITHUB_TOKEN|github\.token/.test(String(text)))
}

/** How well a step that is not read goes with pushing an image: by what it is called, since nothing else is known. */
type Likelihood = 'likely' | 'possible' | undefined

function likelihoodOf(step: Step): Likelihood {
  const action = actionOf(step)
  if (/^(false|never)$/.test(inputOf(step, 'push'))) return undefined
  const all = action === undefined ? scripted(plainScript(step)) : [ofAction(action)]
  return all.find((one) => one === 'likely') ?? all.find((one) => one !== undefined)
}

/** Those of docker that build are read. */
const readActions = /^(actions|github|docker)\//

function ofAction(action: string): Likelihood {
  if (readActions.test(action)) return undefined
  const found = byWords(action.replace(/^(docker:\/\/|\.\/|[^/]+\/)/, ''))
  // A local action was followed: it has nothing that is known to push.
  return action.startsWith('./') && found === 'possible' ? undefined : found
}

const beforeProgram =
  /^\s*(?:(?:if|elif|then|else|while|until|do|time|sudo|exec|env|command|!|\{)\s+|[A-Za-z_]\w*=[^\s"']*\s+)*/
const handsOn =
  /^(?:(?:make|just|task|mage|rake|invoke|dagger|skaffold|werf|goreleaser)(?:\s|$)|(?:bash|sh|zsh|pwsh|python3?|node|ruby|source|\.)\s+["']?[\w.$~]|["']?[\w.$~][^\s=]*\/)/
/** Programs that build all kinds of things: what they are asked for tells. */
const anyBuild =
  /^(?:\S*\/)?(?:gradlew?|mvnw?|sbt|bazel|bazelisk|nix|nx|turbo)\s+(?:run\s)?|^(?:npm|pnpm|bun)\s+(?:-\S+\s+)*run\s|^yarn\s+(?!npm|publish|-)/

/** What each command of a script may do that hands on to a file, or a target, that is not read. */
function scripted(script: string): readonly Likelihood[] {
  const code = script.replace(/^\s*#.*$/gm, '')
  return commandsOf(code).flatMap(({ text, masked }) =>
    [...masked.matchAll(/[^&|()]+/g)].map((part): Likelihood => {
      const written = text.slice(part.index, part.index + part[0].length)
      const command = written.replace(/\s#.*$/, '').replace(beforeProgram, '')
      if (!anyBuild.test(command)) return handsOn.test(command) ? byWords(command) : undefined
      const target = command.replace(anyBuild, '')
      return isOfImages.test(target) && byWords(target) !== undefined ? 'likely' : undefined
    }),
  )
}

const isOfImages = /docker|image|container|jib|push/i
const elsewhere =
  /pypi|npm-|crates|nuget|helm|chart|gh-pages|github-pages|(?<![a-z])docs?(?![a-z])|git-?(hub)?-push|gh-release|release-(please|drafter|notes)/i
const pushes = /push|publish|goreleaser|kaniko|buildah|skaffold\s+(build|run)|werf\s+(build|converge)/i
/** What an option is given is not what a command does, and nor are most options: `VERSION=1`, `--config x`. */
const values = /=(?:\$\{\{.*?\}\}|\S)*/g
const options = /\s(?:-\S+|[\w.-]+=(?:\$\{\{.*?\}\}|\S)*)/g
const doesElse =
  /(?<!la)test|e2e|smoke|spec|check|lint|verif|validat|scan|trivy|grype|snyk|sbom|audit|sign|attest|provenance|setup|install|login|auth|credential|cach|clean|prune|delet|retention|deploy|rollout|migrat|ssh|notif|slack|codecov|coverage|upload|download|report|comment|descri|metadata|config|version|harden|disk|compose|inspect|size|status|(?<![a-z])(up|down|start|stop|run|pull|wait|logs)(?![a-z])/i
const builds = /docker|image|container|registry|release|(?<![a-z])(oci|jib)(?![a-z])/i

function byWords(words: string): Likelihood {
  const does = words.replace(options, '')
  if (elsewhere.test(does)) return undefined
  if (pushes.test(words.replace(values, ''))) return 'likely'
  if (doesElse.test(does)) return undefined
  return builds.test(does) ? 'likely' : 'possible'
}
