import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'

const env = { PATH: process.env.PATH ?? '' }
const node = (script: string, options: Partial<Parameters<typeof runCommand>[2]> = {}) =>
  runCommand(process.execPath, ['--input-type=module', '-e', script], { timeoutMs: 20_000, env, ...options })
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
/** What ended stays in the table until somebody asks, and in a container maybe nobody does. */
const isAlive = (pid: number) => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

describe('runCommand', () => {
  it('tells exit code and output', async () => {
    const result = await node('console.log("out"); console.error("err"); process.exit(3)')
    expect(result).toMatchObject({ exitCode: 3, signal: undefined, timedOut: false, missing: false, stderr: 'err\n' })
    expect(text(result.stdout)).toBe('out\n')
  })

  it('says that there is no such program', async () => {
    const result = await runCommand('no-such-program', [], { timeoutMs: 1_000, env })
    expect(result).toMatchObject({ exitCode: undefined, missing: true })
  })

  it.each([
    ['a file that is no program', import.meta.filename, [] as string[]],
    ['an argument that no program can be given', 'echo', ['a\0b']],
  ])('answers for %s', async (_what, program, args) => {
    const result = await runCommand(program, args, { timeoutMs: 1_000, env })
    expect(result).toMatchObject({ exitCode: undefined, missing: false })
    expect(result.stderr).not.toBe('')
  })

  it('gives the child its environment and no more', async () => {
    const result = await node('console.log(Object.keys(process.env).join())', { env: { ONLY: 'this' } })
    expect(text(result.stdout)).toBe('ONLY\n')
  })

  it('gives the child nothing to read, or what it is to read', async () => {
    const script = 'let n = 0; for await (const c of process.stdin) n += c.length; console.log(n)'
    expect(text((await node(script)).stdout)).toBe('0\n')
    expect(text((await node(script, { stdin: 'secret' })).stdout)).toBe('6\n')
  })

  it('survives a child that does not read', async () => {
    expect((await node('process.exit(0)', { stdin: 'x'.repeat(1_000_000) })).exitCode).toBe(0)
  })

  it('ends what does not end, its children too', async () => {
    const result = await node(
      `import { spawn } from 'node:child_process'
       console.log(spawn('sleep', ['60'], { stdio: 'inherit' }).pid)
       setInterval(() => {}, 1000)`,
      { timeoutMs: 1_000 },
    )
    expect(result).toMatchObject({ exitCode: undefined, timedOut: true })
    expect(result.seconds).toBeLessThan(5)
    expect(isAlive(Number(text(result.stdout)))).toBe(false)
  })

  it('ends what ignores being asked, and does not call that a success', async () => {
    const stubborn = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'
    expect(await node(stubborn, { timeoutMs: 500 })).toMatchObject({ exitCode: undefined, timedOut: true })
    const polite = 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000)'
    expect(await node(polite, { timeoutMs: 500 })).toMatchObject({ exitCode: undefined, timedOut: true })
  })

  it('does not wait for what the child leaves behind', async () => {
    const result = await node(
      `import { spawn } from 'node:child_process'
       spawn('sleep', ['60'], { stdio: 'inherit' }).unref()
       process.exit(0)`,
    )
    expect(result).toMatchObject({ exitCode: 0, timedOut: false })
    expect(result.seconds).toBeLessThan(10)
  })

  it('ends with the run, and does not start after it', async () => {
    const controller = new AbortController()
    const ended = node('setInterval(() => {}, 1000)', { signal: controller.signal })
    setTimeout(() => controller.abort(), 200)
    expect(await ended).toMatchObject({ exitCode: undefined, timedOut: false })
    const late = await node('console.log("ran")', { signal: controller.signal })
    expect(late.exitCode).toBeUndefined()
    expect(text(late.stdout)).toBe('')
  })

  it('keeps the first of stdout and the last of stderr', async () => {
    const result = await node(
      `process.stdout.write('first' + 'x'.repeat(1e6)); process.stderr.write('y'.repeat(1e6) + 'last')`,
      { maxBytes: 5 },
    )
    expect(text(result.stdout)).toBe('first')
    expect(result.outputLimited).toBe(true)
    expect(result.stderr).toMatch(/last$/)
    expect(result.stderr.length).toBeLessThanOrEqual(64 * 1024)
  })

  it('holds the child back while its reader is busy, and loses nothing', async () => {
    let busy = 0
    let most = 0
    let read = 0
    const result = await node(`process.stdout.write('x'.repeat(3e6))`, {
      maxBytes: 0,
      onStdout: async (chunk) => {
        most = Math.max(most, ++busy)
        await new Promise((resolve) => setTimeout(resolve, 5))
        read += chunk.length
        busy -= 1
      },
    })
    expect(result.exitCode).toBe(0)
    expect(read).toBe(3e6)
    expect(most).toBeLessThanOrEqual(3) // at its end the child's last words come all at once
  })
})

describe('childEnvironment', () => {
  it('passes on what docker needs, and no token, input or runner variable', () => {
    const ours = {
      PATH: '/bin',
      HOME: '/root',
      DOCKER_HOST: 'unix:///run/docker.sock',
      https_proxy: 'http://proxy:3128',
      DOCKER_CONFIG: '',
      LANG: 'de_DE',
      GITHUB_TOKEN: 'secret',
      ACTIONS_RUNTIME_TOKEN: 'secret',
      INPUT_SPEC: 'spec',
      NODE_OPTIONS: '--require evil',
    }
    expect(childEnvironment(ours)).toEqual({
      PATH: '/bin',
      HOME: '/root',
      DOCKER_HOST: 'unix:///run/docker.sock',
      https_proxy: 'http://proxy:3128',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      GOGC: '400',
    })
  })
})
