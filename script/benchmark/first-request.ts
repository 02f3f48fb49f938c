import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import { imagetoolsInspect } from '../../src/adapters/imagetools/inspect.ts'
import { findPlugin } from '../../src/adapters/plugins.ts'
import { parseImageName, parseTag, tagged } from '../../src/model/image.ts'
import { action } from './action.ts'

const execute = promisify(execFile)

/** Milliseconds to the first request at a registry, and what of them nobody can do without. */
export interface Start {
  /** From the start of the action's process. */
  readonly actionMs: number
  /** From the start of buildx alone, asked as the action asks it. */
  readonly buildxMs: number
  /** From start to end of a Node that has nothing to do, and the most memory it takes. */
  readonly nodeMs: number
  readonly nodePeakBytes: number
}

/** Measures the three after each other. */
export async function measureStart(): Promise<Start> {
  return { actionMs: await actionMs(), buildxMs: await buildxMs(), ...(await nodeAlone()) }
}

function actionMs(): Promise<number> {
  return untilAsked(async (image) => {
    const { startedAt, log } = await action(`version: 1\ntags: [latest]\nimages:\n  here:\n    image: ${image}\n`)
    return { startedAt, log }
  })
}

function buildxMs(): Promise<number> {
  return untilAsked(async (image) => {
    const env = childEnvironment(process.env)
    const buildx = await findPlugin('buildx', env)
    const { signal } = new AbortController()
    const inspect = imagetoolsInspect({ run: runCommand, env, signal, now: () => new Date(), buildx })
    const startedAt = performance.timeOrigin + performance.now()
    await inspect.raw(tagged(parseImageName(image), parseTag('latest')))
    return { startedAt, log: '' }
  })
}

async function nodeAlone(): Promise<Pick<Start, 'nodeMs' | 'nodePeakBytes'>> {
  const began = performance.now()
  const script = "process.stdout.write(require('node:fs').readFileSync('/proc/self/status'))"
  const status = await execute(process.execPath, ['--eval', script])
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status.stdout)?.[1]
  return { nodeMs: performance.now() - began, nodePeakBytes: Number(peak) * 1024 }
}

/** What is run tells when it started. */
async function untilAsked(run: (image: string) => Promise<{ startedAt: number; log: string }>): Promise<number> {
  let firstAt: number | undefined
  const server = createServer((_request, response) => {
    firstAt ??= performance.timeOrigin + performance.now()
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { startedAt, log } = await run(`127.0.0.1:${(server.address() as AddressInfo).port}/nothing/here`)
    if (firstAt === undefined) throw new Error(`no request came:\n${log}`)
    return firstAt - startedAt
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
