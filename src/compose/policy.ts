import { errorMessage } from '../errors.ts'
import type { CanaryExpectation, Refusal } from '../model/canary.ts'
import type { ImageExpectation } from '../model/spec.ts'
import { type ComposeGiven, type ComposeModel, plainText, replicasOf } from './model.ts'
import { parseServiceImage } from './reference.ts'
import { judgeServiceKeys } from './service-policy.ts'

/** What is known of the machine that a compose file was resolved on. */
export interface Surroundings {
  /** The variables of ours that compose had to be given: no container may have them. */
  readonly own: Readonly<Record<string, string>>
  /** Path on this machine, as the model writes it → where it really lies, or why no container may have it. */
  readonly paths: ReadonlyMap<string, PathSeen>
}

export type PathSeen = { readonly real: string } | { readonly refused: string }

const MAX_CONTAINERS = 50
const TOP_LEVEL = ['name', 'services', 'networks', 'volumes', 'secrets', 'configs']

/** All that keeps a resolved compose file from being brought up as a canary; empty where nothing does. */
export function refusalsOf(
  model: ComposeModel,
  expected: CanaryExpectation,
  images: readonly ImageExpectation[],
  surroundings: Surroundings,
): readonly Refusal[] {
  const services = Object.entries(model.services)
  const strange = Object.keys(model).filter((key) => !TOP_LEVEL.includes(key) && !key.startsWith('x-'))
  const count = services.reduce((sum, [, service]) => sum + replicasOf(service), 0)
  return [
    ...mappingRefusals(model, expected, images),
    ...stepRefusals(model, expected),
    ...services.flatMap(([name, service]) => {
      const id = own(expected.services, name)
      const image = images.find((each) => each.id === id)
      return judgeServiceKeys(name, service, surroundings, image?.gpus !== undefined)
    }),
    ...Object.entries(model.networks ?? {}).flatMap(([name, network]) =>
      sharedRefusals('network', name, network, 'bridge'),
    ),
    ...Object.entries(model.volumes ?? {}).flatMap(([name, volume]) => sharedRefusals('volume', name, volume, 'local')),
    ...Object.entries(model.secrets ?? {}).flatMap(([name, secret]) =>
      givenRefusals('secret', name, secret, surroundings),
    ),
    ...Object.entries(model.configs ?? {}).flatMap(([name, config]) =>
      givenRefusals('config', name, config, surroundings),
    ),
    ...strange.map((key) => policy(`asks for ${key}, of which a canary knows nothing`, 'leave it out')),
    ...(count > MAX_CONTAINERS
      ? [policy(`asks for ${count} containers, more than the ${MAX_CONTAINERS} of a canary`, 'scale it down')]
      : []),
  ]
}

const policy = (message: string, hint: string): Refusal => ({ kind: 'policy', message, hint, path: 'file' })

/** Every service of the spec is there and every image of the spec is taken from it, never from a tag. */
function mappingRefusals(
  { services }: ComposeModel,
  { services: mapped }: CanaryExpectation,
  images: readonly ImageExpectation[],
): readonly Refusal[] {
  const names = Object.keys(services)
  const missing = Object.keys(mapped).flatMap((name): readonly Refusal[] => {
    const service = own(services, name)
    const path = `services.${name}`
    if (service === undefined) {
      const hint = `it has ${names.join(', ') || 'none'}: mend the spec, or name its profile by COMPOSE_PROFILES under env`
      return [{ kind: 'invalid', message: `has no service ${name}`, hint, path }]
    }
    if (replicasOf(service) > 0) return []
    return [{ kind: 'invalid', message: `scales ${name} to none`, hint: 'let it have one container at least', path }]
  })
  const others = Object.entries(services).flatMap(([name, { image, build, provider }]): readonly Refusal[] => {
    if (Object.hasOwn(mapped, name)) return []
    const path = 'services'
    if (image === undefined) {
      if (build || provider) return [] // which is refused in itself
      const hint = `give it an image, or name one of the spec under services: ${name}`
      return [{ kind: 'invalid', message: `has no image for ${name}`, hint, path }]
    }
    try {
      const reference = parseServiceImage(plainText(image))
      const ours = images.find((each) => each.name === reference.name)
      if (ours === undefined) return []
      const hint = `write ${name}: ${ours.id} under services of the canary`
      return [{ kind: 'invalid', message: `runs ${image} as ${name}, which is not what was verified`, hint, path }]
    } catch (error) {
      const hint = 'name an image that can be pulled, and variables under env'
      return [{ kind: 'invalid', message: `has no image for ${name}: ${errorMessage(error)}`, hint, path }]
    }
  })
  return [...missing, ...others]
}

/** What is asked can be reached. */
function stepRefusals({ services }: ComposeModel, { steps }: CanaryExpectation): readonly Refusal[] {
  return steps.flatMap(({ name, request }, index): readonly Refusal[] => {
    const service = own(services, request.service)
    const path = `steps.${index}.request.service`
    const invalid = (what: string, hint: string): readonly Refusal[] => [
      { kind: 'invalid', message: `has ${what}, which ${JSON.stringify(name)} asks`, hint, path },
    ]
    if (service === undefined) {
      return invalid(`no service ${request.service}`, `it has ${Object.keys(services).join(', ') || 'none'}`)
    }
    if (replicasOf(service) === 0) return invalid(`no container of ${request.service}`, 'let it have one at least')
    if (service.network_mode === undefined || service.network_mode === 'bridge') return []
    return invalid(`${request.service} on no network of its own`, 'ask the service whose network it is on')
  })
}

function sharedRefusals(
  kind: 'network' | 'volume',
  name: string,
  shared: NonNullable<ComposeModel['networks']>[string],
  usual: string,
): readonly Refusal[] {
  if (shared === null) return []
  const { external, driver, driver_opts: options } = shared
  const what = `the ${kind} ${name}`
  return [
    ...(external ? [policy(`takes ${what} from outside`, 'let it have one of its own')] : []),
    ...(driver !== undefined && driver !== usual
      ? [policy(`asks for the driver ${driver} for ${what}`, `leave it out, or write ${usual}`)]
      : []),
    ...(Object.keys(options ?? {}).length > 0
      ? [policy(`asks for driver_opts for ${what}, which may reach anything of this machine`, 'leave them out')]
      : []),
  ]
}

function givenRefusals(
  kind: 'secret' | 'config',
  name: string,
  { external, environment, file, content, ...rest }: ComposeGiven,
  { paths }: Surroundings,
): readonly Refusal[] {
  const what = `the ${kind} ${name}`
  const strange = Object.keys(rest).filter((key) => !['name', 'labels', 'template_driver'].includes(key))
  const refused = file === undefined ? undefined : pathRefusal(paths.get(file))
  return [
    ...(external ? [policy(`takes ${what} from outside`, 'give it a file of the repository')] : []),
    ...(environment === undefined
      ? []
      : [policy(`takes ${what} from the environment of this machine`, 'give it a file of the repository')]),
    ...(refused === undefined
      ? []
      : [policy(`takes ${what} from ${file}, ${refused}`, 'give it a file of the repository')]),
    ...strange.map((key) => policy(`asks for ${key} of ${what}, of which a canary knows nothing`, 'leave it out')),
    ...(!external && environment === undefined && file === undefined && content === undefined
      ? [policy(`says not what ${what} is`, 'give it a file of the repository')]
      : []),
  ]
}

/** Why a path may not be handed over; undefined where it may. */
const pathRefusal = (seen: PathSeen | undefined): string | undefined => {
  if (seen === undefined) return 'and nobody knows where that is'
  return 'refused' in seen ? seen.refused : undefined
}

const own = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined
