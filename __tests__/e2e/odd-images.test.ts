// Images that are odd, and the built action on a real engine: the verdict that each has to have, to the byte.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { CheckResult, Report } from '../../src/model/result.ts'
import { pushFresh } from './push.ts'
import { codes, errored, registry, results, verifySpec } from './stack.ts'

const BASE = 'quick/ktrdr-backend'
const specOf = (image: string, ...more: readonly string[]) =>
  `version: 1\ntags: [latest]\nimages:\n  app:\n    image: ${registry}/${image}\n    platforms: [linux/amd64]\n${more.map((line) => `    ${line}\n`).join('')}`
const fresh = async (...given: Parameters<typeof pushFresh>) => (await pushFresh(...given)).name
const statusOf = (report: Report, check: string): readonly CheckResult['status'][] =>
  results(report)
    .filter((result) => result.check === check)
    .map(({ status }) => status)

describe('a size', () => {
  it('C86 is over by one byte, and is not by none', async () => {
    const image = await fresh(BASE)
    const { run: first, report } = await verifySpec(specOf(image))
    await using _ = first
    const bytes = report.images[0]?.platforms[0]?.compressed ?? 0
    const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' }
    const answer = await fetch(`http://${registry}/v2/${image}/manifests/latest`, { headers })
    const { layers } = (await answer.json()) as { readonly layers: readonly { readonly size: number }[] }
    expect(bytes).toBe(layers.reduce((sum, { size }) => sum + size, 0))
    for (const [size, expected] of [
      [`<=${bytes}B`, ['passed']],
      [`<=${bytes - 1}B`, ['failed', 'size/over']],
      [`>=${bytes}B`, ['passed']],
      [`>=${bytes + 1}B`, ['failed', 'size/under']],
    ] as const) {
      const { run, report } = await verifySpec(specOf(image, `size: {compressed: '${size}'}`))
      await using _run = run
      expect([report.verdict, ...codes(report)]).toEqual(expected)
    }
  })
})

describe('a module that must be absent', () => {
  const broken = 'import there_is_no_such_module\n'

  it('C105 is there, and lacks what it needs: that is not absent', async () => {
    const image = await fresh(BASE, {}, { 'app/torch/__init__.py': broken })
    const { run, report } = await verifySpec(specOf(image, 'absent: [torch]'))
    await using _ = run
    expect([report.verdict, codes(report)]).toEqual(['failed', ['absent/present']])
  })

  it('C105 or says itself that it is not there', async () => {
    const liar = 'raise ModuleNotFoundError("No module named \'torch\'", name="torch")\n'
    const image = await fresh(BASE, {}, { 'app/torch/__init__.py': liar })
    const { run, report } = await verifySpec(specOf(image, 'absent: [torch]'))
    await using _ = run
    expect([report.verdict, codes(report)]).toEqual(['failed', ['absent/present']])
  })

  it.each<[string, () => Promise<string>]>([
    ['has no Python', async () => 'bad/no-python'],
    [
      'has a Python that dies before it begins',
      () => fresh(BASE, {}, { 'app/sitecustomize.py': 'import os; os.abort()\n' }),
    ],
    ['does not start', () => fresh(BASE, { User: 'nosuch' })],
  ])('C106 is not seen where the image %s, and so not absent', async (_, image) => {
    const name = await image()
    const platforms = name.startsWith('bad/') ? '[linux/amd64, linux/arm64]' : '[linux/amd64]'
    const { run, report } = await verifySpec(
      specOf(name, 'absent: [torch]').replace('platforms: [linux/amd64]', `platforms: ${platforms}`),
    )
    await using _run = run
    expect(report.verdict).not.toBe('passed')
    expect(statusOf(report, 'absent')).toContain('errored')
    expect(statusOf(report, 'absent')).not.toContain('passed')
  })
})

describe('modules of odd versions', () => {
  const files = {
    'app/garbage.py': "__version__ = 'main-20241126'\n",
    'app/commit.py': "__version__ = 'g8f3c2ab'\n",
    'app/nightly.py': "__version__ = '2.7.0.dev20250101+cu126'\n",
    'app/candidate.py': "__version__ = '2.7.0rc2'\n",
    'app/built.py': "__version__ = '2.6.0+cpu'\n",
    'app/hollowpkg/sub/.keep': '',
    'app/spaced/sub/part.py': '',
  }

  it('and of nothing but folders are not taken for good ones', async () => {
    const ranges = { garbage: '>=2.0', commit: '>=8', nightly: '>=2.7', candidate: '<2.7', built: '>=2.6.1' }
    const imports = Object.entries(ranges).map(([module, version]) => `{module: ${module}, version: '${version}'}`)
    const spec = specOf(await fresh(BASE, {}, files), `imports: [hollowpkg, ${imports.join(', ')}]`)
    const { run, report } = await verifySpec(spec)
    await using _ = run
    const found = results(report).flatMap((result) => ('findings' in result ? result.findings : []))
    expect(found.map(({ code, about }) => `${code} ${about}`)).toEqual([
      'import/broken hollowpkg',
      ...Object.keys(ranges).map((module) => `import/version ${module}`),
    ])
    expect([report.verdict, errored(report)]).toEqual(['failed', []])
  })

  it('are green in ranges that mean them', async () => {
    const ranges = { nightly: '2.*', candidate: '>=2.7.0rc1', built: '2.6.0' }
    const imports = Object.entries(ranges).map(([module, version]) => `{module: ${module}, version: '${version}'}`)
    const spec = specOf(await fresh(BASE, {}, files), `imports: [spaced, ${imports.join(', ')}]`)
    const { run, report } = await verifySpec(spec)
    await using _ = run
    expect([report.verdict, codes(report), errored(report)]).toEqual(['passed', [], []])
  })
})

describe('a Python', () => {
  it('C107 without json, tempfile and importlib.util is asked all the same', async () => {
    const lib = 'usr/lib/python3.13'
    const gone = [`${lib}/.wh.json`, `${lib}/.wh.tempfile.py`, `${lib}/importlib/.wh.util.py`]
    const bare = 'import sys\n__version__ = "1.2.3"\nassert "json" not in sys.modules\n'
    const files = { ...Object.fromEntries(gone.map((path) => [path, ''])), 'app/bare.py': bare }
    const image = await fresh(BASE, {}, files)
    const spec = specOf(image, 'imports: [{module: bare, version: 1.2.3}]', 'absent: [json, tempfile, torch]')
    const { run, report } = await verifySpec(spec)
    await using _ = run
    expect([report.verdict, codes(report), errored(report)]).toEqual(['passed', [], []])
  })

  it('C108 that talks before it is asked is understood', async () => {
    const chatter = 'import sys\nprint("hello\\r", end="")\nsys.stderr.write("no newline")\nsys.stdout.flush()\n'
    const image = await fresh(BASE, {}, { 'app/sitecustomize.py': chatter })
    const { run, report } = await verifySpec(specOf(image, 'imports: [ktrdr]', 'absent: [torch]'))
    await using _ = run
    expect([report.verdict, codes(report), errored(report)]).toEqual(['passed', [], []])
  })
})

it('C109 C110 a container has no proxy of the user’s docker configuration', async () => {
  const home = await mkdtemp(join(tmpdir(), 'home-'))
  await mkdir(join(home, '.docker'))
  const proxy = 'http://user:s3cr3t-of-the-proxy@proxy.example:3128'
  const proxies = { default: { httpProxy: proxy, httpsProxy: proxy, noProxy: '127.0.0.1' } }
  await writeFile(join(home, '.docker', 'config.json'), JSON.stringify({ proxies }))
  const print = 'import os; print(sorted(os.environ.items()), open("/proc/1/environ").read())'
  const command = `commands: [{run: [python, -c, '${print}'], stdout: {excludes: [s3cr3t, "[Pp][Rr][Oo][Xx][Yy]"]}}]`
  const { run, report } = await verifySpec(specOf(await fresh(BASE), command), { env: { HOME: home } })
  await using _ = run
  expect([report.verdict, codes(report), errored(report)]).toEqual(['passed', [], []])
  expect(run.raw).not.toContain('s3cr3t')
  await rm(home, { recursive: true })
})
