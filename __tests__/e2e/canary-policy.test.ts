// What docker compose would do, and what we let it: hostile files before the real thing.
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import type { Finding } from '../../src/model/result.ts'
import { specOf, workspaceWith } from './canary-workspace.ts'
import { codes, errored, results, verifyWorkspace } from './stack.ts'

const MINUTES = 60_000
const service = (more: string, top = '') =>
  `services:\n  backend:\n    image: backend:test\n    command: [sleep, '1000']\n    ${more}\n${top}\n`
const spec = specOf('', { image: 'quick/ktrdr-backend', services: '{ backend: app }' })

it.each([
  [
    'the docker socket',
    service('volumes: ["/var/run/docker.sock:/s"]'),
    'canary/policy',
    'the mount of /var/run/docker.sock',
  ],
  ['the root of the machine', service('volumes: ["/:/host"]'), 'canary/policy', 'the mount of /,'],
  ['a way out of the workspace', service('volumes: ["./out:/out"]'), 'canary/policy', 'leads out of the workspace'],
  [
    'the repository with its credentials',
    service('volumes: ["..:/src"]'),
    'canary/policy',
    'holds a repository itself',
  ],
  ['all rights', service('privileged: true'), 'canary/policy', 'privileged'],
  ['the network of the machine', service('network_mode: host'), 'canary/policy', 'network_mode: host'],
  ['the processes of the machine', service('pid: host'), 'canary/policy', 'pid: host'],
  ['a provider', `${service('')}  evil:\n    provider: { type: sh }\n`, 'canary/policy', 'provider'],
  ['a build', service('build: .'), 'canary/policy', 'build'],
  ['the engine’s socket by name', service('use_api_socket: true'), 'canary/policy', 'use_api_socket'],
  [
    'a file of another machine',
    `include: ['oci://127.0.0.1:5000/x/y:latest']\n${service('')}`,
    'canary/policy',
    'oci://',
  ],
  [
    'a repository of another machine',
    `include: ['https://127.0.0.1:5000/x.git']\n${service('')}`,
    'canary/policy',
    'https://',
  ],
  ['a file of this machine', service('env_file: /proc/self/environ'), 'canary/policy', '/proc/self/environ'],
  ['a link to a file of this machine', service('env_file: ./out/passwd'), 'canary/policy', 'deploy/out/passwd'],
  ['a variable of this machine', service('environment: [HOME]'), 'canary/policy', 'HOME of this machine'],
  ['a variable that nobody sets', service('environment: [GITHUB_TOKEN]'), 'canary/policy', 'GITHUB_TOKEN'],
  [
    'a volume that is a folder',
    service('volumes: ["data:/d"]', 'volumes: { data: { driver_opts: { type: none, o: bind, device: / } } }'),
    'canary/policy',
    'driver_opts',
  ],
  [
    'a secret of the environment',
    service('secrets: [s]', 'secrets: { s: { environment: PATH } }'),
    'canary/policy',
    'the secret s from the environment',
  ],
  [
    'a network of others',
    service('networks: [n]', 'networks: { n: { external: true, name: bridge } }'),
    'canary/policy',
    'from outside',
  ],
  ['nothing, and is no compose file', 'services: [', 'canary/invalid', 'no YAML'],
  ['nothing, and is none that compose reads', service('imaje: x'), 'canary/invalid', 'imaje'],
  ['nothing, and has another service', 'services: { web: { image: x } }', 'canary/invalid', 'has no service backend'],
  [
    'nothing, and has it in a profile',
    service('profiles: [p]', '  web: { image: "127.0.0.1:5000/x/y" }'),
    'canary/invalid',
    'COMPOSE_PROFILES',
  ],
])(
  'C113 a compose file that asks for %s',
  async (_, compose, code, words) => {
    const workspace = await workspaceWith(spec, compose)
    await symlink('/etc', join(workspace, 'deploy/out'))
    const { run, report } = await verifyWorkspace(workspace)
    await using _run = run
    expect([codes(report), errored(report)]).toEqual([[code], []])
    const result = results(report).find(({ check }) => check === 'canary')
    const findings: readonly Finding[] = result?.findings ?? []
    expect(findings.map(({ message, hint }) => `${message} ${hint}`).join('\n')).toContain(words)
    expect(run.log).not.toContain('canary deploy/compose.yml')
    expect(run.outcome).toBe('failure')
    expect(run.problems).toEqual([])
  },
  2 * MINUTES,
)
