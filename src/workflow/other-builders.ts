import type { ReadFile } from './legs.ts'
import { actionFiles, localPaths } from './local-files.ts'
import { actionOf, inputOf, type StepMoment } from './steps.ts'

/** Actions that push images in ways that are not read here. */
const pushing: Readonly<Record<string, string>> = {
  'docker/bake-action': 'a bake file says what is built: only `docker buildx bake --print` knows',
  'redhat-actions/push-to-registry': 'the inputs of this action are not read',
  'redhat-actions/buildah-build': 'the inputs of this action are not read',
  'elgohr/publish-docker-github-action': 'the inputs of this action are not read',
  'mr-smithers-excellent/docker-build-push': 'the inputs of this action are not read',
  'macbre/push-to-ghcr': 'the inputs of this action are not read',
  'whoan/docker-build-with-cache-action': 'the inputs of this action are not read',
  'int128/docker-manifest-create-action': 'the inputs of this action are not read',
  'depot/bake-action': 'a bake file says what is built',
}

/** Drop-in replacements that document the same inputs. */
const buildPush = ['docker/build-push-action', 'depot/build-push-action', 'useblacksmith/build-push-action']

/** Whether a step is docker/build-push-action, or one that documents the same inputs. */
export const isBuildPush = ({ step }: StepMoment): boolean => buildPush.includes(actionOf(step) ?? '')

const SCRIPT_BUILDS = 'a script builds, and scripts are not run here'

const pushCommands: readonly (readonly [RegExp, string])[] = [
  [
    /\b(docker\s+(buildx\s+)?|depot\s+)bake\b/,
    'a bake file says what is built: only `docker buildx bake --print` knows',
  ],
  [
    /\b(docker|podman|nerdctl|buildah)\s+(image\s+|manifest\s+|compose\s+)?push\b/,
    'a script pushes, and scripts are not run here',
  ],
  [
    /\b(docker|podman|nerdctl)[ -]compose\s+(-[^\s=]+(=\S+|[ \t]+[^\s-]\S*)?\s+)*push\b/,
    'a script pushes, and scripts are not run here',
  ],
  [
    /\b(docker\s+(buildx\s+|builder\s+|image\s+)?|depot\s+|devcontainer\s+)build\b[^\n]*(\\\n[^\n]*)*(--(push|output)\b|\s-o[\s=]*\S*(type=registry|push=true))/,
    SCRIPT_BUILDS,
  ],
  [/\bdocker[ -]compose\s(?=[^\n]*\bbuild\b)[^\n]*--push\b/, SCRIPT_BUILDS],
  [/\bearthly\b[^\n]*--push\b/, SCRIPT_BUILDS],
  [/\bgradlew?\b[^\n]*[\s:]jib(?![\w-])/, SCRIPT_BUILDS],
  [/\bgcloud\s+builds\s+submit\b|\baz\s+acr\s+build\b/, SCRIPT_BUILDS],
  [
    /\b(g?crane\s+(push|append|copy|cp|tag)|skopeo\s+copy|regctl\s+image\s+copy|oras\s+(push|cp))\b/,
    'a script copies to a registry, and scripts are not run here',
  ],
  [
    /\bko\s+(build|publish|resolve)\b|\bjib(-maven-plugin)?(:[\d.]+)?:build\b|\bpack\s+build\b[^\n]*--publish|\bkaniko\b/,
    SCRIPT_BUILDS,
  ],
]

/** Why a step may push images that cannot be known; undefined where it does not look like it. */
export function otherBuilder(moment: StepMoment, read: ReadFile): string | undefined {
  const { step } = moment
  const action = actionOf(step)
  if (action === 'docker/bake-action' && inputOf(step, 'push') === 'false') return undefined
  if (action === 'devcontainers/ci') return devcontainer(moment)
  if (action !== undefined) {
    const uses = step.uses?.text ?? ''
    return pushing[action] ?? (uses.startsWith('./') ? localAction(uses.slice(2), read, new Set()) : undefined)
  }
  const script = step.run?.value
  if (typeof script !== 'string') return undefined
  const code = script.replace(/^\s*#.*$/gm, '')
  return pushCommands.find(([pattern]) => pattern.test(code))?.[1]
}

/** Without a name it builds for the job alone. */
const devcontainer = ({ step }: StepMoment): string | undefined =>
  inputOf(step, 'imageName') === '' || inputOf(step, 'push') === 'never'
    ? undefined
    : 'the inputs of this action are not read'

/** An action that cannot be read may build as well as not; so may those that it uses itself. */
function localAction(folder: string, read: ReadFile, seen: Set<string>): string | undefined {
  if (seen.has(folder)) return undefined
  seen.add(folder)
  const text = actionFiles(folder)
    .map(read)
    .find((found) => found !== undefined)
  if (text === undefined) return 'it may build: the file of this local action is not at hand'
  if (mayPush(text)) return 'it builds inside a local action, which is not followed'
  for (const path of localPaths(text)) {
    const reason = localAction(path, read, seen)
    if (reason !== undefined) return reason
  }
  return undefined
}

const mayPush = (text: string): boolean =>
  [...buildPush, ...Object.keys(pushing)].some((action) => text.toLowerCase().includes(action)) ||
  /\bdocker\s+(buildx\s+)?(build|bake|push)\b/.test(text) ||
  pushCommands.some(([pattern]) => pattern.test(text))
