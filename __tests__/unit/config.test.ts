// What the config of an image must say: the judge, and how the spec asks for it.
import { describe, expect, test } from '@jest/globals'
import { config } from '../../src/checks/config.ts'
import type { ConfigExpectation, ValueExpectation } from '../../src/model/contents.ts'
import type { ConfigSeen, ImageSeen } from '../../src/model/observation.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import { parsePattern } from '../../src/spec/pattern.ts'
import { resolveSpec } from '../../src/spec/resolve.ts'
import {
  AMD64,
  ARM64,
  aChild,
  aConfig,
  anImage,
  anImageSeen,
  anIndex,
  type Case,
  describeCheck,
  no,
  ok,
  unseenImage,
} from './sightings.ts'

type Fact = ConfigExpectation extends infer Each ? (Each extends unknown ? Omit<Each, 'path'> : never) : never
const of = (...facts: readonly Fact[]) =>
  anImage({ config: facts.map((fact, index) => ({ ...fact, path: `config.${index}` }) as ConfigExpectation) })
const env = (name: string, value: ValueExpectation): Fact => ({
  of: 'env',
  name,
  value,
})
const label = (name: string, value: ValueExpectation): Fact => ({
  ...{ of: 'label', name, value },
})
const there = (what: 'port' | 'volume', name: string, is = true): Fact => ({ of: what, name, there: is })

const says = (given: Partial<ConfigSeen>, arm64: Partial<ConfigSeen> = given): ImageSeen => {
  const child = (platform: typeof AMD64, its: Partial<ConfigSeen>) =>
    aChild(platform, { config: ok(aConfig({ platform, ...its })) })
  return anImageSeen({ index: anIndex([child(AMD64, given), child(ARM64, arm64)]) })
}
const red = (code: string) => ({ codes: [`config/${code}`, `config/${code}`], is: 'failed' as const })
const green = { is: 'passed' as const }

const cases: readonly Case<'image', ImageSeen>[] = [
  { name: 'nothing asked', of: anImage(), seen: undefined, is: 'skipped' },

  { name: 'a variable', of: of(env('A', { is: 'b=c' })), seen: says({ env: ['A=b=c'] }), ...green },
  { name: 'an empty variable', of: of(env('A', { is: '' })), seen: says({ env: ['A='] }), ...green },
  { name: 'another value', of: of(env('A', { is: 'b' })), seen: says({ env: ['A=c'] }), ...red('env') },
  { name: 'no variable', of: of(env('A', { is: '' })), seen: says({ env: ['B='] }), ...red('env') },
  { name: 'the last of two counts', of: of(env('A', { is: '2' })), seen: says({ env: ['A=1', 'A=2'] }), ...green },
  { name: 'unset', of: of(env('A', { unset: true })), seen: says({ env: ['AB=1'] }), ...green },
  { name: 'set, though empty', of: of(env('A', { unset: true })), seen: says({ env: ['A='] }), ...red('env') },
  {
    name: 'a match',
    of: of(env('V', { matches: parsePattern('^2\\.') })),
    seen: says({ env: ['V=2.1'] }),
    ...green,
  },
  {
    name: 'no match',
    of: of(env('V', { matches: parsePattern('^2\\.') })),
    seen: says({ env: ['V=12.1'] }),
    ...red('env'),
    says: ['the variable V is \\"12.1\\", not a match of /^2\\\\./'],
  },
  { name: 'unset is no match', of: of(env('V', { matches: parsePattern('x*') })), seen: says({}), ...red('env') },

  { name: 'a label', of: of(label('a.b', { is: 'c' })), seen: says({ labels: { 'a.b': 'c' } }), ...green },
  { name: 'another label', of: of(label('a.b', { is: 'c' })), seen: says({ labels: { 'a.b': 'd' } }), ...red('label') },
  { name: 'no label', of: of(label('toString', { is: '' })), seen: says({ labels: {} }), ...red('label') },
  { name: 'no label wanted', of: of(label('toString', { unset: true })), seen: says({ labels: {} }), ...green },

  {
    name: 'the entrypoint',
    of: of({ of: 'entrypoint', argv: ['a', 'b'] }),
    seen: says({ entrypoint: ['a', 'b'] }),
    ...green,
  },
  { name: 'no entrypoint', of: of({ of: 'entrypoint', argv: [] }), seen: says({}), ...green },
  {
    name: 'words in one',
    of: of({ of: 'entrypoint', argv: ['a', 'b'] }),
    seen: says({ entrypoint: ['a b'] }),
    ...red('entrypoint'),
  },
  { name: 'the command', of: of({ of: 'cmd', argv: ['python'] }), seen: says({}), ...green },
  {
    name: 'another command',
    of: of({ of: 'cmd', argv: ['python'] }),
    seen: says({ cmd: ['python', ''] }),
    ...red('cmd'),
  },

  { name: 'a port', of: of(there('port', '80/tcp')), seen: says({ exposedPorts: ['80/tcp'] }), ...green },
  {
    name: 'a port without protocol is TCP',
    of: of(there('port', '80/tcp')),
    seen: says({ exposedPorts: ['80'] }),
    ...green,
  },
  { name: 'a port of any protocol', of: of(there('port', '53')), seen: says({ exposedPorts: ['53/udp'] }), ...green },
  { name: 'a longer number', of: of(there('port', '80')), seen: says({ exposedPorts: ['8080/tcp'] }), ...red('port') },
  {
    name: 'another protocol',
    of: of(there('port', '53/tcp')),
    seen: says({ exposedPorts: ['53/udp'] }),
    ...red('port'),
  },
  {
    name: 'a port not to be there',
    of: of(there('port', '22', false)),
    seen: says({ exposedPorts: ['22/tcp'] }),
    ...red('port'),
  },
  { name: 'no such port', of: of(there('port', '22', false)), seen: says({}), ...green },

  { name: 'a volume', of: of(there('volume', '/data')), seen: says({ volumes: ['/data'] }), ...green },
  { name: 'no volume', of: of(there('volume', '/data')), seen: says({ volumes: ['/data/x'] }), ...red('volume') },
  {
    name: 'a volume not to be there',
    of: of(there('volume', '/d', false)),
    seen: says({ volumes: ['/d'] }),
    ...red('volume'),
  },
  ...['/data/', '//data', '/data/.', '/x/../data'].flatMap((path) => [
    {
      name: `${path} is the volume /data`,
      of: of(there('volume', '/data')),
      seen: says({ volumes: [path] }),
      ...green,
    },
    {
      name: `${path} is the volume /data, not to be there`,
      of: of(there('volume', '/data', false)),
      seen: says({ volumes: [path] }),
      ...red('volume'),
    },
  ]),
  {
    name: 'a volume that the spec ends with a slash',
    of: of(there('volume', '/data/', false)),
    seen: says({ volumes: ['/data'] }),
    ...red('volume'),
  },
  {
    name: 'a volume below the one not to be there',
    of: of(there('volume', '/data', false)),
    seen: says({ volumes: ['/data/x/', '/'] }),
    ...green,
  },
  { name: 'the root as a volume', of: of(there('volume', '/')), seen: says({ volumes: ['//'] }), ...green },

  { name: 'the folder', of: of({ of: 'workdir', is: '/app' }), seen: says({}), ...green },
  { name: 'another folder', of: of({ of: 'workdir', is: '/app' }), seen: says({ workdir: '' }), ...red('workdir') },
  {
    name: 'the folder, with a slash',
    of: of({ of: 'workdir', is: '/srv/x' }),
    seen: says({ workdir: '/srv/x/' }),
    ...green,
  },
  { name: 'no folder is not /', of: of({ of: 'workdir', is: '/' }), seen: says({ workdir: '' }), ...red('workdir') },

  { name: 'the user', of: of({ of: 'user', is: 'app' }), seen: says({ user: 'app' }), ...green },
  { name: 'another group', of: of({ of: 'user', is: 'app' }), seen: says({ user: 'app:app' }), ...red('user') },
  ...['app', '1000', '1000:0', '+1000', '-1', '+', '-', '0x0', ' 0', 'rooty'].map((user) => ({
    ...{ name: `${user} is not root`, of: of({ of: 'non-root' }), seen: says({ user }) },
    ...green,
  })),
  ...['', 'root', '0', '0:0', '0:1000', 'root:root', 'root:app', '00', '+0', '-0', '+00:5', ':0', ':app'].map(
    (user) => ({
      ...{ name: `${JSON.stringify(user)} is root`, of: of({ of: 'non-root' }), seen: says({ user }) },
      ...red('user'),
    }),
  ),

  { name: 'a health check', of: of({ of: 'healthcheck' }), seen: says({ healthcheck: ['CMD', 'x'] }), ...green },
  ...[undefined, [], ['NONE'], ['']].map((healthcheck) => ({
    name: `${JSON.stringify(healthcheck)} is no health check`,
    ...{ of: of({ of: 'healthcheck' }), seen: says({ healthcheck }) },
    ...red('healthcheck'),
  })),

  {
    name: 'one platform is otherwise',
    of: of({ of: 'user', is: 'app' }),
    seen: says({ user: 'app' }, { user: 'root' }),
    codes: ['config/user'],
    is: 'failed',
    says: ['for linux/arm64: the user is \\"root\\", not \\"app\\"'],
  },
  {
    name: 'one platform is otherwise, and known to be',
    of: of({ of: 'user', is: 'app' }),
    seen: says({ user: 'app' }, { user: 'root' }),
    terms: { waivers: [{ finding: 'config/user', reason: 'known', platform: ARM64 }] },
    codes: ['config/user'],
    is: 'skipped',
  },
  {
    name: 'one platform cannot be read',
    of: of({ of: 'workdir', is: '/app' }),
    seen: anImageSeen({ index: anIndex([aChild(), aChild(ARM64, { config: no() })]) }),
    is: 'errored',
    because: 'platforms',
  },
  {
    name: 'one platform is missing',
    of: of({ of: 'workdir', is: '/app' }),
    seen: anImageSeen({ index: anIndex([aChild()]) }),
    is: 'errored',
    because: 'platforms',
  },
  { name: 'no tag leads anywhere', of: of({ of: 'non-root' }), seen: unseenImage(), is: 'errored', because: 'tags' },
  {
    name: 'what it leads to is no index',
    of: of({ of: 'non-root' }),
    seen: anImageSeen({ index: no('malformed') }),
    is: 'errored',
    because: 'platforms',
  },
]

describeCheck(config, cases)

const resolve = async (line: string) => {
  const decoded = await decodeSpec(`version: 1\nimages:\n  a:\n    image: app\n    config: ${line}\n`, 'spec.yml')
  if (!decoded.ok) return decoded.problems
  const resolved = resolveSpec(decoded.spec, decoded.positions, { sha: 'a'.repeat(40) })
  return resolved.ok ? resolved.images[0]?.config : resolved.problems
}

describe('the spec', () => {
  test.each<[string, readonly Fact[], string]>([
    ['{env: {A: b}}', [env('A', { is: 'b' })], 'config.env.A'],
    ['{env: {A: null}}', [env('A', { unset: true })], 'config.env.A'],
    [
      '{env: {A: {matches: x}}}',
      [env('A', { matches: { text: 'x', find: expect.any(Function) as never } })],
      'config.env.A',
    ],
    ["{labels: {a.b: ''}}", [label('a.b', { is: '' })], 'config.labels.a.b'],
    ['{entrypoint: []}', [{ of: 'entrypoint', argv: [] }], 'config.entrypoint'],
    ['{cmd: [a, b]}', [{ of: 'cmd', argv: ['a', 'b'] }], 'config.cmd'],
    ['{exposed: [80/tcp]}', [there('port', '80/tcp')], 'config.exposed.0'],
    ["{not-exposed: ['22']}", [there('port', '22', false)], 'config.not-exposed.0'],
    ['{volumes: [/data]}', [there('volume', '/data')], 'config.volumes.0'],
    ['{not-volumes: [/app]}', [there('volume', '/app', false)], 'config.not-volumes.0'],
    ['{workdir: /app}', [{ of: 'workdir', is: '/app' }], 'config.workdir'],
    ['{user: app}', [{ of: 'user', is: 'app' }], 'config.user'],
    ['{user: non-root}', [{ of: 'non-root' }], 'config.user'],
    ['{healthcheck: required}', [{ of: 'healthcheck' }], 'config.healthcheck'],
  ])('asks by %s', async (line, facts, path) => {
    expect(await resolve(line)).toEqual(facts.map((fact) => ({ ...fact, path })))
  })

  test.each([
    ['{}', 'asks nothing'],
    ['{env: {A: 1}}', 'expected text or a map, got the number 1'],
    ['{env: {A: {matchs: x}}}', 'did you mean \\"matches\\"'],
    ["{labels: {a: {matches: '['}}}", 'is not a regular expression'],
    ['{exposed: [http]}', 'is not a port'],
    ["{exposed: ['0']}", 'is not a port'],
    ['{exposed: []}', 'is an empty list'],
    ['{volumes: [data]}', 'write /data'],
    ['{healthcheck: true}', 'is not required'],
    ['{users: app}', 'did you mean \\"user\\"'],
  ])('refuses %s', async (line, problem) => expect(JSON.stringify(await resolve(line))).toContain(problem))
})
