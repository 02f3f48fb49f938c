import type { LinkResult } from './rounds.ts'
import type { ScaleRow } from './scale.ts'

export interface TargetResult {
  readonly target: string
  readonly actual: string
  /** Undefined: too little was measured to tell. */
  readonly met: boolean | undefined
}

export interface Measured {
  readonly links: readonly LinkResult[]
  readonly scale: readonly ScaleRow[]
  readonly firstRequestMs: number
}

const MOST_TO_FLOOR: Readonly<Record<string, number>> = { loopback: 1.15, throttled: 1.1 }
const MOST_PEAK_BYTES = 120e6
const MOST_FIRST_REQUEST_MS = 250
/** Growth from one row to the next that two runs of the same differ by. */
const FLAT = 1.1

/** What was promised, and whether it was kept on this machine. */
export function judgeTargets({ links, scale, firstRequestMs }: Measured): readonly TargetResult[] {
  const peak = Math.max(
    ...links.flatMap(({ actions }) => actions.map(({ peakBytes }) => peakBytes)),
    ...scale.map(({ peakBytes }) => peakBytes),
  )
  const perImage = scale.flatMap(({ secondsPerExtraImage: each }) => each ?? [])
  const isFlat = perImage.every((each, position) => each <= (perImage[position - 1] ?? each) * FLAT)
  return [
    ...links.flatMap(({ link, actionToFloor, actionToHand, floorToHand }): TargetResult[] => {
      const most = MOST_TO_FLOOR[link]
      const toFloor = most !== undefined && [
        {
          target: `action/floor at most ${most}, ${link}`,
          actual: actionToFloor.toFixed(3),
          met: actionToFloor <= most,
        },
      ]
      const mostToHand = 1.15 * floorToHand
      return [
        ...(toFloor || []),
        {
          target: `action/script at most 1.15 × floor/script = ${mostToHand.toFixed(3)}, ${link}`,
          actual: actionToHand.toFixed(3),
          met: actionToHand <= mostToHand,
        },
      ]
    }),
    { target: 'own process under 120 MB', actual: `${(peak / 1e6).toFixed(0)} MB`, met: peak < MOST_PEAK_BYTES },
    {
      target: 'time per extra image falling or flat',
      actual: perImage.length === 0 ? 'not measured' : perImage.map((each) => `${each.toFixed(2)} s`).join(', then '),
      met: perImage.length > 1 ? isFlat : undefined,
    },
    {
      target: 'start to first registry request under 250 ms',
      actual: `${firstRequestMs.toFixed(0)} ms`,
      met: firstRequestMs < MOST_FIRST_REQUEST_MS,
    },
  ]
}
