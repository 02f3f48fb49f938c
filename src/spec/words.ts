import validRange from 'semver/ranges/valid.js'
import * as z from 'zod'
import { errorMessage } from '../errors.ts'
import { knownPlatforms, parsePlatform } from '../model/image.ts'
import { SET } from '../model/result.ts'
import { parseDuration, parsePercent, parseSize, parseSizeRange, patterns } from './quantities.ts'
import { didYouMean } from './suggest.ts'

/** A key as editors show it. */
export const described = <Schema extends z.ZodType>(schema: Schema, description: string): Schema =>
  schema.meta({ description })

/** A text that a parser accepts; what the parser throws is the problem. */
export function written(parse: (text: string) => unknown) {
  return z.string().check((given) => {
    try {
      parse(given.value)
    } catch (error) {
      given.issues.push({ code: 'custom', message: errorMessage(error), input: given.value })
    }
  })
}

/** A text that looks like the pattern; `problem` says what to write instead. */
export function matching(pattern: RegExp, problem: (text: string) => string) {
  const check = (text: string): void => {
    if (!pattern.test(text)) throw new Error(`${JSON.stringify(text)} ${problem(text)}`)
  }
  return written(check).meta({ pattern: pattern.source })
}

export const notBlank = matching(/\S/, () => 'is blank: write something, or remove the line')

/** Where only the architecture was written. */
const withSystem = (text: string): string => (knownPlatforms.includes(`linux/${text}`) ? `linux/${text}` : text)

export const platform = written((text) => {
  try {
    parsePlatform(text)
  } catch (error) {
    throw new Error(`${errorMessage(error)}${didYouMean(withSystem(text), knownPlatforms)}`)
  }
}).meta({ examples: ['linux/amd64', 'linux/arm64'] })

export const sizeRange = written((text) => parseSizeRange(text)).meta({
  pattern: patterns.sizeRange,
  examples: ['~500MB', '<2GB', '400MB..600MB', '500MB±10%'],
})

const LEAST_MEMORY = '6MB'

export const memory = written((text) => {
  if (parseSize(text) >= parseSize(LEAST_MEMORY)) return
  throw new Error(`${JSON.stringify(text)} is less than Docker gives a container: write ${LEAST_MEMORY} or more`)
}).meta({ pattern: patterns.size, examples: ['4GB', '512MiB'] })

export const percent = written(parsePercent).meta({ pattern: patterns.percent, examples: ['20%'] })

export const duration = written((text) => {
  if (parseDuration(text) === 0) throw new Error(`${JSON.stringify(text)} is no time at all: write, say, 60s`)
}).meta({ pattern: patterns.duration, examples: ['90s', '10m', '1h30m'] })

const NAME = '[A-Za-z_][A-Za-z0-9_]*'
const ALONE = new RegExp(`^${NAME}$`)

export const composeVariable = matching(ALONE, () => 'is not the name of a variable of compose')
const MODULE = new RegExp(`^${NAME}(?:\\.${NAME})*$`)
const notAModule = 'is not a Python module: write the name that follows "import" in Python'

export const moduleName = matching(MODULE, () => notAModule)

export const topLevelModule = matching(ALONE, (text) => {
  if (!MODULE.test(text)) return notAModule
  return `lies inside another module: only top-level names can be absent, write ${JSON.stringify(text.split('.')[0])}`
})

const MAX_RANGE_LENGTH = 256

const PYTHON_PRE_RELEASE = /(?<=\d)-?(?:a|alpha|b|beta|c|rc|pre|preview|dev|post)[-.]?\d*(?![\w.-])/gi
/** No operators of Python's, which npm reads as others; nothing behind a `+`, which is not compared. */
const NPM_RANGE = /^(?!.*[~=]=)(?:[\d\s.*xXv|<>=~^]|(?<=\s)-(?=\s))*$/s

export const versionRange = written((text) => {
  const isRange =
    text.trim() !== '' &&
    text.length <= MAX_RANGE_LENGTH &&
    validRange(text, { loose: true }) !== null &&
    NPM_RANGE.test(text.replace(PYTHON_PRE_RELEASE, ''))
  if (!isRange) throw new Error(`${JSON.stringify(text)} is not a version range: write, say, 2.*, ^2.4 or >=2.1 <3`)
}).meta({ examples: ['2.*', '^2.4', '>=2.1 <3'] })

export const executable = matching(
  /^[A-Za-z0-9_./+][A-Za-z0-9_./+-]*$/,
  () => 'is not a program: write its name or path, such as python3.12 or /opt/venv/bin/python',
)

export const findingCode = matching(
  /^[a-z][a-z-]*\/[a-z][a-z-]*$/,
  () => 'is not the code of a finding: write one, such as size/skew',
)

export const findings = matching(
  /^[a-z][a-z-]*\/(?:[a-z][a-z-]*|\*)$/,
  () => 'is not a finding: write its code, such as size/skew, or size/* for all of a check',
)

export const imageId = matching(
  /^[a-z0-9][a-z0-9._-]*$/,
  () => 'is not an id: write lower-case letters, digits, ".", "_" and "-", a letter or digit first',
).refine((id) => id !== SET, `"${SET}" is what reports call all images together: choose another id`)

const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/

export const day = written((text) => {
  const date = new Date(`${text}T00:00:00Z`)
  const isDay = DAY.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
  if (!isDay) throw new Error(`${JSON.stringify(text)} is not a day of the calendar: write it as 2027-01-31`)
}).meta({ pattern: DAY.source, examples: ['2027-01-31'] })

/** A number to count with, from zero. */
export const wholeNumber = (most: number) =>
  z
    .number()
    .refine(
      (value) => Number.isInteger(value) && value >= 0 && value <= most,
      `is not a whole number from 0 to ${most}`,
    )
    .meta({ minimum: 0, maximum: most })
