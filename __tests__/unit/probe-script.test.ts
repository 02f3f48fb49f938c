import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { ModuleSeen, RunSeen } from '../../src/model/observation.ts'
import { readProbeLines } from '../../src/observe/probe/lines.ts'
import { outcomes, torchOf } from '../../src/observe/probe/outcome.ts'
import { PROBE_SCRIPT } from '../../src/observe/probe/script.ts'

const nonce = '0123456789abcdef'
const folder = mkdtempSync(join(tmpdir(), 'probe-'))
const files: Readonly<Record<string, string>> = {
  'fine.py': '__version__ = "1.2.3"',
  'package/__init__.py': '',
  'package/part.py': '__version__ = "4.5"',
  'unversioned.py': '',
  'installed.py': '',
  'installed-6.7.dist-info/METADATA': 'Metadata-Version: 2.1\nName: installed\nVersion: 6.7\n',
  'renamed.py': '',
  'Other_Name-7.8.dist-info/METADATA': 'Metadata-Version: 2.1\nName: Other-Name\nVersion: 7.8\n',
  'Other_Name-7.8.dist-info/top_level.txt': 'renamed\n',
  'shared/one/__init__.py': '',
  'shared/two/__init__.py': '__version__ = "2.2"',
  'shared_one-1.1.dist-info/METADATA': 'Metadata-Version: 2.1\nName: shared-one\nVersion: 1.1\n',
  'shared_one-1.1.dist-info/top_level.txt': 'shared\n',
  'shared_two-2.2.dist-info/METADATA': 'Metadata-Version: 2.1\nName: shared-two\nVersion: 2.2\n',
  'shared_two-2.2.dist-info/top_level.txt': 'shared\n',
  'meta/part/__init__.py': '',
  'meta-9.9.dist-info/METADATA': 'Metadata-Version: 2.1\nName: meta\nVersion: 9.9\n',
  'meta_part-3.3.dist-info/METADATA': 'Metadata-Version: 2.1\nName: meta-part\nVersion: 3.3\n',
  'meta_part-3.3.dist-info/top_level.txt': 'meta\n',
  'lacking.py': 'import nowhere_to_be_found',
  'pretending.py': 'raise ModuleNotFoundError("No module named \'pretending\'", name="pretending")',
  'crashing.py': 'import os\nos.abort()',
  'exiting.py': 'import sys\nsys.exit(0)',
  'leaving.py': 'import os\nos._exit(0)',
  'hanging.py': 'import time\ntime.sleep(60)',
  'stubborn.py': 'import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)',
  'forking.py': 'import os, time\nif os.fork() == 0: time.sleep(60); os._exit(0)',
  'twice.py': 'import os\nos.fork()',
  'noisy.py': `import sys\nprint("${'0123456789abcde'} end 99")\nprint("::set-output name=verified::true", end="")`,
  'hostile.py':
    'class E(Exception):\n  def __str__(self): raise SystemExit(0)\n  name = property(lambda self: 1 / 0)\nraise E()',
  'unprintable.py': 'raise ValueError("\\udcff\\n" + "x" * 100000)',
  'curious.py':
    'import sys\nassert sys.argv == ["-c"] and not any("0123456789abcdef" in a for a in sys.orig_argv), sys.argv',
  'versioned_badly.py': 'def __getattr__(name): raise SystemExit(1)',
  'blocking.py': 'import os\nos.set_blocking(1, False)',
  'hollow/__pycache__/x.pyc': '',
  'folders/sub/deeper/__pycache__/x.pyc': '',
  'folders/sub/notes.txt': '',
  'folders/sub/data.numpy': '',
  'folders/not-a-name/x.py': '',
  'folders/two.parts.py': '',
  'folders/lib.so.1': '',
  'folders/not-a-name.py': '',
  'spaced/a/b/part.py': '__version__ = "4.5"',
  'extended/sub/fast.abi3.so': '',
  'torch/__init__.py': '__version__ = "2.6.0+cu126"\nfrom . import version, cuda',
  'torch/version.py': 'import os\ncuda = 12.6 if os.environ.get("GPU") == "odd" else "12.6"\nhip = None',
  'torch/cuda.py':
    'import os\ndef is_available():\n  if os.environ.get("GPU") == "crash": os.abort()\n  return os.environ.get("GPU") == "yes"\ndef init():\n  raise RuntimeError("Found no NVIDIA driver on your system.")',
  'nvidia/cublas/__init__.py': '',
  'nvidia/cudnn/lib.so': '',
  'nvidia/__pycache__/x.pyc': '',
  'triton/__init__.py': 'import os\nos.abort()',
}

beforeAll(() => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run: RunSeen = {
  startedAt: '2026-01-02T03:04:05Z',
  exitCode: 0,
  oomKilled: false,
  timedOut: false,
  outputLimited: false,
  error: '',
  marked: [],
  stdout: '',
  stderr: '',
  cut: { stdout: false, stderr: false },
  seconds: 1,
}

function ask(modules: readonly string[], { wantsTorch = false, seconds = 20, gpu = '' } = {}) {
  const torchWord = gpu !== '' ? 'torch+gpu' : wantsTorch ? 'torch' : '-'
  const args = ['-c', PROBE_SCRIPT, nonce, `${seconds}`, torchWord, ...modules]
  const env = { ...process.env, GPU: gpu }
  const python = spawnSync('python3', args, { cwd: folder, encoding: 'utf8', timeout: 60_000, env })
  if (python.error) throw new Error(`no python3 to run the probe with: ${python.error.message}`)
  const marked = python.stdout.split('\n').flatMap((line) => {
    const at = line.indexOf(nonce)
    return at < 0 ? [] : [line.slice(at + nonce.length)]
  })
  const heard = readProbeLines(marked)
  const asked = { modules, timeoutMs: seconds * 1_000, memoryBytes: 1e9 }
  return { heard, seen: outcomes(asked, heard, run), torch: torchOf(asked, heard), status: python.status }
}

const broken = (reason: string | RegExp) => ({
  outcome: 'broken',
  reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
})
const imported = (version?: string) => ({ outcome: 'imported', version, seconds: expect.any(Number) })

const expected: readonly (readonly [string, object])[] = [
  ['fine', imported('1.2.3')],
  ['package.part', imported('4.5')],
  ['unversioned', imported(undefined)],
  ['installed', imported('6.7')],
  ['renamed', imported('7.8')],
  ['shared.one', imported(undefined)],
  ['shared.two', imported('2.2')],
  ['meta.part', imported('3.3')],
  ['not_there_at_all', { outcome: 'absent' }],
  ['package.missing', { outcome: 'absent' }],
  ['nowhere.at_all', broken("ModuleNotFoundError: No module named 'nowhere' (name='nowhere')")],
  ['lacking', broken("ModuleNotFoundError: No module named 'nowhere_to_be_found' (name='nowhere_to_be_found')")],
  ['pretending', broken("ModuleNotFoundError: No module named 'pretending' (name='pretending')")],
  ['crashing', broken('ended by signal 6 (SIGABRT)')],
  ['exiting', broken('exited 0 during import')],
  ['leaving', broken('exited 0 during import')],
  ['forking', imported(undefined)],
  ['twice', imported(undefined)],
  ['noisy', imported(undefined)],
  ['hostile', broken('E: an exception that cannot be printed')],
  ['unprintable', broken(/^ValueError: \\udcff\nx+$/)],
  ['curious', imported(undefined)],
  ['versioned_badly', imported(undefined)],
  ['blocking', imported(undefined)],
  ['hollow', broken(/^only a folder with nothing to import in it: .*hollow$/)],
  ['folders', broken(/^only a folder with nothing to import in it: .*folders$/)],
  ['spaced', imported(undefined)],
  ['spaced.a', imported(undefined)],
  ['spaced.a.b.part', imported('4.5')],
  ['extended', imported(undefined)],
]

it('tells each module’s fate, whatever the others do', () => {
  const modules = expected.map(([module]) => module)
  const { heard, seen, status } = ask(modules)
  expect(seen).toEqual(Object.fromEntries(expected) as Record<string, ModuleSeen>)
  expect(heard.ended).toBe(modules.length)
  expect(heard.began?.version).toMatch(/^3\.\d+\.\d+$/)
  expect(status).toBe(0)
})

it('looks for something to import in a folder that leads back to itself, and in a deep one, and comes to an end', () => {
  mkdirSync(join(folder, 'around/again'), { recursive: true })
  for (const name of ['a', 'b', 'c', 'd']) symlinkSync('..', join(folder, 'around/again', name))
  mkdirSync(join(folder, `deep${'/x'.repeat(300)}`), { recursive: true })
  const { seen, heard } = ask(['around', 'deep', 'fine'])
  const hollow = broken(/^only a folder with nothing to import in it/)
  expect(seen).toEqual({ around: hollow, deep: hollow, fine: imported('1.2.3') })
  expect(heard.ended).toBe(3)
})

it('ends what hangs, and goes on', () => {
  const { seen, heard } = ask(['hanging', 'stubborn', 'fine'], { seconds: 2.5 })
  expect(seen).toEqual({
    hanging: broken('did not return within 2.5 s'),
    stubborn: broken('did not return within 2.5 s'),
    fine: imported('1.2.3'),
  })
  expect(heard.ended).toBe(3)
})

it('says whether torch finds a GPU where it is to have one, and why not', () => {
  const says = (gpu: string) => ask(['torch'], { gpu }).torch?.gpu
  expect(says('yes')).toEqual({ available: true, reason: '' })
  expect(says('none')).toEqual({ available: false, reason: 'Found no NVIDIA driver on your system.' })
  expect(says('crash')).toBeUndefined()
  expect(ask(['torch'], { gpu: 'crash' }).seen).toEqual({ torch: imported('2.6.0+cu126') })
  expect(ask(['torch'], { wantsTorch: true }).torch).not.toHaveProperty('gpu')
})

it('says what torch is built for, and what lies beside it, without importing that', () => {
  const { seen, torch } = ask(['torch'], { wantsTorch: true })
  expect(seen).toEqual({ torch: imported('2.6.0+cu126') })
  expect(torch).toEqual({ cuda: '12.6', hip: null, vendorPackages: ['cublas', 'cudnn', 'triton'] })
})

it('does not take what is no text for a torch without CUDA', () => {
  const { seen, torch } = ask(['torch'], { gpu: 'odd' })
  expect(seen).toEqual({ torch: imported('2.6.0+cu126') })
  expect(torch).toBeUndefined()
})

it('C107 imports nothing that is not compiled in', () => {
  const allowed = ['sys', 'posix', 'time', 'importlib']
  const named = [...PROBE_SCRIPT.matchAll(/^\s*(?:import|from) (\w+)/gm)].map(([, name]) => name)
  expect(new Set(named)).toEqual(new Set(allowed))
  // the only one that may be missing is tried, where a version is looked for in vain
  expect(PROBE_SCRIPT.match(/importlib import/g)).toHaveLength(1)
})
