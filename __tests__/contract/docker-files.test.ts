// What docker says of a file, noted from Docker 28 on both stores, and what is made of it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parsePlatform } from '../../src/model/image.ts'
import { fakeEngine, type Rules } from '../harness/docker-fake.ts'
import { tar } from '../harness/tar.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'files-test-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function look(file: string, answer: Rules[string], isLinkItself = true) {
  const { engine } = await fakeEngine(root, {
    'container create ': { stdout: 'abc\n' },
    'container cp ': answer,
    'container rm ': { stdout: 'vi\n' },
  })
  const files = [{ file, isLinkItself, keptBytes: 100 }]
  const seen = await engine.readFiles({ image: 'sha256:abc', platform: parsePlatform('linux/amd64'), files })
  if (!seen.ok) throw new Error(seen.reason)
  return seen.seen[0]
}

const daemon = (words: string) => `Error response from daemon: ${words}\n`
const nothing = { ok: true, seen: undefined }

describe('a file', () => {
  it('is there', async () => {
    const stdout = tar([{ name: '.env', body: Buffer.from('PASSWORD=1') }])
    expect(await look('/app/.env', { stdout })).toMatchObject({ ok: true, seen: { type: 'file', text: 'PASSWORD=1' } })
  })

  it.each([
    ['/app/.env', daemon(`Could not find the file /app/.env in container ${'a'.repeat(64)}`)],
    [
      '/app/.env',
      `WARNING: Error loading config file\n${daemon('Could not find the file /app/.env in container vi-1')}`,
    ],
    ['/app/run.sh/x', daemon('lstat /app/run.sh/x: not a directory')],
    ['/app//run.sh/x', daemon('lstat /app/run.sh/x: not a directory')],
  ])('is not there, and the engine says so: %s, %s', async (path, stderr) => {
    expect(await look(path, { stderr })).toEqual(nothing)
  })

  it.each([
    daemon('evalSymlinksInScope: too many links in /loop'),
    daemon('lstat /loop: too many levels of symbolic links'),
  ])('is a link that leads nowhere: %s', async (stderr) => {
    expect(await look('/loop', { stderr }, false)).toEqual(nothing)
    await rm(root, { recursive: true })
    expect(await look('/loop', { stderr }, true)).toMatchObject({ ok: false })
  })

  it.each([
    [
      'failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory',
      'unavailable',
    ],
    ['Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?', 'unavailable'],
    ['error during connect: Get "http://x": dial unix /x: connect: no such file or directory', 'unavailable'],
    [daemon('lstat /var/lib/docker/overlay2/x/merged: not a directory'), 'failed'],
    [daemon('lstat /var/lib/docker/overlay2/x/merged: no such file or directory'), 'failed'],
    [daemon('error mounting: too many levels of symbolic links'), 'failed'],
    [daemon('No such container: vi-1'), 'failed'],
    ['fork/exec /usr/bin/docker: no such file or directory', 'failed'],
    ['unexpected EOF', 'unavailable'],
  ] as const)('has not been looked at: %s', async (stderr, failure) => {
    expect(await look('/app/.env', { stderr })).toMatchObject({ ok: false, failure })
    await rm(root, { recursive: true })
    expect(await look('/app/.env', { stderr }, false)).toMatchObject({ ok: false, failure })
  })

  it('has not been looked at where docker says nothing, or is ended', async () => {
    expect(await look('/app/.env', { exitCode: 1 })).toMatchObject({ ok: false })
    await rm(root, { recursive: true })
    const script = `echo '${daemon('Could not find the file /app/.env in container x').trim()}' >&2; kill -9 $$`
    expect(await look('/app/.env', { script })).toMatchObject({ ok: false })
    await rm(root, { recursive: true })
    expect(await look('/app/.env', { stdout: '' })).toMatchObject({ ok: false })
  })
})
