import Range from 'semver/classes/range.js'
import type SemVer from 'semver/classes/semver.js'
import cmp from 'semver/functions/cmp.js'
import parse from 'semver/functions/parse.js'

// https://packaging.python.org/en/latest/specifications/version-specifiers/
const NUMBER = String.raw`^v?(\d+(?:\.\d+)*)`
const PRE = String.raw`(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?`
const POST = String.raw`(-\d+|[-_.]?(?:post|rev|r)[-_.]?\d*)?`
const DEV = String.raw`([-_.]?dev[-_.]?(\d*))?`
const PEP_440 = new RegExp(`${NUMBER}${PRE}${POST}${DEV}(?:\\+.*)?$`, 'is')
/** With a dot in it, since the hash of a commit may begin with digits too. */
const NUMBER_AND_MORE = /^v?(\d+(?:\.\d+)+)(?![\d!])/i
/** As in psycopg2's `2.9.9 (dt dec pq3 ext lo64)`. */
const REMARK = /\s+\(.*\)$/s

const PHASES: Readonly<Record<string, string>> = { alpha: 'a', beta: 'b', c: 'rc', pre: 'rc', preview: 'rc' }

/**
 * A version of Python's as npm would write it, so that what Python puts first is first: `2.7.0.dev1`, `2.7.0a0` and
 * `2.7.0rc1` before `2.7.0`. What lies between two numbers of three counts as the lower: a local version, a post release,
 * a fourth number. What else follows a number is taken for a pre-release. Null where no number begins it, or an epoch does.
 */
export function readVersion(told: string): SemVer | null {
  const text = told.trim().replace(REMARK, '')
  const known = PEP_440.exec(text)
  if (known === null) return versionOf(NUMBER_AND_MORE.exec(text)?.[1], '0')
  const [, number, phase, count, post, dev, devCount] = known
  const unfinished = dev === undefined ? undefined : `dev.${decimal(devCount)}`
  if (phase === undefined) return versionOf(number, post === undefined && unfinished ? `0.${unfinished}` : undefined)
  const name = phase.toLowerCase()
  // in the order of the alphabet, as npm compares words
  const end = post === undefined ? (unfinished ?? 'end') : 'post'
  return versionOf(number, `${PHASES[name] ?? name}.${decimal(count)}.${end}`)
}

/**
 * Whether a version of Python's lies in a range as npm writes them. A pre-release lies before its release, wherever a
 * range begins there, and in nothing that ends before that release; to meet it, a range names a pre-release itself.
 */
export function isWithin(told: string, range: string): boolean {
  const version = readVersion(told)
  if (version === null) return false
  return new Range(range, { loose: true }).set.some((all) =>
    all.every(({ value, operator, semver }) => value === '' || cmp(version, operator || '=', edgeOf(operator, semver))),
  )
}

/** Of `<2.7.0`, what comes before the first pre-release of 2.7.0. */
function edgeOf(operator: string, edge: SemVer): SemVer {
  const isNpms = edge.prerelease.length === 1 && edge.prerelease[0] === 0
  const read = (!isNpms && readVersion(edge.version)) || edge
  return (operator === '<' && read.prerelease.length === 0 && parse(`${read.version}-0`)) || read
}

function versionOf(number: string | undefined, prerelease: string | undefined): SemVer | null {
  if (number === undefined) return null
  const [major = '0', minor = '0', patch = '0', ...more] = number.split('.').map(decimal)
  const isBetween = more.some((each) => each !== '0')
  return parse(`${major}.${minor}.${patch}${prerelease === undefined || isBetween ? '' : `-${prerelease}`}`)
}

const decimal = (digits: string | undefined): string => (digits ?? '').replace(/^0+(?=\d)/, '') || '0'
