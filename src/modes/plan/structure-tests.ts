import { errorMessage, UnseenError, UsageError } from '../../errors.ts'
import type { Problem } from '../../model/result.ts'
import type { Files } from '../../ports.ts'
import type { Spec } from '../../spec/schema.ts'
import { type StructureTestFiles, structureTestPaths } from '../../spec/structure-test/add.ts'
import { decodeStructureTest, type StructureTestFile } from '../../spec/structure-test.ts'

const MAX_BYTES = 64 * 1024

/** Reads the files of container-structure-test that a spec names; one that is not there is left out. Throws `UsageError`. */
export async function readStructureTests({ images }: Spec, files: Files): Promise<StructureTestFiles> {
  const paths = new Set(Object.values(images).flatMap(structureTestPaths))
  const found = new Map<string, StructureTestFile>()
  const problems: Problem[] = []
  for (const path of paths) {
    try {
      const text = await files.read(path, MAX_BYTES)
      if (text === undefined) continue
      const decoded = await decodeStructureTest(text, path)
      if (decoded.ok) found.set(path, decoded.file)
      else problems.push(...decoded.problems)
    } catch (error) {
      if (error instanceof UnseenError) throw error
      const message = `cannot read ${path}: ${errorMessage(error)}`
      problems.push({ message, hint: 'it has to be a file of the workspace' })
    }
  }
  if (problems.length > 0) throw new UsageError(problems)
  return found
}
