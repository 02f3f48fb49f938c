import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Report } from '../../src/model/result.ts'
import { renderAnnotations } from '../../src/render/annotations.ts'
import { renderConsole } from '../../src/render/console.ts'
import { renderOutputs } from '../../src/render/outputs.ts'
import { redact } from '../../src/render/redact.ts'
import { renderSummary } from '../../src/render/summary.ts'
import { runs } from './runs.ts'
import { jsonOf, junitOf } from './written.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** What somebody who wants a secret out could write instead of it. */
const disguises: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  base64,
  'base64, one byte on': (secret) => base64(`:${secret}`),
  'base64, two bytes on': (secret) => base64(`me${secret}`),
  'base64 of a login': (secret) => base64(`ktrdr:${secret}`),
  base64url: (secret) => Buffer.from(`x:${secret}`).toString('base64url'),
  url: encodeURIComponent,
  json: (secret) => JSON.stringify(secret).slice(1, -1),
  hex: (secret) => Buffer.from(secret).toString('hex'),
  'with an escape inside': (secret) => `${secret.slice(0, 3)}\u001B[0m${secret.slice(3)}`,
  'with a NUL inside': (secret) => `${secret.slice(0, 2)}\0${secret.slice(2)}`,
}

/** The part of a disguise that says the secret, whatever is before and after it. */
const core: Readonly<Record<string, (secret: string) => string>> = {
  ...disguises,
  base64: (secret) => base64(secret).slice(0, Math.floor((secret.length * 8) / 6)),
  'base64, one byte on': (secret) => base64(`:${secret}`).slice(2, Math.floor(((secret.length + 1) * 8) / 6)),
  'base64, two bytes on': (secret) => base64(`me${secret}`).slice(3, Math.floor(((secret.length + 2) * 8) / 6)),
  'base64 of a login': (secret) => base64(`ktrdr:${secret}`).slice(8, Math.floor(((secret.length + 6) * 8) / 6)),
  base64url: (secret) =>
    Buffer.from(`x:${secret}`)
      .toString('base64url')
      .slice(3, Math.floor(((secret.length + 2) * 8) / 6)),
  'with an escape inside': (secret) => secret,
  'with a NUL inside': (secret) => secret,
}

const token = fc.string({
  unit: fc.constantFrom(...'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'),
  minLength: 12,
  maxLength: 60,
})

const reportOf = (text: string): Report => ({
  schema: 1,
  verdict: 'errored',
  generated: '2026-11-21T10:00:00.000Z',
  seconds: 1,
  tool: { version: '0.1.0' },
  source: { repository: 'acme/app', sha: undefined, runId: undefined, runAttempt: undefined },
  environment: {},
  images: [],
  checks: [
    {
      check: 'tags',
      target: 'set',
      status: 'errored',
      seconds: 0,
      findings: [],
      evidence: [],
      reason: text,
      hint: text,
    },
  ] as unknown as Report['checks'],
  missing: [],
  problems: [{ message: text, hint: `see ${text}`, at: { file: text, line: 1, column: 1 } }],
})

const written = (report: Report): Readonly<Record<string, string>> => ({
  'report.json': jsonOf(report),
  // what a reader of the JSON makes of its escapes
  'report.json, read': JSON.stringify(JSON.parse(jsonOf(report))),
  'junit.xml': junitOf(report),
  'summary.md': renderSummary(report, { docs: undefined }),
  console: renderConsole(report, { width: 120, colour: false }),
  annotations: JSON.stringify(renderAnnotations(report)),
  outputs: JSON.stringify(renderOutputs(report)),
})

describe('invariant 14: no secret is in what is written', () => {
  test.each(Object.keys(disguises))('C25 %s', (name) => {
    fc.assert(
      fc.property(token, fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (secret, before, after) => {
        const text = `${before} ${disguises[name]?.(secret)} ${after}`
        const files = written(redact(reportOf(text), [secret, '']))
        for (const [file, content] of Object.entries(files)) {
          expect([file, content.includes(core[name]?.(secret) ?? '')]).toEqual([file, false])
          expect([file, content.includes(secret)]).toEqual([file, false])
        }
      }),
      runs(100, 500),
    )
  })

  test('the files would hold it otherwise', () => {
    const secret = 'correcthorsebattery'
    for (const content of [jsonOf, junitOf].map((render) => render(reportOf(`x ${secret} y`)))) {
      expect(content).toContain(secret)
    }
  })

  test('passwords of any characters, one by one and line by line', () => {
    const passwords = ['p"a\\ss\'w<o>r&d', 'two words+more/100%', 'first line\nsecond line', 'üñí©ode-påss']
    for (const password of passwords) {
      for (const form of [password, JSON.stringify(password).slice(1, -1), encodeURIComponent(password)]) {
        expect(JSON.stringify(redact({ said: `[${form}]` }, [password]))).toBe('{"said":"[***]"}')
      }
    }
    expect(redact(['second line'], ['first line\nsecond line'])).toEqual(['***'])
    expect(redact({ [`a ${'hunter22'}`]: 1 }, ['hunter22'])).toEqual({ 'a ***': 1 })
  })

  test('what holds one is another object, and its neighbours are the same', () => {
    const value = { said: ['a hunter22', { kept: true }], other: { kept: true } }
    const redacted = redact(value, ['hunter22'])
    expect(redacted).toEqual({ said: ['a ***', { kept: true }], other: { kept: true } })
    expect(value.said[0]).toBe('a hunter22')
    expect(redacted.said[1]).toBe(value.said[1])
    expect(redacted.other).toBe(value.other)
  })

  test('and all else is left as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(redact(value, ['0123-this-is-in-no-value-9876'])).toBe(value)
        expect(redact(value, [])).toEqual(value)
      }),
    )
  })
})
