import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { decodeSpec } from '../../src/spec/decode.ts'
import { deriveImages } from '../../src/workflow/derive.ts'
import { localFiles } from '../../src/workflow/local-files.ts'
import { readWorkflow } from '../../src/workflow/read.ts'
import { starterSpec } from '../../src/workflow/starter.ts'

const run = { repository: 'kpiteira/ktrdr', sha: 'b40998e4f7a1d2c3b4a5968778695a4b3c2d1e0f' }

function derive(name: string) {
  const text = readFileSync(join(import.meta.dirname, '../fixtures/workflows', name, 'workflow.yml'), 'utf8')
  const read = readWorkflow(text, 'w.yml')
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return deriveImages(read.value, run)
}

describe('deriveImages', () => {
  test('knows three images and five targets of the first matrix, from the file and the commit alone', () => {
    const { images, unknown, problems } = derive('seed-matrix')
    expect({ unknown, problems }).toEqual({ unknown: [], problems: [] })
    expect(images.map(({ id, tags }) => ({ id, tags }))).toEqual(
      ['backend', 'worker-cpu', 'worker-gpu'].map((id) => ({ id, tags: ['latest', 'sha-b40998e'] })),
    )
    const targets = images.flatMap(({ id, platforms }) =>
      platforms.known ? platforms.value.map((one) => `${id}/${one}`) : [],
    )
    expect(targets).toEqual([
      'backend/linux/amd64',
      'backend/linux/arm64',
      'worker-cpu/linux/amd64',
      'worker-cpu/linux/arm64',
      'worker-gpu/linux/amd64',
    ])
  })

  test('keeps how each is cached and attested', () => {
    const [build] = derive('seed-matrix').builds
    expect(build?.cacheTo).toMatchObject([{ type: { value: 'gha' }, scope: { value: 'backend' }, at: { line: 70 } }])
    expect(build?.provenance).toBeUndefined()
    expect(derive('outputs').builds.map(({ provenance, push }) => [push, provenance])).toMatchObject([
      [{ value: 'push' }, { value: 'false' }],
      [{ value: 'push' }, { value: 'mode=max' }],
      [{ value: 'none' }, undefined],
      [{ value: 'none' }, undefined],
      [{ value: 'digest' }, undefined],
    ])
  })
})

describe('starterSpec', () => {
  test('says what is derived and measured, and leaves the rest to a person', async () => {
    const sizes = new Map([
      ['backend', 534_000_000],
      ['worker-cpu', 1_350_000_000],
    ])
    const text = starterSpec(derive('seed-matrix'), run, sizes)
    expect(text).toMatchSnapshot()
    const decoded = await decodeSpec(text, 'verify-images.yml')
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
    expect(decoded.spec.images['worker-cpu']).toMatchObject({ image: 'ghcr.io/{owner}/ktrdr-worker-cpu' })
  })

  test('lists what it cannot know', () => {
    expect(starterSpec(derive('lowercase-owner'), run)).toMatchSnapshot()
    expect(starterSpec(derive('dynamic-needs'), run)).toContain('#   w.yml:23 matrix of job build:')
  })
})

describe('localFiles', () => {
  test('names the workflows and actions of this repository', () => {
    const text =
      'uses: ./.github/workflows/a.yml\n- uses: "./"\n- uses: ./.github/actions/b/ # c\n- uses: actions/checkout@v5'
    expect(localFiles(text)).toEqual([
      '.github/workflows/a.yml',
      'action.yml',
      'action.yaml',
      '.github/actions/b/action.yml',
      '.github/actions/b/action.yaml',
    ])
  })

  test.each(['uses: "./a.yml"', '"uses": ./a.yml', 'uses: &call ./a.yml', 'uses : ./a.yml'])('%s', (line) => {
    expect(localFiles(`jobs:\n  a:\n    ${line}\n`)).toEqual(['a.yml'])
  })
})
