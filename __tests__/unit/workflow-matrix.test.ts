// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions as workflows write them
import { describe, expect, test } from '@jest/globals'
import type { Known } from '../../src/model/workflow.ts'
import { workflowContexts } from '../../src/workflow/contexts.ts'
import { jobName, nestedName } from '../../src/workflow/job-name.ts'
import { known } from '../../src/workflow/known.ts'
import { legsOf } from '../../src/workflow/legs.ts'
import { expandMatrix } from '../../src/workflow/matrix.ts'
import { readWorkflow } from '../../src/workflow/read.ts'

const run = { repository: 'acme/shop', eventName: 'push' }

const indent = (text: string, by: number): string => text.trim().replace(/^/gm, ' '.repeat(by))

function workflowOf(matrix: string, job = '') {
  const text = `on: push\njobs:\n  build:\n    strategy:\n      matrix:\n${indent(matrix, 8)}\n${job}`
  const read = readWorkflow(text, 'w.yml')
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.value
}

function rowsOf(matrix: string): unknown {
  const workflow = workflowOf(matrix)
  const expansion = expandMatrix(workflow.jobs[0]!, workflowContexts(workflow, run))
  if (expansion.kind !== 'rows') return expansion
  return expansion.rows.map(({ values }) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value.known ? value.value : value.name])),
  )
}

const namesOf = (matrix: string, job = ''): readonly Known<string>[] =>
  legsOf(workflowOf(matrix, job), run, () => undefined).legs.map(({ name }) => name)

// https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
describe("GitHub's own examples", () => {
  test('a product, the first variable the slowest', () => {
    expect(rowsOf('version: [10, 12, 14]\nos: [ubuntu-latest, windows-latest]')).toEqual([
      { version: 10, os: 'ubuntu-latest' },
      { version: 10, os: 'windows-latest' },
      { version: 12, os: 'ubuntu-latest' },
      { version: 12, os: 'windows-latest' },
      { version: 14, os: 'ubuntu-latest' },
      { version: 14, os: 'windows-latest' },
    ])
  })

  test('include extends what it does not overwrite, and adds the rest', () => {
    const matrix = `
fruit: [apple, pear]
animal: [cat, dog]
include:
  - color: green
  - color: pink
    animal: cat
  - fruit: apple
    shape: circle
  - fruit: banana
  - fruit: banana
    animal: cat`
    expect(rowsOf(matrix)).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ])
  })

  test('include expands one combination', () => {
    const rows = rowsOf(`
os: [windows-latest, ubuntu-latest]
node: [14, 16]
include:
  - os: windows-latest
    node: 16
    npm: 6`)
    expect(rows).toEqual([
      { os: 'windows-latest', node: 14 },
      { os: 'windows-latest', node: 16, npm: 6 },
      { os: 'ubuntu-latest', node: 14 },
      { os: 'ubuntu-latest', node: 16 },
    ])
  })

  test('include adds a combination, and stands alone', () => {
    const added = rowsOf(
      'os: [macos-latest, windows-latest]\nversion: [12]\ninclude: [{os: windows-latest, version: 17}]',
    )
    expect(added).toHaveLength(3)
    expect(rowsOf('include: [{site: production, datacenter: site-a}, {site: staging, datacenter: site-b}]')).toEqual([
      { site: 'production', datacenter: 'site-a' },
      { site: 'staging', datacenter: 'site-b' },
    ])
  })

  test('exclude needs only match in part', () => {
    const rows = rowsOf(`
os: [macos-latest, windows-latest]
version: [12, 14, 16]
environment: [staging, production]
exclude:
  - os: macos-latest
    version: 12
    environment: production
  - os: windows-latest
    version: 16`)
    expect(rows).toHaveLength(9)
    expect(rows).not.toContainEqual({ os: 'macos-latest', version: 12, environment: 'production' })
  })

  test('exclude reaches into objects', () => {
    const rows = rowsOf(
      'node: [{version: 14}, {version: 20, env: x}]\nos: [a, b]\nexclude: [{os: a, node: {version: 14}}]',
    )
    expect(rows).toEqual([
      { node: { version: 14 }, os: 'b' },
      { node: { version: 20, env: 'x' }, os: 'a' },
      { node: { version: 20, env: 'x' }, os: 'b' },
    ])
  })
})

describe('expandMatrix', () => {
  test('C42 takes lists, includes alone and whole matrices from JSON', () => {
    expect(rowsOf(`image: \${{ fromJSON('["a","b"]') }}`)).toEqual([{ image: 'a' }, { image: 'b' }])
    expect(rowsOf(`include: \${{ fromJSON('[{"image":"a"}]') }}`)).toEqual([{ image: 'a' }])
    expect(rowsOf(`image: [a]\nrepository: ['\${{ github.repository }}']`)).toEqual([
      { image: 'a', repository: 'acme/shop' },
    ])
  })

  test('C42 is unknown where an axis is, and names it', () => {
    expect(rowsOf('image: ${{ fromJSON(needs.plan.outputs.images) }}')).toMatchObject({
      kind: 'unknown',
      unknown: { name: 'needs.plan.outputs.images' },
    })
    expect(rowsOf('image: [a]\nexclude: ${{ fromJSON(vars.SKIP) }}')).toMatchObject({ kind: 'unknown' })
  })

  test('keeps the rows where only a value is unknown', () => {
    expect(rowsOf("image: [a]\nversion: ['${{ needs.meta.outputs.version }}']")).toEqual([
      { image: 'a', version: 'needs.meta.outputs.version' },
    ])
  })

  test('refuses what GitHub refuses', () => {
    expect(rowsOf('image: []')).toMatchObject({ kind: 'invalid' })
    expect(rowsOf('image: web')).toMatchObject({ kind: 'invalid' })
    expect(rowsOf('include: [{}]')).toMatchObject({ kind: 'invalid' })
    const list = (size: number) => JSON.stringify(Array.from({ length: size }, (_, index) => index))
    expect(rowsOf(`a: ${list(16)}\nb: ${list(16)}`)).toHaveLength(256)
    expect(rowsOf(`a: ${list(257)}`)).toMatchObject({ kind: 'invalid', problem: { at: { line: 5 } } })
    const many = Array.from({ length: 9 }, (_, index) => `k${index}: ${list(20)}`).join('\n')
    expect(rowsOf(many)).toMatchObject({ kind: 'invalid' })
    const axes = Array.from({ length: 5000 }, (_, index) => `k${index}: [x]`).join('\n')
    expect(rowsOf(`${axes}\nexclude: [{K4999: x}]`)).toEqual([])
    const skipped = list(300).replaceAll(/\d+/g, '{a: $&}')
    expect(rowsOf(`a: ${list(256)}\nb: ${list(256)}\nexclude: ${skipped}`)).toMatchObject({
      kind: 'unknown',
      unknown: { reason: '65536 rows and 300 values to exclude are too many to compare' },
    })
  })
})

describe('the name of a job', () => {
  test('has the values of the row, without what include adds to it', () => {
    const matrix =
      'image: [backend]\nplatform: [linux/amd64]\ninclude: [{image: backend, extra: x}, {image: gpu, extra: y}]'
    expect(namesOf(matrix)).toEqual([known('build (backend, linux/amd64)'), known('build (gpu, y)')])
  })

  test('has every scalar of nested values, and no empty ones', () => {
    expect(namesOf("node: [{version: 20, env: {a: x}, flags: [1, true]}]\nnone: ['']\nnull: [~]")).toEqual([
      known('build (20, x, 1, true)'),
    ])
  })

  test('is a written name with the values, or that of its expressions alone', () => {
    expect(namesOf('image: [a]', '    name: Build it')).toEqual([known('Build it (a)')])
    expect(namesOf('image: [a]\nbase: [b]', '    name: Build ${{ matrix.image }}')).toEqual([known('Build a')])
  })

  test('is unknown where a value of it is', () => {
    expect(namesOf('image: ${{ fromJSON(needs.plan.outputs.images) }}')).toMatchObject([{ known: false }])
    expect(namesOf('image: [a]', '    name: Build ${{ needs.a.outputs.b }}')).toMatchObject([{ known: false }])
  })

  test('is shortened to a hundred characters', () => {
    const name = jobName({ key: 'x'.repeat(120), name: undefined }, [], {})
    expect(name).toEqual(known(`${'x'.repeat(97)}...`))
  })

  test('has its callers before it', () => {
    expect(nestedName(known('caller (a)'), known('job'))).toEqual(known('caller (a) / job'))
    expect(nestedName(known('x'.repeat(90)), known('y'.repeat(20)))).toMatchObject({ known: false })
  })
})
