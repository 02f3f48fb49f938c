import { expect, test } from '@jest/globals'
import { decodeSpec } from '../../src/spec/decode.ts'

const decodes = async (module: string): Promise<boolean> =>
  (
    await decodeSpec(
      `version: 1\nimages:\n  a:\n    image: ghcr.io/acme/a\n    imports: [${JSON.stringify(module)}]\n`,
      'spec.yml',
    )
  ).ok

test.each([
  'os;import x',
  "os');import x",
  '../x',
  'a/b',
  'a b',
  '-c',
  '--help',
  '',
  '.',
  'a..b',
  '.a',
  'a.',
  '1a',
  '$(id)',
  '`id`',
  'a\nb',
  'é',
  'модуль',
  'ⅸ',
  'a\0b',
  '__import__("os")',
])('C41 %j is no module', async (module) => {
  expect(await decodes(module)).toBe(false)
})

test.each(['os', 'torch.cuda', '_private', 'ktrdr', 'a1.b2'])('C41 %s is one', async (module) => {
  expect(await decodes(module)).toBe(true)
})
