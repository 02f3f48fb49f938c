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

/** What people copy from the documents: specs, jobs and steps. Those of spec.md have a test of their own. */
const snippets = ['README.md', ...globSync('docs/*.md').sort()]
  .filter((file) => file !== 'docs/spec.md')
  .flatMap((file) =>
    blocks(file).map((text) => {
      const [begins = ''] = text.split('\n')
      const kind = /^version: 1$/m.test(text) ? 'spec' : begins.startsWith('- ') ? 'steps' : 'jobs'
      return { file, kind, begins, text }
    }),
  )
const indented = (text: string): string => text.replaceAll(/^/gm, '      ')

/** A workflow that names our action as in our own repository, as it is named in others, so that its inputs are looked at. */
const fromOutside = (text: string): string =>
  text.replaceAll('$/.github/actions/verify', 'verify-images/verify-images@v1')

const workflows = globSync(['.github/workflows/*.yml', 'examples/**/.github/workflows/*.yml']).sort()
const specs = globSync('examples/**/.github/verify-*.yml').sort()
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

  it.each(snippets.filter(({ kind }) => kind !== 'spec'))('a block of $file: $begins', async ({ kind, text }) => {
    const jobs = kind === 'jobs' ? text : `  verify:\n    runs-on: ubuntu-latest\n    steps:\n${indented(text)}`
    const workflow = `on: push\njobs:\n  build: { runs-on: ubuntu-latest, steps: [{ run: make }] }\n${jobs}`
    expect(await linter.lint('document.yml', workflow)).toEqual([])
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
  it.each(specs)('%s', async (file) => {
    const decoded = await decodeSpec(read(file), file)
    expect(decoded).toMatchObject({ ok: true })
    if (decoded.ok) expect(resolveSpec(decoded.spec, decoded.positions, context)).toMatchObject({ ok: true })
  })

  it.each(snippets.filter(({ kind }) => kind === 'spec'))('a block of $file: $begins', async ({ file, text }) => {
    expect(await decodeSpec(text, file)).toMatchObject({ ok: true })
  })
})

const documents = globSync(['*.md', 'docs/**/*.md', 'script/**/*.md', 'examples/**/*.md'])

it('links in the documents lead to files', () => {
  const dead = documents.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].flatMap(([, target = '']) => {
      const path = new URL(target, new URL(file, 'file:///'))
      return globSync(path.pathname.slice(1)).length > 0 ? [] : [`${file}: ${target}`]
    }),
  )
  expect(dead).toEqual([])
})

it('links to headings lead to one', () => {
  const anchorsOf = (file: string): readonly string[] =>
    [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    )
  const dead = documents.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)].flatMap(([, target = '', anchor = '']) => {
      const path = target === '' ? file : new URL(target, new URL(file, 'file:///')).pathname.slice(1)
      return anchorsOf(path).includes(anchor) ? [] : [`${file}: ${target}#${anchor}`]
    }),
  )
  expect(dead).toEqual([])
})

it('every finding has a way to fix it', () => {
  const sections = read('docs/checks.md').split(/^(?=##)/m)
  const findings = sections.filter((section) => /^### \S+\/\S+$/m.test(section))
  expect(findings.length).toBeGreaterThan(50)
  expect(findings.filter((section) => !section.includes('**Fix:**')).map((section) => section.split('\n')[0])).toEqual(
    [],
  )
})
