import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import type { CommandResult } from '../../src/adapters/command.ts'
import { describeEngine } from '../../src/adapters/docker/describe.ts'
import { findsUnpigz } from '../../src/adapters/docker/unpigz.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unpigz-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function install(mode: number): Promise<void> {
  await writeFile(join(folder, 'unpigz'), '')
  await chmod(join(folder, 'unpigz'), mode)
}

it('finds a program on either path, and nothing else', async () => {
  expect([await findsUnpigz(folder, ''), await findsUnpigz('', folder)]).toEqual([false, false])
  await install(0o755)
  expect([await findsUnpigz(folder, ''), await findsUnpigz('', folder)]).toEqual([true, true])
  expect(await findsUnpigz('relative:', '')).toBe(false)
})

const classic = { ServerVersion: '28', OSType: 'linux', Architecture: 'x86_64', Name: hostname() }
const containerd = { ...classic, DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']] }

it.each([
  ['with it', classic, true],
  ['of the containerd store, which has its own', containerd, true],
  ['on another machine', { ...classic, Name: 'elsewhere' }, false],
])('says nothing of an engine %s', async (_, info, isInstalled) => {
  if (isInstalled) await install(0o755)
  const ended = { exitCode: 0, signal: undefined, timedOut: false, outputLimited: false, seconds: 0, missing: false }
  const answer: CommandResult = { ...ended, stdout: Buffer.from(JSON.stringify(info)), stderr: '' }
  const look = await describeEngine(async () => answer, folder)
  expect(look).toMatchObject({ ok: true })
  expect(look.ok && 'unpacksSlowly' in look.seen).toBe(false)
})
