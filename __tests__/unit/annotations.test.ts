import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { renderAnnotations } from '../../src/render/annotations.ts'
import { reports } from './arbitraries.ts'
import { aFailed, aFinding, anImage, aReport, aWarned } from './builders.ts'
import { hostileText } from './hostile.ts'
import { runs } from './runs.ts'
import { erroredReport, failedReport, passedReport, problemReport } from './samples.ts'

const many = (status: 'failed' | 'warned', count: number) =>
  Array.from({ length: count }, (_, number) => {
    const severity = status === 'failed' ? 'error' : 'warning'
    const findings = [aFinding({ message: `finding ${number}`, severity })] as const
    return status === 'failed' ? aFailed({ findings }) : aWarned({ findings })
  })

describe('renderAnnotations', () => {
  test('says nothing of a clean pass', () => {
    expect(renderAnnotations(passedReport())).toEqual([])
  })

  test('puts a finding on its line, with what to do', () => {
    expect(renderAnnotations(failedReport())[1]).toEqual({
      level: 'error',
      title: 'worker-cpu linux/amd64 size/over',
      message: [
        'worker-cpu/linux/amd64 is 9.02 GB unpacked, more than ~1.3GB',
        'expected: ~1.3GB (1.04 GB to 1.56 GB)',
        'got: 9.02 GB (9020000000 bytes)',
        'what to do: look what came in: docker history ghcr.io/acme/ktrdr-worker-cpu, and compare with linux/amd64 of the last good build',
      ].join('\n'),
      file: '.github/verify-images.yml',
      line: 20,
      column: 13,
    })
  })

  test('tells what failed, what errored and what is missing as errors, and warnings as warnings', () => {
    const shown = [failedReport(), erroredReport(), problemReport()].flatMap((report) =>
      renderAnnotations(report).map(({ level, title }) => `${level}: ${title}`),
    )
    expect(shown).toEqual([
      'error: backend tags/disagree',
      'error: worker-cpu linux/amd64 size/over',
      'error: worker-cpu linux/amd64 size/skew',
      'error: worker-cpu linux/amd64 torch/accelerator',
      'error: worker-gpu linux/amd64 pull',
      'warning: consistency/version',
      'error: backend tags',
      'error: worker-cpu tags',
      'error: worker-gpu linux/amd64 never reported',
      'error: problem of the input',
      'error: problem of the input',
    ])
  })

  test.each([
    [10, 10, 'finding 9'],
    [11, 10, 'and 2 more: see the summary'],
    [25, 10, 'and 16 more: see the summary'],
    [500, 10, 'and 491 more: see the summary'],
  ])('C22 makes of %d findings %d annotations', (count, shown, last) => {
    const checks = [...many('failed', count), ...many('warned', count)]
    const annotations = renderAnnotations(aReport({ images: [anImage({ checks })] }))
    for (const level of ['error', 'warning']) {
      const mine = annotations.filter((annotation) => annotation.level === level)
      expect(mine).toHaveLength(shown)
      expect(mine.at(-1)?.message).toMatch(new RegExp(`^${last}`))
    }
  })

  test('C15 C22 invariant 12: keeps to the runner’s limits, whatever comes', () => {
    fc.assert(
      fc.property(reports(fc.oneof(hostileText, fc.string({ minLength: 5000, maxLength: 6000 }))), (report) => {
        for (const { title, message, file = '' } of renderAnnotations(report)) {
          expect(title.length).toBeLessThanOrEqual(100)
          expect(message.length).toBeLessThanOrEqual(4000)
          expect(title + file).not.toMatch(/[\r\n]/)
        }
      }),
      runs(200, 1000),
    )
  })
})
