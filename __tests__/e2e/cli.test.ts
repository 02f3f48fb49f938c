// The command line as a person types it, and the four ways it ends.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { node24 } from '../harness/environment.ts'
import { startServer } from '../harness/registry-server.ts'
import { registry, sha, stores } from './stack.ts'

const MINUTES = 60_000
const [classic] = stores

interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** The folder it ran in. */
  readonly folder: string
}

/** Runs the built program in a folder that holds a spec and nothing else. */
async function cli(flags: readonly string[], spec?: string, env: Record<string, string> = {}): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'cli-'))
  if (spec !== undefined) await writeFile(join(folder, 'spec.yml'), spec)
  const program = await node24()
  return new Promise((end) => {
    const options = {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, DOCKER_HOST: classic?.dockerHost, ...env },
    }
    execFile(program, [resolve('dist/cli.js'), ...flags], options, (error, stdout, stderr) => {
      end({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr, folder })
    })
  })
}

const specOf = (asked: string, name = `${registry}/quick/ktrdr-backend`) =>
  `version: 1\nimages: { backend: { image: '${name}', platforms: [linux/amd64, linux/arm64], ${asked} } }\n`

const verify = ['verify', '--spec', 'spec.yml', '--sha', sha, '--wait', '0s', '--report-file', 'out/report.json']

describe('exit codes', () => {
  it(
    '0 where all that was asked was looked at and is right',
    async () => {
      const { exitCode, stdout, stderr, folder } = await cli(verify, specOf('imports: [ktrdr], absent: [torch]'))
      expect([exitCode, stderr]).toEqual([0, expect.stringContaining('probe backend/linux/amd64')])
      expect(stdout).toMatch(/^✓ 1 image verified/m)
      expect(JSON.parse(await readFile(join(folder, 'out/report.json'), 'utf8'))).toMatchObject({ verdict: 'passed' })
    },
    3 * MINUTES,
  )

  it(
    '1 where something is wrong',
    async () => {
      const { exitCode, stdout } = await cli(verify, specOf('absent: [ktrdr]'))
      expect([exitCode, stdout]).toEqual([1, expect.stringContaining('absent/present')])
    },
    3 * MINUTES,
  )

  it.each<readonly [string, readonly string[], string | undefined, string]>([
    ['an unknown flag', [...verify, '--parralel', '3'], specOf('imports: [ktrdr]'), 'did you mean --parallel?'],
    ['a secret, for everybody to read', [...verify, '--registry-password', 'x'], specOf('imports: [ktrdr]'), 'no flag'],
    ['an unknown command', ['verfy'], undefined, 'verfy'],
    ['no spec there', verify, undefined, 'there is no spec.yml'],
    ['a wrong spec', verify, specOf('import: [ktrdr]'), 'did you mean'],
    ['no command', [], undefined, 'verify-images verify'],
  ])('2 for what was typed: %s', async (_, flags, spec, says) => {
    const { exitCode, stdout, stderr } = await cli(flags, spec)
    expect([exitCode, stdout + stderr]).toEqual([2, expect.stringContaining(says)])
  })

  it(
    '3 where the registry could not be asked',
    async () => {
      const { exitCode, stdout } = await cli(verify, specOf('imports: [ktrdr]', '127.0.0.1:1/app'))
      expect([exitCode, stdout]).toEqual([3, expect.stringContaining('127.0.0.1:1')])
    },
    2 * MINUTES,
  )

  it(
    '3 where its time was up, which it says',
    async () => {
      await using silent = await startServer(() => {})
      const flags = [...verify, '--timeout', '2s']
      const { exitCode, stdout } = await cli(flags, specOf('imports: [ktrdr]', `${silent.address}/app`))
      expect([exitCode, stdout]).toEqual([3, expect.stringContaining('the run was out of time')])
    },
    2 * MINUTES,
  )

  it.each<readonly [string, number]>([
    ['3 where GitHub does not say which commit a run built', 503],
    ['3 where it may not be asked', 403],
    ['3 where it knows no such run, or hides it', 404],
  ])(
    '%s',
    async (_, status) => {
      await using github = await startServer((_request, response) => void response.writeHead(status).end('{}'))
      const flags = ['verify', '--spec', 'spec.yml', '--run-id', '7', '--repository', 'acme/app', '--timeout', '20s']
      const env = { GITHUB_API_URL: `http://${github.address}` }
      const { exitCode, stdout } = await cli(flags, specOf('imports: [ktrdr]'), env)
      expect([exitCode, stdout]).toEqual([3, expect.stringContaining('run 7')])
    },
    2 * MINUTES,
  )
})

it(
  'shows what it found where the report cannot be written, and ends with 3',
  async () => {
    const flags = [...verify.slice(0, -1), '/proc/version/report.json']
    const { exitCode, stdout, stderr } = await cli(flags, specOf('absent: [torch]'))
    expect([exitCode, stdout]).toEqual([3, expect.stringContaining('the report could not be written: EEXIST')])
    expect(stdout).toMatch(/^✓ {2}backend /m)
    expect(stdout).not.toContain('report: /proc')
    expect(stderr).not.toContain('    at ')
  },
  2 * MINUTES,
)

it('says how it is used, and which release it is', async () => {
  expect(await cli(['--help'])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Exit codes: 0 passed') })
  const { version } = JSON.parse(await readFile('package.json', 'utf8'))
  expect(await cli(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n` })
})

describe('in a terminal', () => {
  const inTerminal = async (env: Record<string, string>): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'cli-'))
    await writeFile(join(folder, 'spec.yml'), specOf('imports: [ktrdr]', `${registry}/nothing/app`))
    const command = [await node24(), resolve('dist/cli.js'), ...verify].join(' ')
    const options = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, ...env } }
    return new Promise((end) => {
      execFile('script', ['--quiet', '--command', command, '/dev/null'], options, (_, stdout) => end(stdout))
    })
  }
  const COLOUR = '\u001B[1m'
  const UP = '\u001B[1A'

  it.each<readonly [string, Record<string, string>, readonly boolean[]]>([
    ['that knows colours: with them, and drawn in place', { TERM: 'xterm' }, [true, true]],
    ['whose user wants none: drawn in place', { TERM: 'xterm', NO_COLOR: '1' }, [false, true]],
    ['of a machine that keeps the log: with colours', { TERM: 'xterm', CI: 'true' }, [true, false]],
    ['that knows nothing: without a code', { TERM: 'dumb' }, [false, false]],
  ])('%s', async (_, env, expected) => {
    const shown = await inTerminal(env)
    expect([COLOUR, UP].map((code) => shown.includes(code))).toEqual(expected)
    expect(shown.includes('\u001B[')).toBe(expected.includes(true))
    expect(shown).toContain('report: out/report.json')
  })
})
