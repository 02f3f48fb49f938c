import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { systemClock } from './adapters/clock.ts'
import { startDeadline } from './adapters/deadline.ts'
import { endEveryExpression } from './adapters/expressions.ts'
import { workspaceFiles } from './adapters/files.ts'
import { keepHeapSmall } from './adapters/heap.ts'
import { consoleLog } from './adapters/log.ts'
import { buildRunOf, openMachine } from './adapters/machine.ts'
import { writeReport } from './adapters/publish.ts'
import { shardsIn } from './adapters/shard-files.ts'
import { cutShort, run } from './app.ts'
import { errorMessage } from './errors.ts'
import { exitCodes, type Problem } from './model/result.ts'
import { type OptionName, optionNames, parseOptions, type RawOptions } from './options.ts'
import { renderConsole } from './render/console.ts'
import { neutralise, oneLine } from './render/neutralise.ts'
import { renderPlan, renderToken } from './render/plan.ts'
import { suggest } from './spec/suggest.ts'
import { version } from './version.ts'

const usage = `verify-images ${version}: is what the build matrix pushed what we meant to ship?

  verify-images verify [--spec FILE | --images NAME,…] [--sha COMMIT] [--repository OWNER/NAME]
                       [--execute native|all|none] [--wait 60s] [--timeout 30m] [--parallel 4]
                       [--workflow FILE] [--run-id ID] [--keep-images true|false] [--report-file FILE] [--baseline FILE]
                       [--buildx-version 0.37.2]
  verify-images plan   [--workflow FILE] [--spec FILE] [--sha COMMIT] [--repository OWNER/NAME]
  verify-images verify --plan PLAN --targets KEY,… [--report-file FILE] [as above]
  verify-images report --plan PLAN --reports DIRECTORY [as above]

Log in first with docker login. Exit codes: 0 passed, 1 failed, 2 wrong usage or spec, 3 could not look.`

/** `mode` is the command; no secret is an argument, which every process can read; the rest is of no use here. */
const OF_A_RUNNER: readonly OptionName[] = [
  'mode',
  'github-token',
  'registry-username',
  'registry-password',
  'check-run-id',
  'shards',
]

keepHeapSmall()
endEveryExpression()
process.exitCode = await main(process.argv.slice(2), process.env)

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (args.length === 0 || args.includes('--help') || args[0] === 'help') return say(usage, args.length === 0 ? 2 : 0)
  if (args[0] === '--version') return say(version, 0)
  const flags = readFlags(args)
  if ('problem' in flags) return refuse([{ message: flags.problem, hint: 'see verify-images --help' }])
  const { repository, ...raw } = flags.values
  const parsed = parseOptions({ ...raw, mode: flags.mode } satisfies RawOptions, {
    repository: repository ?? (env.GITHUB_REPOSITORY || undefined),
    sha: env.GITHUB_SHA || undefined,
    ref: env.GITHUB_REF || undefined,
    eventName: env.GITHUB_EVENT_NAME || undefined,
    serverUrl: env.GITHUB_SERVER_URL || undefined,
    runId: undefined,
    runAttempt: undefined,
    tempDir: env.RUNNER_TEMP || tmpdir(),
  })
  if ('problems' in parsed) return refuse(parsed.problems)
  const { options } = parsed
  // What redraws itself is of no use in a log that is kept.
  const isLive = obeysCodes(process.stderr, env) && !env.CI
  const log = consoleLog(process.stderr, { isLive, colour: hasColours(process.stderr, env) })
  using deadline = startDeadline()
  deadline.endAfter(options.timeoutMs)
  const { signal } = deadline
  const tools = { files: workspaceFiles(process.cwd()), clock: systemClock(signal), log }
  const desk = {
    ...tools,
    buildRun: buildRunOf({ options, desk: tools, env, signal }),
    shardFiles: shardsIn(process.cwd()),
  }
  const label = `verify-images.run=${randomUUID()}`
  const outcome = await run(options, desk, (registries) =>
    openMachine(
      { options, desk, label, env, signal, tempDir: tmpdir(), onLogin: () => {}, onBuildx: () => {} },
      registries,
    ),
  )
  log.close()
  if (outcome.kind === 'skipped') return say(outcome.reason, 0)
  if (outcome.kind === 'plan') {
    say(`plan: ${renderToken(outcome.plan, outcome.digest, randomUUID())}`, 0)
    return say(renderPlan(outcome.plan, outcome.targets), 0)
  }
  const secrets = [env.GITHUB_TOKEN, env.GH_TOKEN].filter(isGiven)
  const why = deadline.reason()
  const seen = why === undefined ? outcome.report : cutShort(outcome.report, why)
  const { report, isWritten } = await writeReport(seen, options.reportFile, undefined, secrets)
  say(
    renderConsole(report, {
      // Of a terminal that does not know it is 0.
      width: process.stdout.columns || 120,
      colour: hasColours(process.stdout, env),
    }),
    0,
  )
  if (report.starter !== undefined && report.verdict !== 'passed') say(neutralise(report.starter, { prefix: '' }), 0)
  if (isWritten) say(`report: ${options.reportFile}`, 0)
  return outcome.isUsage ? exitCodes.usage : exitCodes[report.verdict]
}

function obeysCodes({ isTTY = false }: NodeJS.WriteStream, { TERM }: NodeJS.ProcessEnv): boolean {
  return isTTY && TERM !== 'dumb'
}

function hasColours(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  return obeysCodes(stream, env) && !env.NO_COLOR
}

/** An unknown flag in our words: Node's are about positional arguments. */
function flagProblem(error: unknown, names: readonly string[]): string {
  const message = errorMessage(error)
  const [, flag] = /^Unknown option '--([^']*)'/.exec(message) ?? []
  if (flag === undefined) return message
  const meant = suggest(flag, names)
  return `there is no flag --${flag}${meant === undefined ? '' : `: did you mean --${meant}?`}`
}

function readFlags(args: readonly string[]) {
  const names = [...optionNames.filter((name) => !OF_A_RUNNER.includes(name)), 'repository'] as const
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    })
    const [mode, ...rest] = positionals
    if (mode === undefined || rest.length > 0)
      return { problem: `expected one command, got ${JSON.stringify(positionals)}` }
    return { mode, values: values as RawOptions & { repository?: string } }
  } catch (error) {
    return { problem: flagProblem(error, names) }
  }
}

function refuse(problems: readonly Problem[]): number {
  for (const { message, hint } of problems)
    process.stderr.write(`error: ${oneLine(message)}${hint ? ` (${hint})` : ''}\n`)
  return exitCodes.usage
}

function isGiven(secret: string | undefined): secret is string {
  return Boolean(secret)
}

function say(text: string, exitCode: number): number {
  process.stdout.write(`${text}\n`)
  return exitCode
}
