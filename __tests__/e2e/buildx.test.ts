// A buildx that is asked for by its version: the real one, served as a release is, and the built action without one.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { installBuildx, releaseFor } from '../../src/adapters/buildx.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { runCommand } from '../../src/adapters/command.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import { imagetoolsRegistry } from '../../src/adapters/imagetools.ts'
import { consoleLog } from '../../src/adapters/log.ts'
import { temporaryLogin } from '../../src/adapters/login.ts'
import { findPlugin } from '../../src/adapters/plugins.ts'
import { parseImageName, parseTag, tagged } from '../../src/model/image.ts'
import { startServer } from '../harness/registry-server.ts'
import { runAction } from '../harness/runner.ts'
import { codes, errored, registry, verifySpec } from './stack.ts'

const VERSION = '0.30.1'
const IMAGE = `${registry}/quick/ktrdr-backend`
const spec = `version: 1\ntags: [latest]\nimages:\n  app:\n    image: ${IMAGE}\n    platforms: [linux/amd64, linux/arm64]\n    imports: [ktrdr]\n`

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'buildx-e2e-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function realBuildx(): Promise<string> {
  const path = await findPlugin('buildx', childEnvironment(process.env))
  if (path === undefined) throw new Error('no buildx here: run script/bootstrap')
  return path
}

describe('C130 a release', () => {
  it('is installed once, and answers what an image is', async () => {
    const binary = await realBuildx()
    const sha256 = createHash('sha256')
      .update(await readFile(binary))
      .digest('hex')
    await using server = await startServer((_request, response) => void createReadStream(binary).pipe(response))
    const origin = { url: `http://${server.address}/x`, allows: () => false }
    const { signal } = new AbortController()
    const clock = systemClock(signal)
    const log = consoleLog({ write: () => {}, columns: 80 }, { isLive: false, colour: false })
    const cacheDir = join(root, 'cache')
    const install = async (name: string) => {
      const folder = join(root, name)
      await mkdir(folder)
      const what = { version: VERSION, arch: 'amd64', sha256, folder, cacheDir }
      return installBuildx({ ...what, clock, log, signal, origin })
    }
    await install('first')
    const look = await install('second')
    const path = join(root, 'second', 'docker-buildx')
    expect(look).toEqual({ ok: true, seen: { path, installed: VERSION } })
    expect(server.asked()).toHaveLength(1)

    const env = childEnvironment(process.env)
    const asked = imagetoolsRegistry({ run: runCommand, env, clock, signal, parallel: 1, buildx: path, isOnly: true })
    expect(await asked.manifest(tagged(parseImageName(IMAGE), parseTag('latest')))).toMatchObject({ ok: true })

    const who = { registry: 'nowhere.example', username: 'nobody', password: 'nothing' }
    const login = await temporaryLogin({ ...who, tempDir: root, env, run: runCommand, pluginDirectory: dirname(path) })
    const docker = (...args: string[]) =>
      runCommand('docker', args, { env: { ...env, ...login.env }, timeoutMs: 30_000 })
    expect((await docker('buildx', 'imagetools', 'inspect', `${IMAGE}:latest`)).exitCode).toBe(0)
    const plugins = await docker('info', '--format', '{{json .ClientInfo.Plugins}}')
    expect(Buffer.from(plugins.stdout).toString()).toContain(`"Path":"${path}"`)
  })
})

describe('C130 the built action', () => {
  const { arch } = releaseFor(VERSION, process.arch)
  const isThere = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    )

  it('does not run what lies in a poisoned tool cache, and is not green', async () => {
    const trace = join(root, 'was-run')
    const kept = join(root, 'buildx', VERSION, arch, 'docker-buildx')
    await mkdir(dirname(kept), { recursive: true })
    await writeFile(kept, `#!/bin/sh\ntouch ${trace}\n`, { mode: 0o755 })
    await writeFile(`${dirname(kept)}.complete`, '')
    const { run, report } = await verifySpec(spec, { inputs: { 'buildx-version': VERSION }, toolCache: root })
    await using _ = run
    expect([report.verdict, codes(report)]).toEqual(['errored', []])
    expect(run.outputs).toMatchObject({ verified: 'false', verdict: 'errored' })
    expect(errored(report).join('\n')).toContain(`tags: buildx ${VERSION} in the tool cache, ${kept}, is not what was`)
    expect(run.summary).toContain('is not what was released')
    expect(await isThere(trace)).toBe(false)
    expect((await readdir(run.temp)).filter((name) => name.startsWith('verify-images-'))).toEqual([])
  })

  it('uses the runner’s own where that is the one', async () => {
    const plugin = join(root, '.docker', 'cli-plugins', 'docker-buildx')
    const real = await realBuildx()
    await mkdir(dirname(plugin), { recursive: true })
    await writeFile(
      plugin,
      `#!/bin/sh\n[ "$1" != version ] || exec echo "github.com/docker/buildx v${VERSION} 9e66234"\nexec ${real} "$@"\n`,
    )
    await chmod(plugin, 0o755)
    const { run, report } = await verifySpec(spec, { inputs: { 'buildx-version': `v${VERSION}` }, env: { HOME: root } })
    await using _ = run
    expect([report.verdict, codes(report), errored(report)]).toEqual(['passed', [], []])
    expect(await readdir(run.toolCache)).toEqual([])
  })

  it('is not green where the release cannot be had, and asks nobody else', async () => {
    const env = { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: 'http://127.0.0.1:9' }
    const { run, report } = await verifySpec(spec, { inputs: { 'buildx-version': VERSION }, env })
    await using _ = run
    expect([report.verdict, codes(report)]).toEqual(['errored', []])
    expect(errored(report).join('\n')).toContain(`buildx ${VERSION} cannot be had`)
    expect(run.phases[0]?.ms).toBeLessThan(60_000)
  })

  it('refuses a release of which nothing is known, and says which there are', async () => {
    const { run, report } = await verifySpec(spec, { inputs: { 'buildx-version': '0.1.0' } })
    await using _ = run
    expect([report.verdict, report.problems[0]?.message]).toEqual([
      'errored',
      expect.stringContaining(`"0.1.0" is not one of 0.38.0`),
    ])
  })

  it('C122 leaves nothing of a buildx when it is killed', async () => {
    await mkdir(join(root, '.github'))
    await writeFile(join(root, '.github/verify-images.yml'), spec)
    await using run = await runAction({
      action: '.',
      workspace: root,
      env: { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: 'http://127.0.0.1:9' },
      inputs: { 'buildx-version': VERSION, 'github-token': '' },
      onLine: (line, { name, kill }) => {
        if (name === 'main' && line.startsWith('asking again')) kill()
      },
    })
    expect(run.phases[0]?.signal).toBe('SIGKILL')
    expect(run.log).toContain('removed the buildx of the run')
    expect((await readdir(run.temp)).filter((name) => name.startsWith('verify-images-buildx'))).toEqual([])
  })
})
