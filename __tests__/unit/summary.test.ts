import { describe, expect, test } from '@jest/globals'
import { renderSummary } from '../../src/render/summary.ts'
import {
  aDigest,
  aFailed,
  aFinding,
  anErrored,
  anImage,
  aPassed,
  aPlatform,
  aPlatformReport,
  aReport,
  aSkipped,
  aTag,
  aWarned,
} from './builders.ts'
import { HOSTILE } from './hostile.ts'
import { erroredReport, failedReport, largeReport, passedReport, problemReport } from './samples.ts'

const docs = 'https://github.com/acme/verify-images/blob/v1/docs/checks.md'
const LIMIT = 900_000

describe('renderSummary', () => {
  test.each([
    ['a pass', passedReport()],
    ['a failure', failedReport()],
    ['no answer', erroredReport()],
    ['a wrong spec', problemReport()],
  ])('shows %s', (_name, report) => {
    expect(renderSummary(report, { docs })).toMatchSnapshot()
  })

  test.each([
    ['## ✅ 3 images verified, 2 of 5 platforms not run', passedReport()],
    ['## ✅ 1 image verified, 1 warning', aReport({ checks: [aWarned({ target: 'set' })] })],
    ['## ❌ 2 of 3 images are wrong, 1 could not be verified', failedReport()],
    ['## ❌ The image is wrong', aReport({ images: [anImage({ checks: [aFailed()] })] })],
    ['## ❌ The set of 1 image is wrong', aReport({ checks: [aFailed({ target: 'set' })] })],
    ['## ⚠️ Could not verify 3 of 3 images', erroredReport()],
    ['## ⚠️ Could not verify the image', aReport({ images: [anImage({ checks: [anErrored()] })] })],
    ['## ⚠️ Could not verify the set of 1 image', aReport({ checks: [anErrored({ target: 'set' })] })],
    ['## ⚠️ Could not verify: 2 problems with the input', problemReport()],
    ['## ⚠️ Could not verify anything', aReport({ images: [] })],
  ])('begins with %s', (first, report) => {
    expect(renderSummary(report).split('\n')[0]).toBe(first)
  })

  test('links finding codes to their headings, and has no link without an address', () => {
    expect(renderSummary(failedReport(), { docs })).toContain(`[\`size/over\`](${docs}#sizeover)`)
    expect(renderSummary(failedReport())).not.toMatch(/\]\(/)
  })

  test('shows tags on two digests, tags without one, and one tick where all agree', () => {
    const disagree = renderSummary(failedReport())
    expect(disagree).toContain('`latest` is `003000300030`<br>`sha-3f2a1bc` is `000000000000`')
    expect(disagree).toContain('| `latest` `sha-3f2a1bc` ✓ |')
    expect(renderSummary(erroredReport())).toContain('`latest` –<br>`sha-3f2a1bc` –')
  })

  test('keeps what nobody asks for apart from what was not looked at', () => {
    const checks = [
      aPassed(),
      aSkipped({ check: 'pull', reason: 'execute is none' }),
      ...['torch', 'absent'].map((check) => aSkipped({ check, unasked: true })),
      aPassed({ check: 'absent', target: 'backend/linux/amd64' }),
    ]
    const summary = renderSummary(aReport({ images: [anImage({ checks })] }))
    expect(summary).toContain('\n2 checks passed · 1 skipped · 2 not asked for\n')
    expect(summary).toContain('**Not looked at: 1 check**')
    // Another target asks for `absent`.
    expect(summary).toContain('\nNot asked for: `torch`\n')
  })

  test('tells three pieces of evidence, and counts the others', () => {
    const evidence = [0, 1, 2, 3, 4].map((seed) => ({ kind: 'digest', digest: aDigest(seed) }) as const)
    const [first, ...more] = evidence
    const checks = [aPassed({ evidence: [first!, ...more] })]
    expect(renderSummary(aReport({ images: [anImage({ checks })] }))).toContain('`000200020002`, 2 more |')
  })

  test('has a row for a platform that was expected and not found', () => {
    const image = anImage({ expected: { platforms: [aPlatform(), aPlatform('linux/arm64')] }, checks: [aFailed()] })
    expect(renderSummary(aReport({ images: [image] }))).toMatch(/\| backend \| linux\/arm64 \|.*\| not looked at \|/)
  })

  test('no row of a platform that was not looked at is green, and the headline counts it', () => {
    const platforms = [aPlatform(), aPlatform('linux/arm64')]
    const image = anImage({ expected: { platforms }, platforms: [aPlatformReport()], checks: [aPassed()] })
    const summary = renderSummary(aReport({ images: [image] }))
    expect(summary).toContain('## ✅ 1 image verified, 1 of 2 platforms not run')
    expect(summary).not.toMatch(/✅.*linux\/arm64.*not looked at/)
  })

  test('no row of an image that was not looked at is green', () => {
    expect(renderSummary(erroredReport())).not.toMatch(/✅|✓/)
  })
})

describe('the size of the summary', () => {
  const bytes = (text: string): number => Buffer.byteLength(text)
  const broken = (share: number) => {
    const { images, ...report } = largeReport(2000, share)
    const longest = '€'.repeat(3000)
    const wrong = aFailed({
      findings: [aFinding({ message: longest, expected: longest, actual: longest, hint: longest })],
    })
    return aReport({
      ...report,
      images: images.map((image) => ({ ...image, checks: [...image.checks, { ...wrong, target: image.id }] })),
    })
  }

  test.each([
    ['a tenth wrong', largeReport(2000, 0.1), '200 checks failed · 15800 passed · 6000 skipped', false],
    ['all wrong', largeReport(2000, 1), '2000 checks failed · 14000 passed · 6000 skipped', false],
    ['all wrong at length', broken(1), '4000 checks failed · 14000 passed · 6000 skipped', true],
  ])('C20 is below the limit for 2000 images, %s', (_name, report, counts, isCut) => {
    const summary = renderSummary(report, { docs })
    expect(bytes(summary)).toBeLessThan(LIMIT)
    expect(summary.split('\n')[2]).toBe(counts)
    expect(summary.indexOf('### What is wrong')).toBeLessThan(200)
    expect(/… and \d+ more in report\.json/.test(summary)).toBe(isCut)
  })

  test('shrinks in steps: passed detail, passed rows, then findings', () => {
    const report = largeReport(100, 0.1)
    const whole = renderSummary(report)
    expect(whole).toContain('<details>')
    const sizes = [60_000, 25_000, 12_000, 2_000]
    const [noDetail, noCells, noRows, few] = sizes.map((maxBytes) => renderSummary(report, { maxBytes }))
    expect(whole).toContain('790 checks passed</summary>')
    expect(noDetail).not.toContain('checks passed</summary>')
    expect(noDetail).toContain('<b>Probes</b>: 200 as wanted · 200 skipped</summary>')
    expect(noCells).not.toMatch(/<b>(?:Probes|Sizes)<\/b>/)
    expect(noCells).toContain('| ✅ |')
    expect(noRows).not.toContain('| ✅ |')
    expect(noRows).toContain('180 rows without a finding: see report.json.')
    expect(few).toMatch(/\*\*… and \d+ more in report\.json\.\*\*/)
    for (const text of [whole, noDetail, noCells, noRows, few]) {
      expect(text).toContain('10 checks failed · 790 passed · 300 skipped')
    }
  })

  test('counts what is wrong by its code where there is much of it, also of what is left out', () => {
    expect(renderSummary(largeReport(110, 0.1))).toContain('\n### What is wrong\n\n11 × `platforms/missing`\n\n- ')
    const few = renderSummary(largeReport(110, 0.1), { maxBytes: 2500 })
    expect(few).toContain('11 × `platforms/missing`')
    expect(few).toMatch(/… and \d+ more in report\.json/)
    expect(renderSummary(largeReport(100, 0.1))).not.toContain(' × `platforms/missing`')
  })

  test('keeps the verdict and the counts when nothing else fits', () => {
    const summary = renderSummary(largeReport(100, 0.1), { maxBytes: 0 })
    expect(summary).toMatch(/^## ❌ 10 of 100 images are wrong\n\n10 checks failed · 790 passed · 300 skipped\n/)
    expect(summary).toContain('**… and 10 more in report.json.**')
    expect(bytes(summary)).toBeLessThan(1000)
  })
})

test.each([...HOSTILE, `<!-- ${'x'.repeat(10_000)}`, 'a | b \\| c `|` &lt;td&gt;'])(
  'C19 %.60j adds no row, no tag and no link',
  (text) => {
    const withText = (given: string) => {
      const findings = [aFinding({ message: given, expected: given, actual: given, hint: given })] as const
      const image = anImage({
        tags: { [aTag()]: null },
        checks: [aFailed({ findings }), anErrored({ reason: given, hint: given })],
      })
      const modules = [{ module: given, outcome: 'imported', version: given, accelerator: given }] as const
      const platforms = [
        aPlatformReport({ modules }),
        aPlatformReport({ platform: aPlatform('linux/arm64'), modules: [] }),
      ]
      const expected = { unpacked: given, modules: [{ module: given, wanted: 'import', version: given } as const] }
      return renderSummary(aReport({ images: [{ ...image, platforms, expected }] }))
    }
    const [hostile, harmless] = [withText(text), withText('harmless')]
    const count = (summary: string, pattern: RegExp): number => summary.match(pattern)?.length ?? 0
    for (const pattern of [/\n/g, /(?<!\\)\|/g, /<(?!code>|\/code>)/g, /(?<!\\)\]\(/g]) {
      expect(count(hostile, pattern)).toBe(count(harmless, pattern))
    }
    expect(harmless).toContain('<b>Probes</b>')
    expect(hostile).not.toMatch(/<img|<a |@org|:\/\/evil/)
  },
)
