import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { knownPlatforms, parsePlatform } from '../../src/model/image.ts'
import type { Report } from '../../src/model/result.ts'
import { renderJson } from '../../src/render/json.ts'
import { decodeReport } from '../../src/report/decode.ts'
import { reportJsonSchema } from '../../src/report/schema.ts'
import { reports } from './arbitraries.ts'
import { aFailed, aFinding, anImage, aPassed, aReport } from './builders.ts'
import { hostileText } from './hostile.ts'
import { runs } from './runs.ts'
import { erroredReport, failedReport, largeReport, passedReport, problemReport } from './samples.ts'
import { jsonOf } from './written.ts'

const samples = [passedReport(), failedReport(), erroredReport(), problemReport()]

describe('renderJson', () => {
  test('begins with the verdict', () => {
    expect(jsonOf(passedReport())).toMatch(/^\{\n {2}"schema": 1,\n {2}"verdict": "passed",\n/)
  })

  test('is read back as it was, whatever it holds', () => {
    fc.assert(
      fc.property(reports(hostileText), (report) => {
        const json = jsonOf(report)
        expect(decodeReport(json)).toEqual({ ok: true, report })
        expect(json).not.toMatch(/::|##\[/)
      }),
      { numRuns: 500 },
    )
  })

  test('is laid out as JSON.stringify does, in whatever pieces it comes', () => {
    const outcomes = samples.map((report) => [
      jsonOf(report),
      `${JSON.stringify(JSON.parse(jsonOf(report)), undefined, 2)}\n`,
    ])
    for (const [written, again] of outcomes) expect(written).toBe(again)
    expect(renderJson(largeReport()).toArray().length).toBeGreaterThan(largeReport().images.length)
  })

  test('keeps what is unknown unknown', () => {
    const source = { repository: undefined, sha: undefined, runId: undefined, runAttempt: undefined }
    const report = aReport({ source })
    expect(decodeReport(jsonOf(report))).toEqual({ ok: true, report })
  })
})

type Path = readonly (string | number)[]

/** What JSON tells apart. */
const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value)

const pathsIn = (value: unknown, path: Path = []): readonly Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) => [[...path, key], ...pathsIn(each, [...path, key])])
    : []

function parentIn(value: unknown, path: Path): readonly [Record<string, unknown>, string] {
  const parent = path.slice(0, -1).reduce<Record<string, unknown>>((each, key) => each[key] as never, value as never)
  return [parent, String(path.at(-1))]
}

describe('decodeReport', () => {
  const changed = (change: (report: Record<string, unknown>) => void): string => {
    const report = JSON.parse(jsonOf(aReport({ images: [anImage({ checks: [aPassed(), aFailed()] })] })))
    change(report)
    return JSON.stringify(report)
  }
  const check = (report: Record<string, unknown>, position = 0): Record<string, unknown> =>
    (report as unknown as Report).images[0]!.checks[position] as unknown as Record<string, unknown>

  test('reads the unchanged report', () => {
    expect(decodeReport(changed(() => {})).ok).toBe(true)
  })

  test.each<[string, (report: Record<string, unknown>) => void, RegExp]>([
    [
      'another verdict',
      (report) => Object.assign(report, { verdict: 'passed' }),
      /says passed, and its checks say failed/,
    ],
    ['an unknown verdict', (report) => Object.assign(report, { verdict: 'green' }), /malformed at verdict/],
    ['another schema', (report) => Object.assign(report, { schema: 2 }), /malformed at schema/],
    ['an unknown status', (report) => Object.assign(check(report), { status: 'success' }), /images\.0\.checks\.0/],
    ['a pass without evidence', (report) => Object.assign(check(report), { evidence: [] }), /evidence/],
    ['a pass whose evidence was taken', (report) => Reflect.deleteProperty(check(report), 'evidence'), /evidence/],
    ['a failure without findings', (report) => Object.assign(check(report, 1), { findings: [] }), /findings/],
    [
      'a failure that became a warning',
      (report) => Object.assign(check(report, 1), { status: 'warned' }),
      /is an error/,
    ],
    ['an unknown field', (report) => Object.assign(report, { ok: true }), /malformed at its root/],
    ['a field of another type', (report) => Object.assign(report, { seconds: '1' }), /malformed at seconds/],
    ['a negative time', (report) => Object.assign(report, { seconds: -1 }), /malformed at seconds/],
    ['no missing', (report) => Reflect.deleteProperty(report, 'missing'), /malformed at missing/],
    [
      'a digest that is none',
      (report) => Object.assign(report, { images: [{ digest: 'sha256:../../x' }] }),
      /images\.0/,
    ],
    ['a date that is none', (report) => Object.assign(report, { generated: 'yesterday' }), /malformed at generated/],
  ])('refuses %s', (_name, change, message) => {
    const decoded = decodeReport(changed(change))
    expect(decoded).toMatchObject({ ok: false, problem: { message: expect.stringMatching(message) } })
  })

  test.each(['', 'null', '[]', '{}', '{"schema":1', '<html>', '"\uD800"'])('refuses %j', (text) => {
    expect(decodeReport(text).ok).toBe(false)
  })

  test.each(['linux/arm64/v8', 'linux/arm', 'linux/vax', 'Linux/amd64', 'linux'])(
    'refuses the platform %s',
    (platform) => {
      const decoded = decodeReport(changed((report) => Object.assign(report, { environment: { platform } })))
      expect(decoded).toMatchObject({ ok: false, problem: { message: expect.stringMatching(/environment\.platform/) } })
    },
  )

  test.each(knownPlatforms)('reads the platform %s, normalized', (text) => {
    const platform = parsePlatform(text)
    expect(decodeReport(changed((report) => Object.assign(report, { environment: { platform } }))).ok).toBe(true)
  })

  test('refuses a flood before reading it', () => {})

  test('invariant 5: refuses a word, a version or a type that is not ours, wherever it stands', () => {
    const json = jsonOf(aReport({ images: [anImage({ checks: [aPassed(), aFailed()] })] }))
    const paths = pathsIn(JSON.parse(json))
    const others = fc.constantFrom<unknown>(null, true, 'PASSED', 'success', '', -1, 0.5, 2, [], {}, ['x'], { x: 1 })
    fc.assert(
      fc.property(fc.nat(), others, (at, other) => {
        const path = paths[at % paths.length] ?? []
        const changed = JSON.parse(json)
        const [parent, key] = parentIn(changed, path)
        // a tag may lead nowhere
        fc.pre(kindOf(parent[key]) !== kindOf(other) && !(other === null && path.includes('tags')))
        parent[key] = other
        expect([path.join('.'), other, decodeReport(JSON.stringify(changed)).ok]).toEqual([
          path.join('.'),
          other,
          false,
        ])
      }),
      runs(2000),
    )
  })

  test('invariant 9: answers for every text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => !decodeReport(text).ok),
      { numRuns: 10_000 },
    )
  })

  test('no report whose part was taken away is a pass', () => {
    const report = passedReport()
    fc.assert(
      fc.property(fc.nat(), (at) => {
        const paths: (string | number)[][] = []
        const json = JSON.parse(jsonOf(report))
        const walk = (value: unknown, path: (string | number)[]): void => {
          if (typeof value !== 'object' || value === null) return
          for (const key of Object.keys(value)) {
            paths.push([...path, key])
            walk((value as Record<string, unknown>)[key], [...path, key])
          }
        }
        walk(json, [])
        const path = paths[at % paths.length]!
        if (!path.some((key) => ['evidence', 'checks', 'verdict', 'status'].includes(String(key)))) return
        const parent = path.slice(0, -1).reduce<Record<string, unknown>>((value, key) => value[key] as never, json)
        if (Array.isArray(parent)) return
        delete parent[path.at(-1)!]
        expect(decodeReport(JSON.stringify(json)).ok).toBe(false)
      }),
      runs(300),
    )
  })
})

describe('schema/report.schema.json', () => {
  test('is what the source says (node script/report-schema.ts)', async () => {
    const published = await readFile('schema/report.schema.json', 'utf8')
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(reportJsonSchema())))
  })

  test('accepts every report, and not a changed one', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(reportJsonSchema())
    for (const report of [...samples, largeReport(50)]) {
      validate(JSON.parse(jsonOf(report)))
      expect(validate.errors ?? []).toEqual([])
    }
    fc.assert(
      fc.property(reports(), (report) => validate(JSON.parse(jsonOf(report)))),
      { numRuns: 200 },
    )
    expect(validate({ ...JSON.parse(jsonOf(passedReport())), verdict: 'green' })).toBe(false)
    const hollow = aFailed({ findings: [aFinding()] })
    expect(validate(JSON.parse(jsonOf(aReport({ checks: [{ ...hollow, findings: [] } as never] }))))).toBe(false)
  })
})
