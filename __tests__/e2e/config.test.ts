import { expect, it } from '@jest/globals'
import { pushFresh } from './push.ts'
import { codes, errored, registry, sha, verifySpec } from './stack.ts'

const MINUTES = 60_000
const spec = (image: string, config: string) => `
version: 1
images:
  app: {image: ${registry}/${image}, platforms: [linux/amd64, linux/arm64], config: ${config}}
`

it.each([
  [
    'a variable, a pattern, one that is unset',
    '{env: {PYTHONPATH: /app, PATH: {matches: "/usr/bin"}, HTTP_PROXY: null}}',
  ],
  ['a label', `{labels: {org.opencontainers.image.revision: ${sha}}}`],
  ['the command and no entrypoint', '{entrypoint: [], cmd: [python3, -m, ktrdr.server]}'],
  ['no port and no volume', '{not-exposed: ["22"], not-volumes: [/app]}'],
  ['the folder', '{workdir: /app}'],
])(
  'is green for %s, of every platform, without a pull',
  async (_, config) => {
    const { run, report } = await verifySpec(spec('quick/ktrdr-backend', config), { inputs: { execute: 'none' } })
    await using _run = run
    expect([codes(report), errored(report)]).toEqual([[], []])
    expect(run.outputs.verified).toBe('true')
  },
  3 * MINUTES,
)

it.each([
  ['config/env', '{env: {PYTHONPATH: null}}'],
  ['config/label', '{labels: {org.opencontainers.image.licenses: MIT}}'],
  ['config/entrypoint', '{entrypoint: [tini]}'],
  ['config/cmd', '{cmd: [python3]}'],
  ['config/port', '{exposed: [8000/tcp]}'],
  ['config/volume', '{volumes: [/data]}'],
  ['config/workdir', '{workdir: /}'],
  ['config/user', '{user: non-root}'],
  ['config/healthcheck', '{healthcheck: required}'],
])(
  'goes red by %s',
  async (code, config) => {
    const { run, report } = await verifySpec(spec('quick/ktrdr-backend', config), { inputs: { execute: 'none' } })
    await using _run = run
    expect([codes(report), errored(report)]).toEqual([[code], []])
    expect(run.outcome).toBe('failure')
    expect(run.summary).toContain(code)
  },
  3 * MINUTES,
)

it(
  'is green for a user that is not root',
  async () => {
    const { run, report } = await verifySpec(spec('bad/user', '{user: non-root}'), { inputs: { execute: 'none' } })
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([[], []])
  },
  3 * MINUTES,
)

it(
  'goes red by config/user for a number that docker reads as 0',
  async () => {
    const { name } = await pushFresh('quick/ktrdr-backend', { User: '+0' })
    const id = 'commands: [{run: [python3, -c, "import os; assert os.getuid() == 0"]}]'
    const image = `{image: ${registry}/${name}, platforms: [linux/amd64], config: {user: non-root}, ${id}}`
    const { run, report } = await verifySpec(`version: 1\ntags: [latest]\nimages: {app: ${image}}\n`)
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([['config/user'], []])
  },
  3 * MINUTES,
)

it.each([
  ['{not-volumes: [/data]}', ['config/volume']],
  ['{volumes: [/data], not-volumes: [/app], workdir: /srv/x}', []],
])(
  'takes folders as the engine does, however the image writes them: %s',
  async (config, found) => {
    const { name } = await pushFresh('quick/ktrdr-backend', { Volumes: { '/data/': {} }, WorkingDir: '/srv/x/' })
    const mounted =
      "commands: [{run: [python3, -c, \"import os; assert os.path.ismount('/data') and os.getcwd() == '/srv/x'\"]}]"
    const image = `{image: ${registry}/${name}, platforms: [linux/amd64], config: ${config}, ${mounted}}`
    const { run, report } = await verifySpec(`version: 1\ntags: [latest]\nimages: {app: ${image}}\n`)
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([found, []])
  },
  3 * MINUTES,
)
