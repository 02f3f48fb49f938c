import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { codes, errored, registry, results, verifyWorkspace } from './stack.ts'

const MINUTES = 60_000

async function verifyBy(structureTest: string) {
  const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
  await mkdir(join(workspace, '.github'))
  await writeFile(join(workspace, 'cst.yaml'), `schemaVersion: '2.0.0'\n${structureTest}`)
  await writeFile(
    join(workspace, '.github/verify-images.yml'),
    `
version: 1
images:
  app:
    image: ${registry}/quick/ktrdr-backend
    platforms: [linux/amd64, linux/arm64]
    structure-test: cst.yaml
`,
  )
  return verifyWorkspace(workspace)
}

it(
  'runs a file of container-structure-test as it is',
  async () => {
    const { run, report } = await verifyBy(`
globalEnvVars:
  - {key: EXTRA, value: '/extra:$PATH'}
commandTests:
  - name: version
    command: python
    args: [--version]
    expectedOutput: ['^Python 3\\.\\d+']
    excludedError: ['.*FAIL.*']
  - name: variables of the image are filled in
    command: python
    args: [-c, 'import os; print("$PYTHONPATH", os.environ["EXTRA"], os.environ["OWN"])']
    envVars: [{key: OWN, value: '1'}]
    expectedOutput: ['^/app /extra:.*/usr/bin.* 1\\n$']
  - name: ends otherwise
    command: python
    args: [-c, 'import sys; sys.exit(2)']
    exitCode: 2
fileExistenceTests:
  - {name: Root, path: /, shouldExist: true, uid: 0, gid: 0, permissions: drwxr-xr-x}
  - {name: Python, path: /usr/local/bin/python, isExecutableBy: owner, permissions: Lrwxrwxrwx}
  - {name: Dummy, path: /etc/dummy, shouldExist: false}
fileContentTests:
  - {name: Passwd, path: /etc/passwd, expectedContents: ['^root:.*:0:0:'], excludedContents: ['.*intruder.*']}
metadataTest:
  envVars: [{key: PYTHONUNBUFFERED, value: '1'}, {key: PATH, value: '.*/usr/bin.*', isRegex: true}]
  unboundEnvVars: [{key: HTTP_PROXY}]
  unexposedPorts: ['80']
  entrypoint: []
  cmd: [python3, -m, ktrdr.server]
  workdir: /app
`)
    await using _ = run
    expect([codes(report), errored(report)]).toEqual([[], []])
    const passed = results(report).filter(({ status }) => status === 'passed')
    expect(passed.map(({ check }) => check)).toEqual(expect.arrayContaining(['command', 'file', 'config']))
    expect(run.outputs.verified).toBe('true')
  },
  3 * MINUTES,
)

it(
  'fails by what is documented to fail',
  async () => {
    const { run, report } = await verifyBy(`
commandTests:
  - {name: no such command, command: no-such-command}
  - {name: another output, command: python, args: [--version], expectedOutput: ['Python 2']}
fileExistenceTests:
  - {name: Fake Dir, path: /foo/bar, shouldExist: true}
  - {name: Wrong permissions, path: /etc/passwd, permissions: '-rwxrwxrwx', shouldExist: true}
fileContentTests:
  - {name: Wrong content, path: /etc/passwd, expectedContents: ['Acquire::Retries 4;']}
metadataTest:
  exposedPorts: ['8080']
`)
    await using _ = run
    expect([...codes(report)].sort()).toEqual([
      'command/exit-code',
      'command/output',
      'config/port',
      'file/content',
      'file/missing',
      'file/mode',
    ])
    expect(errored(report)).toEqual([])
    const findings = results(report).flatMap((result) => result.findings)
    expect(findings.map(({ at }) => at?.file)).toEqual(findings.map(() => 'cst.yaml'))
    expect(run.outcome).toBe('failure')
  },
  3 * MINUTES,
)

it(
  'leaves nothing out in silence',
  async () => {
    const { run, report } = await verifyBy('commandTests:\n  - {name: a, command: true, setup: [[touch, /x]]}')
    await using _ = run
    expect(report.problems).toEqual([
      expect.objectContaining({ at: { file: 'cst.yaml', line: 3, column: expect.any(Number) } }),
    ])
    expect(run.outputs.verified).toBe('false')
  },
  3 * MINUTES,
)
