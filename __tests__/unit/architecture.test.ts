import { globSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, it } from '@jest/globals'
import { build } from 'esbuild'
import { parse } from 'yaml'
import { allChecks } from '../../src/checks/index.ts'
import { optionNames } from '../../src/options.ts'

const action = parse(readFileSync('action.yml', 'utf8'))

it('runs every check there is a file for', () => {
  const shared = ['agreement', 'define', 'index', 'probe', 'python-version', 'settle', 'text']
  const files = readdirSync('src/checks')
    .map((file) => basename(file, '.ts'))
    .filter((name) => !shared.includes(name))
  expect(allChecks.map(({ id }) => id).sort()).toEqual(files.sort())
})

it('explains every check and every finding code, and no other', () => {
  const headings = [...readFileSync('docs/checks.md', 'utf8').matchAll(/^###? (\S+)$/gm)].map(([, heading]) => heading)
  const named = allChecks.flatMap(({ id, codes }) => [id, ...Object.keys(codes)])
  expect(headings.sort()).toEqual(named.sort())
})

it('says of every function that others use what it promises', () => {
  const declares = /^export (?:async )?(?:function\*? |class |const \w+(?:: [^=]+)? =\s*(?:async )?[<(])/
  const silent = globSync('src/**/*.ts').flatMap((file) => {
    const lines = readFileSync(file, 'utf8').split('\n')
    return lines.filter((line, at) => declares.test(line) && !/\*\/$|^\/\//.test(lines[at - 1] ?? ''))
  })
  expect(silent).toEqual([])
})

it('gives only codes of its own', () => {
  for (const { id, codes } of allChecks)
    for (const code of Object.keys(codes)) expect(code.startsWith(`${id}/`)).toBe(true)
})

it('reads exactly the inputs that action.yml declares', () => {
  expect(Object.keys(action.inputs).sort()).toEqual([...optionNames].sort())
})

const layers: readonly (readonly [RegExp, RegExp])[] = [
  [/^src\/model\//, /^src\/model\//],
  [/^src\/ports\.ts$/, /^src\/model\//],
  [/^src\/errors\.ts$/, /^src\/model\//],
  [/^src\/spec\//, /^(src\/(model|spec|errors)|yaml|zod|semver|re2js)/],
  [/^src\/workflow\//, /^(src\/(model|workflow|spec|errors)|@actions\/expressions|yaml|zod|semver)/],
  [/^src\/compose\//, /^(src\/(model|compose|spec|errors)|yaml|zod)/],
  [/^src\/plan\.ts$/, /^src\/(model|observe)/],
  [/^src\/observe\//, /^(src\/(model|observe|workflow|compose|plan|ports|errors)|zod)/],
  [/^src\/checks\//, /^(src\/(model|checks|observe|workflow|compose)|semver|pretty-)/],
  [/^src\/render\//, /^(src\/(model|render|plan)|pretty-)/],
  [/^src\/report\//, /^(src\/(model|report|render\/neutralise)|zod)/],
  [/^src\/modes\//, /^(src\/(model|checks|observe|modes|spec|workflow|plan|options|ports|errors|report)|p-queue|zod)/],
  [/^src\/app\.ts$/, /^src\/(model|modes|plan|options|errors|ports|version)/],
  [/^src\/options(\.ts$|\/)/, /^src\/(model|spec|options|errors)/],
  [/^src\/inputs\.ts$/, /^(src\/options|@actions\/core)/],
  [/^src\/adapters\//, /./],
  [/^src\/(action|post|cli)\.ts$/, /./],
  [/^src\/version\.ts$/, /^$/],
]

const { metafile } = await build({
  entryPoints: ['src/action.ts', 'src/post.ts', 'src/cli.ts'],
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  write: false,
  metafile: true,
  outdir: 'out',
  logLevel: 'silent',
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
})
const imports = new Map(Object.entries(metafile.inputs).map(([file, input]) => [file, input.imports]))

it('keeps to its layers, without a cycle', () => {
  const graph = new Map([...imports].map(([file, all]) => [file, all.map(({ path }) => path)]))
  const strays = [...graph].flatMap(([file, all]) => {
    const allowed = layers.find(([layer]) => layer.test(file))?.[1]
    return all.filter((path) => !allowed?.test(path)).map((path) => `${file} imports ${path}`)
  })
  expect(strays).toEqual([])

  const done = new Set<string>()
  const walk = (file: string, trail: readonly string[]): void => {
    expect(trail).not.toContain(file)
    if (done.has(file)) return
    for (const each of graph.get(file) ?? []) walk(each, [...trail, file])
    done.add(file)
  }
  for (const file of graph.keys()) walk(file, [])
})

it('asks the registry before it loads what judges, what renders a report, what asks GitHub and what few specs need', () => {
  const first = new Set<string>()
  const load = (file: string): void => {
    if (first.has(file)) return
    first.add(file)
    for (const { path, kind } of imports.get(file) ?? []) if (kind === 'import-statement') load(path)
  }
  load('src/action.ts')
  const late = ['src/checks/', 'src/modes/verify.ts', 'src/modes/report.ts', 'src/render/summary', '@octokit/', 're2js']
  const among = (files: Iterable<string>) => late.filter((each) => [...files].some((file) => file.startsWith(each)))
  expect(among([...imports.values()].flat().map(({ path }) => path))).toEqual(late)
  expect(among(first)).toEqual([])
  // whose import would load undici
  expect(first).not.toContain('node:http')
})
