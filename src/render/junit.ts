import type { CheckResult, Finding, Report } from '../model/result.ts'
import type { Position } from '../model/spec.ts'
import { concernsOf } from './concerns.ts'
import { oneLine } from './neutralise.ts'

interface Case {
  readonly name: string
  readonly seconds: number
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped'
  readonly message: string
  readonly body: readonly string[]
  readonly at?: Position
}

interface Suite {
  readonly name: string
  readonly cases: readonly Case[]
}

/** JUnit's XML, suite by suite, well-formed whatever the report holds: one an image, one for the set, a case a check. */
export function* renderJunit(report: Report): Generator<string> {
  const all = suitesOf(report).flatMap(({ cases }) => cases.map(({ outcome, seconds }): Told => ({ outcome, seconds })))
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="verify-images" ${totals(all.toArray())}>\n`
  for (const suite of suitesOf(report)) yield renderSuite(suite, report)
  yield '</testsuites>\n'
}

function* suitesOf(report: Report): Generator<Suite> {
  for (const { id, checks } of report.images) if (checks.length > 0) yield { name: id, cases: checks.map(caseOf) }
  const cases = [...report.checks.map(caseOf), ...otherCases(report)]
  if (cases.length > 0) yield { name: 'set', cases }
}

const renderSuite = ({ name, cases }: Suite, { generated, verdict }: Report): string =>
  [
    `  <testsuite name="${attribute(name)}" timestamp="${attribute(generated)}" ${totals(cases)}>`,
    `    <properties><property name="verdict" value="${verdict}"/></properties>`,
    ...cases.map((each) => renderCase(name, each)),
    '  </testsuite>\n',
  ].join('\n')

function caseOf(result: CheckResult): Case {
  const { check, target, seconds, status } = result
  const at = result.findings.find((finding) => finding.at !== undefined)?.at
  const body = result.findings.flatMap(describe)
  const identity = { name: `${check} ${target}`, seconds, body, ...(at && { at }) }
  switch (status) {
    case 'passed':
      return { ...identity, outcome: 'passed', message: '' }
    case 'warned':
      return { ...identity, outcome: 'passed', message: `warning: ${result.findings[0].message}` }
    case 'failed':
      return { ...identity, outcome: 'failure', message: result.findings.map(({ message }) => message).join('; ') }
    case 'errored': {
      const because = result.because === undefined ? [] : [`because of: ${result.because}`]
      return { ...identity, outcome: 'error', message: result.reason, body: [...because, ...whatToDo(result.hint)] }
    }
    case 'skipped':
      return { ...identity, outcome: 'skipped', message: result.reason }
  }
}

const describe = ({ code, message, expected, actual, hint }: Finding): readonly string[] => [
  `${code}: ${message}`,
  ...(expected === undefined ? [] : [`expected: ${expected}`]),
  ...(actual === undefined ? [] : [`got: ${actual}`]),
  ...whatToDo(hint),
]

const whatToDo = (hint: string): readonly string[] => (hint === '' ? [] : [`what to do: ${hint}`])

/** What makes a report errored without being a check. */
const otherCases = (report: Report): readonly Case[] =>
  concernsOf(report).flatMap(({ kind, target, message, hint, at }): readonly Case[] => {
    if (kind === 'finding' || kind === 'look') return []
    const name = `${kind} ${target}`.trim()
    return [{ name, seconds: 0, outcome: 'error', message, body: whatToDo(hint), ...(at && { at }) }]
  })

type Told = Pick<Case, 'outcome' | 'seconds'>

function totals(cases: readonly Told[]): string {
  const number = (wanted: Case['outcome']): number => cases.filter(({ outcome }) => outcome === wanted).length
  const seconds = cases.reduce((sum, each) => sum + each.seconds, 0)
  return `tests="${cases.length}" failures="${number('failure')}" errors="${number('error')}" skipped="${number('skipped')}" time="${seconds.toFixed(3)}"`
}

function renderCase(suite: string, { name, seconds, outcome, message, body, at }: Case): string {
  // Where a reader of JUnit's files puts an annotation.
  const place = at === undefined ? '' : ` file="${attribute(at.file)}" line="${at.line}"`
  const open = `    <testcase classname="${attribute(suite)}" name="${attribute(name)}" time="${seconds.toFixed(3)}"${place}`
  const text = body.length === 0 ? '' : cdata(body)
  switch (outcome) {
    case 'passed':
      return message === '' ? `${open}/>` : `${open}><system-out>${text}</system-out></testcase>`
    case 'skipped':
      return `${open}><skipped message="${attribute(message)}"${text === '' ? '/>' : `>${text}</skipped>`}</testcase>`
    case 'failure':
    case 'error':
      return `${open}><${outcome} message="${attribute(message)}">${text}</${outcome}></testcase>`
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

const MAX = 4000

// https://www.w3.org/TR/xml/#charsets: what is no Char may not even be written as a reference.
const ILLEGAL = /[^\t\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

const legal = (text: string): string => oneLine(text, MAX).replace(ILLEGAL, '')

const attribute = (text: string): string => legal(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')

const cdata = (lines: readonly string[]): string =>
  `<![CDATA[${lines.map(legal).join('\n').replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
