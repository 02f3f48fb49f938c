import { type ActionRun, passingAction } from './action.ts'
import { byHand } from './by-hand.ts'
import { type Floor, floor } from './floor.ts'
import { countRequests, type Requests } from './requests.ts'
import type { ImageSet } from './sets.ts'
import { emptyStore } from './shell.ts'
import { median } from './statistics.ts'

/** One link: all runs, and what comes of them. */
export interface LinkResult {
  readonly link: string
  readonly handSeconds: readonly number[]
  readonly actionSeconds: readonly number[]
  readonly floorSeconds: readonly number[]
  readonly floors: readonly Floor[]
  readonly actions: readonly Omit<ActionRun, 'log'>[]
  readonly requests: readonly Requests[]
  readonly actionToHand: number
  readonly actionToFloor: number
  readonly floorToHand: number
}

/** Runs the three in turn, each from an empty store, and each time beginning with another. */
export async function measureLink(link: string, set: ImageSet, runs: number): Promise<LinkResult> {
  const handSeconds: number[] = []
  const floors: Floor[] = []
  const actions: Omit<ActionRun, 'log'>[] = []
  const requests: Requests[] = []
  const contenders = [
    async () => void handSeconds.push(await byHand(set)),
    async () => {
      const [{ log: _, ...run }, counted] = await countRequests(() => passingAction(set.spec))
      actions.push(run)
      requests.push(counted)
    },
    async () => void floors.push(await floor(set)),
  ]
  for (let round = 0; round < runs; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      await emptyStore()
      await contenders[(round + turn) % contenders.length]?.()
    }
    const last = [handSeconds.at(-1), actions.at(-1)?.seconds, floors.at(-1) && sum(floors.at(-1))]
    const [hand, own, least] = last.map((seconds) => seconds?.toFixed(1))
    process.stderr.write(
      `${link}, round ${round + 1} of ${runs}: by hand ${hand} s, action ${own} s, floor ${least} s\n`,
    )
  }
  await emptyStore()
  const actionSeconds = actions.map(({ seconds }) => seconds)
  const floorSeconds = floors.map(sum)
  const [hand, own, least] = [median(handSeconds), median(actionSeconds), median(floorSeconds)]
  return {
    ...{ link, handSeconds, actionSeconds, floorSeconds, floors, actions, requests },
    ...{ actionToHand: own / hand, actionToFloor: own / least, floorToHand: least / hand },
  }
}

const sum = (each: Floor | undefined): number =>
  each === undefined ? Number.NaN : each.pullSeconds + each.probeSeconds
