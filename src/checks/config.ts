import type { ConfigExpectation, ValueExpectation } from '../model/contents.ts'
import { type ChildSeen, type ConfigSeen, type ImageSeen, platformOf } from '../model/observation.ts'
import { plainPath } from '../model/path.ts'
import type { UnweighedFinding } from '../model/result.ts'
import { type ImageExpectation, positionOf } from '../model/spec.ts'
import { defineCheck, noIndex, unread } from './define.ts'

export const config = defineCheck({
  id: 'config',
  title: 'The config of every platform says what it should',
  scope: 'image',
  codes: {
    'config/env': 'error',
    'config/label': 'error',
    'config/entrypoint': 'error',
    'config/cmd': 'error',
    'config/port': 'error',
    'config/volume': 'error',
    'config/workdir': 'error',
    'config/user': 'error',
    'config/healthcheck': 'error',
  },
  notAsked: (image) => (image.config.length === 0 ? 'nothing is asked of the config' : undefined),
  observe: (image, sight) => sight.image(image),
  judge: (image, { tags, index }: ImageSeen) => {
    if (!index.ok) return noIndex(index, { tags })
    const findings = index.seen.children.flatMap((child) => {
      const platform = platformOf(index.seen, child)
      return judgeChild(image, child).map((finding) => ({ ...finding, ...(platform && { platform }) }))
    })
    return { findings, evidence: [{ kind: 'digest', digest: index.seen.digest }], rest: unread(image, index.seen) }
  },
})

function judgeChild(image: ImageExpectation, { config: look, descriptor }: ChildSeen): readonly UnweighedFinding[] {
  if (!look.ok) return []
  const where = `${image.name} for ${descriptor.platform ?? look.seen.platformText}`
  return image.config.flatMap((expected) => {
    const wrong = compare(expected, look.seen)
    if (wrong === undefined) return []
    const at = positionOf(image, expected.path)
    const message = `${where}: ${wrong.what} is ${wrong.actual}, not ${wrong.expected}`
    const { expected: wanted, actual } = wrong
    const hint = 'see the Dockerfile and the build’s labels; or change the spec, where the image is right'
    return [{ code: wrong.code, message, expected: wanted, actual, hint, ...(at && { at }) }]
  })
}

interface Wrong {
  readonly code: string
  readonly what: string
  readonly expected: string
  readonly actual: string
}

function compare(expected: ConfigExpectation, seen: ConfigSeen): Wrong | undefined {
  switch (expected.of) {
    case 'env':
      return compareValue('env', `the variable ${expected.name}`, expected.value, variables(seen).get(expected.name))
    case 'label': {
      const value = Object.hasOwn(seen.labels, expected.name) ? seen.labels[expected.name] : undefined
      return compareValue('label', `the label ${expected.name}`, expected.value, value)
    }
    case 'entrypoint':
    case 'cmd': {
      const actual = JSON.stringify(seen[expected.of])
      return differ(expected.of, `the ${expected.of}`, JSON.stringify(expected.argv), actual)
    }
    case 'port': {
      const there = seen.exposedPorts.some((port) => isPort(expected.name, port))
      return differ('port', `port ${expected.name}`, exposed(expected.there), exposed(there))
    }
    case 'volume': {
      const there = seen.volumes.some((path) => isSamePath(path, expected.name))
      return differ('volume', expected.name, volume(expected.there), volume(there))
    }
    case 'workdir':
      if (isSamePath(expected.is, seen.workdir)) return undefined
      return differ('workdir', 'the working directory', orNone(expected.is), orNone(seen.workdir))
    case 'user':
      return differ('user', 'the user', orNone(expected.is), orNone(seen.user))
    case 'non-root': {
      const actual = seen.user === '' ? 'root, since none is named' : JSON.stringify(seen.user)
      return isRoot(seen.user)
        ? { code: 'config/user', what: 'the user', expected: 'another than root', actual }
        : undefined
    }
    case 'healthcheck':
      return differ('healthcheck', 'the health check', 'there', hasHealthcheck(seen) ? 'there' : 'missing')
  }
}

const differ = (code: string, what: string, expected: string, actual: string): Wrong | undefined =>
  expected === actual ? undefined : { code: `config/${code}`, what, expected, actual }

function compareValue(code: string, what: string, expected: ValueExpectation, actual: string | undefined) {
  const is = actual === undefined ? 'unset' : JSON.stringify(actual)
  if ('unset' in expected) return differ(code, what, 'unset', is)
  if ('is' in expected) return differ(code, what, JSON.stringify(expected.is), is)
  const { find, text } = expected.matches
  const isFound = actual !== undefined && find(actual) !== undefined
  return isFound ? undefined : differ(code, what, `a match of /${text}/`, is)
}

const variables = ({ env }: ConfigSeen): ReadonlyMap<string, string> =>
  new Map(
    env.map((each): [string, string] => {
      const [name = ''] = each.split('=', 1)
      return [name, each.slice(name.length + 1)]
    }),
  )

/** `8000` is any protocol's; a config that names no protocol means TCP. */
const isPort = (expected: string, actual: string): boolean => {
  const full = actual.includes('/') ? actual : `${actual}/tcp`
  return expected.includes('/') ? full === expected : full.startsWith(`${expected}/`)
}

/** However it is written: builders keep the slash of `VOLUME /data/`. No folder at all is none of them, not even `/`. */
const isSamePath = (one: string, other: string): boolean =>
  one !== '' && other !== '' && plainPath(one) === plainPath(other)

const exposed = (there: boolean): string => (there ? 'exposed' : 'not exposed')
const volume = (there: boolean): string => (there ? 'a volume' : 'no volume')
const orNone = (text: string): string => (text === '' ? 'none' : JSON.stringify(text))

/** Whether nobody else is named, by whatever the engine reads as the number 0; a name that the image gives to user 0 cannot be told from here. */
const isRoot = (user: string): boolean => /^(?:root|[+-]?0+)?$/.test(user.split(':', 1)[0] ?? '')

const hasHealthcheck = ({ healthcheck = [] }: ConfigSeen): boolean =>
  healthcheck.length > 0 && healthcheck[0] !== 'NONE' && healthcheck[0] !== ''
