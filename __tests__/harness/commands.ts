// What GitHub's runner makes of the lines a step prints: the oracle for everything that must stay plain text.
// Rules: actions/runner@258d6c8 src/Runner.Common/ActionCommand.cs and src/Runner.Worker/ActionCommandManager.cs

export type Level = 'error' | 'warning' | 'notice'

export interface Annotation {
  level: Level
  message: string
  title?: string
  file?: string
  line?: number
  endLine?: number
  column?: number
  endColumn?: number
}

export type Effect =
  | { kind: 'annotation'; annotation: Annotation }
  | { kind: 'set-output' | 'save-state'; name: string; value: string }
  | { kind: 'add-mask'; value: string }
  | { kind: 'add-matcher'; file: string }
  | { kind: 'remove-matcher'; owner: string; file: string }
  | { kind: 'debug'; message: string }
  | { kind: 'group'; title: string }
  | { kind: 'endgroup' }
  | { kind: 'echo'; on: boolean }
  | { kind: 'stop-commands' | 'resume-commands'; token: string }
  | { kind: 'failed-command'; command: string; reason: string }

interface Command {
  name: string
  properties: Map<string, string>
  data: string
}

export interface CommandReader {
  /** The effect of one line, or undefined when the line is plain output. */
  read(line: string): Effect | undefined
  readonly stopToken: string | undefined
}

const COMMANDS = [
  'stop-commands',
  'set-env',
  'set-output',
  'save-state',
  'add-mask',
  'add-path',
  'add-matcher',
  'remove-matcher',
  'debug',
  'error',
  'warning',
  'notice',
  'group',
  'endgroup',
  'echo',
]

// Char.IsWhiteSpace of .NET, which String.Trim goes by; JavaScript's \s also has U+FEFF and lacks U+0085.
const SPACE = '[\\u0009-\\u000D\\u0020\\u0085\\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000]+'
const LEADING_SPACE = new RegExp(`^${SPACE}`)
const SURROUNDING_SPACE = new RegExp(`^${SPACE}|${SPACE}$`, 'g')

// The runner looks for the second `::` with String.IndexOf(string), which compares by culture: with ICU, ignorable
// characters between the colons do not count. The oracle would rather see one command too many.
const SEPARATOR = /:[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]*:/u

const unescapeWith =
  (table: [string, string][]) =>
  (text: string): string =>
    table.reduce((result, [escaped, character]) => result.replaceAll(escaped, character), text)
const LINE_ENDS: [string, string][] = [
  ['%0D', '\r'],
  ['%0A', '\n'],
]
const PERCENT: [string, string] = ['%25', '%'] // last, as in the runner: %250A is the text %0A
const unescapeData = unescapeWith([...LINE_ENDS, PERCENT])
const unescapeProperty = unescapeWith([...LINE_ENDS, ['%3A', ':'], ['%2C', ','], PERCENT])
const unescapeLegacy = unescapeWith([['%3B', ';'], ...LINE_ENDS, ['%5D', ']'], PERCENT])

function parseProperties(text: string, separator: string, decode: (text: string) => string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const part of text.split(separator)) {
    const [, name, value] = /^=*([^=]+)=+(.+)$/s.exec(part) ?? [] // Split('=', 2, RemoveEmptyEntries)
    if (name !== undefined && value !== undefined) properties.set(name.toLowerCase(), decode(value))
  }
  return properties
}

function splitInfo(info: string): [name: string, properties: string] {
  const space = info.indexOf(' ')
  return space < 0 ? [info.toLowerCase(), ''] : [info.slice(0, space).toLowerCase(), info.slice(space + 1)]
}

/** `::name key=value,…::data`, white space before it allowed. */
function parseCommand(line: string, registered: ReadonlySet<string>): Command | undefined {
  const message = line.replace(LEADING_SPACE, '')
  const end = message.startsWith('::') ? SEPARATOR.exec(message.slice(2)) : null
  if (!end) return undefined
  const [name, properties] = splitInfo(message.slice(2, 2 + end.index))
  if (!registered.has(name)) return undefined
  return {
    name,
    properties: parseProperties(properties.replace(SURROUNDING_SPACE, ''), ',', unescapeProperty),
    data: unescapeData(message.slice(2 + end.index + 2)),
  }
}

/** `##[name key=value;…]data`, anywhere in the line. */
function parseLegacyCommand(line: string, registered: ReadonlySet<string>): Command | undefined {
  const start = line.indexOf('##[')
  const end = start < 0 ? -1 : line.indexOf(']', start)
  if (end < 0) return undefined
  const [name, properties] = splitInfo(line.slice(start + 3, end))
  if (!registered.has(name)) return undefined
  return {
    name,
    properties: parseProperties(properties, ';', unescapeLegacy),
    data: unescapeLegacy(line.slice(end + 1)),
  }
}

/** Where an annotation points to, with the corrections of IssueCommandExtension.ValidateLinesAndColumns. */
function position(properties: Map<string, string>): Partial<Annotation> {
  const number = (key: string): number | undefined => {
    const text = properties.get(key)?.trim() ?? ''
    return /^[+-]?\d+$/.test(text) ? Number(text) : undefined
  }
  const endLine = number('endline')
  const endColumn = number('endcolumn')
  const line = number('line') ?? endLine
  const column = number('col') ?? endColumn
  const place: Partial<Annotation> = {}
  const backwards = line !== undefined && endLine !== undefined && endLine < line
  if (line !== undefined && !backwards) place.line = line
  if (endLine !== undefined && !backwards) place.endLine = endLine
  const severalLines = endLine !== undefined && endLine !== line
  const columnsBackwards = column !== undefined && endColumn !== undefined && endColumn < column
  if (line === undefined || severalLines || columnsBackwards) return place
  if (column !== undefined) place.column = column
  if (endColumn !== undefined) place.endColumn = endColumn
  return place
}

function annotation(level: Level, { properties, data }: Command): Effect {
  const title = properties.get('title')
  const file = properties.get('file')
  return {
    kind: 'annotation',
    annotation: {
      level,
      message: data,
      ...(title === undefined ? {} : { title }),
      ...(file === undefined ? {} : { file }),
      ...position(properties),
    },
  }
}

function failed(command: Command, reason: string): Effect {
  return { kind: 'failed-command', command: command.name, reason }
}

function named(kind: 'set-output' | 'save-state', command: Command): Effect {
  const name = command.properties.get('name')
  if (!name) return failed(command, `Required field 'name' is missing in ##[${kind}] command.`)
  return { kind, name, value: command.data }
}

function echo(command: Command): Effect {
  const value = command.data.replace(SURROUNDING_SPACE, '').toUpperCase()
  if (value === 'ON' || value === 'OFF') return { kind: 'echo', on: value === 'ON' }
  return failed(
    command,
    `Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '${command.data}'.`,
  )
}

function effectOf(command: Command): Effect {
  const { name, data, properties } = command
  switch (name) {
    case 'error':
    case 'warning':
    case 'notice':
      return annotation(name, command)
    case 'set-output':
    case 'save-state':
      return named(name, command)
    case 'add-mask':
      if (data.replace(SURROUNDING_SPACE, '') !== '') return { kind: 'add-mask', value: data }
      return annotation('warning', {
        ...command,
        properties: new Map(),
        data: "Can't add secret mask for empty string in ##[add-mask] command.",
      })
    case 'add-matcher':
      return { kind: 'add-matcher', file: data }
    case 'remove-matcher':
      return { kind: 'remove-matcher', owner: properties.get('owner') ?? '', file: data }
    case 'debug':
      return { kind: 'debug', message: data }
    case 'group':
      return { kind: 'group', title: data }
    case 'endgroup':
      return { kind: 'endgroup' }
    case 'echo':
      return echo(command)
    default: // set-env and add-path: disabled since 2020
      return failed(command, `The \`${name}\` command is disabled.`)
  }
}

/** Reads the output of one step: the registered commands and the stop token are its state. */
export function commandReader(): CommandReader {
  const registered = new Set(COMMANDS)
  let stopToken: string | undefined

  function read(line: string): Effect | undefined {
    const command = parseCommand(line, registered) ?? parseLegacyCommand(line, registered)
    if (!command) return undefined
    if (stopToken !== undefined) {
      if (command.name !== stopToken) return undefined
      const token = stopToken
      registered.delete(token)
      stopToken = undefined
      return { kind: 'resume-commands', token }
    }
    if (command.name !== 'stop-commands') return effectOf(command)
    const token = command.data.toLowerCase()
    if (token === '' || token === 'pause-logging' || registered.has(token)) {
      return failed(
        command,
        "You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow command.",
      )
    }
    stopToken = token
    registered.add(token)
    return { kind: 'stop-commands', token: command.data }
  }

  return {
    read,
    get stopToken() {
      return stopToken
    },
  }
}

/** Cuts a stream into lines as StreamReader.ReadLine does: at \n, \r and \r\n, and nowhere else. */
export function lineSplitter(onLine: (line: string) => void): { write(chunk: string): void; end(): void } {
  let rest = ''
  let afterReturn = false
  return {
    write(chunk) {
      if (chunk === '') return
      const text = afterReturn && chunk.startsWith('\n') ? chunk.slice(1) : chunk
      afterReturn = chunk.endsWith('\r')
      const lines = text.split(/\r\n|\r|\n/)
      lines[0] = rest + lines[0]
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
    },
    end() {
      if (rest !== '') onLine(rest)
      rest = ''
    },
  }
}

/** The lines of a whole text, as the runner sees them. */
export function splitLines(text: string): string[] {
  const lines: string[] = []
  const splitter = lineSplitter((line) => lines.push(line))
  splitter.write(text)
  splitter.end()
  return lines
}

/** Everything a text would make the runner do; empty for text that is safe to print. */
export function effectsOf(text: string): Effect[] {
  const reader = commandReader()
  return splitLines(text)
    .map((line) => reader.read(line))
    .filter((effect) => effect !== undefined)
}
