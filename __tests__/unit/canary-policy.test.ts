// What a compose file may ask for, and what becomes of one that asks for no more.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type ComposeModel, decodeModel, hostPathsOf, replicasOf } from '../../src/compose/model.ts'
import { isRemote, neighboursOf } from '../../src/compose/neighbours.ts'
import { type PathSeen, refusalsOf } from '../../src/compose/policy.ts'
import { rewrite } from '../../src/compose/rewrite.ts'
import { KEPT } from '../../src/compose/service-policy.ts'
import type { CanaryExpectation } from '../../src/model/canary.ts'
import { aCanary, aModel, aStep, backend, QUEUE, WEB, worker } from './canary-sightings.ts'
import { anImage } from './sightings.ts'

const own = { PATH: '/usr/bin:/nonexistent/1', HOME: '/nonexistent/1' }
const paths = new Map<string, PathSeen>([
  ['/repo/conf', { real: '/repo/real$conf' }],
  ['/etc', { refused: 'which cannot be handed over: it leads out of the workspace' }],
])

const refusals = (model: ComposeModel, expected = aCanary(), images = [backend, worker]) =>
  refusalsOf(model, expected, images, { own, paths }).map(({ kind, message, hint }) => {
    expect([kind, message, hint].join(' ')).not.toMatch(/undefined|NaN|\[object/)
    return `${kind}: ${message}`
  })

it('refuses nothing of an ordinary file', () => {
  const ordinary = {
    container_name: 'web',
    ports: [{ mode: 'ingress', target: 8000, published: '18000', protocol: 'tcp' }],
    restart: 'unless-stopped',
    environment: { SECRET: 'x', EMPTY: '', HOME: '/root', PATH: '/usr/bin' },
    volumes: [
      { type: 'bind', source: '/repo/conf', target: '/conf', bind: { create_host_path: true } },
      { type: 'volume', source: 'data', target: '/data', volume: {} },
      { type: 'tmpfs', target: '/tmp' },
    ],
    privileged: false,
    devices: [],
    tomorrows_key: null,
    cap_add: ['CAP_CHOWN', 'net_bind_service'],
    security_opt: ['no-new-privileges:true', 'no-new-privileges'],
    healthcheck: { test: ['CMD', 'true'] },
    depends_on: { db: { condition: 'service_healthy', required: true } },
    network_mode: 'bridge',
    ipc: 'private',
    pid: 'service:queue',
    post_start: [{ command: ['true'], user: 'app' }],
    'x-note': 'mine',
  }
  const rest = { volumes: { data: { name: 'canary_data' } }, configs: { c: { name: 'x', content: 'y' } }, 'x-mine': 1 }
  expect(refusals(aModel(ordinary, rest))).toEqual([])
})

describe('C113 a compose file that asks for too much is told so, and nothing else', () => {
  const bind = (source: string) => ({ volumes: [{ type: 'bind', source, target: '/x', bind: {} }] })
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['privileged, all rights', { privileged: true }],
    ['mount of /var/run/docker.sock', bind('/var/run/docker.sock')],
    ['mount of /', bind('/')],
    ['mount of /etc, which cannot be handed over', bind('/etc')],
    ['mount of the type npipe', { volumes: [{ type: 'npipe', source: 'x', target: '/x' }] }],
    ['mount of the type image', { volumes: [{ type: 'image', source: 'x', target: '/x' }] }],
    ['network_mode: host', { network_mode: 'host' }],
    ['network_mode: container:abc', { network_mode: 'container:abc' }],
    ['pid: host', { pid: 'host' }],
    ['ipc: host', { ipc: 'host' }],
    ['ipc: container:abc', { ipc: 'container:abc' }],
    ['uts, the name space', { uts: 'host' }],
    ['userns_mode', { userns_mode: 'host' }],
    ['cgroup,', { cgroup: 'host' }],
    ['cgroup_parent', { cgroup_parent: 'x' }],
    ['devices of this machine', { devices: [{ source: '/dev/kvm', target: '/dev/kvm', permissions: 'rwm' }] }],
    ['device_cgroup_rules', { device_cgroup_rules: ['c 1:3 mr'] }],
    ['the capability SYS_ADMIN', { cap_add: ['SYS_ADMIN'] }],
    ['the capability ALL', { cap_add: ['ALL'] }],
    ['the capability CAP_NET_RAW', { cap_add: ['CAP_NET_RAW'] }],
    ['security_opt seccomp:unconfined', { security_opt: ['seccomp:unconfined'] }],
    ['security_opt apparmor=unconfined', { security_opt: ['apparmor=unconfined'] }],
    ['security_opt no-new-privileges:false', { security_opt: ['no-new-privileges:false'] }],
    ['provider, which is a program', { image: undefined, provider: { type: 'x' } }],
    ['build, an image that is built', { build: { context: '.' } }],
    ['use_api_socket', { use_api_socket: true }],
    ['models', { models: { m: null } }],
    ['runtime', { runtime: 'x' }],
    ['credential_spec', { credential_spec: { file: 'x' } }],
    ['external_links', { external_links: ['x'] }],
    ['oom_score_adj', { oom_score_adj: -500 }],
    ['the volumes of container:x', { volumes_from: ['container:x'] }],
    ['a hook that runs as root', { post_start: [{ command: ['x'], user: 'root' }] }],
    ['a hook that runs as root', { post_start: [{ command: ['x'], user: '0:0' }] }],
    ['a hook that runs as root', { pre_stop: [{ command: ['x'], privileged: true }] }],
    ['GPUs', { gpus: [{ count: -1 }] }],
    ['GPUs', { deploy: { resources: { reservations: { devices: [{ capabilities: ['gpu'] }] } } } }],
    ['TOKEN of this machine’s environment', { environment: { TOKEN: null } }],
    ['HOME of this machine’s environment', { environment: { HOME: '/nonexistent/1' } }],
    ['GITHUB_TOKEN of', { environment: { GITHUB_TOKEN: '' } }],
    ['ACTIONS_RUNTIME_TOKEN of', { environment: { ACTIONS_RUNTIME_TOKEN: 'x' } }],
    ['RUNNER_TEMP of', { environment: { RUNNER_TEMP: 'x' } }],
    ['tomorrows_key, of which', { tomorrows_key: 'yes' }],
  ]
  it.each(cases)('%s', (words, web) => {
    const told = refusals(aModel(web), aCanary({ steps: [] }))
    expect(told).toEqual([expect.stringContaining(words)])
    expect(told).toEqual([expect.stringMatching(/^policy: .* for web$/)])
  })

  it.each([
    ['the network default from outside', { networks: { default: { external: true, name: 'x' } } }],
    ['the driver macvlan for the network', { networks: { default: { driver: 'macvlan' } } }],
    ['driver_opts for the network', { networks: { default: { driver_opts: { parent: 'eth0' } } } }],
    ['the volume data from outside', { volumes: { data: { external: true } } }],
    ['the driver nfs for the volume', { volumes: { data: { driver: 'nfs' } } }],
    ['driver_opts for the volume data', { volumes: { data: { driver_opts: { device: '/' } } } }],
    ['the secret s from the environment', { secrets: { s: { environment: 'HOME' } } }],
    ['the secret s from outside', { secrets: { s: { external: true } } }],
    ['the secret s from /etc', { secrets: { s: { file: '/etc' } } }],
    ['the secret s from /nobody, and nobody knows', { secrets: { s: { file: '/nobody' } } }],
    ['the config c from the environment', { configs: { c: { environment: 'HOME' } } }],
    ['driver of the secret s', { secrets: { s: { content: 'x', driver: 'x' } } }],
    ['not what the config c is', { configs: { c: {} } }],
    ['models, of which a canary knows nothing', { models: { m: {} } }],
  ])('%s', (words, rest) => {
    expect(refusals(aModel({}, rest))).toEqual([expect.stringMatching(new RegExp(`^policy: .*${words}`))])
  })

  it('more containers than anybody needs', () => {
    expect(refusals(aModel({ scale: 60 }))).toEqual([expect.stringContaining('62 containers')])
  })
})

it('gives GPUs where the spec gives them to the image', () => {
  const model = aModel({ gpus: [{ count: -1 }] })
  expect(refusals(model, aCanary(), [{ ...backend, gpus: 'all' }, worker])).toEqual([])
  const lent = aCanary({ services: { web: 'worker', queue: 'backend' } })
  expect(refusals(model, lent, [{ ...backend, gpus: 'all' }, worker])).toEqual([expect.stringContaining('GPUs')])
})

describe('a file that does not fit the spec', () => {
  const canary = (given: Partial<CanaryExpectation>) => aCanary({ steps: [], ...given })
  it.each([
    [
      'a service that is not there',
      {},
      canary({ services: { web: 'backend', queue: 'worker', cron: 'worker' } }),
      'has no service cron',
    ],
    ['one that is scaled to none', { deploy: { replicas: 0 } }, aCanary({ steps: [] }), 'scales web to none'],
    [
      'an image of the spec that is not mapped',
      { image: 'ghcr.io/acme/backend:latest' },
      canary({ services: { queue: 'worker' } }),
      'runs ghcr.io/acme/backend:latest as web',
    ],
    [
      'by a digest',
      { image: `ghcr.io/acme/backend@sha256:${'0'.repeat(64)}` },
      canary({ services: { queue: 'worker' } }),
      'runs ghcr.io/acme/backend@sha256:',
    ],
    ['no image', { image: undefined }, canary({ services: { queue: 'worker' } }), 'has no image for web'],
    ['an image that is none', { image: 'Web:' }, canary({ services: { queue: 'worker' } }), 'has no image for web: "'],
    [
      'a step without its service',
      {},
      aCanary({ steps: [aStep({ request: { ...aStep().request, service: 'api' } })] }),
      'has no service api',
    ],
    ['a step to what has no network', { network_mode: 'none' }, aCanary(), 'has web on no network of its own'],
    [
      'a step to none',
      { scale: 0 },
      canary({ services: { queue: 'worker' }, steps: aCanary().steps }),
      'has no container of web',
    ],
  ])('%s', (_, web, expected, words) => {
    expect(refusals(aModel(web), expected)).toEqual([expect.stringContaining(`invalid: ${words}`)])
  })
})

const terms = new Map([
  ['web', { image: WEB, memoryBytes: 4e9 }],
  ['queue', { image: QUEUE, memoryBytes: 2e9 }],
  ['db', { image: `sha256:${'5'.repeat(64)}`, memoryBytes: 4e9 }],
])
const rewritten = (model: ComposeModel, expected = aCanary()) => rewrite(model, expected, terms, { paths })

describe('a file as it is brought up', () => {
  it('has the images by their ids, the ports that are asked, limits, and nothing that outlives it', () => {
    const { project, services } = rewritten(
      aModel({
        container_name: 'ktrdr-web',
        networks: { default: { aliases: ['api'], mac_address: 'x' } },
        restart: 'always',
        pull_policy: 'always',
        platform: 'linux/arm64',
        ports: [{ target: 8000, published: '80' }],
        logging: { driver: 'syslog' },
        develop: { watch: [] },
        cap_drop: ['CAP_KILL'],
        labels: { a: 'b', 'com.docker.compose.project': 'other', 'verify-images.run': 'other' },
        volumes: [{ type: 'bind', source: '/repo/conf', target: '/conf', bind: { propagation: 'shared' } }],
        depends_on: { queue: { condition: 'service_completed_successfully', required: true, restart: true } },
        command: ['echo', '$$HOME'],
        mem_limit: '1000',
      }),
    )
    expect(project.services.web).toMatchObject({
      image: WEB,
      command: ['echo', '$$HOME'],
      restart: 'no',
      pull_policy: 'never',
      networks: { default: { aliases: ['api', 'ktrdr-web'] } },
      ports: [{ target: 8000, host_ip: '127.0.0.1', protocol: 'tcp', mode: 'host' }],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      labels: { a: 'b' },
      volumes: [
        {
          type: 'bind',
          source: '/repo/real$$conf',
          target: '/conf',
          read_only: true,
          bind: { create_host_path: false },
        },
      ],
      depends_on: { queue: { condition: 'service_completed_successfully', required: true } },
      deploy: { replicas: 1, resources: { limits: { memory: '1000', pids: 1024 } } },
    })
    const web = project.services.web ?? {}
    for (const key of ['container_name', 'platform', 'develop', 'mem_limit', 'profiles', 'logging'])
      expect(web).not.toHaveProperty(key)
    expect(web.labels).toEqual({ a: 'b' })
    expect(web.cap_add).toContain('CHOWN')
    expect(web.cap_add).not.toContain('KILL')
    expect(project.services.queue).toMatchObject({
      ports: [],
      deploy: { resources: { limits: { memory: '2000000000' } } },
    })
    expect(project.networks).toEqual({ default: { ipam: {} } })
    expect(services).toEqual([
      { name: 'web', replicas: 1, oneShot: false, image: WEB },
      { name: 'queue', replicas: 1, oneShot: true, image: QUEUE },
      { name: 'db', replicas: 1, oneShot: false, image: terms.get('db')?.image },
    ])
  })

  it('is not written for what it must not have', () => {
    const stolen = aModel({ volumes: [{ type: 'bind', source: '/etc', target: '/x' }] })
    expect(() => rewritten(stolen)).toThrow('/etc is not to be handed over')
    expect(() => rewrite(aModel(), aCanary(), new Map(), { paths })).toThrow('no image for web')
  })

  it('has no annotation, by which a runtime would change its cgroup', () => {
    const [web] = Object.values(
      rewritten(aModel({ annotations: { 'org.systemd.property.MemoryMax': '1' } })).project.services,
    )
    expect(web).not.toHaveProperty('annotations')
  })

  it('takes over nothing that is not known, whatever it is called and whatever it says', () => {
    const written = [
      ...KEPT,
      ...['image', 'pull_policy', 'restart', 'environment', 'labels', 'networks', 'network_mode', 'pid', 'ipc'],
      ...[
        'depends_on',
        'volumes',
        'volumes_from',
        'secrets',
        'configs',
        'ports',
        'cap_drop',
        'cap_add',
        'security_opt',
      ],
      ...['gpus', 'deploy'],
    ]
    const strange = fc.string({ minLength: 1 }).filter((key) => !key.startsWith('x-') && key !== '__proto__')
    fc.assert(
      fc.property(strange, fc.jsonValue(), (key, value) => {
        fc.pre(!(key in aModel().services.web!) && !written.includes(key))
        const model = decodeModel({ services: { web: { image: 'a', [key]: value } } })
        if (model === undefined) return
        const [web] = Object.values(rewritten(model).project.services)
        for (const name of Object.keys(web ?? {})) expect(written).toContain(name)
      }),
    )
  })

  it('has of each service exactly one entry, by the verified image, whatever the file names', () => {
    const image = fc.constantFrom('a', 'ghcr.io/acme/backend:latest', WEB, '')
    fc.assert(
      fc.property(image, fc.nat(3), (name, replicas) => {
        const { project, services } = rewritten(aModel({ image: name, deploy: { replicas } }))
        expect(Object.keys(project.services)).toEqual(services.map((each) => each.name))
        for (const each of services)
          expect(project.services[each.name]).toMatchObject({ image: terms.get(each.name)?.image })
      }),
    )
  })
})

it('reads what docker compose prints, and nothing else', () => {
  for (const wrong of [
    undefined,
    null,
    [],
    {},
    { services: [] },
    { services: { a: { image: 1 } } },
    { services: { a: null } },
  ]) {
    expect(decodeModel(wrong)).toBeUndefined()
  }
  expect(decodeModel({ services: { a: { volumes: 'x' } } })).toBeUndefined()
  const model = aModel(
    { volumes: [{ type: 'bind', source: '/a', target: '/b' }], scale: 2 },
    { secrets: { s: { file: '/c' } } },
  )
  expect(hostPathsOf(model)).toEqual(['/a', '/c'])
  expect(Object.values(model.services).map(replicasOf)).toEqual([2, 1, 1])
})

describe('the files that a compose file takes in', () => {
  const read = (text: string) => {
    const look = neighboursOf(text, 'compose.yml')
    return look.ok
      ? look.neighbours.map(({ kind, path }) => `${kind} ${path}`)
      : look.problems.map(({ message }) => message)
  }
  it.each([
    ['services: {a: {image: x}}', []],
    ['include: more.yml\nservices: {}', ['include more.yml']],
    [
      'include: [a.yml, {path: [b.yml, c.yml], env_file: .env}]',
      ['include a.yml', 'include b.yml', 'include c.yml', 'env_file .env'],
    ],
    ['services: {a: {extends: {file: b.yml, service: b}}}', ['extends b.yml']],
    ['services: {a: {extends: b}, b: {extends: {service: c}}}', []],
    [
      'services: {a: {env_file: x.env}, b: {env_file: [x, {path: y, required: false}], label_file: z}}',
      ['env_file x.env', 'env_file x', 'env_file y', 'label_file z'],
    ],
    ['x-a: &a {env_file: hidden}\nservices: {a: {<<: *a}}', ['env_file hidden']],
    ['x-a: &a hidden\nservices: {a: {env_file: *a}}', ['env_file hidden']],
    ['x-a: &a {b: {env_file: hidden}}\nservices: {<<: *a}', ['env_file hidden']],
    ['x: &k env_file\nservices: {a: {*k : hidden}}', ['env_file hidden']],
    ['services: {a: {env_file: null}}', []],
  ])('%s', (text, neighbours) => {
    expect(read(text)).toEqual(neighbours)
  })

  it.each([
    ['services: {a: {env_file: "$HOME/x"}}', 'by a variable'],
    ['services: {a: {env_file: x, env_file: y}}', '"env_file" is here twice'],
    ['services: {a: {extends: {file: [{}]}}}', 'names no file'],
    ['include: [{path: a.yml, project_directory: /}]', 'project_directory of include is not read'],
    ['a: [', 'no YAML'],
    ['[]', 'no compose file'],
  ])('refuses %s', (text, words) => {
    expect(read(text)).toEqual([expect.stringContaining(words)])
  })

  it.each([
    ['oci://ghcr.io/a/b', true],
    ['https://github.com/a/b.git', true],
    ['git@github.com:a/b', true],
    ['github.com/a/b', true],
    ['ssh://a', true],
    ['repo.git#main', true],
    ['more.yml', false],
    ['../more.yml', false],
    ['/repo/more.yml', false],
  ])('knows that %s is on another machine: %s', (path, is) => {
    expect(isRemote(path)).toBe(is)
  })
})

it('looks at every image of the spec for whose it is', () => {
  const other = anImage({ id: 'other', name: backend.name })
  const unmapped = aCanary({ services: { queue: 'worker' }, steps: [] })
  expect(refusals(aModel({ image: `${backend.name}:x` }), unmapped, [worker, other])).toHaveLength(1)
})
