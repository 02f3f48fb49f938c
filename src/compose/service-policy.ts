import type { Refusal } from '../model/canary.ts'
import { type ComposeService, plainText } from './model.ts'
import type { Surroundings } from './policy.ts'

/** Handed on as they are: they concern the container itself, and nothing of this machine. */
export const KEPT = [
  ...['command', 'domainname', 'entrypoint', 'expose', 'extra_hosts', 'group_add', 'healthcheck'],
  ...['hostname', 'init', 'read_only', 'shm_size', 'stdin_open', 'stop_grace_period', 'stop_signal', 'tmpfs', 'tty'],
  ...['ulimits', 'user', 'working_dir', 'dns', 'dns_opt', 'dns_search', 'links', 'sysctls', 'post_start'],
] as const

/** Without effect on a canary, or made anew for it; of annotations, runtimes make settings of a container's cgroup. */
const DROPPED = [
  'annotations',
  ...['attach', 'container_name', 'cpu_count', 'cpu_percent', 'cpu_period', 'cpu_quota', 'cpu_shares', 'cpuset'],
  ...['develop', 'logging', 'mac_address', 'mem_reservation', 'mem_swappiness', 'memswap_limit', 'platform', 'ports'],
  ...['profiles', 'pull_policy', 'pull_refresh_after', 'restart', 'cpus', 'label_file', 'env_file', 'pre_stop'],
]

/** Looked at one by one, here or where the file is rewritten. */
const JUDGED = [
  ...['image', 'environment', 'depends_on', 'deploy', 'scale', 'volumes', 'volumes_from', 'cap_add'],
  ...['cap_drop', 'security_opt', 'network_mode', 'networks', 'pid', 'ipc', 'labels', 'secrets', 'configs', 'gpus'],
  ...['mem_limit', 'pids_limit'],
]

/** What each of these would be: an empty one asks for nothing. */
const REFUSED: Readonly<Record<string, string>> = {
  blkio_config: 'rules for devices of this machine',
  build: 'an image that is built here, which nobody verified',
  cgroup: 'a cgroup of this machine',
  cgroup_parent: 'a cgroup of this machine',
  credential_spec: 'credentials of this machine',
  device_cgroup_rules: 'devices of this machine',
  devices: 'devices of this machine',
  external_links: 'containers of others',
  isolation: 'an isolation of its own',
  models: 'models, which a program of this machine provides',
  oom_kill_disable: 'to be spared where memory is short',
  oom_score_adj: 'to be spared where memory is short',
  privileged: 'all rights on this machine',
  provider: 'a provider, which is a program of this machine',
  runtime: 'a runtime of its own',
  storage_opt: 'storage options',
  use_api_socket: 'the socket of the engine, with which it could do anything on this machine',
  userns_mode: 'a user namespace of its own choosing',
  uts: 'the name space of this machine’s name',
}

/** Docker's own, but for raw sockets and devices. */
export const CAPABILITIES = [
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID'],
  ...['SETPCAP', 'SETUID', 'SYS_CHROOT'],
]

/** A capability by its bare name: `NET_ADMIN` of `cap_net_admin`. */
export const capability = (name: string): string => name.toUpperCase().replace(/^CAP_/, '')

/** Variables of a runner: tokens are among them. */
const OF_RUNNER = /^(?:ACTIONS|GITHUB|RUNNER|INPUT|STATE|AGENT|SYSTEM)_/

/** What a service asks for that no canary gets. */
export function judgeServiceKeys(
  name: string,
  service: ComposeService,
  surroundings: Surroundings,
  hasGpus: boolean,
): readonly Refusal[] {
  const policy = (what: string, hint: string): Refusal => ({
    kind: 'policy',
    message: `asks for ${what} for ${name}`,
    hint,
    path: 'file',
  })
  const known: readonly string[] = [...KEPT, ...DROPPED, ...JUDGED]
  const keys = Object.keys(service).flatMap((key) => {
    const what = Object.hasOwn(REFUSED, key) ? REFUSED[key] : undefined
    if (isEmpty(service[key])) return []
    if (what !== undefined) return [policy(`${key}, ${what},`, WITHOUT)]
    if (known.includes(key) || key.startsWith('x-')) return []
    return [policy(`${key}, of which a canary knows nothing,`, WITHOUT)]
  })
  const gpus = [...(service.deploy?.resources?.reservations?.devices ?? []), service.gpus]
  return [
    ...keys,
    ...(gpus.every(isEmpty) || hasGpus ? [] : [policy('GPUs', 'let the spec give gpus to its image')]),
    ...(service.cap_add ?? [])
      .filter((each) => !CAPABILITIES.includes(capability(each)))
      .map((each) => policy(`the capability ${each}`, `a canary has ${CAPABILITIES.join(', ')}`)),
    ...(service.security_opt ?? [])
      .filter((each) => !/^no-new-privileges(?:[:=]true)?$/.test(each))
      .map((each) => policy(`security_opt ${each}`, 'leave it out')),
    ...namespaces(service).map(([key, value]) => policy(`${key}: ${value}`, 'leave it out')),
    ...(service.volumes_from ?? [])
      .filter((each) => each.startsWith('container:'))
      .map((each) => policy(`the volumes of ${each}, which is not of this file,`, 'leave it out')),
    ...[...(service.post_start ?? []), ...(service.pre_stop ?? [])]
      .filter(({ user, privileged }) => privileged || /^(?:root|0+)(?::|$)/.test(user ?? ''))
      .map(() => policy('a hook that runs as root', 'let it run as the user of the image')),
    ...mounts(service, surroundings).map(([what, hint]) => policy(what, hint)),
    ...variables(service, surroundings).map(([what, hint]) => policy(what, hint)),
  ]
}

const WITHOUT = 'bring the canary up without it, in a compose file of its own if need be'

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === 0) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** Name spaces that are not the container's own, nor those of another service. */
const namespaces = ({ network_mode, pid, ipc }: ComposeService): readonly (readonly [string, string])[] => {
  const isOurs = (mode: string, own: readonly string[]): boolean => mode.startsWith('service:') || own.includes(mode)
  return [
    ...(isOurs(network_mode ?? '', ['', 'none', 'bridge']) ? [] : [['network_mode', network_mode ?? ''] as const]),
    ...(isOurs(pid ?? '', ['']) ? [] : [['pid', pid ?? ''] as const]),
    ...(isOurs(ipc ?? '', ['', 'none', 'private', 'shareable']) ? [] : [['ipc', ipc ?? ''] as const]),
  ]
}

function mounts({ volumes }: ComposeService, { paths }: Surroundings): readonly (readonly [string, string])[] {
  return (volumes ?? []).flatMap(({ type, source, target }): readonly (readonly [string, string])[] => {
    if (type === 'volume' || type === 'tmpfs') return []
    if (type !== 'bind' || source === undefined) return [[`a mount of the type ${type} at ${target}`, 'leave it out']]
    const seen = paths.get(source)
    if (seen !== undefined && 'real' in seen) return []
    const why = seen?.refused ?? 'and nobody knows where that is'
    return [[`the mount of ${source}, ${why},`, 'mount a folder of the repository, or a volume']]
  })
}

function variables({ environment }: ComposeService, { own }: Surroundings): readonly (readonly [string, string])[] {
  return Object.entries(environment ?? {}).flatMap(([name, value]): readonly (readonly [string, string])[] => {
    const isOwn = value !== null && Object.hasOwn(own, name) && own[name] === plainText(value)
    if (value === null || isOwn || OF_RUNNER.test(name)) {
      return [[`${name} of this machine’s environment`, `give it a value, or name it under env of the canary`]]
    }
    return []
  })
}
