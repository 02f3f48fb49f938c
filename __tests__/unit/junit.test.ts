import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { allChecks, countByStatus, type Report } from '../../src/model/result.ts'
import { reports } from './arbitraries.ts'
import { aFailed, aFinding, anImage, aReport } from './builders.ts'
import { HOSTILE, hostileText } from './hostile.ts'
import { erroredReport, failedReport, passedReport, problemReport } from './samples.ts'
import { junitOf } from './written.ts'

interface Suite {
  name: string
  tests: number
  failures: number
  errors: number
  skipped: number
  verdict: string
  cases: { name: string; outcome: string; message: string; text: string }[]
}

// An XML parser of somebody else's, and no dependency for it: Python's expat, given a JSON list of documents.
const PYTHON = process.env.PYTHON || 'python3'
const READER = `
import json, sys
from xml.etree import ElementTree
def suite(node):
    numbers = {key: int(node.get(key)) for key in ('tests', 'failures', 'errors', 'skipped')}
    cases = [dict(name=case.get('name'), outcome=case[0].tag if len(case) else 'passed',
                  message=case[0].get('message', '') if len(case) else '',
                  text=case[0].text or '' if len(case) else '') for case in node.iter('testcase')]
    verdict = node.find('properties/property').get('value') if node.tag == 'testsuite' else ''
    return dict(name=node.get('name'), verdict=verdict, cases=cases, **numbers)
documents = [ElementTree.fromstring(text.encode()) for text in json.load(sys.stdin)]
json.dump([[suite(root)] + [suite(node) for node in root] for root in documents], sys.stdout)
`

/** What a parser makes of each report: the whole, then the suites; throws where one is not well-formed. */
function parse(given: readonly Report[]): Suite[][] {
  const { status, stdout, stderr, error } = spawnSync(PYTHON, ['-c', READER], {
    input: JSON.stringify(given.map(junitOf)),
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
  })
  if (error)
    throw new Error('the JUnit report is parsed by Python: install python3, or name it in PYTHON', { cause: error })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

describe('renderJunit', () => {
  test('has a suite an image and one for the set, and a case a check', () => {
    const [[whole, ...suites] = []] = parse([failedReport()])
    expect(whole).toMatchObject({ tests: 30, failures: 3, errors: 4, skipped: 7 })
    expect(suites.map(({ name, tests, verdict }) => `${name} ${tests} ${verdict}`)).toEqual([
      'backend 11 failed',
      'worker-cpu 11 failed',
      'worker-gpu 7 failed',
      'set 1 failed',
    ])
    const failures = suites.flatMap(({ cases }) => cases.filter(({ outcome }) => outcome === 'failure'))
    expect(failures.map(({ name }) => name)).toEqual([
      'tags backend',
      'size worker-cpu/linux/amd64',
      'torch worker-cpu/linux/amd64',
    ])
    expect(failures[1]?.text).toContain('expected: ~1.3GB (1.04 GB to 1.56 GB)\ngot: 9.02 GB (9020000000 bytes)')
  })

  test('says where it stands in the spec, of what it is a consequence, and what is waived', () => {
    const text = junitOf(failedReport())
    expect(text).toContain('name="size worker-cpu/linux/amd64" time="0.400" file=".github/verify-images.yml" line="20"')
    const [[, ...suites] = []] = parse([failedReport()])
    const texts = new Map(suites.flatMap(({ cases }) => cases.map((each) => [each.name, each.text])))
    expect(texts.get('import worker-gpu/linux/amd64')).toBe('because of: pull')
    expect(texts.get('pull worker-gpu/linux/amd64')).toBe('what to do: rerun the job')
    expect(texts.get('revision worker-gpu')).toContain('worker-gpu does not say which commit it was built from')
  })

  test('counts what is no check as an error', () => {
    const wholes = parse([passedReport(), erroredReport(), problemReport(), aReport({ images: [] })]).map(
      ([one]) => one,
    )
    expect(wholes.map((whole) => whole?.errors)).toEqual([0, 8, 2, 1])
  })

  test('C21 keeps foreign text as it reads, and illegal characters out', () => {
    const message = '\u001B[31m\0 \uFFFE ]]> & < "x" \uD800 é 😀'
    const [[, suite] = []] = parse([
      aReport({ images: [anImage({ checks: [aFailed({ findings: [aFinding({ message })] })] })] }),
    ])
    expect(suite?.cases[0]?.message).toBe('<U+FFFE> ]]> & < "x" � é 😀')
    expect(suite?.cases[0]?.text).toContain('<U+FFFE> ]]> & < "x" � é 😀')
  })

  test('C21 is well-formed, with the right counts, whatever comes', () => {
    const given = fc.sample(reports(fc.oneof(hostileText, fc.constantFrom(...HOSTILE))), { numRuns: 1000, seed: 1 })
    const read = parse(given)
    expect(read).toHaveLength(given.length)
    for (const [position, [whole, ...suites]] of read.entries()) {
      const report = given[position]!
      const { failed, skipped } = countByStatus(allChecks(report))
      expect(whole).toMatchObject({ failures: failed, skipped })
      expect(suites.every(({ verdict }) => verdict === report.verdict)).toBe(true)
      for (const suite of suites) {
        const number = (wanted: string): number => suite.cases.filter(({ outcome }) => outcome === wanted).length
        expect(suite).toMatchObject({
          tests: suite.cases.length,
          failures: number('failure'),
          errors: number('error'),
          skipped: number('skipped'),
        })
      }
    }
  })
})
