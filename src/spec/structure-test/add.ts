import type { ImageExpectation } from '../../model/spec.ts'
import type { Complain } from '../expectation.ts'
import type { SpecImage } from '../schema.ts'
import type { StructureTestFile } from '../structure-test.ts'

/** By the path that the spec names. */
export type StructureTestFiles = ReadonlyMap<string, StructureTestFile>

/** The files of container-structure-test that an image is to be tested by. */
export const structureTestPaths = ({ 'structure-test': given = [] }: Partial<SpecImage>): readonly string[] =>
  typeof given === 'string' ? [given] : given

/** Adds what those files ask; complains of one that is not there. */
export function addStructureTests(
  expected: ImageExpectation,
  image: SpecImage,
  known: StructureTestFiles,
  complain: Complain,
): ImageExpectation {
  const commands = [...expected.commands]
  const files = [...expected.files]
  const config = [...expected.config]
  const positions = { ...expected.positions }
  for (const [index, path] of structureTestPaths(image).entries()) {
    const file = known.get(path)
    if (file === undefined) {
      complain(['images', expected.id, 'structure-test', index], `there is no ${path}`)
      continue
    }
    const here = `structure-test.${index}`
    const place = <Each extends { readonly path: string }>(each: Each): Each => ({
      ...each,
      path: `${here}.${each.path}`,
    })
    commands.push(...file.contents.commands.map(place))
    files.push(...file.contents.files.map(place))
    config.push(...file.contents.config.map(place))
    for (const [at, position] of Object.entries(file.positions))
      positions[at === '' ? here : `${here}.${at}`] = position
  }
  return { ...expected, commands, files, config, positions }
}
