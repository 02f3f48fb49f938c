// The built action on a good and on a sabotaged set of images, as a runner would run it.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { startBuildRun } from '../__tests__/harness/build-run.ts'
import { runAction } from '../__tests__/harness/runner.ts'

const quick = process.argv.includes('--quick')
const { STACK_REGISTRY: registry, STACK_DOCKER_HOST: dockerHost, STACK_SHA: sha } = process.env
if (!registry || !dockerHost || !sha) throw new Error('the stack is not up: run script/demo, which brings it up')

const canary = 'examples/ktrdr/deploy/environments/canary/docker-compose.yml'
const compose = (await readFile(canary, 'utf8')).replaceAll('ghcr.io/acme', `${registry}/ktrdr`)

const good = (owner: string, [backend, cpu, gpu]: readonly [string, string, string]) => `version: 1
tags: [latest, 'sha-{sha7}']
images:
  backend:
    image: ${registry}/${owner}/ktrdr-backend
    platforms: [linux/amd64, linux/arm64]
    size: ${backend}
    imports: [ktrdr]
    absent: [torch]
  worker-cpu:
    image: ${registry}/${owner}/ktrdr-worker-cpu
    platforms: [linux/amd64, linux/arm64]
    size: ${cpu}
    imports: [ktrdr, { module: torch, version: '2.*' }]
    torch: cpu
  worker-gpu:
    image: ${registry}/${owner}/ktrdr-worker-gpu
    platforms: [linux/amd64]
    size: '${gpu}'
    imports: [ktrdr, torch]
    torch: cuda
`

const sabotaged = `version: 1
tags: [latest, 'sha-{sha7}']
images:
  backend: # somebody added torch to the wrong dependency group
    image: ${registry}/bad/torch-in-backend
    platforms: [linux/amd64, linux/arm64]
    imports: [ktrdr]
    absent: [torch]
  worker-cpu: # one platform's package index has only CUDA builds
    image: ${registry}/bad/torch-cuda-amd64
    platforms: [linux/amd64, linux/arm64]
    imports: [ktrdr, torch]
    torch: cpu
  worker-gpu: # the matrix row lost its platforms, and latest was never moved
    image: ${registry}/bad/latest-behind
    platforms: [linux/amd64]
    imports: [ktrdr]
`

/** The system that the images are for: a backend without torch, and workers that it hands backtests to. */
const system = (worker: string) => `version: 1
images:
  backend:
    image: ${registry}/ktrdr/ktrdr-backend
    platforms: [linux/amd64, linux/arm64]
  worker-cpu:
    image: ${registry}/ktrdr/ktrdr-worker-cpu
    platforms: [linux/amd64, linux/arm64]
canary:
  file: docker-compose.yml
  services: { backend: backend, backtest-worker: ${worker}, training-worker: ${worker} }
  logs: { forbid: [Traceback] }
  steps:
    - name: both workers have registered
      request: { service: backend, port: 8000, path: /api/v1/workers }
      expect: { json: { total: 2 } }
      until: 60s
    - name: a backtest is taken on
      request: { service: backend, port: 8000, method: POST, path: /api/v1/backtest, json: { symbol: AAPL } }
      capture: { operation: operation_id }
    - name: the worker completes it, with torch
      request: { service: backend, port: 8000, path: '/api/v1/operations/{operation}' }
      expect: { json: { status: completed } }
      fail-on: { json: { status: failed } }
      until: 60s
`

/** Verifies one set and says whether the verdict was the one it should be. */
async function show(title: string, folder: string, spec: string, expected: string): Promise<boolean> {
  process.stdout.write(`\n\n━━━ ${title} ━━━\n\n`)
  const workspace = resolve('tmp/demo', folder)
  await rm(workspace, { recursive: true, force: true })
  await mkdir(join(workspace, '.github'), { recursive: true })
  await writeFile(join(workspace, '.github/verify-images.yml'), spec)
  await writeFile(join(workspace, 'docker-compose.yml'), compose)
  const reportFile = join(workspace, 'report/report.json')
  const started = performance.now()
  const jobs = { 'build (backend)': 270, 'build (worker-cpu)': 1260, 'build (worker-gpu)': 2160 }
  await using github = await startBuildRun({ repository: 'ktrdr/ktrdr', sha: sha ?? '', jobs })
  await using run = await runAction({
    apiUrl: github.url,
    action: '.',
    workspace,
    ...(dockerHost && { dockerHost }),
    github: { repository: 'ktrdr/ktrdr', ...(sha && { sha }) },
    inputs: { 'report-file': reportFile },
    onLine: (line) => process.stdout.write(`  ${line}\n`),
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`\n${await readFile(join(workspace, 'report/summary.md'), 'utf8')}\n`)
  const { verdict, verified } = run.outputs
  process.stdout.write(
    `\nverdict ${verdict}, verified ${verified}, step ${run.outcome}, ${seconds} s\nreport: ${reportFile}\n`,
  )
  return verdict === expected
}

const first = quick ? good('quick', ['<200MB', '<200MB', '<900MB']) : good('{owner}', ['~430MB', '~1.4GB', '>=2GB'])
const right = [
  await show('Three good images', 'good', first, 'passed'),
  await show('A sabotaged set', 'sabotaged', sabotaged, 'failed'),
  ...(quick
    ? []
    : [
        await show('The system on two of them, and a backtest', 'canary', system('worker-cpu'), 'passed'),
        await show('Its workers on the image of the backend', 'sabotaged-canary', system('backend'), 'failed'),
      ]),
]
if (right.includes(false)) {
  process.stdout.write('\nthat is not the verdict it should have been\n')
  process.exitCode = 1
}
