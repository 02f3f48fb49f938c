// Two runs on one engine, at once, over the very same image: whoever ends first takes nothing away from the other.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, jest } from '@jest/globals'
import { runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import { startBuildRun } from '../harness/build-run.ts'
import { runAction } from '../harness/runner.ts'
import type { RunResult } from '../harness/step.ts'
import { pushFresh } from './push.ts'
import { registry, sha, stores } from './stack.ts'

jest.setTimeout(5 * 60_000)

describe.each(stores)('C124 on the $store store', ({ dockerHost }) => {
  const env = { ...childEnvironment(process.env), DOCKER_HOST: dockerHost }
  const docker = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await runCommand('docker', args, { timeoutMs: 60_000, env })
    return `${Buffer.from(stdout)}${stderr}`.trim()
  }

  async function run(image: string, asked: string, afterMs: number, inputs = {}): Promise<RunResult> {
    const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
    await mkdir(join(workspace, '.github'))
    await writeFile(
      join(workspace, '.github/verify-images.yml'),
      `version: 1\ntags: [latest]\nimages:\n  app: {image: ${registry}/${image}, platforms: [linux/amd64], ${asked}}\n`,
    )
    await using github = await startBuildRun({ repository: 'ktrdr/ktrdr', sha, jobs: { 'build (app)': 120 } })
    await delay(afterMs)
    return await runAction({
      apiUrl: github.url,
      action: '.',
      workspace,
      dockerHost,
      inputs: { wait: '0s', 'github-token': '', ...inputs },
      github: { sha, repository: 'ktrdr/ktrdr' },
    })
  }

  const quick = 'imports: [ktrdr]'
  const slow = 'imports: [ktrdr], commands: [{run: [sleep, "1"]}, {run: [sleep, "1"]}, {run: [python, -V]}]'

  it.each([
    ['both at once', slow, 0, quick, 0],
    ['the quick one first', slow, 700, quick, 0],
    ['the quick one a little later', slow, 0, quick, 400],
    ['the quick one later', slow, 0, quick, 1_200],
    ['one as the other ends', quick, 1_800, quick, 0],
    ['one after the other has begun to remove', quick, 2_200, quick, 0],
  ])('%s: both are green, and nothing is left', async (_, one, oneAfterMs, other, otherAfterMs) => {
    const { name, digest } = await pushFresh('quick/ktrdr-backend')
    const ended = await Promise.all([run(name, one, oneAfterMs), run(name, other, otherAfterMs)])
    for (const each of ended) {
      await using run = each
      expect([run.outputs.verdict, run.outputs.verified]).toEqual(['passed', 'true'])
      expect(await docker('container', 'ls', '--all', '--quiet', '--filter', `label=${run.state.label}`)).toBe('')
    }
    const reference = `${registry}/${name}@${digest}`
    expect(
      await docker('container', 'ls', '--all', '--quiet', '--filter', `label=verify-images.image=${reference}`),
    ).toBe('')
    expect(await docker('image', 'inspect', reference)).toMatch(/no such image/i)
  })

  it('an image that somebody had before stays, whoever ends last', async () => {
    const { name, digest } = await pushFresh('quick/ktrdr-backend')
    const reference = `${registry}/${name}@${digest}`
    await docker('image', 'pull', '--quiet', reference)
    for (const each of await Promise.all([run(name, slow, 0), run(name, quick, 300)])) {
      await using run = each
      expect(run.outputs.verdict).toBe('passed')
    }
    expect(await docker('image', 'inspect', '--format', 'there', reference)).toBe('there')
    await docker('image', 'rm', reference)
  })
})
