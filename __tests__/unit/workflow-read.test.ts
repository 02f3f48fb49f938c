// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions as workflows write them
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { deriveImages } from '../../src/workflow/derive.ts'
import { lintWorkflow } from '../../src/workflow/lint.ts'
import { readWorkflow } from '../../src/workflow/read.ts'

const read = (text: string) => readWorkflow(text, 'w.yml')
const complaints = (text: string): readonly string[] => {
  const result = read(text)
  return result.ok ? [] : result.problems.map(({ message, at }) => `${at?.line}:${at?.column} ${message}`)
}

describe('readWorkflow', () => {
  test('reads jobs in order, with positions, and on as a text', () => {
    const result = read(`name: Images
on:
  push:
    branches: [main]
  workflow_dispatch:
defaults: {run: {shell: bash}}
permissions: read-all
jobs:
  zebra:
    needs: [ant]
    if: always()
    steps:
      - name: Check
        id: check
        continue-on-error: true
        run: |
          one
          two
  ant:
    uses: ./.github/workflows/other.yml
    with: {image: x}
`)
    if (!result.ok) throw new Error(JSON.stringify(result.problems))
    const { jobs, triggers, permissions, shell } = result.value
    expect(jobs.map(({ key, at, needs }) => ({ key, line: at.line, needs }))).toEqual([
      { key: 'zebra', line: 9, needs: ['ant'] },
      { key: 'ant', line: 19, needs: [] },
    ])
    expect(triggers).toMatchObject([
      { event: 'push', branches: ['main'], at: { line: 3, column: 3 } },
      { event: 'workflow_dispatch', at: { line: 5 } },
    ])
    expect({ all: permissions?.all, shell }).toEqual({ all: 'read', shell: 'bash' })
    const [step] = jobs[0]!.steps
    expect(step).toMatchObject({ id: 'check', at: { line: 13 }, continueOnError: { at: { line: 15 } } })
    expect(step?.run?.line(1, 'two')).toEqual({ file: 'w.yml', line: 18, column: 11 })
    expect(jobs[1]?.uses).toMatchObject({ text: './.github/workflows/other.yml' })
  })

  test.each([
    ['on: push\njobs: {a: {steps: {}}}', /3?.*jobs\.a\.steps must be a list/],
    ['on: push\njobs: []', /jobs must be a mapping/],
    ['on: push', /w\.yml has no jobs/],
    ['- a', /workflow must be a mapping/],
    ['on: push\njobs: {a: {steps: [~]}}', /jobs\.a\.steps\[0\] is empty/],
    ['on: push\njobs: {a: {steps: [{uses: [x]}]}}', /jobs\.a\.steps\[0\]\.uses must be a text/],
    ['a: [', /./],
    ['jobs: {a: {}, a: {}}', /here twice/],
    ['', /empty/],
    ['x: &a {b: c}\njobs: {a: {env: {<<: *a}}}', /merge keys/],
  ])('%j is invalid, with the reason', (text, message) => {
    const [first] = complaints(text)
    expect(first).toMatch(/^\d+:\d+ /)
    expect(first).toMatch(message)
  })

  test('an alias is what it stands for, and a merge key is said to be none', () => {
    const steps = 'on: push\njobs:\n  a: {steps: &s [{run: ls}]}\n  b: '
    const read = readWorkflow(`${steps}{steps: *s}`, 'w.yml')
    expect(read).toMatchObject({ ok: true, value: { jobs: [{}, { key: 'b', steps: [{ run: { value: 'ls' } }] }] } })
    const hintOf = (rest: string) => {
      const refused = readWorkflow(`${steps}${rest}`, 'w.yml')
      return refused.ok ? undefined : refused.problems[0]?.hint
    }
    expect(hintOf('{env: {<<: {A: b}}}')).toBe('repeat the keys, or alias each value')
    expect(hintOf('{name: !!str 5}')).toContain('remove the tag')
    expect(hintOf('{steps: {}}')).toContain('GitHub would not start')
  })
})

describe('whatever a workflow says', () => {
  const word = fc.constantFrom(
    '${{ matrix.a }}',
    '${{ needs.a.outputs.b }}',
    'ghcr.io/x/y:z',
    'linux/amd64',
    'true',
    'type=sha',
    "${{ fromJSON('[1]') }}",
    'docker inspect x || true',
    '',
    'A B',
    '\ue000',
    './a.yml',
    'docker/build-push-action@v6',
    'docker/metadata-action@v5',
  )
  const scalar = fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null))
  const value: fc.Arbitrary<unknown> = fc.oneof(
    { weight: 4, arbitrary: scalar },
    fc.array(word, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'include', 'exclude', 'tags'), word, { maxKeys: 3 }),
  )
  const text = fc.oneof({ weight: 19, arbitrary: scalar }, value)
  const record = (...keys: string[]) => fc.dictionary(fc.constantFrom(...keys), text, { maxKeys: 6 })
  const mostly = (right: unknown) => fc.oneof({ weight: 3, arbitrary: fc.constant(right) }, text)
  const inputs = fc
    .record({ tags: mostly('ghcr.io/x/y:z'), push: mostly(true) })
    .chain((pushed) =>
      record('images', 'platforms', 'outputs', 'file', 'context', 'cache-to').map((more) => ({ ...more, ...pushed })),
    )
  const step = fc.record(
    {
      with: inputs,
      uses: fc.oneof(fc.constant('docker/build-push-action@v6'), word),
      id: word,
      if: mostly(true),
    },
    { requiredKeys: [] },
  )
  const job = fc.record(
    {
      steps: fc.array(step, { maxLength: 3 }),
      strategy: fc.record({ matrix: fc.oneof(fc.constant({ a: ['x'] }), value) }),
      if: mostly(true),
      env: record('A', 'B'),
      name: word,
      needs: fc.oneof(fc.constantFrom('a', 'b'), value),
      'runs-on': value,
      uses: mostly(undefined),
    },
    { requiredKeys: ['steps'] },
  )

  test('reading, deriving and linting it never throws, and an unknown has its name and reason', () => {
    const seen = { images: 0, unknown: 0 }
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b'), job, { minKeys: 1, maxKeys: 2 }), (jobs) => {
        const result = read(JSON.stringify({ on: 'push', jobs }))
        if (!result.ok) return
        const run = { repository: 'a/b', eventName: 'push' }
        const derived = deriveImages(result.value, run)
        lintWorkflow({ workflow: result.value, run, derived, dockerfiles: new Set() }, [])
        seen.images += derived.images.length
        seen.unknown += derived.unknown.length
        for (const piece of derived.unknown) expect(piece.reason).not.toBe('')
        for (const { name, tags } of derived.images)
          expect(`${name} ${tags.join(' ')}`).not.toMatch(/\$\{\{|[\ue000-\uf8ff]/)
      }),
      { numRuns: 300 },
    )
    expect(Math.min(seen.images, seen.unknown)).toBeGreaterThan(0)
  })
})
