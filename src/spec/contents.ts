import type { CommandExpectation, TextExpectation } from '../model/contents.ts'
import type { SpecCommand, SpecText } from './contents-schema.ts'
import { parsePattern } from './pattern.ts'
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
  matches: matches.map(parsePattern),
  excludes: excludes.map(parsePattern),
})
