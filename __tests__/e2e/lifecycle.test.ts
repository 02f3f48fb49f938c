// What is left of a run that is cancelled, killed, or not alone: nothing, and of others everything.
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import type { Report } from '../../src/model/result.ts'
import { startBuildRun } from '../harness/build-run.ts'
import { startRegistryProxy } from '../harness/registry-proxy.ts'
import type { RegistryServer } from '../harness/registry-server.ts'
import { type RunOptions, runAction } from '../harness/runner.ts'
import type { RunResult } from '../harness/step.ts'
import { type FreshImage, pushFresh } from './push.ts'
import { authRegistry, registry, sha, stores, verifySpec } from './stack.ts'

const { dockerHost = '' } = stores[0] ?? {}
const env = { ...childEnvironment(process.env), DOCKER_HOST: dockerHost }
const MARK = { 'verify-images.run': randomUUID() }

async function docker(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand('docker', args, { timeoutMs: 60_000, env })
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`)
  return Buffer.from(stdout).toString().trim()
}

const has = (...args: string[]): Promise<boolean> =>
  docker(...args).then(
    () => true,
    () => false,
  )

let proxy: RegistryServer
let hanging: FreshImage
let foreign = { container: '', image: '' }
let volumes: readonly string[]

beforeAll(async () => {
  proxy = await startRegistryProxy(registry)
  hanging = await pushFresh('bad/torch-hang', { Volumes: { '/data': {} } })
  const other = await pushFresh('quick/ktrdr-backend')
  foreign = { container: `foreign-${randomUUID()}`, image: `${registry}/${other.name}@${other.digest}` }
  await docker('image', 'pull', '--quiet', foreign.image)
  const [key, id] = Object.entries(MARK)[0] ?? []
  await docker('container', 'create', '--name', foreign.container, '--label', `${key}=${id}`, foreign.image)
  volumes = (await docker('volume', 'ls', '--quiet')).split('\n')
})

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await docker('container', 'rm', '--force', '--volumes', foreign.container)
  await docker('image', 'rm', foreign.image)
})

const spec = (image: string, more: readonly string[] = []) => `
version: 1
tags: [latest]
images:
  app:
    image: ${image}
    platforms: [linux/amd64]
    imports: [ktrdr, torch]
    timeout: 60s
${more.map((line) => `    ${line}\n`).join('')}`

const hangs = () => spec(`${registry}/${hanging.name}`)
/** Manifests and configs pass; of a layer comes a part, and then nothing. */
const stalls = () => spec(`${proxy.address}/stall-250000/${hanging.name}`)

async function run(text: string, options: Partial<RunOptions> = {}): Promise<RunResult> {
  const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
  await mkdir(join(workspace, '.github'))
  await writeFile(join(workspace, '.github/verify-images.yml'), text)
  await using github = await startBuildRun({ repository: 'ktrdr/ktrdr', sha, jobs: { 'build (app)': 120 } })
  return await runAction({
    apiUrl: github.url,
    action: '.',
    workspace,
    dockerHost,
    ...options,
    inputs: { wait: '0s', 'github-token': '', ...options.inputs },
    github: { sha, repository: 'ktrdr/ktrdr', ...options.github },
  })
}

/** That nothing of a run is on this machine any more, and the others' things are. */
async function expectClean({ state, temp }: Pick<RunResult, 'state' | 'temp'>): Promise<void> {
  const { label } = state
  if (label !== undefined) {
    expect(await docker('container', 'ls', '--all', '--quiet', '--filter', `label=${label}`)).toBe('')
    expect(await programsOf(label)).toEqual([])
  }
  expect((await readdir(temp)).filter((name) => /^verify-images-/.test(name))).toEqual([])
  for (const host of [registry, `${proxy.address}/stall-250000`]) {
    expect(await has('image', 'inspect', `${host}/${hanging.name}@${hanging.digest}`)).toBe(false)
  }
  expect(await has('container', 'inspect', foreign.container)).toBe(true)
  expect(await has('image', 'inspect', foreign.image)).toBe(true)
  expect(await newVolumes()).toEqual([])
}

async function programsOf(label: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const marked = await Promise.all(
    pids.map(async (pid) => (await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')).includes(label)),
  )
  return pids.filter((_, at) => marked[at])
}

/** Others may be at work on this engine: only what stays counts. */
async function newVolumes(): Promise<readonly string[]> {
  for (let tries = 0; ; tries += 1) {
    const now = (await docker('volume', 'ls', '--quiet'))
      .split('\n')
      .filter((volume) => volume !== '' && !volumes.includes(volume))
    if (now.length === 0 || tries === 20) return now
    await delay(1_000)
  }
}

const mainOf = ({ phases }: RunResult) => phases.find(({ name }) => name === 'main')

describe('C121 cancelled', () => {
  const at = (pattern: RegExp, afterMs = 0): Partial<RunOptions> => {
    let seen = false
    return {
      onLine: (line, { name, cancel }) => {
        if (seen || name !== 'main' || !pattern.test(line)) return
        seen = true
        setTimeout(cancel, afterMs)
      },
    }
  }
  const missing = () => spec(`${registry}/nobody/pushed-this`)
  const points: readonly (readonly [string, () => string, Partial<RunOptions>])[] = [
    ['before the spec is read', hangs, { ...at(/^::add-mask::/), inputs: { 'github-token': 'ghs_to-be-masked' } }],
    ['while the spec is read', hangs, at(/^verifying/)],
    ['while a tag is waited for', missing, { ...at(/^wait for/, 500), inputs: { wait: '60s' } }],
    [
      'while a registry does not answer',
      () => spec(`${proxy.address}/hang-1/${hanging.name}`),
      at(/^verifying/, 1_500),
    ],
    ['while it is asked again', () => spec(`${proxy.address}/status-503/${hanging.name}`), at(/^asking again/, 200)],
    ['at the begin of a pull', stalls, at(/^pull /)],
    ['during a pull', stalls, at(/^pull /, 1_000)],
    ['during a pull that stands still', stalls, at(/^pull /, 3_000)],
    ['after a pull', hangs, at(/^pull .*\(/)],
    ['while a container is created', hangs, at(/^probe /)],
    ['while a container starts', hangs, at(/^probe /, 150)],
    ['during a probe that hangs', hangs, at(/^probe /, 2_500)],
  ]

  it.each(points)('%s', async (_, text, options) => {
    await using ended = await run(text(), options)
    const main = mainOf(ended)
    expect(ended.outcome).toBe('cancelled')
    expect(main?.ms).toBeDefined()
    expect([main?.signal, main?.exitCode]).toEqual([null, 3])
    expect(ended.outputs).toMatchObject({ verified: 'false', verdict: 'errored' })
    expect(ended.summary).toContain('the run was cancelled')
    const report: Report = JSON.parse(await readFile(ended.outputs.report ?? '', 'utf8'))
    expect(report.verdict).toBe('errored')
    expect(report.problems[0]?.message).toContain('the run was cancelled')
    expect(ended.raw).not.toMatch(/^ {4}at /m)
    await expectClean(ended)
  })

  it('is over within five seconds, wherever it is', async () => {
    let began = 0
    await using ended = await run(hangs(), {
      onLine: (line, { name, cancel }) => {
        if (began > 0 || name !== 'main' || !/^probe /.test(line)) return
        setTimeout(() => {
          began = performance.now()
          cancel()
        }, 1_000)
      },
    })
    expect(performance.now() - began).toBeLessThan(5_000 + (ended.phases.find(({ name }) => name === 'post')?.ms ?? 0))
    await expectClean(ended)
  })

  it.each([0, 40, 80, 120, 160])('before anything is known, after %i ms', async (cancelAfterMs) => {
    await using ended = await run(hangs(), { cancelAfterMs })
    expect(ended.outcome).toBe('cancelled')
    expect(ended.outputs.verified ?? 'false').toBe('false')
    expect(mainOf(ended)?.ms).toBeLessThan(5_000)
    expect(ended.phases.find(({ name }) => name === 'post')).toMatchObject({ exitCode: 0, signal: null })
    await expectClean(ended)
  })

  it('while publishing: what is said is said everywhere', async () => {
    const good = await pushFresh('quick/ktrdr-worker-cpu')
    await using ended = await run(spec(`${registry}/${good.name}`), at(/1 image verified/))
    expect(ended.outcome).toBe('cancelled')
    const report: Report = JSON.parse(await readFile(ended.outputs.report ?? '', 'utf8'))
    expect(ended.outputs.verdict).toBe(report.verdict)
    expect(ended.outputs.verified).toBe(String(report.verdict === 'passed'))
    await expectClean(ended)
  })
})

describe('C122 killed', () => {
  it.each<[string, () => string, RegExp, number]>([
    ['while an image is pulled', stalls, /^pull /, 1_000],
    ['while a container runs', hangs, /^probe /, 2_000],
    ['while a container is created', hangs, /^probe /, 50],
  ])('%s', async (_, text, pattern, afterMs) => {
    let seen = false
    await using ended = await run(text(), {
      onLine: (line, { name, kill }) => {
        if (seen || name !== 'main' || !pattern.test(line)) return
        seen = true
        setTimeout(kill, afterMs)
      },
    })
    expect(mainOf(ended)?.signal).toBe('SIGKILL')
    expect(ended.outputs).toMatchObject({ verified: 'false', verdict: 'errored' })
    expect(ended.phases.find(({ name }) => name === 'post')).toMatchObject({ exitCode: 0, signal: null })
    expect(ended.log).toMatch(/^removed \d+ /m)
    await expectClean(ended)
  })

  it('while logged in', async () => {
    let seen = false
    await using ended = await run(spec(`${authRegistry}/${hanging.name}`), {
      inputs: { 'registry-username': 'ktrdr', 'registry-password': 'secret' },
      onLine: (line, { name, kill }) => {
        if (seen || name !== 'main' || !/^probe /.test(line)) return
        seen = true
        setTimeout(kill, 500)
      },
    })
    expect(ended.log).toContain('removed the temporary registry login')
    await expectClean(ended)
  })
})

describe('C123 the saved state is not believed', () => {
  it('touches nothing of others', async () => {
    const temp = await mkdtemp(join(tmpdir(), 'temp-'))
    const outside = await mkdtemp(join(tmpdir(), 'verify-images-login-'))
    const buildx = await mkdtemp(join(tmpdir(), 'verify-images-buildx-'))
    await writeFile(join(temp, 'precious'), '')
    await writeFile(join(outside, 'precious'), '')
    const journal = join(temp, `verify-images-${randomUUID()}.pulled`)
    await writeFile(journal, `${foreign.image}\n`)
    const states: readonly Readonly<Record<string, string>>[] = [
      { label: 'verify-images.run=', login: '/' },
      { label: 'verify-images.run', login: temp },
      { label: '', login: outside },
      { label: `verify-images.run=${MARK['verify-images.run']} `, login: `${temp}/../${outside.split('/').at(-1)}` },
      { label: 'org.opencontainers.image.title', login: join(temp, 'precious') },
      { label: `verify-images.run=${randomUUID()}`, login: `${outside}\0` },
      { label: '--all', login: '.' },
      { label: `verify-images.run=../../${journal}`, login: '..' },
      { label: '$(id)', login: '' },
      { label: '', buildx },
      { label: '', buildx: temp },
      { label: '', buildx: `${temp}/precious` },
      { label: '', buildx: `${temp}/../${buildx.split('/').at(-1)}` },
    ]
    for (const state of states) {
      const given = Object.fromEntries(
        Object.entries(state).map(([name, value]) => [`STATE_${name}`, value.replace('\0', '')]),
      )
      const result = await runCommand(process.execPath, ['dist/post.js'], {
        timeoutMs: 30_000,
        env: { ...env, ...given, RUNNER_TEMP: temp, GITHUB_ACTIONS: 'true' },
      })
      expect([result.exitCode, result.stderr]).toEqual([0, ''])
    }
    for (const path of [join(temp, 'precious'), join(outside, 'precious'), journal, buildx]) await stat(path)
    expect(await has('container', 'inspect', foreign.container)).toBe(true)
    expect(await has('image', 'inspect', foreign.image)).toBe(true)
    await rm(temp, { recursive: true })
    await rm(outside, { recursive: true })
    await rm(buildx, { recursive: true })
  })
})

describe('C124 two runs on one host', () => {
  it('do not meet: one is cancelled, the other goes on and is green', async () => {
    const good = await pushFresh('quick/ktrdr-worker-cpu')
    const seen = { one: false }
    const [verified, cancelled] = await Promise.all([
      run(spec(`${registry}/${good.name}`)),
      run(hangs(), {
        onLine: (line, { name, cancel }) => {
          if (seen.one || name !== 'main' || !/^probe /.test(line)) return
          seen.one = true
          setTimeout(cancel, 300)
        },
      }),
    ])
    await using _verified = verified
    await using _cancelled = cancelled
    expect(verified.outputs).toMatchObject({ verified: 'true', verdict: 'passed' })
    expect(cancelled.outcome).toBe('cancelled')
    await expectClean(verified)
    await expectClean(cancelled)
  })

  it('of the same image are both green', async () => {
    const good = await pushFresh('quick/ktrdr-worker-cpu')
    const text = spec(`${registry}/${good.name}`)
    const ended = await Promise.all([run(text), run(text), run(text)])
    for (const each of ended) {
      await using one = each
      expect(one.outputs).toMatchObject({ verified: 'true', verdict: 'passed' })
      await expectClean(one)
    }
  })
})

describe('C25 T26 credentials', () => {
  const password = 'secret'
  const forms = [`ktrdr:${password}`, Buffer.from(`ktrdr:${password}`).toString('base64')]

  it('are used, are in no argument, no file and no artifact, and are gone afterwards', async () => {
    const sampled = new Set<string>()
    let sampling = true
    const sampler = (async () => {
      while (sampling) {
        for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
          sampled.add(await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => ''))
        }
        await delay(10)
      }
    })()
    const { run: ended, report } = await verifySpec(
      `version: 1\nimages:\n  app: {image: ${authRegistry}/quick/ktrdr-backend, platforms: [linux/amd64, linux/arm64], imports: [ktrdr]}\n`,
      { inputs: { 'registry-username': 'ktrdr', 'registry-password': password } },
    )
    await using _ = ended
    sampling = false
    await sampler
    expect(report.verdict).toBe('passed')
    expect(ended.outputs.verified).toBe('true')
    expect(ended.masks).toContain(password)
    const commands = [...sampled]
    expect(commands.some((command) => command.includes('imagetools'))).toBe(true)
    expect(commands.filter((command) => [...forms, 'ghs_16C7'].some((form) => command.includes(form)))).toEqual([])
    const files = (await readdir(ended.temp, { recursive: true, withFileTypes: true })).filter((each) => each.isFile())
    const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')))
    for (const text of [...texts, ended.log, ended.summary]) {
      for (const form of [...forms, 'ghs_16C7']) expect(text).not.toContain(form)
    }
    expect((await readdir(ended.temp)).filter((name) => name.startsWith('verify-images-'))).toEqual([])
  })

  it('that are wrong are said to be, with the usual causes, and soon', async () => {
    const { run: ended, report } = await verifySpec(
      `version: 1\nimages:\n  app: {image: ${authRegistry}/quick/ktrdr-backend, platforms: [linux/amd64], imports: [ktrdr]}\n`,
      {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the runner's, not ours
        inputs: { 'registry-username': 'ktrdr', 'registry-password': '${{ secrets.PASSWORD }}' },
        secrets: { PASSWORD: 'wrong-password' },
      },
    )
    await using _ = ended
    expect([report.verdict, ended.outputs.verified]).toEqual(['errored', 'false'])
    expect(ended.summary).toMatch(/\(1\).*\(2\).*\(3\)/s)
    expect(mainOf(ended)?.ms).toBeLessThan(15_000)
    expect(JSON.stringify([report, ended.summary, ended.log])).not.toContain('wrong-password')
  })
})
