import { randomUUID } from 'node:crypto'
import * as core from '@actions/core'
import { systemClock } from './adapters/clock.ts'
import { type Deadline, startDeadline } from './adapters/deadline.ts'
import { readEventFile } from './adapters/event.ts'
import { workspaceFiles } from './adapters/files.ts'
import { actionsLog } from './adapters/log.ts'
import { buildRunOf, openMachine } from './adapters/machine.ts'
import { writeReport } from './adapters/publish.ts'
import { shardsIn } from './adapters/shard-files.ts'
import { sweep } from './adapters/sweep.ts'
import { type Outcome, problemReport, run } from './app.ts'
import { readInputs, readSurroundings } from './inputs.ts'
import { exitCodes, type Report } from './model/result.ts'
import { parseOptions } from './options.ts'
import { renderAnnotations } from './render/annotations.ts'
import { renderConsole } from './render/console.ts'
import { renderOutputs } from './render/outputs.ts'
import { renderMatrix, renderPlan, renderToken } from './render/plan.ts'

const log = actionsLog((text) => process.stdout.write(text))
const annotate = { error: core.error, warning: core.warning, notice: core.notice }
const workspace = process.env.GITHUB_WORKSPACE || process.cwd()

if (core.getState('phase') === 'main') await post()
else await main()

async function main(): Promise<void> {
  core.saveState('phase', 'main')
  core.setOutput('verified', 'false')
  core.setOutput('verdict', 'errored')
  const raw = readInputs()
  for (const secret of [raw['github-token'], raw['registry-password']]) if (secret) core.setSecret(secret)
  const around = { ...readSurroundings(process.env), event: readEventFile(process.env.GITHUB_EVENT_PATH) }
  const parsed = parseOptions(raw, around)
  const fallbackFile = `${around.tempDir}/verify-images/report.json`
  if ('problems' in parsed) {
    const source = { repository: around.repository, sha: around.sha, runId: undefined, runAttempt: undefined }
    return publish(problemReport(parsed.problems, source, new Date()), fallbackFile)
  }
  const { options } = parsed
  const label = `verify-images.run=${randomUUID()}`
  core.saveState('label', label)
  using deadline = startDeadline(options.timeoutMs)
  const tools = { files: workspaceFiles(workspace), clock: systemClock(deadline.signal), log }
  const buildRun = buildRunOf({ options, desk: tools, env: process.env, signal: deadline.signal })
  const desk = { ...tools, buildRun }
  const outcome = await beforeCancel(
    deadline,
    run(options, { ...desk, shardFiles: shardsIn(workspace) }, (registries) =>
      openMachine(
        {
          options,
          desk,
          label,
          env: process.env,
          signal: deadline.signal,
          tempDir: around.tempDir,
          onLogin: (configDir) => core.saveState('login', configDir),
        },
        registries,
      ),
    ),
  )
  if (outcome === undefined) {
    const cancelled = [{ message: 'the run was cancelled before everything was looked at' }]
    await publish(problemReport(cancelled, options.source, new Date()), options.reportFile)
    process.exit(exitCodes.errored)
  }
  if ('skipped' in outcome) return skip(outcome.skipped)
  if ('plan' in outcome) {
    process.stdout.write(`${renderPlan(outcome.plan, outcome.targets)}\n`)
    core.setOutput('verdict', '')
    core.setOutput('matrix', renderMatrix(outcome.shards))
    core.setOutput('plan', renderToken(outcome.plan, outcome.digest, randomUUID()))
    return
  }
  await publish(outcome.report, options.reportFile)
}

/** The outcome, or nothing when a cancelled run does not come to its end in what the runner leaves it. */
async function beforeCancel(deadline: Deadline, outcome: Promise<Outcome>): Promise<Outcome | undefined> {
  const LEFT_MS = 3_500
  const cancelled = new Promise<undefined>((resolve) => {
    deadline.signal.addEventListener('abort', () => {
      if (deadline.reason() === 'cancelled') setTimeout(resolve, LEFT_MS, undefined).unref()
    })
  })
  return Promise.race([outcome, cancelled])
}

async function publish(report: Report, reportFile: string): Promise<void> {
  const summary = await writeReport(report, reportFile, docsOf(process.env))
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
  core.setOutput('report', reportFile)
  process.exitCode = exitCodes[report.verdict]
  core.setOutput('verified', verified)
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

async function post(): Promise<void> {
  const swept = await sweep({
    label: core.getState('label'),
    login: core.getState('login'),
    tempDir: process.env.RUNNER_TEMP ?? '',
    env: process.env,
  })
  for (const line of swept) log.info(line)
}
