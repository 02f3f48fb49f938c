/** What we use of an event; whatever is missing or malformed is undefined. */
export interface EventSeen {
  readonly defaultBranch: string | undefined
  /** Of `pull_request` and its like; undefined for others. */
  readonly pullRequest: { readonly fromFork: boolean } | undefined
  /** Of `workflow_run`: the run that ended. */
  readonly workflowRun: TriggeringRun | undefined
  /** Of `workflow_dispatch`. */
  readonly inputs: ChosenInputs | undefined
}

/** What a person chose who started a workflow. */
export type ChosenInputs = Readonly<Record<string, string | boolean | number>>

export interface TriggeringRun {
  readonly id: number
  readonly attempt: number | undefined
  /** `.github/workflows/build.yml` */
  readonly path: string
  readonly event: string
  readonly headSha: string
  readonly headBranch: string | undefined
  readonly fromFork: boolean
}
