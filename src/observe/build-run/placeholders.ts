import type { ExpectedLeg } from '../../model/run.ts'
import { mayBeCutFrom, shownName } from '../../workflow/job-name.ts'
import { CALLS, callersOf, expandsTo } from './names.ts'

/** Whether a job of that name stands for a leg, and others, that never got rows: itself, or what would have called it. */
export const isPlaceholder = ({ jobNames, unexpandedNames }: ExpectedLeg, name: string): boolean =>
  unexpandedNames.flatMap(callersOf).some((each) => name === shownName(each)) ||
  jobNames.flatMap(callersOf).some((each) => expandsTo(name, each))

/** Whether a leg, by what its workflow writes for a name, may be shown so: `build (amd64)` is never of the job `test`. */
export const mayBeShown = ({ unexpandedNames }: ExpectedLeg, name: string): boolean =>
  unexpandedNames.some((each) => {
    const levels = name.split(CALLS)
    const written = each.split(CALLS)
    const isEach = written.every((text, at) => levels[at] === text || expandsTo(text, levels[at] ?? ''))
    return (isEach && levels.length === written.length) || expandsTo(each, name) || mayBeCutFrom(each, name)
  })
