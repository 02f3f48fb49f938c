// One step's output and files, applied to the result of the run. Rules: actions/runner@258d6c8
// src/Runner.Worker/Handlers/OutputManager.cs, ActionCommandManager.cs, ExecutionContext.cs and FileCommandManager.cs
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { type Annotation, commandReader, type Effect, type Level, splitLines } from './commands.ts'
import type { Directories, Variables } from './environment.ts'
import type { Status } from './expressions.ts'
import { isBlockedVariable, keyValuePairs, pathLines } from './file-commands.ts'
import type { Masker } from './masks.ts'

export type PhaseName = 'pre' | 'main' | 'post'

export interface Phase {
  name: PhaseName
  /** 128 + the signal's number after a signal. */
  exitCode: number
  signal: NodeJS.Signals | null
  ms: number
}

export interface RunResult extends AsyncDisposable {
  outcome: Status
  outputs: Variables
  state: Variables
  annotations: Annotation[]
  /** Added by the action; secrets and tokens of the job are hidden as well. */
  masks: string[]
  summary: string
  /** The log as it can be downloaded, secrets hidden. */
  log: string
  /** What the action printed, secrets and commands included. */
  raw: string
  phases: Phase[]
  /** What the runner complains about, and what it drops without a word. */
  problems: string[]
  undeclaredOutputs: string[]
  /** Set through GITHUB_ENV. */
  env: Variables
  /** Added through GITHUB_PATH. */
  path: string[]
  workspace: string
  /** RUNNER_TEMP */
  temp: string
  /** RUNNER_TOOL_CACHE */
  toolCache: string
}

export interface Step {
  /** Takes a line the process printed. */
  read(line: string): void
  print(line: string): void
  annotate(annotation: Annotation): void
  /** An annotation that tells of a problem; an error fails the step. */
  complain(level: Level, message: string): void
  setOutput(name: string, value: string): void
}

const ISSUES_PER_STEP = 10
const ISSUE_LENGTH = 4096
const SUMMARY_LIMIT = 1024 * 1024

/** Fails the run unless it was cancelled. */
export function fail(result: RunResult): void {
  if (result.outcome === 'success') result.outcome = 'failure'
}

/** Begins a step: everything it prints changes the result. */
export function beginStep(name: PhaseName, result: RunResult, { mask, add: hide }: Masker, debug: boolean): Step {
  const reader = commandReader()
  const counts: Record<Level, number> = { error: 0, warning: 0, notice: 0 }
  let echo = debug

  function print(line: string): void {
    result.log += `${mask(line)}\n`
  }

  function annotate(annotation: Annotation): void {
    const { level, file } = annotation
    const message = mask(annotation.message).slice(0, ISSUE_LENGTH)
    print(`##[${level}]${message}`)
    counts[level] += 1
    if (counts[level] > ISSUES_PER_STEP) {
      result.problems.push(`more than ${ISSUES_PER_STEP} ${level} annotations, dropped: ${message}`)
      return
    }
    const path = file && isAbsolute(file) ? relative(result.workspace, file) : file
    const inWorkspace = path !== undefined && path !== '' && !path.startsWith('..')
    result.annotations.push({ ...annotation, message, ...(inWorkspace ? { file: path } : {}) })
  }

  function complain(level: Level, message: string): void {
    result.problems.push(message)
    annotate({ level, message })
    if (level === 'error') fail(result)
  }

  function setOutput(key: string, value: string): void {
    if (key === '') throw new Error("Value cannot be null. (Parameter 'name')")
    if (name === 'main') result.outputs[key] = value // pre and post have no step id
  }

  function apply(effect: Effect, line: string): void {
    const hasOwnEcho = ['annotation', 'add-mask', 'debug', 'stop-commands', 'resume-commands', 'failed-command']
    if (echo && !hasOwnEcho.includes(effect.kind)) print(line)
    switch (effect.kind) {
      case 'annotation':
        annotate(effect.annotation)
        break
      case 'set-output':
        complain('warning', 'The `set-output` command is deprecated and will be disabled soon.')
        setOutput(effect.name, effect.value)
        break
      case 'save-state':
        complain('warning', 'The `save-state` command is deprecated and will be disabled soon.')
        result.state[effect.name] = effect.value
        break
      case 'add-mask':
        if (echo) print('::add-mask::***')
        result.masks.push(effect.value)
        hide(effect.value)
        break
      case 'debug':
        if (debug) print(`##[debug]${effect.message}`)
        break
      case 'group':
        print(`##[group]${effect.title}`)
        break
      case 'endgroup':
        print('##[endgroup]')
        break
      case 'stop-commands':
        if (effect.token.length > 6) hide(effect.token)
        print(line)
        break
      case 'resume-commands':
        print(line)
        break
      case 'echo':
        echo = effect.on
        break
      case 'add-matcher':
      case 'remove-matcher':
        break
      case 'failed-command':
        complain('error', `Unable to process command '${line}' successfully. ${effect.reason}`)
        break
    }
  }

  function read(line: string): void {
    const effect = reader.read(line)
    if (effect) apply(effect, line)
    else print(line.replace(/##\[(start-action|end-action)/g, '##[\\$1'))
  }

  return { read, print, annotate, complain, setOutput }
}

const FILE_PREFIXES = {
  path: 'add_path_',
  env: 'set_env_',
  step_summary: 'step_summary_',
  state: 'save_state_',
  output: 'set_output_',
}

export type FileCommand = keyof typeof FILE_PREFIXES

/** Makes the empty files of a step. */
export async function createFiles(directories: Directories): Promise<Record<FileCommand, string>> {
  const suffix = randomUUID()
  const file = async (command: FileCommand): Promise<string> => {
    const path = join(directories.fileCommands, FILE_PREFIXES[command] + suffix)
    await writeFile(path, '')
    return path
  }
  return {
    path: await file('path'),
    env: await file('env'),
    step_summary: await file('step_summary'),
    state: await file('state'),
    output: await file('output'),
  }
}

/** Takes what a step wrote to its files, also when it failed. */
export async function processFiles(
  files: Record<FileCommand, string>,
  step: Step,
  result: RunResult,
  { mask }: Masker,
): Promise<void> {
  const take: Record<FileCommand, (text: string, size: number) => void> = {
    path(text) {
      for (const line of pathLines(text)) result.path = [...result.path.filter((one) => one !== line), line]
    },
    env(text) {
      for (const [name, value] of keyValuePairs(text)) {
        if (isBlockedVariable(name)) {
          step.complain('error', `Can't store ${name} output parameter using '$GITHUB_ENV' command.`)
        } else result.env[name] = value
      }
    },
    step_summary(text, size) {
      if (size <= SUMMARY_LIMIT) {
        for (const line of splitLines(text)) result.summary += `${mask(line)}\n`
        return
      }
      const kibibytes = Math.floor(size / 1024)
      const message = `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${kibibytes}k.`
      result.problems.push(message)
      step.annotate({ level: 'error', message }) // and yet the step does not fail
    },
    state(text) {
      for (const [name, value] of keyValuePairs(text)) result.state[name] = value
    },
    output(text) {
      for (const [name, value] of keyValuePairs(text)) step.setOutput(name, value)
    },
  }
  for (const command of ['path', 'env', 'step_summary', 'state', 'output'] as const) {
    const bytes = await readFile(files[command]).catch(() => Buffer.alloc(0))
    try {
      take[command](new TextDecoder().decode(bytes), bytes.length)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      step.complain('error', `Unable to process file command '${command}' successfully. ${reason}`)
    }
  }
}
