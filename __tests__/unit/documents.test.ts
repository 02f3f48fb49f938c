// What people copy from us is right: workflows pass GitHub's own linter, specs are read, links lead somewhere.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { decodeSpec } from '../../src/spec/decode.ts'
import { resolveSpec } from '../../src/spec/resolve.ts'
import { type Linter, startLinter } from '../harness/workflow-linter.ts'

const OWN_ACTION = '.github/actions/verify/action.yml'
const read = (file: string): string => readFileSync(file, 'utf8')
const blocks = (file: string): readonly string[] =>
  [...read(file).matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block)

/** A workflow that names our action as in our own repository, as it is named in others, so that its inputs are looked at. */
const fromOutside = (text: string): string =>
  text.replaceAll('$/.github/actions/verify', 'verify-images/verify-images@v1')

const workflows = globSync(['.github/workflows/*.yml', 'examples/**/.github/workflows/*.yml']).sort()
const specs = globSync('examples/**/.github/verify-images.yml').sort()
const context = {
  owner: 'Acme',
  repo: 'app',
  sha: 'c0ffee254729296a45a3885639ac7e10f9d54979',
  branch: 'main',
  version: '1.2.3',
}

let linter: Linter
beforeAll(async () => {
  linter = await startLinter(read('action.yml'))
})
afterAll(async () => {
  await linter[Symbol.asyncDispose]()
})

describe('workflows pass GitHub’s linter', () => {
  it.each(workflows)('%s', async (file) => {
    expect(await linter.lint(file, read(file))).toEqual([])
    expect(await linter.lint(file, fromOutside(read(file)))).toEqual([])
  })

  it('the job of the README, in a workflow', async () => {
    const [job = ''] = blocks('README.md')
    const text = `on: push\njobs:\n  build: { runs-on: ubuntu-latest, steps: [{ run: make }] }\n${job}`
    expect(await linter.lint('readme.yml', text)).toEqual([])
  })

  it.each(['action.yml', OWN_ACTION])('%s', async (file) => {
    expect(await linter.lint(file, read(file))).toEqual([])
  })

  it('and the linter can complain', async () => {
    const text =
      'on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{ uses: verify-images/verify-images@v1, with: { spek: a } }]\n'
    expect(await linter.lint('bad.yml', text)).toEqual([expect.stringContaining('spek')])
    expect(
      await linter.lint('bad.yml', 'on: push\njobs:\n  a: { runs-on: x, needs: b, steps: [{ run: a }] }\n'),
    ).not.toEqual([])
  })
})

it('the reusable workflow runs this very action (else: node script/own-action.ts)', () => {
  const { runs, ...rest } = parse(read('action.yml'))
  const own = parse(read(OWN_ACTION))
  const programOf = (path: string): string => join('.github/actions/verify', path)
  expect(own).toMatchObject(rest)
  expect({ ...own.runs, main: programOf(own.runs.main), post: programOf(own.runs.post) }).toEqual(runs)
})

describe('specs are read', () => {
  it.each(specs)('%s', (file) => {
    const decoded = decodeSpec(read(file), file)
    expect(decoded).toMatchObject({ ok: true })
    if (decoded.ok) expect(resolveSpec(decoded.spec, decoded.positions, context)).toMatchObject({ ok: true })
  })

  it('the one of the README', () => {
    const [, spec = ''] = blocks('README.md')
    expect(decodeSpec(spec, 'README.md')).toMatchObject({ ok: true })
  })
})

it('links in the documents lead to files', () => {
  const documents = globSync(['*.md', 'docs/**/*.md', 'script/**/*.md', 'examples/**/*.md'])
  const dead = documents.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].flatMap(([, target = '']) => {
      const path = new URL(target, new URL(file, 'file:///'))
      return globSync(path.pathname.slice(1)).length > 0 ? [] : [`${file}: ${target}`]
    }),
  )
  expect(dead).toEqual([])
})
