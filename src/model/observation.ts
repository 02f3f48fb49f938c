import type { Digest, Platform, Reference, Tag } from './image.ts'

/**
 * Why something could not be looked at. `not-found` is an answer, and so is `no-start`: the image itself is why its
 * container does not start. All others are the lack of one: of what is `hidden` nobody says whether it is there, and what
 * is `out-of-reach` may answer others.
 */
export type LookFailure =
  | 'not-found'
  | 'denied'
  | 'hidden'
  | 'rate-limited'
  | 'unavailable'
  | 'out-of-reach'
  | 'timeout'
  | 'altered'
  | 'malformed'
  | 'disk-full'
  | 'no-emulator'
  | 'no-tool'
  | 'tool-integrity'
  | 'no-evidence'
  | 'no-start'
  | 'cancelled'
  | 'failed'

/** Failures that say the thing itself is wrong, not that we could not see it. */
export const isWrong = (failure: LookFailure): boolean => ['not-found', 'altered', 'malformed'].includes(failure)

/** What a look gave: the thing, or why there is none. */
export type Look<Seen> = { readonly ok: true; readonly seen: Seen } | Failed

/** A look that gave nothing, and why, in words that carry the value asked for. */
export interface Failed {
  readonly ok: false
  readonly failure: LookFailure
  readonly reason: string
  readonly hint: string
}

/** A look that gave nothing; the hint may be empty where there is nothing to do. */
export const failed = (failure: LookFailure, reason: string, hint: string): Failed => ({
  ok: false,
  failure,
  reason,
  hint,
})

export interface TagSeen {
  readonly tag: Tag
  readonly digest: Look<Digest>
  /** How often the registry was asked before it answered so. */
  readonly attempts: number
}

/** A manifest's exact bytes, hashed by us. */
export interface RawManifest {
  readonly reference: Reference
  readonly digest: Digest
  readonly bytes: Uint8Array
  /** What the registry's header calls it, where that could be seen. */
  readonly contentType?: string
}

export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly sizeBytes: number
  readonly platform?: Platform
  /** Where the platform is none we know: as the registry writes it. */
  readonly platformText?: string
  readonly annotations: Readonly<Record<string, string>>
}

/** One platform's manifest. */
export interface ManifestSeen {
  readonly digest: Digest
  readonly mediaType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations: Readonly<Record<string, string>>
  /** Sum of the layers in the registry. */
  readonly compressedBytes: number
}

/** The part of an image's config that checks look at. */
export interface ConfigSeen {
  readonly platform: Platform | undefined
  /** As the config writes it. */
  readonly platformText: string
  readonly labels: Readonly<Record<string, string>>
  readonly env: readonly string[]
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  readonly user: string
  readonly workdir: string
  readonly exposedPorts: readonly string[]
  readonly volumes: readonly string[]
  readonly healthcheck: readonly string[] | undefined
}

/** A platform an index lists, or the only one of a single manifest. */
export interface ChildSeen {
  readonly descriptor: Descriptor
  readonly manifest: Look<ManifestSeen>
  readonly config: Look<ConfigSeen>
}

export interface IndexSeen {
  readonly digest: Digest
  readonly mediaType: string
  /** `manifest`: the tag leads straight to one platform's manifest. */
  readonly kind: 'index' | 'manifest'
  readonly annotations: Readonly<Record<string, string>>
  readonly children: readonly ChildSeen[]
  readonly attestations: readonly AttestationSeen[]
}

/** An attestation manifest that an index lists, told by its annotation. */
export interface AttestationSeen {
  readonly descriptor: Descriptor
  /** Whom it speaks of. */
  readonly subject: Digest | undefined
  /** How many statements it holds; undefined where nobody asks. */
  readonly statements?: Look<number>
}

/** All that the registry says of one image. */
export interface ImageSeen {
  readonly tags: readonly TagSeen[]
  /** What the tag that names the commit leads to, or else the first tag that leads anywhere. */
  readonly index: Look<IndexSeen>
}

/** The child for a platform: by the index where there is one, else by its config. */
export const childFor = (index: IndexSeen, platform: Platform): ChildSeen | undefined =>
  index.children.find((child) => platformOf(index, child) === platform)

/** What a child is for: as the index says, or its config where there is no index; undefined where neither does. */
export const platformOf = (index: IndexSeen, child: ChildSeen): Platform | undefined => {
  if (index.kind === 'index') return child.descriptor.platform
  return child.config.ok ? child.config.seen.platform : undefined
}

export interface EngineSeen {
  readonly version: string
  readonly store: 'classic' | 'containerd'
  readonly platform: Platform
  /** Other platforms whose programs start here, by emulation. */
  readonly emulated: readonly Platform[]
  readonly buildx: string | undefined
  /** It unpacks layers by one processor, and need not: on this machine, the classic store, and no unpigz for it. */
  readonly unpacksSlowly?: boolean
  /** Limits of containers that it does not enforce: `memory`, `processes`. */
  readonly unlimited?: string
}

export interface PulledSeen {
  /** What `run` is to be given: never a tag. */
  readonly id: string
  readonly repoDigests: readonly string[]
  /** Undefined where the engine does not say it at once. */
  readonly unpackedBytes: number | undefined
  readonly seconds: number
}

/** A container that was created, maybe started, and is gone again. */
export interface RunSeen {
  /** Undefined: it never started, and `error` says why. */
  readonly startedAt: string | undefined
  readonly exitCode: number | undefined
  readonly oomKilled: boolean
  readonly timedOut: boolean
  readonly outputLimited: boolean
  /** The engine's own words on why it could not start. */
  readonly error: string
  /** Who is to blame that it never started; the engine also where it gives no reason. */
  readonly refusedBy?: 'image' | 'engine'
  /** The program that it was to start and that the image does not have, where that is why. */
  readonly missing?: string
  /** Lines that carry the request's marker, cut at it: what follows the marker. */
  readonly marked: readonly string[]
  /** The last of what it printed, capped; hostile. */
  readonly stdout: string
  readonly stderr: string
  /** Which of them lacks its beginning: it printed more than is kept. */
  readonly cut: { readonly stdout: boolean; readonly stderr: boolean }
  readonly seconds: number
}

/** The last of what a container printed; hostile. */
export interface PrintedSeen {
  readonly text: string
  /** There was more before it. */
  readonly cut: boolean
}

/** A file, folder or link as an image has it. */
export interface FileSeen {
  readonly type: 'file' | 'folder' | 'link' | 'other'
  /** The permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly sizeBytes: number
  /** As much of the beginning of a file as was asked for. */
  readonly text: string
  /** The file is longer than that. */
  readonly cut: boolean
}

export type ModuleSeen =
  | { readonly outcome: 'imported'; readonly version: string | undefined; readonly seconds: number | undefined }
  /** `ModuleNotFoundError` for exactly this name. */
  | { readonly outcome: 'absent' }
  /** There, and does not import: an exception, a crash, an exit, a hang. */
  | { readonly outcome: 'broken'; readonly reason: string }
  /** The probe never came to it. */
  | { readonly outcome: 'unseen'; readonly reason: string }

export interface TorchSeen {
  /** `torch.version.cuda`, `torch.version.hip`; null where it is None. */
  readonly cuda: string | null
  readonly hip: string | null
  /** Names of the packages under `nvidia/`, and `triton`, where they import. */
  readonly vendorPackages: readonly string[]
  /** Whether it can use a GPU, where that was asked: `torch.cuda.is_available()`, and what it says where not. */
  readonly gpu?: { readonly available: boolean; readonly reason: string }
}

/** What the probe container of one target said. */
export interface ProbeSeen {
  readonly nonce: string
  readonly startedAt: string
  readonly python: string
  readonly pythonVersion: string
  readonly modules: Readonly<Record<string, ModuleSeen>>
  readonly torch: TorchSeen | undefined
  /** Why its own end line, with the count of all modules, never came; undefined where it did. */
  readonly unended?: string
  readonly seconds: number
  /** What the modules printed meanwhile, capped; hostile. */
  readonly output: string
}

/** Whether a target's container runs on this machine. `asked`: it was to, and cannot, or what it needs is not there. */
export type Execution =
  | { readonly executed: 'native' | 'emulated' }
  | { readonly executed: 'no'; readonly asked: false; readonly reason: string }
  | {
      readonly executed: 'no'
      readonly asked: true
      readonly reason: string
      readonly hint: string
      /** The check that tells the cause. */
      readonly because?: string
    }
