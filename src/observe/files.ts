import { asksText, type FileExpectation } from '../model/contents.ts'
import type { FileSeen, Look, PulledSeen } from '../model/observation.ts'
import type { Target } from '../model/spec.ts'
import type { Engine } from '../ports.ts'
import { fillFrom } from './image-env.ts'

/** As much of a file as is looked at. */
const KEPT_BYTES = 1024 * 1024

/** Looks at the files a target's spec names; `imageEnv` is what its config says. */
export const lookAtFiles = (
  { image: { files }, platform }: Target,
  { id }: PulledSeen,
  imageEnv: readonly string[],
  engine: Pick<Engine, 'readFiles'>,
): Promise<Look<readonly Look<FileSeen | undefined>[]>> =>
  engine.readFiles({
    image: id,
    platform,
    files: files.map((expected) => ({
      file: expected.fillsEnv ? fillFrom(imageEnv, expected.file) : expected.file,
      isLinkItself: isLinkItself(expected),
      keptBytes: asksText(expected.text) ? KEPT_BYTES : 0,
    })),
  })

/** A link that leads nowhere is there all the same. */
const isLinkItself = ({ isLinkItself, exists }: FileExpectation): boolean => isLinkItself || !exists
