// The files a step writes to: actions/runner@258d6c8 src/Runner.Worker/FileCommandManager.cs
import { splitLines } from './commands.ts'

/** GITHUB_OUTPUT, GITHUB_STATE and GITHUB_ENV; pairs before a mistake count, then it throws what the runner says. */
export function* keyValuePairs(text: string): Generator<[name: string, value: string]> {
  const lines = text.split('\n') // on Linux only \n: a \r stays part of the value or of the delimiter
  const last = lines.length - 1
  for (let index = 0; index <= last; index++) {
    const line = lines[index] ?? ''
    if (line === '') continue
    const equals = line.indexOf('=')
    const heredoc = line.indexOf('<<')
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      yield [line.slice(0, equals), line.slice(equals + 1)]
      continue
    }
    if (heredoc < 0) throw new Error(`Invalid format '${line}'`)
    const name = line.slice(0, heredoc)
    const delimiter = line.slice(heredoc + 2)
    if (name === '' || delimiter === '') {
      throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`)
    }
    const end = lines.indexOf(delimiter, index + 1)
    if (end < 0) {
      throw new Error(
        lines[last] === '' || index === last
          ? `Invalid value. Matching delimiter not found '${delimiter}'`
          : 'Invalid value. EOF marker missing new line.',
      )
    }
    yield [name, lines.slice(index + 1, end).join('\n')]
    index = end
  }
}

/** GITHUB_PATH: one directory a line. */
export function pathLines(text: string): string[] {
  return splitLines(text).filter((line) => line !== '')
}

/** Variables that GITHUB_ENV may not set. */
export function isBlockedVariable(name: string): boolean {
  return name.toUpperCase() === 'NODE_OPTIONS'
}
