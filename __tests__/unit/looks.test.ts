import { expect, it } from '@jest/globals'
import { systemClock } from '../../src/adapters/clock.ts'
import { attempt } from '../../src/observe/looks.ts'

it('takes what a look throws for its outcome, and says whose fault it is', async () => {
  const look = await attempt(async () => {
    throw new Error('no such thing')
  })
  expect(look).toMatchObject({ ok: false, failure: 'failed', reason: 'no such thing' })
  expect(look).toMatchObject({ hint: expect.stringContaining('fault of the action') })
})

it('knows a sleep that ended with the run', async () => {
  const clock = systemClock(AbortSignal.timeout(10))
  const look = await attempt(async () => {
    await clock.sleep(60_000)
    return { ok: true, seen: 'late' }
  })
  expect(look).toEqual({
    ok: false,
    failure: 'cancelled',
    reason: expect.stringContaining('the run was ended'),
    hint: '',
  })
})
