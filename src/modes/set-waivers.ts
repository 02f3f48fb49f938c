import { allChecks, checksFor } from '../checks/index.ts'
import type { Problem } from '../model/result.ts'
import type { DecodedSpec } from '../spec/decode.ts'
import { didYouMean } from '../spec/suggest.ts'

type Spec = Extract<DecodedSpec, { ok: true }>

/** The waivers at the top of a spec that accept no finding of the set as a whole, and so nothing at all. */
export function strangeWaivers({ spec, positions }: Spec): readonly Problem[] {
  const ofSet = namesOf(checksFor('set'))
  const ofImages = namesOf(allChecks).filter((name) => !ofSet.includes(name))
  return (spec.waive ?? []).flatMap(({ finding }, index) => {
    if (ofSet.includes(finding)) return []
    const quoted = `waive.${index}.finding: ${JSON.stringify(finding)}`
    const at = positions.at(['waive', index, 'finding'])
    if (!ofImages.includes(finding)) {
      const message = `${quoted} is no finding of the set as a whole${didYouMean(finding, ofSet)}`
      return [{ message, hint: `known here: ${ofSet.join(', ')}`, at }]
    }
    return [{ message: `${quoted} is a finding of an image`, hint: 'write it under `waive` of that image', at }]
  })
}

/** Every code, and `check/*` for all of a check. */
const namesOf = (checks: readonly Pick<(typeof allChecks)[number], 'id' | 'codes'>[]): readonly string[] =>
  checks.flatMap(({ id, codes }) => [`${id}/*`, ...Object.keys(codes)])
