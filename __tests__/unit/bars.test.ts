import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { rangeBar, shareBar } from '../../src/render/bars.ts'

test.each([
  ['in the middle', 500, { min: 400, max: 600 }, '███████┃██░░┃···'],
  ['at the lower end', 400, { min: 400, max: 600 }, '███████┃░░░░┃···'],
  ['at the upper end', 600, { min: 400, max: 600 }, '███████┃████┃···'],
  ['a byte under', 399, { min: 400, max: 600 }, '██████·┃░░░░┃···'],
  ['a byte over', 601, { min: 400, max: 600 }, '███████┃████┃█··'],
  ['far over', 9000, { min: 400, max: 600 }, '███████┃████┃██▶'],
  ['nothing', 0, { min: 400, max: 600 }, '·······┃░░░░┃···'],
  ['below a limit', 100, { min: 0, max: 200 }, '██████░░░░░░┃···'],
  ['over a limit', 300, { min: 0, max: 200 }, '████████████┃██▶'],
  ['enough', 2000, { min: 2000 }, '████████┃░░░░░░░'],
  ['more than enough', 3000, { min: 2000 }, '████████┃████░░░'],
  ['much more than enough', 9000, { min: 2000 }, '████████┃███████'],
  ['too little', 1000, { min: 2000 }, '████····┃░░░░░░░'],
  ['a narrow range', 995, { min: 990, max: 1000 }, '██████████┃█┃···'],
])('draws %s', (_name, bytes, range, bar) => {
  expect(rangeBar(bytes, range)).toBe(bar)
})

const range = fc
  .tuple(fc.nat(), fc.option(fc.nat(), { nil: undefined }))
  .map(([min, room]) => (room === undefined ? { min } : { min, max: min + room }))

test('is as wide as any other, and ends inside the range exactly when the size is in it', () => {
  fc.assert(
    fc.property(fc.nat(), range, (bytes, { min, max }) => {
      const bar = rangeBar(bytes, { min, ...(max !== undefined && { max }) })
      expect([...bar]).toHaveLength(16)
      const last = Math.max(bar.lastIndexOf('█'), bar.lastIndexOf('▶'))
      const [first, end] = [bar.indexOf('┃'), bar.lastIndexOf('┃')]
      const isOver = max !== undefined && last > end
      // Full up to the lower end is not under it.
      const isUnder = min > 0 && last < first - 1
      expect([isUnder, isOver]).toEqual([bytes < min, max !== undefined && bytes > max])
    }),
    { numRuns: 2000 },
  )
})

test('a share of nothing is empty, of anything at least one letter, of itself all of them', () => {
  expect(shareBar(0, 0)).toBe('·'.repeat(16))
  expect(shareBar(1, 1_000_000)).toBe(`█${'·'.repeat(15)}`)
  expect(shareBar(7, 7)).toBe('█'.repeat(16))
})
