import { allChecks, checksFor } from '../../checks/index.ts'
import type { Problem } from '../../model/result.ts'
import { type DecodedSpec, inOrder } from '../../spec/decode.ts'
import type { Path } from '../../spec/positions.ts'
import { didYouMean } from '../../spec/suggest.ts'

type Decoded = Extract<DecodedSpec, { ok: true }>

/** The findings that a spec accepts or weighs and no check can have there: each would change nothing, without a word. */
export function strangeFindings({ spec, positions }: Decoded): readonly Problem[] {
  const problem = ({ path, name }: Named, message: string, hint: string): Problem => ({
    message: `${path.map(String).join('.')}: ${JSON.stringify(name)} ${message}`,
    hint,
    at: positions.at(path),
  })
  const ofSet = namesOf(checksFor('set'))
  const ofImages = namesOf([...checksFor('image'), ...checksFor('platform')])
  const all = namesOf(allChecks)

  const waivedOfSet = waived(spec, []).flatMap((each) => {
    if (ofSet.includes(each.name)) return []
    if (ofImages.includes(each.name))
      return problem(each, 'is a finding of an image', 'write it under `waive` of that image')
    const known = `known here: ${ofSet.join(', ')}`
    return problem(each, `is no finding of the set as a whole${didYouMean(each.name, ofSet)}`, known)
  })
  const images = Object.entries(spec.images)
  const waivedOfImages = images
    .flatMap(([id, image]) => waived(image, ['images', id]))
    .flatMap((each) => {
      if (ofImages.includes(each.name)) return []
      if (ofSet.includes(each.name)) {
        return problem(each, 'is a finding of the set as a whole', 'write it under `waive` at the top of the spec')
      }
      return problem(each, `is no finding of an image${didYouMean(each.name, ofImages)}`, SEE_ALL)
    })
  const weighed = [...weights(spec, []), ...images.flatMap(([id, image]) => weights(image, ['images', id]))]
  const unknown = weighed.filter(({ name }) => !all.includes(name))
  return inOrder([
    ...unknown.map((each) => problem(each, `is no finding${didYouMean(each.name, all)}`, SEE_ALL)),
    ...waivedOfSet,
    ...waivedOfImages,
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
const namesOf = (checks: readonly Pick<(typeof allChecks)[number], 'id' | 'codes'>[]): readonly string[] =>
  checks.flatMap(({ id, codes }) => [`${id}/*`, ...Object.keys(codes)])
