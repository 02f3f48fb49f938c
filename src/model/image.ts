declare const brand: unique symbol
type Branded<Text, Name extends string> = Text & { readonly [brand]: Name }

/** A repository with its registry, without tag or digest: `ghcr.io/acme/app`. Only `parseImageName` makes one. */
export type ImageName = Branded<string, 'ImageName'>

/** A tag by the grammar of the OCI distribution spec. Only `parseTag` makes one. */
export type Tag = Branded<string, 'Tag'>

/** `sha256:` and 64 hex digits, or `sha512:` and 128. Only `parseDigest` makes one. */
export type Digest = Branded<string, 'Digest'>

/** `os/architecture[/variant]`, normalized: `linux/arm64/v8` is `linux/arm64`. Only `parsePlatform` makes one. */
export type Platform = Branded<string, 'Platform'>

/** What a registry is asked for: `name:tag` or `name@digest`. */
export type Reference = Branded<string, 'Reference'>

/** `name:tag` */
export const tagged = (name: ImageName, tag: Tag): Reference => `${name}:${tag}` as Reference
/** `name@digest` */
export const pinned = (name: ImageName, digest: Digest): Reference => `${name}@${digest}` as Reference

/** The name in a reference, and the digest where it is pinned to one. */
export function splitReference(reference: Reference): { name: ImageName; digest: Digest | undefined } {
  const at = reference.indexOf('@')
  if (at >= 0) return { name: reference.slice(0, at) as ImageName, digest: reference.slice(at + 1) as Digest }
  return { name: reference.slice(0, reference.lastIndexOf(':')) as ImageName, digest: undefined }
}

// https://github.com/distribution/reference/blob/main/regexp.go
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?'
const host = `(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
export const IMAGE_NAME = new RegExp(`^(${host})/(${component}(?:/${component})*)$`)
const MAX_NAME_LENGTH = 255

/** Reads `registry/repository`, filling in Docker Hub's familiar names; throws with the reason and what to write instead. */
export function parseImageName(text: string): ImageName {
  const quoted = JSON.stringify(text)
  const full = qualify(text)
  if (!IMAGE_NAME.test(full)) {
    if (text.includes('@')) throw new Error(`${quoted} is pinned to a digest: write the name alone`)
    if (/:[^/]*$/.test(text) && IMAGE_NAME.test(qualify(text.replace(/:[^/:]*$/, '')))) {
      throw new Error(`${quoted} has a tag: write the name alone, and the tag under tags`)
    }
    const lower = text.toLowerCase()
    const advice = IMAGE_NAME.test(qualify(lower))
      ? `: the repository must be lower case, write ${JSON.stringify(lower)}`
      : ''
    throw new Error(`${quoted} is not an image name${advice}`)
  }
  if (full.length > MAX_NAME_LENGTH) throw new Error(`${quoted} is longer than ${MAX_NAME_LENGTH} characters`)
  return full as ImageName
}

function qualify(text: string): string {
  const slash = text.indexOf('/')
  const first = slash < 0 ? '' : text.slice(0, slash)
  const hasHost = slash > 0 && (/[.:[]/.test(first) || first === 'localhost' || first !== first.toLowerCase())
  if (hasHost)
    return text.replace(/^index\.docker\.io\//, 'docker.io/').replace(/^docker\.io\/([^/]+)$/, 'docker.io/library/$1')
  return slash < 0 ? `docker.io/library/${text}` : `docker.io/${text}`
}

/** The registry's host and port: whom credentials are for. */
export const registryOf = (name: ImageName): string => name.slice(0, name.indexOf('/'))

export const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/

/** Reads a tag; throws when it is none. */
export function parseTag(text: string): Tag {
  if (!TAG.test(text)) throw new Error(`${JSON.stringify(text)} is not a tag`)
  return text as Tag
}

export const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/

/** Reads a digest; throws when it is none, before anything could use it as a path. */
export function parseDigest(text: string): Digest {
  if (!DIGEST.test(text)) throw new Error(`${JSON.stringify(text)} is not a digest`)
  return text as Digest
}

/** The first twelve hex digits, as people compare digests. */
export const shortDigest = (digest: Digest): string => digest.slice(digest.indexOf(':') + 1).slice(0, 12)

// https://github.com/containerd/platforms/blob/main/database.go
const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  '386': [],
  amd64: ['v2', 'v3', 'v4'],
  arm: ['v5', 'v6', 'v7'],
  arm64: ['v9'],
  loong64: [],
  mips64le: [],
  ppc64le: [],
  riscv64: [],
  s390x: [],
}
const ALIASES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  'amd64/v1': 'amd64',
  aarch64: 'arm64',
  'aarch64/v8': 'arm64',
  'arm64/8': 'arm64',
  'arm64/v8': 'arm64',
  armhf: 'arm/v7',
  armel: 'arm/v6',
  'arm/7': 'arm/v7',
  'arm/6': 'arm/v6',
  'arm/5': 'arm/v5',
  arm: 'arm/v7',
  i386: '386',
}
const OPERATING_SYSTEMS = ['linux', 'windows', 'freebsd']

const normalized = Object.entries(ARCHITECTURES)
  .flatMap(([architecture, variants]) => [architecture, ...variants.map((variant) => `${architecture}/${variant}`)])
  .filter((known) => !Object.hasOwn(ALIASES, known))
export const PLATFORM = new RegExp(`^(?:${OPERATING_SYSTEMS.join('|')})/(?:${normalized.join('|')})$`)

/** Reads `os/architecture[/variant]` and normalizes it as containerd does; throws when there is no such platform. */
export function parsePlatform(text: string): Platform {
  const [os = '', ...rest] = text.trim().toLowerCase().split('/')
  const given = rest.join('/')
  const [architecture = '', variant, ...more] = (ALIASES[given] ?? given).split('/')
  const variants = Object.hasOwn(ARCHITECTURES, architecture) ? ARCHITECTURES[architecture] : undefined
  const known = OPERATING_SYSTEMS.includes(os) && variants !== undefined && more.length === 0
  if (!known || (variant !== undefined && !variants.includes(variant))) {
    throw new Error(`${JSON.stringify(text)} is not a platform such as linux/amd64`)
  }
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/') as Platform
}

/** A platform without its variant: what runs one of a family mostly runs the others. */
export const familyOf = (platform: Platform): string => platform.split('/').slice(0, 2).join('/')

/** The platforms of Linux, for suggestions. */
export const knownPlatforms: readonly string[] = Object.entries(ARCHITECTURES).flatMap(([architecture, variants]) => [
  `linux/${architecture}`,
  ...variants.map((variant) => `linux/${architecture}/${variant}`),
])
