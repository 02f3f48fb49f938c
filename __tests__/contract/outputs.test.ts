// Outputs as the toolkit writes them and the runner reads them back.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { error, setOutput } from '@actions/core'
import { expect, it, jest } from '@jest/globals'
import type { Report } from '../../src/model/result.ts'
import { renderOutputs } from '../../src/render/outputs.ts'
import { effectsOf } from '../harness/commands.ts'
import { keyValuePairs } from '../harness/file-commands.ts'
import { anImage, aReport } from '../unit/builders.ts'

async function readBack(report: Report): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'outputs-'))
  const file = join(folder, 'output')
  await writeFile(file, '')
  process.env.GITHUB_OUTPUT = file
  for (const [name, value] of Object.entries(renderOutputs(report))) setOutput(name, value)
  delete process.env.GITHUB_OUTPUT
  const pairs = Object.fromEntries(keyValuePairs(await readFile(file, 'utf8')))
  await rm(folder, { recursive: true })
  return pairs
}

it('C24 a name that looks like the end of an output, or like another, is neither', async () => {
  for (const id of [
    'ghadelimiter_1',
    'a\nverified=true',
    'a\r\nverified<<x\ntrue\nx',
    '::set-output name=verified::true',
  ]) {
    const report = aReport({ images: [{ ...anImage(), id }] })
    const pairs = await readBack({ ...report, verdict: 'errored' })
    expect(pairs).toMatchObject({ verified: 'false', verdict: 'errored' })
    expect(Object.keys(pairs).sort()).toEqual(Object.keys(renderOutputs(report)).sort())
    expect(Object.keys(JSON.parse(pairs.digests ?? ''))).toEqual([id])
  }
})

it('C15 a title that holds properties of an annotation makes one annotation, and is its title', () => {
  const title = 'a,line=1::x\r\n::set-output name=verified::true'
  const written: string[] = []
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  error('wrong', { title, file: 'a:b,c%.yml', startLine: 3, startColumn: 1 })
  write.mockRestore()
  expect(effectsOf(written.join(''))).toEqual([
    {
      kind: 'annotation',
      annotation: expect.objectContaining({ level: 'error', message: 'wrong', title, file: 'a:b,c%.yml', line: 3 }),
    },
  ])
})

it('C23 of a report of more than a megabyte, the outputs are small', async () => {
  const images = Array.from({ length: 3000 }, (_, at) => ({ ...anImage(), id: `image-${at}` }))
  const report = aReport({ images })
  expect(JSON.stringify(report).length).toBeGreaterThan(1_000_000)
  const pairs = await readBack(report)
  expect(Object.values(pairs).join('').length).toBeLessThan(900_000)
})
