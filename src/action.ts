import { randomUUID } from 'node:crypto'
import * as core from '@actions/core'
import { systemClock } from './adapters/clock.ts'
import { type Deadline, startDeadline } from './adapters/deadline.ts'
import { readEventFile } from './adapters/event.ts'
import { endEveryExpression } from './adapters/expressions.ts'
import { workspaceFiles } from './adapters/files.ts'
import { keepHeapSmall } from './adapters/heap.ts'
import { pullJournal } from './adapters/journal.ts'
import { actionsLog } from './adapters/log.ts'
import { buildRunOf, openMachine } from './adapters/machine.ts'
import { shardsIn } from './adapters/shard-files.ts'
import { cutShort, nothingSeen, type Outcome, type Planned, problemReport, run } from './app.ts'
import { readInputs, readSurroundings } from './inputs.ts'
import { exitCodes, type Report } from './model/result.ts'
import { parseOptions } from './options.ts'
import { renderOutputs } from './render/outputs.ts'

const log = actionsLog((text) => process.stdout.write(text))
const annotate = { error: core.error, warning: core.warning, notice: core.notice }
const workspace = process.env.GITHUB_WORKSPACE || process.cwd()

/** What a run that is ended may still take to put things away: of a cancelled one, the runner waits for no more than 7.5 s. */
const LEFT_MS = { cancelled: 3_500, 'out of time': 30_000 }
const isGiven = (secret: string | undefined): secret is string => Boolean(secret)

keepHeapSmall()
endEveryExpression()
await main()

async function main(): Promise<void> {
  using deadline = startDeadline()
  core.setOutput('verified', 'false')
  core.setOutput('verdict', 'errored')
  const raw = readInputs()
  const secrets = [raw['github-token'], raw['registry-password']].filter(isGiven)
  for (const secret of secrets) core.setSecret(secret)
  const around = { ...readSurroundings(process.env), event: readEventFile(process.env.GITHUB_EVENT_PATH) }
  const parsed = parseOptions(raw, around)
  const fallbackFile = `${around.tempDir}/verify-images/report.json`
  if ('problems' in parsed) {
    const source = { repository: around.repository, sha: around.sha, runId: undefined, runAttempt: undefined }
    return await publish(problemReport(parsed.problems, source, new Date()), fallbackFile, secrets)
  }
  const { options } = parsed
  deadline.endAfter(options.timeoutMs)
  const label = `verify-images.run=${randomUUID()}`
  core.saveState('label', label)
  const journal = pullJournal(around.tempDir, label)
  const tools = { files: workspaceFiles(workspace), clock: systemClock(deadline.signal), log }
  const buildRun = buildRunOf({ options, desk: tools, env: process.env, signal: deadline.signal })
  const desk = { ...tools, buildRun, shardFiles: shardsIn(workspace) }
  const outcome = await beforeTheEnd(
    deadline,
    run(options, desk, (registries) =>
      openMachine(
        {
          options,
          desk,
          label,
          env: process.env,
          signal: deadline.signal,
          tempDir: around.tempDir,
          onLogin: (configDir) => core.saveState('login', configDir),
          onBuildx: (folder) => core.saveState('buildx', folder),
          onPull: journal.note,
        },
        registries,
      ),
    ),
  )
  if (outcome !== undefined) journal.close()
  const why = deadline.reason()
  if (outcome === undefined || why !== undefined) {
    const seen = outcome?.kind === 'report' ? outcome.report : nothingSeen(options, new Date())
    await publish(cutShort(seen, why), options.reportFile, secrets)
    process.exit()
  }
  switch (outcome.kind) {
    case 'skipped':
      return await skip(outcome.reason)
    case 'plan':
      return await tellPlan(outcome)
    case 'report':
      return await publish(outcome.report, options.reportFile, secrets)
  }
}

/** The outcome, or nothing when a run that is ended does not come to its end in time. */
async function beforeTheEnd(deadline: Deadline, outcome: Promise<Outcome>): Promise<Outcome | undefined> {
  const ended = new Promise<undefined>((resolve) => {
    const leave = () => setTimeout(resolve, LEFT_MS[deadline.reason() ?? 'cancelled'], undefined).unref()
    if (deadline.signal.aborted) leave()
    else deadline.signal.addEventListener('abort', leave)
  })
  return Promise.race([outcome, ended])
}

/** What renders is loaded once there is something to render: until then the registry is waited for. */
async function publish(given: Report, reportFile: string, secrets: readonly string[]): Promise<void> {
  const { writeReport } = await import('./adapters/publish.ts')
  const { renderConsole } = await import('./render/console.ts')
  const { renderAnnotations } = await import('./render/annotations.ts')
  const { report, summary, isWritten } = await writeReport(given, reportFile, docsOf(process.env), secrets)
  await core.summary.addRaw(summary).write()
  process.stdout.write(`${renderConsole(report, { width: 120, colour: false })}\n`)
  for (const { level, message, ...at } of renderAnnotations(report)) {
    annotate[level](message, {
      title: at.title,
      ...(at.file && { file: at.file, startLine: at.line, startColumn: at.column }),
    })
  }
  const { verified, ...outputs } = renderOutputs(report)
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value)
  core.setOutput('report', isWritten ? reportFile : '')
  process.exitCode = exitCodes[report.verdict]
  core.setOutput('verified', verified)
}

async function tellPlan({ plan, targets, shards, digest }: Planned): Promise<void> {
  const { renderMatrix, renderPlan, renderToken } = await import('./render/plan.ts')
  process.stdout.write(`${renderPlan(plan, targets)}\n`)
  core.setOutput('verdict', '')
  core.setOutput('matrix', renderMatrix(shards))
  core.setOutput('plan', renderToken(plan, digest, randomUUID()))
}

/** Green for the workflow's sake, and never verified. */
async function skip(reason: string): Promise<void> {
  core.notice(reason, { title: 'Verify Images: skipped' })
  await core.summary.addRaw(`## ⏭️ Not verified\n\n${reason}\n`).write()
  core.setOutput('verdict', 'skipped')
}

/** Where the running release explains its findings; undefined where the action is not on a server. */
function docsOf(env: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = env
  return server && repository && ref ? `${server}/${repository}/blob/${ref}/docs/checks.md` : undefined
}
