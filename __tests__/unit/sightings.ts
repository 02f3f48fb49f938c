// What may be seen of images, to judge and to look at: each builder gives something whole and right, and takes what the
// test is about.
import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { CheckDefinition, Judgement, Scope, Subjects } from '../../src/checks/define.ts'
import { settle, type Terms } from '../../src/checks/settle.ts'
import type { Digest, Platform, Tag } from '../../src/model/image.ts'
import type {
  ChildSeen,
  ConfigSeen,
  EngineSeen,
  Execution,
  ImageSeen,
  Look,
  LookFailure,
  ManifestSeen,
  ModuleSeen,
  ProbeSeen,
  PulledSeen,
  RunSeen,
  TagSeen,
} from '../../src/model/observation.ts'
import type { CheckResult, Status } from '../../src/model/result.ts'
import { type ImageExpectation, type Target, targetKey } from '../../src/model/spec.ts'
import type { Clock, Engine, Log, Ports, Registry, RunRequest } from '../../src/ports.ts'
import { aDigest, anImageName, aPlatform, aTag } from './builders.ts'

export const SHA = '3f2a1bc9d0e45f6a7b8c9d0e1f2a3b4c5d6e7f80'
export const OTHER_SHA = '0123456789abcdef0123456789abcdef01234567'
export const REVISION = 'org.opencontainers.image.revision'
export const AMD64 = aPlatform('linux/amd64')
export const ARM64 = aPlatform('linux/arm64')
export const SHA_TAG = aTag('sha-3f2a1bc')
export const STARTED = '2026-11-21T10:00:41Z'
export const NONCE = '9f8e7d6c5b4a'

export const ok = <Seen>(seen: Seen): Look<Seen> => ({ ok: true, seen })
export const no = (failure: LookFailure = 'unavailable', reason = `it was ${failure}`) =>
  ({ ok: false, failure, reason, hint: `see to ${failure}` }) as const

// Expectations

export const anImage = (given: Partial<ImageExpectation> = {}): ImageExpectation => ({
  id: 'backend',
  name: anImageName(),
  tags: [aTag(), SHA_TAG],
  platforms: [AMD64, ARM64],
  size: {},
  growth: 0.2,
  imports: [],
  absent: [],
  torch: undefined,
  starts: false,
  commands: [],
  files: [],
  config: [],
  attestations: false,
  probe: { timeoutMs: 60_000, memoryBytes: 4e9, entrypoint: 'clear' },
  maxDurationMs: undefined,
  severity: {},
  waivers: [],
  positions: { '': { file: 'spec.yml', line: 4, column: 3 } },
  ...given,
})

export const aTarget = (given: Partial<ImageExpectation> = {}, platform: Platform = AMD64): Target => {
  const image = anImage(given)
  return { key: targetKey(image.id, platform), image, platform }
}

// What the registry says

export const aTagSeen = (tag: Tag = aTag(), digest: Look<Digest> = ok(aDigest()), attempts = 1): TagSeen => ({
  tag,
  digest,
  attempts,
})

export const aManifest = (given: Partial<ManifestSeen> = {}): ManifestSeen => ({
  digest: aDigest(1),
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: aDigest(2),
    sizeBytes: 900,
    annotations: {},
  },
  layers: [],
  annotations: {},
  compressedBytes: 100_000_000,
  ...given,
})

export const aConfig = (given: Partial<ConfigSeen> = {}): ConfigSeen => ({
  platform: AMD64,
  platformText: given.platform ?? AMD64,
  labels: { [REVISION]: SHA },
  env: [],
  entrypoint: [],
  cmd: ['python'],
  user: '',
  workdir: '/app',
  exposedPorts: [],
  volumes: [],
  healthcheck: undefined,
  ...given,
})

/** A platform in an index, whose manifest and config are as it says; `digest` and `compressedBytes` for short. */
export const aChild = (
  name: Platform | 'none' = AMD64,
  given: Partial<ChildSeen> & { compressedBytes?: number; labels?: ConfigSeen['labels'] } = {},
): ChildSeen => {
  const platform = name === 'none' ? undefined : name
  const digest = aDigest(platform === ARM64 ? 0xa4 : 0xa1)
  const { compressedBytes = 100_000_000, labels = { [REVISION]: SHA }, ...rest } = given
  return {
    descriptor: {
      mediaType: aManifest().mediaType,
      digest,
      sizeBytes: 500,
      annotations: {},
      ...(platform && { platform }),
    },
    manifest: ok(aManifest({ digest, compressedBytes })),
    config: ok(aConfig({ platform, platformText: platform ?? 'linux/mystery', labels })),
    ...rest,
  }
}

export const anIndex = (children: readonly ChildSeen[] = [aChild(), aChild(ARM64)]): ImageSeen['index'] =>
  ok({
    digest: aDigest(),
    mediaType: 'application/vnd.oci.image.index.v1+json',
    kind: 'index',
    annotations: {},
    children,
    attestations: [],
  })

/** A tag that leads straight to a manifest. */
export const aSingle = (child: ChildSeen = aChild()): ImageSeen['index'] =>
  ok({
    digest: child.descriptor.digest,
    mediaType: aManifest().mediaType,
    kind: 'manifest',
    annotations: {},
    children: [child],
    attestations: [],
  })

export const anImageSeen = (given: Partial<ImageSeen> = {}): ImageSeen => ({
  tags: [aTagSeen(), aTagSeen(SHA_TAG)],
  index: anIndex(),
  ...given,
})

/** Nothing of an image could be seen, for one reason. */
export const unseenImage = (failure: LookFailure = 'unavailable'): ImageSeen => ({
  tags: [aTagSeen(aTag(), no(failure)), aTagSeen(SHA_TAG, no(failure))],
  index: no(failure),
})

// What the engine says

export const anEngine = (given: Partial<EngineSeen> = {}): EngineSeen => ({
  version: '28.0.4',
  store: 'classic',
  platform: AMD64,
  emulated: [],
  buildx: '0.29.1',
  ...given,
})

export const aPulled = (given: Partial<PulledSeen> = {}): PulledSeen => ({
  id: `${anImageName()}@${aDigest(0xa1)}`,
  repoDigests: [`${anImageName()}@${aDigest(0xa1)}`],
  unpackedBytes: 500_000_000,
  seconds: 12,
  ...given,
})

export const imported = (version: string | undefined = '1.0.7'): ModuleSeen => ({
  outcome: 'imported',
  version,
  seconds: 0.5,
})
export const broken: ModuleSeen = { outcome: 'broken', reason: 'ended by signal 11 (SIGSEGV)' }
export const absentModule: ModuleSeen = { outcome: 'absent' }
export const unseenModule: ModuleSeen = { outcome: 'unseen', reason: 'the container was ended' }

export const aProbe = (given: Partial<ProbeSeen> = {}): ProbeSeen => ({
  nonce: NONCE,
  startedAt: STARTED,
  python: '/usr/local/bin/python',
  pythonVersion: '3.12.3',
  modules: { ktrdr: imported() },
  torch: undefined,
  seconds: 2,
  output: '',
  ...given,
})

export const native: Execution = { executed: 'native' }
export const notAskedToRun: Execution = { executed: 'no', asked: false, reason: 'execute is none' }
export const cannotRunBecause = (because: string): Execution => ({
  executed: 'no',
  asked: true,
  reason: 'the engine does not answer',
  hint: 'start it',
  because,
})
export const cannotRun = cannotRunBecause('pull')

// Judging

export interface Case<S extends Scope, Seen> {
  readonly name: string
  readonly of: Subjects[S]
  /** Undefined where nothing is asked of the subject. */
  readonly seen: Seen | undefined
  readonly terms?: Partial<Terms>
  readonly codes?: readonly string[]
  readonly is: Status
  readonly because?: string
  /** Words that its reason, or its findings, must hold. */
  readonly says?: readonly string[]
}

type Judged<S extends Scope, Seen> = Pick<CheckDefinition<S, Seen>, 'id' | 'scope' | 'codes' | 'notAsked' | 'judge'>

const FINDING = ['code', 'message', 'severity', 'about', 'expected', 'actual', 'hint', 'at']
/** Checks that look at several things of a target, and say of which a finding is. */
const TELLS_OF_WHAT = /^(?:size|absent|torch)\/|^import\/(?:missing|broken|version)$/

export function judged<S extends Scope, Seen>(
  check: Judged<S, Seen>,
  { of, seen, terms }: Pick<Case<S, Seen>, 'of' | 'seen' | 'terms'>,
): CheckResult {
  const reason = check.notAsked(of)
  if ((reason === undefined) !== (seen !== undefined))
    throw new Error('give what is seen exactly where it is asked for')
  const judgement: Judgement = reason === undefined ? check.judge(of, seen as Seen) : { skipped: reason }
  const identity = { check: check.id, target: 'it', seconds: 0.1 }
  return settle(identity, check.codes, judgement, { severity: {}, waivers: [], today: '2026-11-21', ...terms })
}

/** The table of a check: what is asked of it, what is seen, what comes of it; and no code or outcome without a case. */
export function describeCheck<S extends Scope, Seen>(check: Judged<S, Seen>, cases: readonly Case<S, Seen>[]): void {
  describe(check.id, () => {
    test.each(cases)('$name', (each) => {
      const result = judged(check, each)
      expect(result.findings.map(({ code }) => code)).toEqual(each.codes ?? [])
      expect(result.status).toBe(each.is)
      expect('because' in result ? result.because : undefined).toBe(each.because)
      for (const words of each.says ?? []) expect(JSON.stringify(result)).toContain(words)
      for (const finding of result.findings) {
        expect(Object.keys(check.codes)).toContain(finding.code)
        for (const word of ['message', 'expected', 'actual', 'hint'] as const) expect(finding[word]).toBeTruthy()
        expect(JSON.stringify(finding)).not.toMatch(/undefined|NaN|\[object/)
        expect(finding.about !== undefined || !TELLS_OF_WHAT.test(finding.code)).toBe(true)
        expect(FINDING).toEqual(expect.arrayContaining(Object.keys(finding)))
      }
      if ('reason' in result) expect(result.reason).not.toBe('')
      if ('hint' in result) expect(result.hint).not.toBe('')
    })

    test('has a case for every code and every way it can end', () => {
      const red = cases.filter(({ is }) => is === 'failed' || is === 'warned').flatMap(({ codes = [] }) => codes)
      expect([...new Set(red)].sort()).toEqual(Object.keys(check.codes).sort())
      expect(new Set(cases.map(({ is }) => is))).toEqual(
        new Set([...cases.map(({ is }) => is), 'passed', 'errored', 'skipped']),
      )
    })
  })
}

// Ports

type Given = {
  readonly [Port in keyof Ports]?: Ports[Port] extends () => string ? Ports[Port] : Partial<Ports[Port]> | undefined
}

/** Ports that throw whatever they are asked, unless the test says what they answer. */
export function fakePorts(given: Given & Partial<AsyncDisposable> = {}): Ports & AsyncDisposable {
  const answers = given as Readonly<Record<string | symbol, unknown>>
  const thrower = (call: string) => () => {
    throw new Error(`unexpected call: ${call}`)
  }
  const port = (name: string) =>
    new Proxy({} as Record<string, unknown>, {
      get: (_, method) => {
        const known = (answers[name] ?? {}) as Record<string | symbol, unknown>
        return known[method] ?? thrower(`${name}.${String(method)}`)
      },
    })
  const isMissing = (name: string) => name in answers && answers[name] === undefined
  const names = ['files', 'clock', 'log', 'registry', 'engine', 'buildRun'] as const
  return {
    ...(Object.fromEntries(names.map((name) => [name, isMissing(name) ? undefined : port(name)])) as unknown as Ports),
    nonce: given.nonce ?? thrower('nonce'),
    [Symbol.asyncDispose]: given[Symbol.asyncDispose] ?? (async () => {}),
  }
}

/** A clock whose time passes only by sleeping. */
export function aClock(date = '2026-11-21T10:00:00.000Z'): Clock {
  let now = 0
  return {
    now: () => now,
    date: () => new Date(date),
    sleep: async (ms) => {
      now += ms
    },
  }
}

/** A log of which only warnings are kept. */
export function aLog(warnings: string[] = []): Log {
  const nothing = () => {}
  return {
    info: nothing,
    debug: nothing,
    foreign: nothing,
    warn: (text) => warnings.push(text),
    step: () => ({ update: nothing, done: nothing }),
    announce: nothing,
    settle: nothing,
  }
}

/** What is in an image, module by module; a module that is not named is absent. */
export type Contents = Readonly<
  Record<string, { readonly version?: string; readonly cuda?: string; readonly signal?: number }>
>

/** One platform of a pushed image. */
export interface Pushed {
  readonly platform: Platform
  /** What its config says, where that is not its platform. */
  readonly says?: Platform
  readonly workdir?: string
  readonly compressedBytes?: number
  readonly unpackedBytes?: number
  readonly revision?: string
  readonly contents?: Contents
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const digestOf = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest

/** A registry and an engine that hold images, byte for byte as real ones would. */
export class World {
  /** Every call of a port, in order: `registry.manifest ghcr.io/acme/backend:latest`. */
  readonly calls: string[] = []
  readonly released: string[] = []
  readonly #manifests = new Map<string, Uint8Array>()
  readonly #configs = new Map<string, Uint8Array>()
  readonly #running = new Map<string, Pushed>()
  readonly engineSeen: EngineSeen

  constructor(engineSeen: EngineSeen = anEngine()) {
    this.engineSeen = engineSeen
  }

  /** Pushes an image under all its tags, and gives the digest of its index back. */
  push({ name, tags }: Pick<ImageExpectation, 'name' | 'tags'>, platforms: readonly Pushed[]): Digest {
    const manifests = platforms.map((pushed, position) => {
      const bytes = this.#pushPlatform(name, pushed, position)
      const [os, architecture, variant] = pushed.platform.split('/')
      return {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: digestOf(bytes),
        size: bytes.length,
        platform: { os, architecture, ...(variant && { variant }) },
      }
    })
    const index = encode({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests })
    for (const tag of tags) this.#manifests.set(`${name}:${tag}`, index)
    return digestOf(index)
  }

  #pushPlatform(name: string, pushed: Pushed, position: number): Uint8Array {
    const [os, architecture, variant] = (pushed.says ?? pushed.platform).split('/')
    const config = encode({
      os,
      architecture,
      ...(variant && { variant }),
      config: {
        WorkingDir: pushed.workdir,
        Labels: { ...(pushed.revision && { [REVISION]: pushed.revision }), name, place: String(position) },
      },
      rootfs: { type: 'layers', diff_ids: [] },
    })
    const manifest = encode({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: digestOf(config),
        size: config.length,
      },
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
          digest: aDigest(position + 1),
          size: pushed.compressedBytes ?? 100_000_000,
        },
      ],
    })
    this.#configs.set(digestOf(config), config)
    this.#manifests.set(`${name}@${digestOf(manifest)}`, manifest)
    this.#running.set(`${name}@${digestOf(manifest)}`, pushed)
    return manifest
  }

  readonly registry: Registry = {
    manifest: async (reference) => {
      this.calls.push(`registry.manifest ${reference}`)
      const bytes = this.#manifests.get(reference)
      return bytes === undefined ? no('not-found') : ok({ reference, digest: digestOf(bytes), bytes })
    },
    config: async (name, config) => {
      this.calls.push(`registry.config ${name}@${config}`)
      const bytes = this.#configs.get(config)
      return bytes === undefined ? no('not-found') : ok(bytes)
    },
  }

  readonly engine: Engine = {
    serve: async () => no('failed'),
    resolveCompose: async () => no('failed'),
    compose: () => {
      throw new Error('nothing is brought up here')
    },
    describe: async () => {
      this.calls.push('engine.describe')
      return ok(this.engineSeen)
    },
    pull: async (reference, platform) => {
      this.calls.push(`engine.pull ${reference} ${platform}`)
      const pushed = this.#running.get(reference)
      if (pushed === undefined) return no('not-found')
      const unpackedBytes = pushed.unpackedBytes ?? 500_000_000
      return ok({
        pulled: aPulled({ id: reference, repoDigests: [reference], unpackedBytes }),
        unpacked: async () => ok(unpackedBytes),
        [Symbol.asyncDispose]: async () => {
          this.released.push(reference)
        },
      })
    },
    run: async (request) => {
      this.calls.push(`engine.run ${request.image}`)
      const pushed = this.#running.get(request.image)
      return pushed === undefined ? no('not-found') : ok(speak(request, pushed.contents ?? {}))
    },
    readFiles: async ({ image, files }) => {
      this.calls.push(`engine.readFiles ${image}`)
      return this.#running.has(image) ? ok(files.map(() => ok(undefined))) : no('not-found')
    },
  }

  ports(given: Given = {}): Ports & AsyncDisposable {
    let count = 0
    return fakePorts({
      registry: this.registry,
      engine: this.engine,
      buildRun: undefined,
      clock: aClock(),
      log: aLog(),
      nonce: () => `nonce${count++}`,
      ...given,
    })
  }
}

const hex = (text: string): string => (text === '' ? '.' : Buffer.from(text).toString('hex'))

/** What a container with these contents answers the probe, in the probe's own lines. */
export function speak({ args }: Pick<RunRequest, 'args'>, contents: Contents): RunSeen {
  const modules = args.slice(5)
  const lines = modules.flatMap((module, at) => {
    const found = contents[module]
    if (found === undefined)
      return [` ${at} error ${hex('ModuleNotFoundError')} ${hex(module)} here ${hex('No module')}`]
    if (found.signal !== undefined) return [` ${at} signal ${found.signal}`]
    return [
      ` ${at} ok 500000`,
      ` ${at} version ${hex(found.version ?? '1.0.7')}`,
      ...(module === 'torch' ? [` ${at} torch ${found.cuda === undefined ? '-' : hex(found.cuda)} -`] : []),
    ]
  })
  return {
    startedAt: STARTED,
    exitCode: 0,
    oomKilled: false,
    timedOut: false,
    outputLimited: false,
    error: '',
    marked: [
      ` begin ${hex('3.12.3')} ${hex('/usr/bin/python')}`,
      ...lines,
      ` vendor ${hex('')}`,
      ` end ${modules.length}`,
    ],
    stdout: '',
    stderr: '',
    cut: { stdout: false, stderr: false },
    seconds: 2,
  }
}
