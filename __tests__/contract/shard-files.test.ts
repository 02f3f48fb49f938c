// The reports of other jobs, on a real file system: nothing but plain files of a decent size is read.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readShards } from '../../src/adapters/shard-files.ts'
import { aReport } from '../unit/builders.ts'
import { jsonOf } from '../unit/written.ts'

let workspace = ''
const REPORT = jsonOf(aReport())

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'vi-shards-'))
  await mkdir(join(workspace, 'reports/shard-1'), { recursive: true })
})
afterEach(() => rm(workspace, { recursive: true, force: true }))

const put = async (path: string, text: string): Promise<void> => {
  await mkdir(join(workspace, 'reports', path, '..'), { recursive: true })
  await writeFile(join(workspace, 'reports', path), text)
}
const read = async (limits = { maxFiles: 10, maxBytes: 1_000_000 }) => {
  const files = await readShards(workspace, 'reports', limits)
  return files.map((each) => ('report' in each ? `${each.file} ok` : each.problem.message))
}

test('reads every report, in folders or not, in one order, and nothing beside them', async () => {
  await put('shard-2/report.json', REPORT)
  await put('shard-1/report.json', REPORT)
  await put('shard-1/summary.md', '# no')
  await put('shard-1/junit.xml', '<no/>')
  await put('shard-1.zip', 'PK')
  await put('alone.json', REPORT)
  expect(await read()).toEqual(['alone.json ok', 'shard-1/report.json ok', 'shard-2/report.json ok'])
  expect(await readShards('/', join(workspace, 'reports'))).toHaveLength(3)
})

test('an empty directory has no reports, and no directory is a mistake of the input', async () => {
  expect(await read()).toEqual([])
  await expect(readShards(workspace, 'nowhere')).rejects.toThrow('there is no directory "nowhere"')
  await writeFile(join(workspace, 'file'), '')
  await expect(readShards(workspace, 'file')).rejects.toThrow('there is no directory "file"')
})

describe('what is no report is a problem', () => {
  test.each([
    ['no JSON', '{', 'is no JSON'],
    ['other JSON', '{}', 'malformed'],
    ['two reports', REPORT + REPORT, 'is no JSON'],
    ['half a report', REPORT.slice(0, 400), 'is no JSON'],
    ['a verdict that does not follow', REPORT.replace('"passed"', '"failed"'), 'it was altered'],
    ['an unknown field', REPORT.replace('"schema"', '"extra": 1, "schema"'), 'malformed'],
    ['empty', '', 'is no JSON'],
  ])('%s', async (_, text, says) => {
    await put('shard-1/report.json', text)
    expect(await read()).toEqual([expect.stringContaining(says)])
  })

  test('a large one is not read at all', async () => {
    await put('shard-1/report.json', '')
    await truncate(join(workspace, 'reports/shard-1/report.json'), 100_000_000)
    expect(await read()).toEqual(['shard-1/report.json: has 100000000 bytes, more than the 1000000 allowed'])
  })

  test('links, to files and to folders, inside and out', async () => {
    await put('shard-1/report.json', REPORT)
    await symlink('report.json', join(workspace, 'reports/shard-1/again.json'))
    await symlink('/etc', join(workspace, 'reports/etc'))
    await symlink('.', join(workspace, 'reports/loop'))
    expect(await read()).toEqual([
      'etc: is no regular file',
      'loop: is no regular file',
      'shard-1/again.json: is no regular file',
      'shard-1/report.json ok',
    ])
  })

  test('a pipe, which nobody waits for', async () => {
    execFileSync('mkfifo', [join(workspace, 'reports/pipe.json')])
    expect(await read()).toEqual(['pipe.json: is no regular file'])
  })

  test('more than there may be', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await put(`${name}/report.json`, REPORT)
    expect(await read({ maxFiles: 3, maxBytes: 1_000_000 })).toEqual([
      'a/report.json ok',
      'b/report.json ok',
      'c/report.json ok',
      'reports: has 4 reports, more than the 3 that are read',
    ])
  })

  test('what lies too deep is not looked for', async () => {
    await put('a/b/c/d/e/report.json', REPORT)
    expect(await read()).toEqual([])
  })
})
