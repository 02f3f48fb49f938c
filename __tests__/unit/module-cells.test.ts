// The matrix of probes: what each cell says, and what becomes of it when there are many.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { CheckResult, ImageReport, ModuleExpected, ModuleReport } from '../../src/model/result.ts'
import { moduleCells } from '../../src/render/module-cells.ts'
import { rowsOf } from '../../src/render/rows.ts'
import { renderProbes } from '../../src/render/summary/probes.ts'
import { reports } from './arbitraries.ts'
import {
  aFailed,
  aFinding,
  anErrored,
  anImage,
  aPassed,
  aPlatform,
  aPlatformReport,
  aReport,
  aSkipped,
  aWarned,
} from './builders.ts'

const target = 'backend/linux/amd64'
const wanted: ModuleExpected = { module: 'torch', wanted: 'import', accelerator: 'cpu' }
const unwanted: ModuleExpected = { module: 'torch', wanted: 'absent' }
const torch: ModuleReport = { module: 'torch', outcome: 'imported', version: '2.6.0', accelerator: 'cpu' }
const gone: ModuleReport = { module: 'torch', outcome: 'absent' }
const passed = (check: string): CheckResult => aPassed({ check, target })
const about = (about: string, code = 'import/version') => [aFinding({ code, about })] as const

interface CellCase {
  readonly name: string
  readonly asked?: ModuleExpected
  readonly found?: ModuleReport
  readonly checks: readonly CheckResult[]
  readonly is: string
}

const cases: readonly CellCase[] = [
  { name: 'as meant', asked: wanted, found: torch, checks: [passed('torch')], is: 'passed 2.6.0 cpu' },
  {
    name: 'of a version that says what it was built for',
    asked: wanted,
    found: { ...torch, version: '2.6.0+cu126', accelerator: 'cuda 12.6' },
    checks: [passed('torch')],
    is: 'passed 2.6.0 cuda 12.6',
  },
  {
    name: 'of a version that says other than it was built for',
    asked: wanted,
    found: { ...torch, version: '2.6.0+cpu', accelerator: 'cuda 12.6' },
    checks: [passed('torch')],
    is: 'passed 2.6.0+cpu cuda 12.6',
  },
  {
    name: 'of no version it tells',
    asked: { module: 'torch', wanted: 'import' },
    found: { module: 'torch', outcome: 'imported' },
    checks: [passed('import')],
    is: 'passed imports',
  },
  { name: 'absent as meant', asked: unwanted, found: gone, checks: [passed('absent')], is: 'passed absent' },
  {
    name: 'missing',
    asked: wanted,
    found: gone,
    checks: [aFailed({ check: 'torch', target, findings: about('torch', 'torch/missing') })],
    is: 'failed missing',
  },
  {
    name: 'there, and must not be',
    asked: unwanted,
    found: torch,
    checks: [aFailed({ check: 'absent', target, findings: about('torch', 'absent/present') })],
    is: 'failed there: 2.6.0 cpu',
  },
  {
    name: 'broken',
    asked: wanted,
    found: { module: 'torch', outcome: 'broken' },
    checks: [aFailed({ check: 'torch', target, findings: about('torch') })],
    is: 'failed broken',
  },
  {
    name: 'right, beside one that is wrong',
    asked: { module: 'torch', wanted: 'import' },
    found: torch,
    checks: [aFailed({ check: 'import', target, findings: about('ktrdr') })],
    is: 'passed 2.6.0 cpu',
  },
  {
    name: 'wrong as a warning',
    asked: { module: 'torch', wanted: 'import' },
    found: torch,
    checks: [
      aWarned({ check: 'import', target, findings: [aFinding({ about: 'torch', severity: 'warning' })] }),
      passed('torch'),
    ],
    is: 'warned 2.6.0 cpu',
  },
  {
    name: 'wrong and waived',
    asked: wanted,
    found: gone,
    checks: [aSkipped({ check: 'torch', target, findings: about('torch') })],
    is: 'skipped missing',
  },
  {
    name: 'slower than it was',
    asked: wanted,
    found: torch,
    checks: [
      passed('torch'),
      aWarned({ check: 'growth', target, findings: [aFinding({ about: 'torch', severity: 'warning' })] }),
    ],
    is: 'warned 2.6.0 cpu',
  },
  {
    name: 'not run, for a reason',
    asked: wanted,
    checks: [aSkipped({ check: 'torch', target })],
    is: 'skipped not run',
  },
  { name: 'not run', asked: wanted, checks: [anErrored({ check: 'torch', target })], is: 'errored not run' },
  { name: 'not run, and nobody said why', asked: wanted, checks: [], is: 'errored not run' },
  {
    name: 'without a Python',
    asked: { module: 'torch', wanted: 'import' },
    checks: [aFailed({ check: 'import', target, findings: [aFinding({ code: 'import/no-python' })] })],
    is: 'failed not run',
  },
  {
    name: 'not reached',
    asked: wanted,
    found: { module: 'torch', outcome: 'unseen' },
    checks: [anErrored({ check: 'torch', target })],
    is: 'errored not reached',
  },
  {
    name: 'seen by a probe that never came to its end',
    asked: unwanted,
    found: gone,
    checks: [anErrored({ check: 'absent', target })],
    is: 'errored absent',
  },
  {
    name: 'missing, and the check says it passed',
    asked: wanted,
    found: gone,
    checks: [passed('torch')],
    is: 'errored missing',
  },
  { name: 'unseen, and the check says it passed', asked: wanted, checks: [passed('torch')], is: 'errored not run' },
  { name: 'asked by nobody knows whom', found: torch, checks: [passed('import')], is: 'passed 2.6.0 cpu' },
]

test.each(cases)('a cell of what is $name', ({ asked, found, checks, is }) => {
  const platform = aPlatformReport({ modules: found === undefined ? [] : [found] })
  const [cell, ...rest] = moduleCells({ modules: asked === undefined ? [] : [asked] }, platform, checks)
  expect(`${cell?.status} ${cell?.text}`).toBe(is)
  expect(rest).toEqual([])
})

test('no cell is green unless a probe spoke of it, and its check could look', () => {
  fc.assert(
    fc.property(reports(), (report) => {
      for (const { image, platform, modules } of rowsOf(report)) {
        const own = report.images.find(({ id }) => id === image)
        const seen = own?.platforms.find((each) => each.platform === platform)?.modules ?? []
        const mine = own?.checks.filter(({ target: of }) => of === image || of === `${image}/${platform}`) ?? []
        for (const { module } of modules.filter(({ status }) => status === 'passed')) {
          expect(seen.findLast((each) => each.module === module)?.outcome).toMatch(/^(?:imported|absent)$/)
          const asked = own?.expected.modules?.findLast((each) => each.module === module)
          const check = asked?.wanted === 'absent' ? 'absent' : 'import'
          expect(mine.filter((result) => result.check === check && result.status === 'errored')).toEqual([])
        }
      }
    }),
    { numRuns: 1000 },
  )
})

describe('renderProbes', () => {
  const all = { passed: true, items: Number.POSITIVE_INFINITY }
  const names = (count: number): readonly string[] => Array.from({ length: count }, (_, number) => `module${number}`)

  /** An image that imports modules, of which some are broken. */
  const importing = (id: string, modules: readonly string[], bad: readonly string[] = []): ImageReport => {
    const key = `${id}/linux/amd64`
    const [first, ...more] = bad.map((module) => aFinding({ code: 'import/broken', about: module }))
    return anImage({
      id,
      expected: { modules: modules.map((module) => ({ module, wanted: 'import' })) },
      platforms: [
        aPlatformReport({
          modules: modules.map((module) => ({ module, outcome: bad.includes(module) ? 'broken' : 'imported' })),
        }),
      ],
      checks: [
        first === undefined
          ? aPassed({ check: 'import', target: key })
          : aFailed({ check: 'import', target: key, findings: [first, ...more] }),
      ],
    })
  }
  const draw = (images: readonly ImageReport[], amount = all): readonly string[] =>
    renderProbes(rowsOf(aReport({ images })), amount).split('\n')

  test('has a row an image and platform, a column a module, and nothing where nobody asked', () => {
    expect(draw([importing('a', ['x']), importing('b', ['x', 'y'], ['y'])])).toEqual([
      '<details open><summary><b>Probes</b>: 1 wrong · 2 as wanted</summary>',
      '',
      '| image | platform | `x` | `y` |',
      '| --- | --- | --- | --- |',
      '| a | linux/amd64 | ✓ imports |  |',
      '| b | linux/amd64 | ✓ imports | ❌ broken |',
      '',
      '</details>',
    ])
  })

  test('is folded while nothing is wrong, and not there where nothing ran or nobody asked', () => {
    expect(draw([importing('a', ['x'])])[0]).toBe('<details><summary><b>Probes</b>: 1 as wanted</summary>')
    const idle = anImage({
      expected: { platforms: [aPlatform()], modules: [{ module: 'x', wanted: 'import' }] },
      platforms: [aPlatformReport({ executed: 'no', modules: [] })],
    })
    expect(draw([idle])).toEqual([''])
    expect(draw([anImage({ platforms: [aPlatformReport({ modules: [] })] })])).toEqual([''])
  })

  test('lies on its side where there are many modules and few images', () => {
    const lines = draw([importing('a', names(9), ['module3']), importing('b', names(2))])
    expect(lines.slice(2, 5)).toEqual([
      '| module | a<br>linux/amd64 | b<br>linux/amd64 |',
      '| --- | --- | --- |',
      '| `module0` | ✓ imports | ✓ imports |',
    ])
    expect(lines).toContain('| `module3` | ❌ broken |  |')
    expect(lines).toHaveLength(4 + 9 + 2)
  })

  test('counts in one column what does not fit, and none of what is wrong', () => {
    const modules = names(40)
    const images = names(10).map((id, number) => importing(id, modules, number === 4 ? ['module33', 'module39'] : []))
    const lines = draw(images)
    expect(lines[2]).toMatch(/^\| image \| platform \| `module33` \| `module39` \| `module0` \|.*\| 33 others \|$/)
    expect(lines[8]).toMatch(/^\| module4 \| linux\/amd64 \| ❌ broken \| ❌ broken \| ✓ imports \|.*\| ✓ 33 \|$/)
  })

  test('has no column of what no row that is told asks for, while there are others', () => {
    const images = names(10).map((id, number) => importing(id, names(9), number === 4 ? ['module3'] : []))
    const lines = draw([importing('a', ['only']), ...images], { passed: false, items: Number.POSITIVE_INFINITY })
    expect(lines[2]).toMatch(/^\| image \| platform \| `module3` \| `module0` \|.*\| 3 others \|$/)
    expect(lines[2]).not.toContain('only')
  })

  test('keeps what is wrong when rows are left out, and counts the others', () => {
    const images = names(30).map((id, number) => importing(id, ['x'], number > 24 ? ['x'] : []))
    const wrong = draw(images, { passed: false, items: Number.POSITIVE_INFINITY })
    expect(wrong.filter((line) => line.includes('❌'))).toHaveLength(5)
    expect(wrong).toContain('25 more rows in report.json.')
    const few = draw(images, { passed: true, items: 6 })
    expect(few.filter((line) => line.includes('❌'))).toHaveLength(5)
    expect(few[0]).toContain('5 wrong · 25 as wanted')
    expect(draw(images.slice(0, 20), { passed: false, items: 10 })).toEqual([''])
  })
})
