// docs/verification.md against the tests: what it says is proved has a test of that number, in the file it names.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { allChecks } from '../../src/checks/index.ts'

const page = readFileSync('docs/verification.md', 'utf8')
const rows = [...page.matchAll(/^\| (C\d{2,3}) \| (.+) \| (.+) \|$/gm)].map(([, id = '', what = '', proof = '']) => ({
  id,
  what,
  proof,
}))
const open = rows.filter(({ proof }) => proof.startsWith('open: '))

/** The numbers that titles in a file of tests begin with. */
function numbersIn(name: string): readonly string[] {
  const text = readFileSync(`__tests__/${name}.test.ts`, 'utf8')
  const titles = text.matchAll(/['"`]((?:[CT]\d{2,3} )*[CT]\d{2,3})(?=[ :'"`])/g)
  return [...titles].flatMap(([, numbers = '']) => numbers.split(' '))
}

it('has every case once, in order', () => {
  expect(rows.map(({ id }) => id)).toEqual(
    Array.from({ length: 130 }, (_, at) => `C${String(at + 1).padStart(2, '0')}`),
  )
})

it.each(rows.filter((row) => !open.includes(row)))('$id is proved where the page says: $what', ({ id, proof }) => {
  const files = [...proof.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
  expect(files.length).toBeGreaterThan(0)
  for (const name of files) expect([name, numbersIn(name).includes(id)]).toEqual([name, true])
})

it('counts right, and says why the rest is open', () => {
  expect(page).toContain(`${rows.length - open.length} of ${rows.length} cases are proved`)
  expect(page).toContain(`${open.length} are open`)
  for (const { id, proof } of open) expect([id, proof.length > 12]).toEqual([id, true])
})

it('names files that are there', () => {
  const named = new Set([...page.matchAll(/`((?:unit|contract|e2e)\/[\w-]+)`/g)].map(([, name]) => name))
  expect(named.size).toBeGreaterThan(0)
  expect([...named].filter((name) => !existsSync(`__tests__/${name}.test.ts`))).toEqual([])
})

/** No real engine answers a digest with other bytes: unit tests alone say what becomes of that. */
const unreal = ['pull/digest-mismatch']
const tested = globSync('__tests__/e2e/*.test.ts').map((path) => readFileSync(path, 'utf8'))

it.each(allChecks.flatMap(({ codes }) => Object.keys(codes)).filter((code) => !unreal.includes(code)))(
  '%s is seen on the real stack',
  (code) => {
    const quoted = new RegExp(`['"\`]${code}['"\`]`)
    expect(tested.some((text) => quoted.test(text))).toBe(true)
  },
)

it('names invariants that stand in titles of the tests it names', () => {
  const invariants = [...page.matchAll(/^\| (\d+ [^|]+) \| (.+) \|$/gm)].filter(([, , proof = '']) =>
    proof.includes('unit/'),
  )
  expect(invariants.length).toBeGreaterThan(5)
  for (const [, what = '', proof = ''] of invariants) {
    const texts = [...proof.matchAll(/`(unit\/[\w-]+)`/g)].map(([, name]) =>
      readFileSync(`__tests__/${name}.test.ts`, 'utf8'),
    )
    for (const [number] of what.matchAll(/(?<=^|, )\d+/g)) {
      expect([number, texts.some((text) => new RegExp(`invariant ${number}: `).test(text))]).toEqual([number, true])
    }
  }
})
