import type { CanaryExpectation, ComposeProject, ServiceMeant } from '../model/canary.ts'
import { type ComposeGiven, type ComposeModel, type ComposeService, replicasOf } from './model.ts'
import type { Surroundings } from './policy.ts'
import { CAPABILITIES, capability, KEPT } from './service-policy.ts'

/** What each service is to run, and on what terms. */
export interface Terms {
  /** By the engine's own id. */
  readonly image: string
  readonly memoryBytes: number
}

export interface Rewritten {
  readonly project: ComposeProject
  readonly services: readonly ServiceMeant[]
}

const MAX_PROCESSES = 1024

/**
 * A resolved compose file that nothing is refused of, as it is brought up: only what is known of it is taken over, on
 * images by their ids, with the ports that are asked for, with limits and without what outlives the canary.
 */
export function rewrite(
  model: ComposeModel,
  { steps }: Pick<CanaryExpectation, 'steps'>,
  terms: ReadonlyMap<string, Terms>,
  { paths }: Pick<Surroundings, 'paths'>,
): Rewritten {
  const real = (path: string): string => {
    const seen = paths.get(path)
    if (seen === undefined || 'refused' in seen) throw new Error(`${path} is not to be handed over`)
    return seen.real.replaceAll('$', '$$$$')
  }
  const termsOf = (name: string): Terms => {
    const found = terms.get(name)
    if (found === undefined) throw new Error(`there is no image for ${name}`)
    return found
  }
  const oneShots = new Set(
    Object.values(model.services).flatMap(({ depends_on: others }) =>
      Object.entries(others ?? {}).flatMap(([name, { condition }]) =>
        condition === 'service_completed_successfully' ? [name] : [],
      ),
    ),
  )
  const portsOf = (name: string): readonly number[] => [
    ...new Set(steps.flatMap(({ request }) => (request.service === name ? [request.port] : []))),
  ]
  const services = Object.entries(model.services)
  return {
    project: {
      services: Object.fromEntries(
        services.map(([name, service]) => [name, rewriteService(service, termsOf(name), portsOf(name), real)]),
      ),
      networks: Object.fromEntries(
        Object.entries(model.networks ?? {}).map(([name, network]) => [name, pick(network ?? {}, NETWORK)]),
      ),
      volumes: Object.fromEntries(Object.keys(model.volumes ?? {}).map((name) => [name, {}])),
      secrets: given(model.secrets ?? {}, real),
      configs: given(model.configs ?? {}, real),
    },
    services: services.map(([name, service]) => ({
      name,
      replicas: replicasOf(service),
      oneShot: oneShots.has(name),
      image: termsOf(name).image,
    })),
  }
}

const NETWORK = ['internal', 'ipam', 'enable_ipv4', 'enable_ipv6', 'attachable']
const OF_NETWORK = ['aliases', 'ipv4_address', 'ipv6_address', 'link_local_ips', 'priority', 'gw_priority']
const MOUNT = ['type', 'target', 'read_only', 'tmpfs', 'volume']

function rewriteService(
  service: ComposeService,
  { image, memoryBytes }: Terms,
  ports: readonly number[],
  real: (path: string) => string,
): Readonly<Record<string, unknown>> {
  const { network_mode: mode, networks, pid, ipc, deploy, environment, labels } = service
  const { memory, pids } = deploy?.resources?.limits ?? {}
  const devices = deploy?.resources?.reservations?.devices
  const dropped = (service.cap_drop ?? []).map(capability)
  return {
    ...pick(service, KEPT),
    image,
    pull_policy: 'never',
    restart: 'no',
    environment: environment ?? {},
    labels: Object.fromEntries(Object.entries(labels ?? {}).filter(([name]) => !OURS.test(name))),
    ...(mode === undefined
      ? { networks: mapValues(networks ?? {}, (each) => named({ ...each }, service.container_name)) }
      : { network_mode: mode }),
    ...(pid && { pid }),
    ...(ipc && { ipc }),
    depends_on: mapValues(service.depends_on ?? {}, ({ condition, required }) => ({ condition, required })),
    volumes: (service.volumes ?? []).map((mount) => rewriteMount(mount, real)),
    ...(service.volumes_from && { volumes_from: service.volumes_from }),
    secrets: service.secrets ?? [],
    configs: service.configs ?? [],
    ports: ports.map((target) => ({ target, host_ip: '127.0.0.1', protocol: 'tcp', mode: 'host' })),
    cap_drop: ['ALL'],
    cap_add: dropped.includes('ALL')
      ? (service.cap_add ?? []).map(capability)
      : CAPABILITIES.filter((each) => !dropped.includes(each)),
    security_opt: ['no-new-privileges:true'],
    ...(service.gpus !== undefined && { gpus: service.gpus }),
    deploy: {
      replicas: replicasOf(service),
      resources: {
        limits: {
          memory: memory ?? service.mem_limit ?? `${memoryBytes}`,
          pids: positive(pids) ?? positive(service.pids_limit) ?? MAX_PROCESSES,
        },
        ...(devices && devices.length > 0 && { reservations: { devices } }),
      },
    },
  }
}

/** A container's own name is for this machine; others of the file know it by that all the same. */
const named = (network: Readonly<Record<string, unknown>>, name: string | undefined) => ({
  ...pick(network, OF_NETWORK),
  ...(name !== undefined && { aliases: [...(Array.isArray(network.aliases) ? network.aliases : []), name] }),
})

/** Labels that containers are found by. */
const OURS = /^(?:com\.docker\.compose\.|verify-images\.)/

/** A folder of this machine is only read. */
function rewriteMount(mount: NonNullable<ComposeService['volumes']>[number], real: (path: string) => string) {
  const { source, type } = mount
  if (type !== 'bind') return { ...pick(mount, MOUNT), ...(source !== undefined && { source }) }
  return { type, source: real(source ?? ''), target: mount.target, read_only: true, bind: { create_host_path: false } }
}

const given = (all: Readonly<Record<string, ComposeGiven>>, real: (path: string) => string) =>
  mapValues(all, ({ file, content }) => (file === undefined ? { content } : { file: real(file) }))

const positive = (count: number | undefined): number | undefined =>
  count !== undefined && count > 0 ? count : undefined

const mapValues = <Value, Other>(record: Readonly<Record<string, Value>>, change: (value: Value) => Other) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))

const pick = (from: Readonly<Record<string, unknown>>, keys: readonly string[]) =>
  Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])))
