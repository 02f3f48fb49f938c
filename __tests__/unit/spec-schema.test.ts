import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { decodeSpec } from '../../src/spec/decode.ts'
import { specJsonSchema } from '../../src/spec/json-schema.ts'
import { resolveSpec } from '../../src/spec/resolve.ts'

const validate = new Ajv({ allErrors: true }).compile(specJsonSchema())
const docs = readFileSync('docs/spec.md', 'utf8')
const examples = [...docs.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text)
const first = readFileSync('examples/ktrdr/.github/verify-images.yml', 'utf8')

/** Whatever file of container-structure-test is named is there. */
const anyFiles = { get: () => ({ contents: { commands: [], files: [], config: [] }, positions: {} }) } as never

test('the published schema is what the source says (else: node script/schema.ts)', () => {
  expect(JSON.parse(readFileSync('schema/spec.schema.json', 'utf8'))).toEqual(specJsonSchema())
})

test('every key has a description for editors', () => {
  const undescribed = (schema: unknown, path: string): string[] =>
    Object.entries((schema ?? {}) as Record<string, Record<string, unknown>>).flatMap(([key, value]) => {
      if (typeof value !== 'object' || value === null) return []
      const lacks = path.endsWith('.properties') && !('description' in value) ? [`${path}.${key}`] : []
      return [...lacks, ...undescribed(value, `${path}.${key}`)]
    })
  expect(undescribed(specJsonSchema(), '')).toEqual([])
})

describe('every example of the documentation is a spec, and so is the first user’s', () => {
  test.each([...examples, first].map((text) => [text.trim().split('\n').slice(0, 6).join(' '), text]))(
    '%s',
    async (_, text) => {
      const decoded = await decodeSpec(text, 'docs/spec.md')
      if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
      const context = { owner: 'acme', repo: 'shop', sha: 'a'.repeat(40), branch: 'main', version: '1.2.3' }
      expect(resolveSpec(decoded.spec, decoded.positions, context, anyFiles)).toMatchObject({ ok: true })
      expect(validate(parse(text)) || validate.errors).toBe(true)
    },
  )

  test('there are some', () => expect(examples.length).toBeGreaterThan(8))
})

test('the documentation has every key', () => {
  const keysOf = (schema: unknown): string[] =>
    Object.entries((schema ?? {}) as Record<string, unknown>).flatMap(([key, value]) => {
      if (typeof value !== 'object' || value === null) return []
      return [...(key === 'properties' ? Object.keys(value) : []), ...keysOf(value)]
    })
  expect(keysOf(specJsonSchema()).filter((key) => !docs.includes(`\`${key}\``))).toEqual([])
})

const SET = 'version: 1\nimages: { a: { image: x } }\n'

describe('editors and the action refuse alike', () => {
  test.each([
    ['an unknown key', 'platform: [linux/amd64]'],
    ['a size without unit', "size: '500'"],
    ['a bare size', 'size: 500MB'],
    ['a size that is a number', 'size: 500'],
    ['an empty map of sizes', 'size: {}'],
    ['an unknown size', 'size: { packed: ~1GB }'],
    ['an empty list', 'imports: []'],
    ['a module that is none', 'imports: [a-b]'],
    ['a module without a name', "imports: [{ version: '1' }]"],
    ['an absent submodule', 'absent: [torch.cuda]'],
    ['an unknown build', 'torch: gpu'],
    ['a timeout without unit', "timeout: '60'"],
    ['an amount of memory that is a range', 'memory: ~4GB'],
    ['an unknown entrypoint', 'entrypoint: none'],
    ['a waiver without reason', 'waive: [{ finding: size/over }]'],
    ['a waiver with a blank reason', "waive: [{ finding: size/over, reason: ' ' }]"],
    ['a waiver of no finding', 'waive: [{ finding: size, reason: x }]'],
    ['an unknown severity', 'severity: { size/over: fatal }'],
    ['no value', 'python:'],
    ['an option as python', 'python: -c'],
  ])('%s', async (_, line) => {
    const text = `version: 1\nimages:\n  a:\n    image: app\n    ${line}\n`
    expect((await decodeSpec(text, 'a.yml')).ok).toBe(false)
    expect(validate(parse(text))).toBe(false)
  })

  test.each([
    ['no version', 'images: { a: { image: x } }'],
    ['another version', 'version: 2\nimages: { a: { image: x } }'],
    ['no images', 'version: 1\nimages: {}'],
    ['an id in capitals', 'version: 1\nimages: { A: { image: x } }'],
    ['an unknown key', 'version: 1\nimages: { a: { image: x } }\ntag: [x]'],
    ['a waiver of one platform', `${SET}waive: [{ finding: run/annotation, reason: x, platform: linux/amd64 }]`],
    ['a waiver of the set without reason', `${SET}waive: [{ finding: run/annotation }]`],
    ['no waiver at all', `${SET}waive: []`],
    ['a tolerance without %', "version: 1\ntolerance: '20'\nimages: { a: { image: x } }"],
  ])('%s', async (_, text) => {
    expect((await decodeSpec(text, 'a.yml')).ok).toBe(false)
    expect(validate(parse(text))).toBe(false)
  })
})
