// Files of the workspace, on a real file system.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { workspaceFiles } from '../../src/adapters/files.ts'

let folder = ''
let workspace = ''
const MAX = 100

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vi-files-'))
  workspace = join(folder, 'workspace')
  await mkdir(join(workspace, 'sub/..dots'), { recursive: true })
  await mkdir(join(folder, 'workspace-2'))
  await writeFile(join(folder, 'secret'), 'secret')
  await writeFile(join(folder, 'workspace-2/secret'), 'secret')
  await writeFile(join(workspace, 'spec.yml'), 'version: 1\n')
  await writeFile(join(workspace, '..spec.yml'), 'dots')
  await writeFile(join(workspace, 'sub/..dots/spec.yml'), 'more dots')
  await writeFile(join(workspace, 'umlaut.yml'), 'grün')
  await writeFile(join(workspace, 'empty.yml'), '')
  await writeFile(join(workspace, 'full.yml'), 'x'.repeat(MAX))
  await writeFile(join(workspace, 'over.yml'), 'x'.repeat(MAX + 1))
  await writeFile(join(workspace, 'huge.yml'), '')
  await truncate(join(workspace, 'huge.yml'), 8 * 1024 ** 4).catch(() => truncate(join(workspace, 'huge.yml'), 2 ** 31))
  await symlink('../spec.yml', join(workspace, 'sub/inward.yml'))
  await symlink('../secret', join(workspace, 'outward.yml'))
  await symlink(join(folder, 'secret'), join(workspace, 'absolute.yml'))
  await symlink('outward.yml', join(workspace, 'chain.yml'))
  await symlink('..', join(workspace, 'up'))
  await symlink('nowhere', join(workspace, 'dangling.yml'))
  await symlink('../nowhere', join(workspace, 'dangling-out.yml'))
  await symlink('loop.yml', join(workspace, 'loop.yml'))
  await symlink(workspace, join(folder, 'link'))
  execFileSync('mkfifo', [join(workspace, 'fifo')])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const read = (path: string) => workspaceFiles(workspace).read(path, MAX)

describe('reads', () => {
  test.each([
    ['a file', 'spec.yml', 'version: 1\n'],
    ['a file by a roundabout way', './sub/../spec.yml', 'version: 1\n'],
    ['a file that a link inside leads to', 'sub/inward.yml', 'version: 1\n'],
    ['a name that begins with dots', '..spec.yml', 'dots'],
    ['a folder whose name begins with dots', 'sub/..dots/spec.yml', 'more dots'],
    ['UTF-8', 'umlaut.yml', 'grün'],
    ['an empty file', 'empty.yml', ''],
    ['as much as it may', 'full.yml', 'x'.repeat(MAX)],
  ])('%s', async (_, path, text) => expect(await read(path)).toBe(text))

  test('by its whole path', async () => expect(await read(join(workspace, 'spec.yml'))).toBe('version: 1\n'))

  test('where the workspace is a link itself', async () => {
    expect(await workspaceFiles(join(folder, 'link')).read('spec.yml', MAX)).toBe('version: 1\n')
  })
})

describe('finds nothing at', () => {
  test.each([
    ['a name that nobody has', 'nobody.yml'],
    ['a name in a folder that nobody has', 'no/body.yml'],
    ['a name below a file', 'spec.yml/more'],
    ['a link to nowhere', 'dangling.yml'],
    ['a link to nowhere outside', 'dangling-out.yml'],
  ])('%s', async (_, path) => {
    expect(await read(path)).toBeUndefined()
    expect(await workspaceFiles(workspace).exists(path)).toBe(false)
  })
})

describe('C39 refuses', () => {
  test.each([
    ['dots that lead out', '../secret', 'leads out of the workspace'],
    ['dots that lead to a neighbour', '../workspace-2/secret', 'leads out of the workspace'],
    ['dots that lead out to nowhere', '../nowhere', 'leads out of the workspace'],
    ['dots that lead far out', '../../../../etc/passwd', 'leads out of the workspace'],
    ['dots in the middle', 'sub/../../secret', 'leads out of the workspace'],
    ['the folder above', '..', 'leads out of the workspace'],
    ['an absolute path', '/etc/passwd', 'leads out of the workspace'],
    ['a link that leads out', 'outward.yml', 'leads out of the workspace'],
    ['an absolute link that leads out', 'absolute.yml', 'leads out of the workspace'],
    ['a link to a link that leads out', 'chain.yml', 'leads out of the workspace'],
    ['a folder that leads out', 'up/secret', 'leads out of the workspace'],
    ['a link to itself', 'loop.yml', 'ELOOP'],
    ['a folder', 'sub', 'not a regular file'],
    ['the workspace', '.', 'not a regular file'],
    ['no name', '', 'not a regular file'],
    ['a pipe, without waiting for what comes', 'fifo', 'not a regular file'],
    ['a byte more than it may read', 'over.yml', 'has 101 bytes, more than the 100 allowed'],
    ['a huge file, without reading it', 'huge.yml', 'more than the 100 allowed'],
    ['a name with a NUL', 'spec.yml\0.txt', 'null bytes'],
  ])('%s', async (_, path, words) => {
    await expect(read(path)).rejects.toThrow(words)
  })
})

describe('says that there is', () => {
  test.each([
    ['spec.yml', true],
    ['sub/inward.yml', true],
    ['sub', false],
    ['fifo', false],
    ['../secret', false],
    ['outward.yml', false],
    ['loop.yml', false],
    ['/etc/passwd', false],
  ])('%s: %s', async (path, is) => expect(await workspaceFiles(workspace).exists(path)).toBe(is))
})
