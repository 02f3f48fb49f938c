import type { Check } from '../../checks/define.ts'
import type { Problem } from '../../model/result.ts'
import { type DecodedSpec, inOrder } from '../../spec/decode.ts'
import type { Path } from '../../spec/positions.ts'
import { didYouMean } from '../../spec/suggest.ts'

type Decoded = Extract<DecodedSpec, { ok: true }>

/**
 * The findings that a spec accepts or weighs and no check can have there: each would change nothing, without a word. Only
 * where it names one are the checks loaded for that: they are a third of the code.
 */
export async function strangeFindings({ spec, positions }: Decoded): Promise<readonly Problem[]> {
  const images = Object.entries(spec.images)
  const waivedOfSet = waived(spec, [])
  const waivedOfImages = images.flatMap(([id, image]) => waived(image, ['images', id]))
  const weighed = [...weights(spec, []), ...images.flatMap(([id, image]) => weights(image, ['images', id]))]
  if (waivedOfSet.length + waivedOfImages.length + weighed.length === 0) return []

  const { allChecks, checksFor } = await import('../../checks/index.ts')
  const ofSet = namesOf(checksFor('set'))
  const ofImages = namesOf([...checksFor('image'), ...checksFor('platform')])
  const all = namesOf(allChecks)
  const problem = ({ path, name }: Named, message: string, hint: string): Problem => ({
    message: `${path.map(String).join('.')}: ${JSON.stringify(name)} ${message}`,
    hint,
    at: positions.at(path),
  })
  return inOrder([
    ...weighed
      .filter(({ name }) => !all.includes(name))
      .map((each) => problem(each, `is no finding${didYouMean(each.name, all)}`, SEE_ALL)),
    ...waivedOfSet
      .filter(({ name }) => !ofSet.includes(name))
      .map((each) => {
        if (ofImages.includes(each.name))
          return problem(each, 'is a finding of an image', 'write it under `waive` of that image')
        const known = `known here: ${ofSet.join(', ')}`
        return problem(each, `is no finding of the set as a whole${didYouMean(each.name, ofSet)}`, known)
      }),
    ...waivedOfImages
      .filter(({ name }) => !ofImages.includes(name))
      .map((each) => {
        if (ofSet.includes(each.name))
          return problem(each, 'is a finding of the set as a whole', 'write it under `waive` at the top of the spec')
        return problem(each, `is no finding of an image${didYouMean(each.name, ofImages)}`, SEE_ALL)
      }),
  ])
}

const SEE_ALL = 'all findings are in docs/checks.md'

interface Named {
  readonly path: Path
  readonly name: string
}

const waived = ({ waive = [] }: { readonly waive?: readonly { readonly finding: string }[] | undefined }, at: Path) =>
  waive.map(({ finding }, index): Named => ({ path: [...at, 'waive', index, 'finding'], name: finding }))

const weights = ({ severity = {} }: { readonly severity?: Readonly<Record<string, string>> | undefined }, at: Path) =>
  Object.keys(severity).map((name): Named => ({ path: [...at, 'severity', name], name }))

/** Every code, and `check/*` for all of a check. */
const namesOf = (checks: readonly Pick<Check, 'id' | 'codes'>[]): readonly string[] =>
  checks.flatMap(({ id, codes }) => [`${id}/*`, ...Object.keys(codes)])
