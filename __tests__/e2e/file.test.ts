import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { systemClock } from '../../src/adapters/clock.ts'
import { runCommand } from '../../src/adapters/command.ts'
import { dockerEngine } from '../../src/adapters/docker.ts'
import { childEnvironment } from '../../src/adapters/environment.ts'
import { parsePlatform } from '../../src/model/image.ts'
import { tar } from '../harness/tar.ts'
import { pushFresh } from './push.ts'
import { codes, errored, registry, stores, verifySpec } from './stack.ts'

const MINUTES = 60_000

describe.each(stores)('an image of files alone, on the $store store', ({ dockerHost }) => {
  const env = { ...childEnvironment(process.env), DOCKER_HOST: dockerHost }
  const label = `verify-images.run=${randomUUID()}`
  const clock = systemClock(new AbortController().signal)
  const engine = dockerEngine({ run: runCommand, env, label, keepImages: false, clock })
  const image = `verify-images-test:${randomUUID()}`
  const archive = join(tmpdir(), `${randomUUID()}.tar`)
  const docker = async (...args: string[]) => {
    const result = await runCommand('docker', args, { timeoutMs: MINUTES, env })
    if (result.exitCode !== 0) throw new Error(result.stderr)
    return Buffer.from(result.stdout).toString()
  }

  beforeAll(async () => {
    const folder = (name: string, mode = 0o755) => ({ name: `${name}/`, type: '5', mode })
    const link = (name: string, target: string) => ({ name, type: '2', target })
    await writeFile(
      archive,
      tar([
        ...[folder('usr'), folder('usr/bin'), folder('tmp', 0o1777), folder('many'), folder('data')],
        ...Array.from({ length: 200 }, (_, index) => ({ name: `many/${index}`, body: Buffer.alloc(10_000) })),
        { name: 'usr/bin/run', mode: 0o4750, uid: 1000, gid: 65534, body: Buffer.from('#!/bin/sh\nexec\n') },
        { name: 'big', body: Buffer.alloc(3_000_000, 'x') },
        ...[link('bin', 'usr/bin'), link('usr/bin/again', 'run'), link('absolute', '/usr/bin/again')],
        ...[link('dangling', 'nowhere'), link('loop', 'loop'), link('out', '../../../../etc/hostname')],
      ]),
    )
    await docker('import', '--platform', 'linux/amd64', '--change', 'VOLUME /data', archive, image)
  })
  afterAll(async () => {
    await rm(archive)
    await docker('image', 'rm', image)
    expect(await docker('ps', '-aq', '--filter', `label=${label}`)).toBe('')
  })

  const read = async (file: string, given: { isLinkItself?: boolean; keptBytes?: number } = {}) => {
    const files = [{ file, isLinkItself: false, keptBytes: 0, ...given }]
    const look = await engine.readFiles({ image, platform: parsePlatform('linux/amd64'), files })
    if (!look.ok) throw new Error(look.reason)
    const [each] = look.seen
    if (each === undefined || !each.ok) throw new Error(each?.reason ?? 'not looked at')
    return each.seen
  }
  const run = {
    type: 'file',
    mode: 0o4750,
    uid: 1000,
    gid: 65534,
    sizeBytes: 15,
    text: '#!/bin/sh\nexec\n',
    cut: false,
  }

  it.each(['/usr/bin/run', '/bin/run', '/usr/bin/again', '/bin/again', '/absolute', '/usr/bin/../bin/run'])(
    'has a file at %s',
    async (path) => expect(await read(path, { keptBytes: 1000 })).toEqual(run),
  )

  it.each([
    '/nowhere',
    '/usr/bin/run/x',
    '/usr//bin/run/x',
    '/bin/again/x',
    '/absolute/x',
    '/dangling',
    '/loop',
    '/many/200',
    '/ ',
    '/*',
  ])('has nothing at %s', async (path) => expect(await read(path)).toBeUndefined())

  it.each(['/nowhere', '/usr/bin/run/x', '/usr//bin/run/x', '/bin/again/x', '/absolute/x', '/dangling/x', '/many/200'])(
    'has nothing at %s, not even a link',
    async (path) => expect(await read(path, { isLinkItself: true })).toBeUndefined(),
  )

  it('has links, if one asks for them', async () => {
    for (const path of ['/bin', '/absolute', '/dangling']) {
      expect(await read(path, { isLinkItself: true })).toMatchObject({ type: 'link', mode: 0o777 })
    }
    await expect(read('/loop', { isLinkItself: true })).rejects.toThrow('too many links')
  })

  it('reads no more than the beginning of what is long', async () => {
    expect(await read('/big', { keptBytes: 10 })).toMatchObject({ sizeBytes: 3_000_000, text: 'xxxxxxxxxx', cut: true })
    expect(await read('/big')).toMatchObject({ sizeBytes: 3_000_000, text: '', cut: true })
    expect(await read('/many')).toMatchObject({ type: 'folder' })
    expect(await read('/')).toMatchObject({ type: 'folder', uid: 0 })
    expect(await read('/tmp')).toMatchObject({ type: 'folder', mode: 0o1777 })
    expect(await read('/data')).toMatchObject({ type: 'folder' })
  })

  it('never leads out of the image', async () => {
    const seen = await read('/out', { keptBytes: 1000 })
    expect(seen?.text ?? '').toBe('')
  })
})

const spec = (files: readonly string[]) => `
version: 1
images:
  app:
    image: ${registry}/quick/ktrdr-backend
    platforms: [linux/amd64, linux/arm64]
    files:
${files.map((line) => `      - ${line}`).join('\n')}
`

it(
  'is green for files as they should be',
  async () => {
    const { run, report } = await verifySpec(
      spec([
        '{path: /app/ktrdr/__init__.py, type: file, uid: 0, gid: 0, executable: false, contains: [__version__], excludes: [Traceback]}',
        '{path: /usr/local/bin/python, executable: true}',
        '{path: /usr/local/bin/python, type: link}',
        '{path: /app, type: folder, mode: "0755"}',
        '{path: /app/tests, exists: false}',
      ]),
    )
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([[], []])
    expect(run.outputs.verified).toBe('true')
  },
  3 * MINUTES,
)

it.each([
  ['file/missing', '{path: /app/missing}'],
  ['file/present', '{path: /app/ktrdr, exists: false}'],
  ['file/present', '{path: /app/ktrdr/__init__.py/, exists: false}'],
  ['file/type', '{path: /app/ktrdr, type: file}'],
  ['file/mode', '{path: /app/ktrdr/__init__.py, executable: true}'],
  ['file/owner', '{path: /app, uid: 1000}'],
  ['file/content', '{path: /app/ktrdr/__init__.py, excludes: [__version__]}'],
])(
  'goes red by %s',
  async (code, line) => {
    const { run, report } = await verifySpec(spec([line]))
    await using _run = run
    expect([codes(report), errored(report)]).toEqual([[code], []])
    expect(run.outcome).toBe('failure')
    expect(run.summary).toContain(code)
  },
  3 * MINUTES,
)

const MIB = 1024 * 1024
const script = `#!/usr/bin/env node\n${'x'.repeat(1.5 * MIB)}`
const settings = `${'#'.repeat(MIB - 12)}\nworkers = 48\n`

it.each([
  ['its first line', 'matches: ["^#!/usr/bin/env node$"]', script, []],
  ['a line that goes on behind its first MiB', 'matches: ["^workers = 4$"]', settings, ['/^workers = 4$/ may be in']],
])(
  'looks for %s in a file of more than 1 MiB',
  async (_, asks, long, reasons) => {
    const { name } = await pushFresh('quick/ktrdr-backend', {}, { long })
    const image = `{image: ${registry}/${name}, platforms: [linux/amd64], files: [{path: /long, ${asks}}]}`
    const { run, report } = await verifySpec(`version: 1\ntags: [latest]\nimages: {app: ${image}}\n`)
    await using _run = run
    expect([codes(report), errored(report)]).toEqual([[], reasons.map((words) => expect.stringContaining(words))])
    expect(run.outputs.verified).toBe(reasons.length === 0 ? 'true' : 'false')
  },
  3 * MINUTES,
)
