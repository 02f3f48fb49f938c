import type { Command } from './shell.ts'

/** How a command hides that it failed, and where in its text. */
export interface Swallow {
  readonly kind: 'alternative' | 'exit' | 'pipe' | 'and' | 'errexit'
  readonly offset: number
  readonly words: string
}

/** Commands that look at an image or a container. */
const commands: readonly RegExp[] = [
  /\b(docker|podman|nerdctl)\s+(manifest\s+inspect|(buildx\s+)?imagetools\s+inspect|image\s+inspect|container\s+inspect|inspect|run|exec|pull|scout)\b/,
  /\bdocker\s+compose\s+(run|exec|pull)\b/,
  /\b(crane\s+(manifest|digest|config|ls|validate|pull)|skopeo\s+inspect|regctl\s+(manifest|image|tag)|oras\s+(manifest|discover|pull))\b/,
  /\b(cosign\s+verify|gh\s+attestation\s+verify|container-structure-test|dgoss|goss|trivy|grype|dive)\b/,
]

/** A question to a server that was started, whose address may stand in quotes. */
const request = /\b(curl|wget)\b[^|;&]*(\/health|localhost|127\.0\.0\.1)/

/** Where a command asks something of an image or a container: undefined where it does not. */
export function probeIn({ masked, text }: Command): number | undefined {
  // A condition, and a value that is taken, is looked at by what comes next.
  if (/^\s*((then|do|else)\s+)?(if|elif|while|until|!)\s/.test(masked)) return undefined
  if (/^\s*((then|do|else)\s+)?((export|local|readonly|declare)\s+)?\w+=["']?(\$\(|`|_)/.test(masked)) return undefined
  const found = [...commands.map((command) => command.exec(masked)), request.exec(masked) ?? request.exec(text)]
  const offsets = found.flatMap((each) => (each ? [each.index] : []))
  return offsets.length === 0 ? undefined : Math.min(...offsets)
}

/** The pull of an image for its layers, before a build. */
export const isPull = ({ masked }: Command): boolean => /\b(docker|podman|nerdctl)\s+(compose\s+)?pull\b/.test(masked)

export interface ShellState {
  readonly pipefail: boolean
  readonly errexit: boolean
  readonly isLast: boolean
  /** Another command of its line ends the script with success. */
  readonly exitsAfter: boolean
}

/** The first way in which a probe's failure is lost; undefined where it ends the step. */
export function swallowIn(command: Command, probe: number, state: ShellState): Swallow | undefined {
  const { masked, text } = command
  const rest = masked.slice(probe)
  const or = rest.indexOf('||')
  if (or >= 0) {
    const offset = probe + or
    return isHarmless(text.slice(offset + 2))
      ? { kind: 'alternative', offset, words: wordsAt(text, offset) }
      : undefined
  }
  if (state.exitsAfter) return { kind: 'exit', offset: probe, words: text.slice(probe).trim() }
  const pipe = /(?<!\|)\|&?(?!\|)\s*([\w./-]+)/.exec(rest)
  if (pipe && !state.pipefail && filters.has(pipe[1]?.split('/').at(-1) ?? '')) {
    return { kind: 'pipe', offset: probe + pipe.index, words: pipe[0] }
  }
  const and = /&&\s*(echo|printf)\b/.exec(rest)
  if (and && !state.isLast) return { kind: 'and', offset: probe + and.index, words: wordsAt(text, probe + and.index) }
  if (!state.errexit && !state.isLast) return { kind: 'errexit', offset: probe, words: text.slice(probe).trim() }
  return undefined
}

const filters = new Set(
  'grep egrep fgrep jq yq tee head tail sed awk cut sort uniq wc cat less more tr column xargs python python3'.split(
    ' ',
  ),
)

/** What stands after `||` goes on as if nothing was: it neither fails nor remembers. */
function isHarmless(alternative: string): boolean {
  if (/\bexit\s+[1-9$]|\bexit\s*[;})]|\bexit\s*$|\bfalse\b|\breturn\s+[1-9$]|GITHUB_(OUTPUT|ENV)/.test(alternative))
    return false
  return /^\s*[({]?\s*(echo|printf|true|\/bin\/true|:|exit\s+0|warn\w*|log\w*)(\s|$|[;)}])/.test(alternative)
}

/** The operator and the word after it, as they are written. */
const wordsAt = (text: string, offset: number): string => /^\S+\s*[^\s;]*/.exec(text.slice(offset))?.[0] ?? ''
