import type {
  CommandExpectation,
  ConfigExpectation,
  FileExpectation,
  TextExpectation,
  ValueExpectation,
} from '../model/contents.ts'
import type { SpecCommand, SpecConfig, SpecFile, SpecText, SpecValue } from './contents-schema.ts'
import { parseDuration } from './quantities.ts'

const MAX_NAME_LENGTH = 80

/** A command as the check wants it; `path` is where it stands in its image's part of the spec. */
export const expectCommand = (given: SpecCommand, path: string): CommandExpectation => ({
  name: given.name ?? given.run.join(' ').slice(0, MAX_NAME_LENGTH),
  run: given.run as [string, ...string[]],
  env: given.env ?? {},
  workdir: given.workdir,
  user: given.user,
  entrypoint: given.entrypoint,
  exitCode: given['exit-code'],
  stdout: expectText(given.stdout),
  stderr: expectText(given.stderr),
  timeoutMs: parseDuration(given.timeout),
  fillsEnv: false,
  path,
})

const expectText = ({ contains = [], matches = [], excludes = [] }: SpecText = {}): TextExpectation => ({
  contains,
  matches,
  excludes,
})

/** All that the config of every platform must say, one by one. */
export function expectConfig(given: SpecConfig = {}): readonly ConfigExpectation[] {
  const values = (key: 'env' | 'labels', of: 'env' | 'label') =>
    Object.entries(given[key] ?? {}).map(([name, value]) => ({
      ...{ of, name, value: expectValue(value) },
      path: `config.${key}.${name}`,
    }))
  const names = (key: 'exposed' | 'not-exposed' | 'volumes' | 'not-volumes', of: 'port' | 'volume') =>
    (given[key] ?? []).map((name, index) => ({
      ...{ of, name, there: !key.startsWith('not-') },
      path: `config.${key}.${index}`,
    }))
  const argv = (of: 'entrypoint' | 'cmd') => {
    const words = given[of]
    return words === undefined ? [] : [{ of, argv: words, path: `config.${of}` }]
  }
  const { workdir, user, healthcheck } = given
  return [
    ...values('env', 'env'),
    ...values('labels', 'label'),
    ...argv('entrypoint'),
    ...argv('cmd'),
    ...names('exposed', 'port'),
    ...names('not-exposed', 'port'),
    ...names('volumes', 'volume'),
    ...names('not-volumes', 'volume'),
    ...(workdir === undefined ? [] : [{ of: 'workdir', is: workdir, path: 'config.workdir' } as const]),
    ...(user === undefined ? [] : [{ ...expectUser(user), path: 'config.user' }]),
    ...(healthcheck === undefined ? [] : [{ of: 'healthcheck', path: 'config.healthcheck' } as const]),
  ]
}

const expectUser = (user: string) =>
  user === 'non-root' ? ({ of: user } as const) : ({ of: 'user', is: user } as const)

function expectValue(value: SpecValue): ValueExpectation {
  if (value === null) return { unset: true }
  return typeof value === 'string' ? { is: value } : value
}

/** A file as the check wants it; `path` is where it stands in its image's part of the spec. */
export const expectFile = (given: SpecFile, path: string): FileExpectation => ({
  file: given.path,
  exists: given.exists,
  isLinkItself: given.type === 'link',
  type: given.type,
  mode: given.mode === undefined ? undefined : Number.parseInt(given.mode, 8),
  uid: given.uid,
  gid: given.gid,
  executableBy: executableBy(given.executable),
  text: expectText(given),
  fillsEnv: false,
  path,
})

function executableBy(given: SpecFile['executable']): FileExpectation['executableBy'] {
  if (typeof given !== 'boolean') return given
  return given ? 'any' : 'nobody'
}

/** What cannot be true of a file that is not there. */
export const contradictions = ({ exists, path: _, ...rest }: SpecFile): readonly string[] =>
  exists ? [] : Object.keys(rest)

/** Why a path would be found missing whatever the image holds; undefined where nothing says so. */
export function neverFound({ exists, path }: SpecFile): string | undefined {
  if (exists) return undefined
  const [sign] = /[*?[{$]/.exec(path) ?? []
  if (sign !== undefined) {
    return `has ${JSON.stringify(sign)} in it, and paths are no patterns: name each file, or look for it by a command`
  }
  return path.split('/').includes('..') ? 'leads up by "..": write where the file is' : undefined
}
