import { type ComposeModel, decodeModel, hostPathsOf, plainText } from '../compose/model.ts'
import { type PathSeen, refusalsOf } from '../compose/policy.ts'
import { parseServiceImage } from '../compose/reference.ts'
import { rewrite, type Terms } from '../compose/rewrite.ts'
import { errorMessage } from '../errors.ts'
import type { CanaryExpectation, CanaryRun, CanarySeen, Refusal } from '../model/canary.ts'
import type { Digest } from '../model/image.ts'
import { type Failed, failed, type Look } from '../model/observation.ts'
import type { ImageExpectation } from '../model/spec.ts'
import type { Files, Ports, PulledImage } from '../ports.ts'
import { readFamily } from './canary/files.ts'
import { pullOther } from './canary/other-image.ts'
import { notReady } from './canary/readiness.ts'
import { runCanary } from './canary/run.ts'
import { faultOf } from './canary/steps.ts'
import { sha256 } from './sha256.ts'

/** What a look at the canary gave; `because` is the check whose result made it pointless. */
export type CanaryLook = { readonly ok: true; readonly seen: CanarySeen } | Unlooked

type Unlooked = Failed & { readonly because?: string }

/** An image as it was verified, on this machine. */
export interface VerifiedImage {
  readonly digest: Digest
  readonly id: string
}

export interface CanaryNeeds {
  readonly expected: CanaryExpectation
  readonly images: readonly ImageExpectation[]
  /** Pulls the verified image for the platform of this engine, by its own digest. */
  readonly verified: (image: ImageExpectation) => Promise<Look<VerifiedImage>>
}

type Eyes = Pick<Ports, 'engine' | 'registry' | 'files' | 'clock' | 'log' | 'nonce'>

/** What a service needs that the spec does not speak of. */
const OTHER_MEMORY_BYTES = 4e9

/**
 * Brings the compose file up on exactly the images that were verified, asks it what the spec says, and removes it, come
 * what may. Nothing is started of a file of which anything is refused.
 */
export async function lookAtCanary(needs: CanaryNeeds, eyes: Eyes): Promise<CanaryLook> {
  const { expected, images } = needs
  const read = await readFamily(expected.file, eyes.files)
  if (!read.ok) return read
  const { text, folder, refusals } = read.seen
  const seen = { expected, sha256: text === undefined ? undefined : await sha256(text), run: undefined }
  if (text === undefined || refusals.length > 0) return { ok: true, seen: { ...seen, refusals } }

  const resolved = await eyes.engine.resolveCompose({ text, folder, env: expected.env })
  if (!resolved.ok) return resolved
  if ('refused' in resolved.seen) {
    const hint = 'see what docker compose config says of it; variables are set by env of the canary alone'
    const refusal: Refusal = {
      kind: 'invalid',
      message: `cannot be read: ${resolved.seen.refused}`,
      hint,
      path: 'file',
    }
    return { ok: true, seen: { ...seen, refusals: [refusal] } }
  }
  const { model: json, own } = resolved.seen
  const model = decodeModel(json)
  if (model === undefined) return failed('malformed', 'docker compose says of it what nobody here can read', SEE_CONFIG)
  const hostPaths = hostPathsOf(model)
  if (folder === undefined && hostPaths.length > 0) {
    return failed(
      'failed',
      `${expected.file} mounts ${hostPaths[0]}, and on this event only the file itself is at hand, at the base commit`,
      SEE_CONFIG,
    )
  }
  const paths = new Map(
    await Promise.all(hostPaths.map(async (path) => [path, await locate(path, eyes.files)] as const)),
  )
  const refused = refusalsOf(model, expected, images, { own, paths })
  if (refused.length > 0) return { ok: true, seen: { ...seen, refusals: refused } }
  const run = await bringUp(model, needs, paths, eyes)
  return run.ok ? { ok: true, seen: { ...seen, refusals: [], run: run.seen } } : run
}

const SEE_CONFIG = 'see what docker compose config says of the file'

/** Where a path that compose wrote leads; what holds the repository itself may hold credentials of the job. */
async function locate(path: string, { locate: find }: Files): Promise<PathSeen> {
  try {
    const found = await find?.(plainText(path))
    if (found === undefined) return { refused: 'which is not there' }
    const isRepository = found.way === '' || found.way.split('/').includes('.git')
    const holdsOne = (await find?.(`${found.real}/.git`)) !== undefined
    return isRepository || holdsOne ? { refused: 'which is or holds a repository itself' } : { real: found.real }
  } catch (error) {
    return { refused: `which cannot be handed over: ${errorMessage(error)}` }
  }
}

/** What a service is to run; an image that was verified has a digest. */
interface Settled {
  readonly terms: Terms
  readonly digest?: Digest
}

async function bringUp(
  model: ComposeModel,
  { expected, images, verified }: CanaryNeeds,
  paths: ReadonlyMap<string, PathSeen>,
  eyes: Eyes,
): Promise<Unlooked | { readonly ok: true; readonly seen: CanaryRun }> {
  await using others = new AsyncDisposableStack()
  const named = Object.entries(model.services)
  const looks = await Promise.all(
    named.map(async ([name, { image }]): Promise<Look<Settled>> => {
      const mapped = images.find(({ id }) => Object.hasOwn(expected.services, name) && id === expected.services[name])
      if (mapped === undefined) {
        const look = await pullOther(parseServiceImage(plainText(image ?? '')), eyes)
        if (!look.ok) return look
        others.use<PulledImage>(look.seen)
        return { ok: true, seen: { terms: { image: look.seen.pulled.id, memoryBytes: OTHER_MEMORY_BYTES } } }
      }
      const look = await verified(mapped)
      if (!look.ok) return look
      const { digest, id } = look.seen
      return { ok: true, seen: { digest, terms: { image: id, memoryBytes: mapped.probe.memoryBytes } } }
    }),
  )
  const terms = new Map<string, Terms>()
  const digests = new Map<string, Digest>()
  for (const [at, look] of looks.entries()) {
    const [name = ''] = named[at] ?? []
    if (!look.ok) return Object.hasOwn(expected.services, name) ? { ...look, because: 'pull' } : look
    terms.set(name, look.seen.terms)
    if (look.seen.digest !== undefined) digests.set(name, look.seen.digest)
  }
  const { project, services } = rewrite(model, expected, terms, { paths })
  const step = eyes.log.step('canary', expected.file)
  await using composed = eyes.engine.compose(project)
  const look = await runCanary(composed, expected, services, eyes, step)
  if (!look.ok) {
    step.done(look.reason)
    return look
  }
  const well = isWell(expected, look.seen)
  step.done(well ? `well: up after ${Math.round(look.seen.seconds)} s, and answers` : 'not well')
  if (!well) {
    for (const { service, printed } of look.seen.logs) {
      if (printed.ok) eyes.log.foreign(`what ${service} printed`, printed.seen.text)
      else eyes.log.warn(`what ${service} printed cannot be read: ${printed.reason}`)
    }
  }
  return { ok: true, seen: { ...look.seen, digests: Object.fromEntries(digests) } }
}

/** Whether nobody will want to know what it printed. */
const isWell = (
  { steps: expected, forbidden }: CanaryExpectation,
  { readiness, steps, after, services, logs }: Omit<CanaryRun, 'digests'>,
): boolean =>
  readiness === 'ready' &&
  expected.every((step, index) => {
    const seen = steps[index]
    return seen !== undefined && faultOf(step, seen) === undefined
  }) &&
  notReady(after, services).length === 0 &&
  !logs.some(({ printed }) => printed.ok && forbidden.some(({ find }) => find(printed.seen.text) !== undefined))
