/** A regular expression. */
export interface Pattern {
  /** As the file writes it that asks for it. */
  readonly text: string
  /** Where it is first found in a text, in time by the length of that; throws where that cannot be told. */
  readonly find: (text: string) => { readonly index: number; readonly words: string } | undefined
}

/** What a text must hold and must not hold. */
export interface TextExpectation {
  /** Words as they are. */
  readonly contains: readonly string[]
  readonly matches: readonly Pattern[]
  readonly excludes: readonly Pattern[]
}

interface Asked {
  /** Dotted path of the sentence that asks for it, for its position. */
  readonly path: string
}

/** A command that is run in a container of its own. */
export interface CommandExpectation extends Asked {
  readonly name: string
  readonly run: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly workdir: string | undefined
  readonly user: string | undefined
  /** `clear`: the command itself; `keep`: through the image's own entrypoint. */
  readonly entrypoint: 'clear' | 'keep'
  readonly exitCode: number
  readonly stdout: TextExpectation
  readonly stderr: TextExpectation
  readonly timeoutMs: number
  /** `$NAME` in the command and in `env` is what the image's own environment says, where it says something. */
  readonly fillsEnv: boolean
}

/** A file or folder as it must be in the image, or must not be. */
export interface FileExpectation extends Asked {
  readonly file: string
  readonly exists: boolean
  /** Without it a symbolic link is followed to its end, inside the image. */
  readonly isLinkItself: boolean
  readonly type: 'file' | 'folder' | 'link' | undefined
  /** The permission bits, `0o7777` at most. */
  readonly mode: number | undefined
  readonly uid: number | undefined
  readonly gid: number | undefined
  /** `any`: by one of them at least. */
  readonly executableBy: 'owner' | 'group' | 'other' | 'any' | 'nobody' | undefined
  readonly text: TextExpectation
  readonly fillsEnv: boolean
}

/** What a variable or a label must be. */
export type ValueExpectation = { readonly is: string } | { readonly matches: Pattern } | { readonly unset: true }

/** One thing that the config of every platform must say. */
export type ConfigExpectation = Asked &
  (
    | { readonly of: 'env' | 'label'; readonly name: string; readonly value: ValueExpectation }
    | { readonly of: 'entrypoint' | 'cmd'; readonly argv: readonly string[] }
    /** A port without a protocol is one of any. */
    | { readonly of: 'port' | 'volume'; readonly name: string; readonly there: boolean }
    | { readonly of: 'workdir' | 'user'; readonly is: string }
    | { readonly of: 'non-root' | 'healthcheck' }
  )

/** Whether anything is asked of a text. */
export const asksText = ({ contains, matches, excludes }: TextExpectation): boolean =>
  contains.length + matches.length + excludes.length > 0
