import { asksText, type FileExpectation } from '../model/contents.ts'
import { fillFrom } from '../model/environment.ts'
import { type FileSeen, failed, type Look, type PulledSeen } from '../model/observation.ts'
import type { Target } from '../model/spec.ts'
import type { Engine } from '../ports.ts'

/** As much of a file as is looked at. */
const KEPT_BYTES = 1024 * 1024

/** Looks at the files a target's spec names; `imageEnv` is what its config says. */
export async function lookAtFiles(
  { image: { files }, platform }: Target,
  { id }: PulledSeen,
  imageEnv: readonly string[],
  engine: Pick<Engine, 'readFiles'>,
): Promise<Look<readonly Look<FileSeen | undefined>[]>> {
  const filled = files.map(({ file, fillsEnv }) => (fillsEnv ? fillFrom(imageEnv, file) : file))
  const open = filled.find((file, index) => files[index]?.fillsEnv && file.includes('$'))
  if (open !== undefined) return namesNothing(open)
  return engine.readFiles({
    image: id,
    platform,
    files: files.map((expected, index) => ({
      file: pathOf(expected, filled[index] ?? expected.file),
      isLinkItself: isLinkItself(expected),
      keptBytes: asksText(expected.text) ? KEPT_BYTES : 0,
    })),
  })
}

/** A path that is not known to be the one that is meant must not be found missing. */
const namesNothing = (file: string) =>
  failed('failed', `${file} names a variable that the image does not have`, 'write the path itself')

/** A slash at its end asks for a folder, and a file that must not be there is no folder. */
const pathOf = ({ exists }: FileExpectation, file: string): string =>
  exists ? file : file.replace(/(?:\/\.?)+$/, '') || '/'

/** A link that leads nowhere is there all the same. */
const isLinkItself = ({ isLinkItself, exists }: FileExpectation): boolean => isLinkItself || !exists
