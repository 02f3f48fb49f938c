import type { DeploymentExpectation } from '../model/deployment.ts'
import { pinned, type Tag, tagged } from '../model/image.ts'
import type { IndexSeen, Look } from '../model/observation.ts'
import type { UnweighedFinding } from '../model/result.ts'
import type { ImageExpectation } from '../model/spec.ts'
import { interpolate } from './interpolate.ts'
import type { ComposeService, Unclear } from './read.ts'
import { type Refused, type Resolved, resolveImage, TAG_VARIABLE } from './resolve.ts'

/** An image of the spec as it is in this run. */
export interface Known {
  readonly image: ImageExpectation
  /** The tag that names the commit. */
  readonly commitTag: Tag | undefined
  readonly index: Look<Pick<IndexSeen, 'digest'>>
}

export interface ServiceVerdict {
  readonly findings: readonly UnweighedFinding[]
  /** Why nobody can tell what it runs. */
  readonly unknown?: Unclear
}

type Wrong = Pick<UnweighedFinding, 'hint'> & {
  readonly kind: 'wrong-image' | 'unverified' | 'invalid'
  readonly what: string
}

/** Whether a service runs a verified image, and the one it is meant to be on, with `IMAGE_TAG` set and unset. */
export function judgeService(
  service: ComposeService,
  { file, env, services }: DeploymentExpectation,
  known: readonly Known[],
): ServiceVerdict {
  const id = Object.hasOwn(services, service.name) ? services[service.name] : undefined
  const role = known.find(({ image }) => image.id === id)
  const about = `${file}: ${service.name}`
  const expected = role === undefined ? 'an image of the spec, named under services' : references(role)
  const fault = ({ kind, what, hint }: Wrong, actual: string): UnweighedFinding => ({
    code: `deployment/${kind}`,
    message: `${about} ${what}`,
    expected,
    actual,
    hint,
    at: service.at,
  })
  if (service.unclear !== undefined) return { findings: [], unknown: service.unclear }
  if (service.provided) {
    const what = 'has a provider, and so no image'
    const hint = 'remove the provider'
    return { findings: role === undefined ? [] : [fault({ kind: 'wrong-image', what, hint }, what)] }
  }
  if (service.image === undefined) {
    if (role === undefined && service.builds) return { findings: [] }
    const [tag] = role?.image.tags ?? []
    const hint =
      role === undefined ? 'give it an image' : `give it image: ${role.image.name}:\${${TAG_VARIABLE}:-${tag}}`
    const what = service.builds ? 'builds an image of its own' : 'has no image'
    return { findings: [fault({ kind: service.builds ? 'wrong-image' : 'invalid', what, hint }, what)] }
  }
  const text = service.image
  const bare = resolveImage(text, env, undefined)
  const owner = role ?? ('image' in bare ? known.find(({ image }) => image.name === bare.image.name) : undefined)
  const commitTag = owner?.commitTag ?? known.find((each) => each.commitTag !== undefined)?.commitTag
  const settings = commitTag === undefined ? [bare] : [resolveImage(text, env, commitTag), bare]

  const unset = settings.flatMap((each) => unsetIn(each, role)).find((name) => name !== TAG_VARIABLE)
  if (unset !== undefined) return { findings: [], unknown: nobodySets(unset, `what ${service.name} runs`) }
  if (role !== undefined && service.builds) {
    const policy = interpolate(service.pullPolicy ?? '', env)
    const name = policy.ok ? policy.blank[0] : policy.required
    if (name !== undefined) return { findings: [], unknown: nobodySets(name, `whether ${service.name} is built`) }
    if (policy.ok && policy.text === 'build') {
      const what = 'builds an image of its own: it has pull_policy: build'
      return { findings: [fault({ kind: 'wrong-image', what, hint: 'remove its build and its pull_policy' }, what)] }
    }
  }
  const pin = settings.find((each) => 'image' in each && each.image.digest !== undefined)
  const dark = known.find(({ image, index }) => pin && 'image' in pin && image.name === pin.image.name && !index.ok)
  if (dark !== undefined) {
    const reason = `${service.name} is pinned to a digest, and that of ${dark.image.id} is not known`
    return { findings: [], unknown: { reason, hint: 'see what the check tags says' } }
  }
  const faults = settings.flatMap((each) => {
    const wrong = 'reason' in each ? refused(each) : judgeImage(each, service.name, role, known)
    return wrong === undefined ? [] : [fault(wrong, 'text' in each ? `${each.text} (${each.setting})` : each.setting)]
  })
  return { findings: merge(faults) }
}

/** Variables without which nobody can tell what it runs; a service of ours that has no image without one is wrong. */
function unsetIn(each: Resolved | Refused, role: Known | undefined): readonly string[] {
  if ('image' in each) return each.blank
  const { blank, required } = each
  return role === undefined ? [...blank, ...(required === undefined ? [] : [required])] : []
}

const nobodySets = (name: string, what: string): Unclear => ({
  reason: `${what} cannot be told: nobody sets ${name}`,
  hint: `set ${name} under env of the deployment`,
})

/** That compose refuses to start it without the tag is what the file wants. */
function refused({ reason, required }: Refused): Wrong | undefined {
  if (required === TAG_VARIABLE) return undefined
  const hint = `name an image, with \${${TAG_VARIABLE}:-latest} for its tag, and set other variables under env of the deployment`
  return { kind: 'invalid', what: `has no image that can be pulled: ${reason}`, hint }
}

function judgeImage(
  { image, text }: Resolved,
  service: string,
  role: Known | undefined,
  known: readonly Known[],
): Wrong | undefined {
  const ours = known.filter((each) => each.image.name === image.name)
  if (role === undefined && ours.length === 0) return undefined
  const verified = ours.find((each) => isVerified(each, image))
  if (role === undefined) {
    if (verified === undefined) return unverified(text, ours)
    const hint = `say in the spec on which image it is to be, under services: ${service}: ${verified.image.id}`
    return { kind: 'unverified', what: `runs ${verified.image.id}, and the spec does not say that it should`, hint }
  }
  if (verified === role) return undefined
  const other = verified ?? ours.find((each) => each.image.name !== role.image.name)
  if (other !== undefined || ours.length === 0) {
    const what = `runs ${other?.image.id ?? text}, and must be on ${role.image.id}`
    return { kind: 'wrong-image', what, hint: `give it image: ${role.image.name}:\${${TAG_VARIABLE}:-latest}` }
  }
  return unverified(text, [role])
}

const unverified = (text: string, ours: readonly Known[]): Wrong => ({
  kind: 'unverified',
  what: `runs ${text}, which nobody verified`,
  hint: `run one of ${ours.map(references).join(', ')}`,
})

const references = ({ image }: Known): string => image.tags.map((tag) => tagged(image.name, tag)).join(' or ')

/** By its digest where it is pinned to one, else by its tag. */
function isVerified({ image, index }: Known, { name, tag, digest }: Resolved['image']): boolean {
  if (name !== image.name) return false
  if (digest === undefined) return tag !== undefined && image.tags.includes(tag)
  return index.ok && pinned(name, index.seen.digest) === pinned(name, digest)
}

/** Findings of one kind under both settings are one. */
function merge(findings: readonly UnweighedFinding[]): readonly UnweighedFinding[] {
  const [one, other] = findings
  if (one === undefined || other === undefined || one.code !== other.code) return findings
  return [{ ...one, actual: [one.actual, other.actual].join('; ') }]
}
