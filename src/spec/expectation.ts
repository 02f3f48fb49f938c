import { errorMessage } from '../errors.ts'
import { type ImageName, parseImageName, parsePlatform, parseTag, type Tag } from '../model/image.ts'
import type { ImageExpectation, ImportExpectation, ProbeSettings, SizeExpectation, Waiver } from '../model/spec.ts'
import { contradictions, expectCommand, expectConfig, expectFile, neverFound } from './contents.ts'
import { expectHealth } from './health.ts'
import { type Context, fillPlaceholders } from './placeholders.ts'
import type { Path } from './positions.ts'
import { parseDuration, parsePercent, parseSize, parseSizeRange } from './quantities.ts'
import type { Spec, SpecImage } from './schema.ts'

/** Told of every problem, by the path of what has it. */
export type Complain = (path: Path, message: string) => void

/** What all images share. */
export type Shared = Pick<Spec, 'tags' | 'platforms' | 'tolerance' | 'growth' | 'severity'>

/** An image's part of the spec as the checks want it; undefined after a complaint. */
export function expectImage(
  id: string,
  image: SpecImage,
  shared: Shared,
  context: Context,
  complain: Complain,
): Omit<ImageExpectation, 'positions'> | undefined {
  const here = ['images', id]
  const fill = <Parsed>(text: string, path: Path, parse: (text: string) => Parsed): Parsed | undefined => {
    const filled = fillPlaceholders(text, context)
    if ('problems' in filled) {
      for (const problem of filled.problems) complain(path, problem)
      return undefined
    }
    try {
      return parse(filled.text)
    } catch (error) {
      complain(path, errorMessage(error))
      return undefined
    }
  }

  const name = fill<ImageName>(image.image, [...here, 'image'], parseImageName)
  const tagsPath = image.tags === undefined ? ['tags'] : [...here, 'tags']
  const tags = (image.tags ?? shared.tags).map((tag, index) => fill<Tag>(tag, [...tagsPath, index], parseTag))
  refuseRepeats(tags, tagsPath, complain)

  const platformsPath = image.platforms === undefined ? ['platforms'] : [...here, 'platforms']
  const platforms = (image.platforms ?? shared.platforms)?.map((text) => parsePlatform(text))
  refuseRepeats(platforms ?? [], platformsPath, complain, image.platforms ?? shared.platforms)

  const imports = (image.imports ?? []).map(
    (each): ImportExpectation => (typeof each === 'string' ? { module: each } : each),
  )
  refuseRepeats(
    imports.map(({ module }) => module),
    [...here, 'imports'],
    complain,
  )
  refuseRepeats(image.absent ?? [], [...here, 'absent'], complain)
  for (const platform of typeof image.runner === 'object' ? Object.keys(image.runner) : []) {
    if (platforms?.includes(parsePlatform(platform))) continue
    complain([...here, 'runner', platform], `${JSON.stringify(platform)} is no platform of the image: remove the line`)
  }
  refuseContradictions(here, image, imports, complain)

  const [first, ...rest] = tags.filter((tag) => tag !== undefined)
  if (name === undefined || first === undefined) return undefined
  return {
    id,
    name,
    tags: [first, ...rest],
    platforms,
    size: sizeOf(image, parsePercent(shared.tolerance)),
    growth: parsePercent(image.growth ?? shared.growth),
    imports,
    absent: image.absent ?? [],
    torch: image.torch,
    starts: image.starts,
    commands: (image.commands ?? []).map((each, index) => expectCommand(each, `commands.${index}`)),
    files: (image.files ?? []).map((each, index) => expectFile(each, `files.${index}`)),
    health: image.health && expectHealth(image.health),
    config: expectConfig(image.config),
    attestations: image.attestations === 'required',
    probe: probeOf(image),
    ...(image.gpus !== undefined && { gpus: String(image.gpus) }),
    ...runnersOf(image, platforms),
    maxDurationMs: image['max-duration'] === undefined ? undefined : parseDuration(image['max-duration']),
    severity: { ...shared.severity, ...image.severity },
    waivers: (image.waive ?? []).map(waiverOf),
  }
}

function refuseRepeats(
  values: readonly (string | undefined)[],
  path: Path,
  complain: Complain,
  texts: readonly string[] = [],
): void {
  const seen = new Set<string>()
  for (const [index, value] of values.entries()) {
    if (value === undefined) continue
    const { [index]: text = value } = texts
    const meaning = text === value ? '' : ` (it is ${value})`
    if (seen.has(value)) complain([...path, index], `${JSON.stringify(text)} is listed twice${meaning}: remove one`)
    seen.add(value)
  }
}

function refuseContradictions(
  here: Path,
  image: SpecImage,
  imports: readonly ImportExpectation[],
  complain: Complain,
): void {
  for (const [index, file] of (image.files ?? []).entries()) {
    for (const key of contradictions(file)) {
      complain([...here, 'files', index, key], 'is asked of a file that must not be there: remove one')
    }
    const reason = neverFound(file)
    if (reason !== undefined) complain([...here, 'files', index, 'path'], `${JSON.stringify(file.path)} ${reason}`)
  }
  const absent = new Set(image.absent)
  for (const [index, { module }] of imports.entries()) {
    const [top = module] = module.split('.')
    if (!absent.has(top)) continue
    complain(
      [...here, 'imports', index],
      `${JSON.stringify(module)} must import, yet ${JSON.stringify(top)} must be absent: remove one`,
    )
  }
  if (image.torch !== undefined && absent.has('torch')) {
    complain(
      [...here, 'torch'],
      `torch must be the build ${JSON.stringify(image.torch)}, yet it must be absent: remove one`,
    )
  }
}

function sizeOf({ size }: SpecImage, tolerance: number): SizeExpectation {
  const { compressed, unpacked } = typeof size === 'string' ? { unpacked: size } : { ...size }
  return {
    ...(compressed === undefined ? {} : { compressed: parseSizeRange(compressed, tolerance) }),
    ...(unpacked === undefined ? {} : { unpacked: parseSizeRange(unpacked, tolerance) }),
  }
}

const probeOf = ({ python, timeout, memory, entrypoint }: SpecImage): ProbeSettings => ({
  ...(python === undefined ? {} : { python }),
  timeoutMs: parseDuration(timeout),
  memoryBytes: parseSize(memory),
  entrypoint,
})

/** The label for each platform that has one of its own. */
function runnersOf({ runner }: SpecImage, platforms: ImageExpectation['platforms']): Pick<ImageExpectation, 'runners'> {
  if (runner === undefined) return {}
  const labels =
    typeof runner === 'string'
      ? (platforms ?? []).map((platform) => [platform, runner] as const)
      : Object.entries(runner).map(([platform, label]) => [parsePlatform(platform), label] as const)
  return { runners: Object.fromEntries(labels) }
}

const waiverOf = ({ platform, ...waiver }: NonNullable<SpecImage['waive']>[number]): Waiver => ({
  ...waiver,
  ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
})
