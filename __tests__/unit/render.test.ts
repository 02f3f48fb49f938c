// What holds for every renderer: one verdict, the same counts, the same bytes twice, and no effect of foreign text.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { allChecks, countByStatus, type Report, verdictOf } from '../../src/model/result.ts'
import { renderAnnotations } from '../../src/render/annotations.ts'
import { concernsOf } from '../../src/render/concerns.ts'
import { renderConsole } from '../../src/render/console.ts'
import { tally } from '../../src/render/headline.ts'
import { renderOutputs } from '../../src/render/outputs.ts'
import { icons } from '../../src/render/statuses.ts'
import { renderSummary } from '../../src/render/summary.ts'
import { decodeReport } from '../../src/report/decode.ts'
import { effectsOf } from '../harness/commands.ts'
import { reports } from './arbitraries.ts'
import { aFailed, aFinding, anErrored, anImage, aPassed, aReport, aSkipped, aTag, aWarned } from './builders.ts'
import { HOSTILE, hostileText } from './hostile.ts'
import { runs } from './runs.ts'
import { erroredReport, failedReport, passedReport, problemReport } from './samples.ts'
import { jsonOf, junitOf } from './written.ts'

const texts: Readonly<Record<string, (report: Report) => string>> = {
  summary: (report) => renderSummary(report, { docs: 'https://example.com/checks.md' }),
  console: (report) => renderConsole(report),
  json: jsonOf,
  junit: junitOf,
  outputs: (report) => Object.values(renderOutputs(report)).join('\n'),
}

describe('all renderers', () => {
  test('invariant 11: carry the same verdict and the same counts', () => {
    fc.assert(
      fc.property(reports(), (report) => {
        const verdict = verdictOf(report)
        const counts = countByStatus(allChecks(report))
        const outputs = renderOutputs(report)
        expect(outputs).toMatchObject({ verdict, verified: String(verdict === 'passed') })
        expect(outputs).toMatchObject(Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, String(n)])))
        expect(decodeReport(jsonOf(report))).toEqual({ ok: true, report })
        const summary = renderSummary(report)
        expect(summary.startsWith(`## ${icons[verdict]} `)).toBe(true)
        expect(summary).toContain(`\n${tally(report)}\n`)
        expect(renderConsole(report).endsWith(tally(report))).toBe(true)
        const junit = junitOf(report)
        const [, failures, errors] = /failures="(\d+)" errors="(\d+)"/.exec(junit) ?? []
        expect(Number(failures)).toBe(counts.failed)
        expect(Number(errors) >= counts.errored + report.missing.length + report.problems.length).toBe(true)
        const red = renderAnnotations(report).some(({ level }) => level === 'error')
        for (const isRed of [Number(failures) + Number(errors) > 0, red]) expect(isRed).toBe(verdict !== 'passed')
      }),
      runs(500, 2000),
    )
  })

  test('invariant 12: keep to what a runner takes', () => {
    const long = fc.oneof(fc.string(), fc.string({ unit: 'grapheme', minLength: 3000, maxLength: 9000 }))
    fc.assert(
      fc.property(reports(long), (report) => {
        expect(Buffer.byteLength(renderSummary(report))).toBeLessThanOrEqual(1_000_000)
        expect(2 * Object.values(renderOutputs(report)).join('').length).toBeLessThan(900_000)
        const levels = Object.groupBy(renderAnnotations(report), ({ level }) => level)
        for (const each of Object.values(levels)) expect(each.length).toBeLessThanOrEqual(10)
      }),
      runs(100, 200),
    )
  })

  test('invariant 18: give the same bytes for the same report, wherever and whenever', () => {
    const zone = process.env.TZ
    const zones = fc.constantFrom('UTC', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Kiritimati')
    fc.assert(
      fc.property(reports(), zones, (report, there) => {
        const here = Object.values(texts).map((render) => render(report))
        process.env.TZ = there
        expect(Object.values(texts).map((render) => render(structuredClone(report)))).toEqual(here)
      }),
      runs(200, 400),
    )
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })

  test('invariant 18: give the same bytes for the same report, whatever the order of its keys', () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, each]) => [key, shuffled(each)]),
      )
    }
    const report = failedReport()
    const other = shuffled(report) as Report
    expect(jsonOf(other)).toBe(jsonOf(report))
    // People see tags in the order of the spec.
    const images = other.images.map((image, at) => ({ ...image, tags: report.images[at]!.tags }))
    for (const render of Object.values(texts)) expect(render({ ...other, images })).toBe(render(report))
  })

  test('C14 C16 C17 C18 have no effect on the runner, whatever is in the report', () => {
    fc.assert(
      fc.property(reports(hostileText), (report) => {
        for (const [name, render] of Object.entries(texts))
          expect([name, effectsOf(render(report))]).toEqual([name, []])
        for (const { title, message, file = '' } of renderAnnotations(report)) {
          expect([title, message, file].flatMap((text) => effectsOf(text))).toEqual([])
        }
      }),
      runs(500, 1000),
    )
  })

  test.each(HOSTILE)('leave no control or hidden character of %j', (text) => {
    const report = hostileReport(text)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    const obeyed = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\uFFFE\uD800]/
    for (const [name, render] of Object.entries(texts))
      expect([name, obeyed.exec(render(report))]).toEqual([name, null])
  })
})

describe('concernsOf', () => {
  test('is empty for a clean pass, and for nothing else', () => {
    fc.assert(
      fc.property(reports(), (report) => {
        const { warned } = countByStatus(allChecks(report))
        expect(concernsOf(report).length === 0).toBe(verdictOf(report) === 'passed' && warned === 0)
      }),
      { numRuns: 500 },
    )
  })

  test('tells one cause once, with what could not be looked at because of it', () => {
    const told = concernsOf(failedReport()).filter(({ level }) => level === 'errored')
    expect(told).toMatchObject([
      { kind: 'look', code: 'pull', blocked: [{ check: 'size' }, { check: 'import' }, { check: 'torch' }] },
    ])
    const [backend] = concernsOf(erroredReport())
    expect(backend?.blocked.map(({ check, target }) => `${check} ${target}`)).toEqual([
      'platforms backend',
      'revision backend',
      'consistency set',
    ])
  })

  test('follows causes to the end, and does not follow them in a circle', () => {
    const chain = [
      aFailed({ check: 'platforms' }),
      anErrored({ check: 'pull', target: 'backend/linux/arm64', because: 'platforms' }),
      anErrored({ check: 'import', target: 'backend/linux/arm64', because: 'pull' }),
    ]
    const circle = [
      anErrored({ check: 'pull', because: 'import' }),
      anErrored({ check: 'import', because: 'pull' }),
      anErrored({ check: 'size', because: 'nobody' }),
    ]
    const codes = (checks: typeof chain): readonly string[] =>
      concernsOf(aReport({ images: [anImage({ checks })] })).map(({ code, blocked }) => `${code}+${blocked.length}`)
    expect(codes(chain)).toEqual(['platforms/missing+2'])
    expect(codes(circle)).toEqual(['pull+0', 'import+0', 'size+0'])
  })

  test('never loses an errored result', () => {
    fc.assert(
      fc.property(reports(), (report) => {
        const concerns = concernsOf(report)
        const own = concerns.filter(({ kind }) => kind === 'look')
        const told = own.length + concerns.reduce((sum, { blocked }) => sum + blocked.length, 0)
        expect(told).toBe(countByStatus(allChecks(report)).errored)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['no image', aReport({ images: [] }), 'nothing was verified'],
    [
      'only skipped checks',
      aReport({ images: [anImage({ checks: [aSkipped()] })] }),
      'nothing was looked at in backend',
    ],
    [
      'no checks',
      aReport({ images: [anImage({ checks: [] })], checks: [aPassed({ target: 'set' })] }),
      'nothing was looked at in backend',
    ],
  ])('says why %s is not green', (_name, report, message) => {
    expect(report.verdict).toBe('errored')
    expect(concernsOf(report)).toMatchObject([{ kind: 'nothing', level: 'errored', message }])
  })
})

/** A report with the text in every field that is free. */
function hostileReport(text: string): Report {
  const at = { file: text, line: 1, column: 1 }
  const finding = aFinding({ message: text, expected: text, actual: text, hint: text, at })
  const target = `${text}/linux/amd64`
  return aReport({
    source: { repository: text, sha: text, runId: 1, runAttempt: 2 },
    environment: { engine: text, buildx: text },
    tool: { version: text },
    images: [
      anImage({
        id: text,
        tags: { [aTag()]: null },
        expected: { compressed: text, unpacked: text, modules: [{ module: text, wanted: 'import', version: text }] },
        platforms: [
          {
            platform: 'linux/amd64' as never,
            executed: 'no',
            reason: text,
            compressed: 1,
            modules: [{ module: text, outcome: 'imported', version: text, accelerator: text }],
          },
        ],
        checks: [
          aFailed({ check: text, target, findings: [finding, { ...finding, code: text }] }),
          aWarned({ target, findings: [finding] }),
          anErrored({ target, reason: text, hint: text }),
          aSkipped({ target, reason: text }),
          aSkipped({ target, reason: text, findings: [finding] }),
          aPassed({ target, evidence: [{ kind: 'file', path: text, sha256: text }] }),
          aPassed({ target, evidence: [{ kind: 'container', startedAt: text, nonce: text }] }),
        ],
      }),
    ],
    missing: [text],
    problems: [{ message: text, hint: text, at }],
  })
}

test('the samples have the verdicts they are named for', () => {
  const verdicts = [passedReport(), failedReport(), erroredReport(), problemReport()].map(({ verdict }) => verdict)
  expect(verdicts).toEqual(['passed', 'failed', 'errored', 'errored'])
})
