import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from '@jest/globals'
import { codes, errored, registry, results, verifyWorkspace } from './stack.ts'

const MINUTES = 60_000

const spec = `
version: 1
platforms: [linux/amd64, linux/arm64]
images:
  backend: {image: '${registry}/quick/ktrdr-backend', imports: [ktrdr], absent: [torch]}
  worker-cpu: {image: '${registry}/quick/ktrdr-worker-cpu', imports: [ktrdr, torch], torch: cpu}
deployments:
  - file: deploy/homelab/docker-compose.yml
    services: {backend: backend, backtest-worker-1: worker-cpu, training-worker-1: worker-cpu}
`

/** As such files are: what workers share is written once, and the image is chosen by a variable. */
const compose = (worker: string) => `
x-worker: &worker
  image: ${registry}/quick/${worker}:\${IMAGE_TAG:-latest}
  restart: unless-stopped
services:
  backend:
    image: ${registry}/quick/ktrdr-backend:\${IMAGE_TAG:-latest}
    depends_on: [db]
  backtest-worker-1:
    <<: *worker
    command: [python3, -m, ktrdr.server]
  training-worker-1:
    <<: *worker
  db:
    image: timescale/timescaledb:latest-pg16
`

async function verify(text: string, more: Readonly<Record<string, string>> = {}) {
  const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
  const files = { '.github/verify-images.yml': spec, 'deploy/homelab/docker-compose.yml': text, ...more }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true })
    await writeFile(join(workspace, path), text)
  }
  return verifyWorkspace(workspace, { inputs: { execute: 'none' } })
}

it(
  'is green where every service is on its image',
  async () => {
    const { run, report } = await verify(compose('ktrdr-worker-cpu'))
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([[], []])
    expect(results(report).find(({ check }) => check === 'deployment')).toMatchObject({
      status: 'passed',
      evidence: [{ kind: 'file', path: 'deploy/homelab/docker-compose.yml' }],
    })
    expect(run.outputs.verified).toBe('true')
  },
  2 * MINUTES,
)

it(
  'goes red where the workers run the backend, which has no torch',
  async () => {
    const { run, report } = await verify(compose('ktrdr-backend'))
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([['deployment/wrong-image'], []])
    const found = results(report).flatMap(({ findings }) => findings)
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining('backtest-worker-1 runs backend, and must be on worker-cpu'),
      expect.stringContaining('training-worker-1 runs backend, and must be on worker-cpu'),
    ])
    const errors = run.annotations.filter(({ level }) => level === 'error')
    expect(errors.map(({ file, line }) => `${file}:${line}`)).toContain('deploy/homelab/docker-compose.yml:3')
    expect(run.outcome).toBe('failure')
    expect(run.summary).toContain('deployment/wrong-image')
    expect(run.problems).toEqual([])
  },
  2 * MINUTES,
)

it(
  'goes red for a tag that nobody verified, a service that nobody named, and a placeholder that nobody replaced',
  async () => {
    const good = compose('ktrdr-worker-cpu')
    const stable = good.replace(/(ktrdr-backend):.*/, '$1:stable')
    const more = `  nightly: {image: '${registry}/quick/ktrdr-worker-cpu:latest'}\n`
    const { run, report } = await verify(
      `${stable.replace('    <<: *worker\n  db', '    image: ghcr.io/<your-name>/worker\n  db')}${more}`,
    )
    await using _ = run
    expect(codes(report).toSorted()).toEqual(['deployment/invalid', 'deployment/unverified'])
    expect(errored(report)).toEqual([])
    const found = results(report).flatMap(({ findings }) => findings)
    expect(found.map(({ code, message }) => [code, message])).toEqual([
      ['deployment/unverified', expect.stringContaining('ktrdr-backend:stable, which nobody verified')],
      ['deployment/invalid', expect.stringContaining('training-worker-1 has no image that can be pulled')],
      ['deployment/unverified', expect.stringContaining('nightly runs worker-cpu, and the spec does not say')],
    ])
    expect(run.outcome).toBe('failure')
  },
  2 * MINUTES,
)

it(
  'goes red for a service that comes by a merge key, and one that always builds its own',
  async () => {
    const good = compose('ktrdr-worker-cpu')
    const builds = good.replace('depends_on: [db]', 'build: .\n    pull_policy: build')
    const more = `x-more: &more\n  nightly: {image: '${registry}/quick/ktrdr-worker-cpu:old'}\n`
    const { run, report } = await verify(`${more}${builds}  <<: *more\n`)
    await using _ = run
    expect(errored(report)).toEqual([])
    const found = results(report).flatMap(({ findings }) => findings)
    expect(found.map(({ code, message }) => [code, message])).toEqual([
      ['deployment/wrong-image', expect.stringContaining('backend builds an image of its own')],
      ['deployment/unverified', expect.stringContaining('ktrdr-worker-cpu:old, which nobody verified')],
    ])
    expect(run.outcome).toBe('failure')
  },
  2 * MINUTES,
)

it(
  'is not green where a service runs what only the environment knows',
  async () => {
    const { run, report } = await verify(`${compose('ktrdr-worker-cpu')}  other: {image: '\${OTHER:?say which}'}\n`)
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([
      [],
      [expect.stringContaining('what other runs cannot be told: nobody sets OTHER')],
    ])
    expect(run.outputs.verified).not.toBe('true')
    expect(run.outcome).toBe('failure')
  },
  2 * MINUTES,
)

it(
  'tells of what compose takes in beside the file and says other images',
  async () => {
    const path = 'deploy/homelab/docker-compose.override.yml'
    const override = `services: {backtest-worker-1: {image: '${registry}/quick/ktrdr-backend:latest'}}\n`
    const { run, report } = await verify(compose('ktrdr-worker-cpu'), { [path]: override })
    await using _ = run
    expect([codes(report), errored(report), run.outcome]).toEqual([['deployment/override'], [], 'success'])
    expect(run.summary).toContain('beside it, may say which images run')
  },
  2 * MINUTES,
)

it.each([
  ['ktrdr-worker-cpu', []],
  ['ktrdr-backend', ['deployment/wrong-image']],
])(
  'judges the files that it includes: workers on %s',
  async (worker, found) => {
    const rest = compose('ktrdr-worker-cpu').replace('  training-worker-1:\n    <<: *worker\n', '')
    const included = `services:\n  training-worker-1: {image: '${registry}/quick/${worker}:latest'}\n`
    const { run, report } = await verify(`include: [../workers.yml]\n${rest}`, { 'deploy/workers.yml': included })
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([found, []])
    expect(run.outputs.verified).toBe(found.length === 0 ? 'true' : 'false')
  },
  2 * MINUTES,
)
