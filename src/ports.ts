import type { Answer } from './model/answer.ts'
import type { ComposeProject, ContainerSeen } from './model/canary.ts'
import type { ServingState } from './model/health.ts'
import type { Digest, ImageName, Platform, Reference } from './model/image.ts'
import type {
  EngineSeen,
  FileSeen,
  Look,
  ManifestSeen,
  PrintedSeen,
  PulledSeen,
  RawManifest,
  RunSeen,
} from './model/observation.ts'
import type { AnnotationSeen, JobSeen, OwnJob, WorkflowRunSeen } from './model/run.ts'

/** What a registry holds, by exact bytes. Asks again what can heal (429, 5xx, resets); never 401 or 403. */
export interface Registry {
  /** The manifest or index a reference leads to, its bytes hashed; `altered` when it was asked for by a digest that they do not have. */
  manifest(reference: Reference): Promise<Look<RawManifest>>
  /** A config blob, its bytes hashed and compared with the digest. */
  config(name: ImageName, config: Digest): Promise<Look<Uint8Array>>
}

/** What an image is made of; its layers, the lowest first, are unknown where there are none. */
export type Content = Pick<ManifestSeen, 'compressedBytes' | 'layers'>

export interface PullProgress {
  /** The first letters of the digests of the layers whose bytes are here; undefined where the engine does not tell. */
  readonly here: readonly string[] | undefined
  readonly text: string
}

export interface RunRequest {
  readonly image: string
  readonly platform: Platform
  /** Undefined keeps the image's own. */
  readonly entrypoint: string | undefined
  readonly args: readonly string[]
  /** Beside the image's own; nothing of ours is added. */
  readonly env?: Readonly<Record<string, string>>
  /** Undefined keeps the image's own, as does an undefined user. */
  readonly workdir?: string | undefined
  readonly user?: string | undefined
  readonly timeoutMs: number
  readonly memoryBytes: number
  /** As `--gpus` takes it; undefined is none. */
  readonly gpus?: string | undefined
  /** Output lines that hold it are kept whatever else is printed. */
  readonly marker: string
  /** How much of the end of each stream is kept; 64 KiB unless said. */
  readonly keptBytes?: number
}

export interface FilesRequest {
  readonly image: string
  readonly platform: Platform
  readonly files: readonly {
    readonly file: string
    /** Without it a symbolic link is followed to its end, inside the image. */
    readonly isLinkItself: boolean
    /** How much of its beginning is read. */
    readonly keptBytes: number
  }[]
}

/** An image that is on this machine; disposing it removes it unless it was there before or is to be kept. */
export interface PulledImage extends AsyncDisposable {
  readonly pulled: PulledSeen
  /** The length of its files unpacked. To be asked only where it matters: not every engine knows it at once. */
  unpacked(): Promise<Look<number>>
}

export interface Engine {
  describe(): Promise<Look<EngineSeen>>
  /** Pulls a platform by its own digest. `content` is what has to come, for progress and the disk's sake. */
  pull(
    reference: Reference,
    platform: Platform,
    content: Content,
    onProgress: (progress: PullProgress) => void,
  ): Promise<Look<PulledImage>>
  /** Creates, starts, waits for, inspects and removes one container without network, privileges or our environment. */
  run(request: RunRequest): Promise<Look<RunSeen>>
  /** Starts a container on a network, without privileges or our environment, that goes on. */
  serve(request: ServeRequest): Promise<Look<Serving>>
  /** Looks at files of an image, which need not run or have a shell; undefined for one that is not there. */
  readFiles(request: FilesRequest): Promise<Look<readonly Look<FileSeen | undefined>[]>>
  /** What docker compose makes of a file, filled in with `env` and with nothing of ours; nothing is started. */
  resolveCompose(request: ResolveRequest): Promise<Look<ComposeResolved>>
  /** A project of several containers, all of it marked as ours, that is yet to be started. */
  compose(project: ComposeProject): Composed
}

export interface ResolveRequest {
  readonly text: string
  /** Where what the file names lies on this machine; undefined where nothing is beside it. */
  readonly folder: string | undefined
  readonly env: Readonly<Record<string, string>>
}

export type ComposeResolved =
  | {
      /** As compose prints it. */
      readonly model: unknown
      /** What docker itself needed of our environment to say so. */
      readonly own: Readonly<Record<string, string>>
    }
  | {
      /** Why it is no file that could be brought up, in compose's own words. */
      readonly refused: string
    }

export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/**
 * How starting a project ended, where nothing but the project itself is why: all of it was started; a health check that
 * others wait for said unhealthy; or something cannot be started.
 */
export type UpSeen =
  | { readonly outcome: 'started' }
  | { readonly outcome: 'unhealthy' | 'refused'; readonly reason: string }

/** A project of several containers; disposing of it removes them, their networks and their volumes. */
export interface Composed extends AsyncDisposable {
  /** Starts, in the order of the file, what does not run yet; ends when all of it was started or something could not be. */
  up(timeoutMs: number): Promise<Look<UpSeen>>
  containers(): Promise<Look<readonly ContainerSeen[]>>
  /** Asks a container on one of its ports that are published. */
  ask(container: ContainerSeen, port: number, request: HttpRequest, timeoutMs: number): Promise<Look<Answer>>
  /** The last of what a container printed. */
  logs(container: ContainerSeen): Promise<Look<PrintedSeen>>
}

export interface ServeRequest {
  readonly image: string
  readonly platform: Platform
  readonly env: Readonly<Record<string, string>>
  /** To be reached from this machine alone. */
  readonly port: number | undefined
  /** Whether its own health check runs. */
  readonly healthcheck: boolean
  readonly memoryBytes: number
}

/** A container that goes on until it is disposed of. */
export interface Serving extends AsyncDisposable {
  /** Undefined where it never started. */
  readonly startedAt: string | undefined
  state(): Promise<Look<ServingState>>
  get(path: string, timeoutMs: number): Promise<Look<Answer>>
  /** The last of what it printed. */
  logs(): Promise<Look<PrintedSeen>>
}

export interface Files {
  /** The text of a file inside the workspace of at most `maxBytes`; undefined where there is none. */
  read(path: string, maxBytes: number): Promise<string | undefined>
  /** Whether the workspace has a file there. */
  exists(path: string): Promise<boolean>
  /**
   * Where a file or folder of the workspace really lies on this machine, and its way from the workspace; undefined where
   * nothing is. Absent where the files are not on this machine.
   */
  readonly locate?: (path: string) => Promise<{ readonly real: string; readonly way: string } | undefined>
}

export interface RunFilter {
  readonly branch?: string
  readonly headSha?: string
  readonly status?: 'success'
}

/** Runs of workflows on GitHub, read only. Asks again what can heal; where a permission is missing, its name is the hint. */
export interface BuildRun {
  /** Undefined where we are no job of a run. */
  readonly own: OwnJob | undefined
  run(runId: number): Promise<Look<WorkflowRunSeen>>
  /** The jobs of all attempts, as many as GitHub says there are. */
  jobs(runId: number): Promise<Look<readonly JobSeen[]>>
  annotations(jobId: string): Promise<Look<readonly AnnotationSeen[]>>
  /**
   * The last runs of the same workflow that succeeded on the default branch, newest first, this one not among them, nor
   * those of pull requests and of forks.
   */
  earlierSuccesses(run: WorkflowRunSeen, atMost: number): Promise<Look<readonly WorkflowRunSeen[]>>
  /**
   * The newest run of a workflow, by its path, for which every filter that is given holds, of no pull request and no fork;
   * undefined where there is none.
   */
  newestRun(path: string, filter: RunFilter): Promise<Look<WorkflowRunSeen | undefined>>
  /** The text of a file of the repository at a commit, branch or tag. */
  file(path: string, ref: string): Promise<Look<string>>
}

export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  now(): number
  date(): Date
  /** Rejects when the run is cancelled or out of time. */
  sleep(ms: number): Promise<void>
}

/** One piece of long work as a person follows it. */
export interface Step {
  /** `bytesHere` are those of the target's bytes that need not come any more. */
  update(text: string, bytesHere?: number): void
  done(text: string): void
}

export interface Log {
  info(text: string): void
  warn(text: string): void
  debug(text: string): void
  /** Words of a container, a registry or an API: made harmless, capped and fenced. */
  foreign(title: string, text: string): void
  /** Begins a piece of work: `pull` of `backend/linux/amd64`. */
  step(what: string, of: string): Step
  /** Announces a target and the bytes that have to come for it, or says more of one: what is left is told of all of them. */
  announce(target: string, bytes: number): void
  /** Nothing more is to be done for a target. */
  settle(target: string): void
}

/** What it takes to run something in a container, and to know it again. */
export interface Runner extends Pick<Ports, 'nonce'> {
  readonly engine: Pick<Engine, 'run'>
}

export interface Ports {
  readonly registry: Registry
  readonly engine: Engine
  /** Undefined where no repository is known. */
  readonly buildRun: BuildRun | undefined
  readonly files: Files
  readonly clock: Clock
  readonly log: Log
  /** Unguessable, for probes. */
  nonce(): string
}
