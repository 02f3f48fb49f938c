import type { Problem } from '../model/result.ts'
import type { Position } from '../model/spec.ts'
import { inOrder } from './decode.ts'
import { parseDocument } from './document.ts'
import type { Complain } from './expectation.ts'
import { problemsOf } from './issues.ts'
import { type Contents, contentsOf } from './structure-test/contents.ts'
import { type StructureTest, structureTestSchema } from './structure-test/schema.ts'

/** A file of container-structure-test, as what is asked of an image. */
export interface StructureTestFile {
  readonly contents: Contents
  /** By dotted path inside the file. */
  readonly positions: Readonly<Record<string, Position>>
}

export type DecodedStructureTest =
  | { readonly ok: true; readonly file: StructureTestFile }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const VERSION = '2.0.0'

/** Reads a file of container-structure-test; whatever of it we do not do is a problem, for it must not pass unseen. */
export async function decodeStructureTest(text: string, file: string): Promise<DecodedStructureTest> {
  const parsed = parseDocument(text, file)
  if (!parsed.ok) return parsed
  const { value, positions } = parsed.document
  const { schemaVersion } = (typeof value === 'object' && value !== null ? value : {}) as { schemaVersion?: unknown }
  if (schemaVersion !== undefined && schemaVersion !== VERSION) {
    const message = `schemaVersion ${JSON.stringify(schemaVersion)} is not known here: only '${VERSION}' is`
    const hint = 'in 2.0.0 a command is one text, and its arguments are under args'
    return { ok: false, problems: [{ message, hint, at: positions.at(['schemaVersion']) }] }
  }
  const result = await structureTestSchema.safeParseAsync(value, { reportInput: true })
  if (!result.success) {
    return { ok: false, problems: inOrder(problemsOf(result.error.issues, structureTestSchema, positions)) }
  }
  const problems: Problem[] = []
  const complain: Complain = (path, message) => {
    problems.push({ message: `${path.map(String).join('.')}: ${message}`, at: positions.at(path) })
  }
  refuseForeign(result.data, complain)
  const contents = contentsOf(result.data, complain)
  const { commands, files, config } = contents
  if (problems.length === 0 && commands.length + files.length + config.length === 0) {
    problems.push({ message: 'it tests nothing', hint: 'see docs/spec.md', at: positions.at([]) })
  }
  if (problems.length > 0) return { ok: false, problems: inOrder(problems) }
  return { ok: true, file: { contents, positions: positions.under([]) } }
}

const OWN_IMAGE = 'images are tested as they are shipped'
const SETUP = `what it changes would be another image, and ${OWN_IMAGE}: put it into the command, [sh, -c, 'first && then']`
const RUN_OPTIONS = {
  privileged: 'no image gets privileges here',
  allocateTty: 'no image gets a terminal here',
  envFile: 'write its variables as envVars of the test',
  envVars: 'no image gets variables of this machine: write them as envVars of the test',
  capabilities: 'no image gets capabilities here',
  bindMounts: 'no image gets folders of this machine here',
} as const

/** What that tool does and we do not. */
function refuseForeign({ commandTests, licenseTests, containerRunOptions }: StructureTest, complain: Complain): void {
  for (const [index, { setup, teardown, envVars }] of (commandTests ?? []).entries()) {
    if (setup?.length) complain(['commandTests', index, 'setup'], SETUP)
    for (const [each, { value }] of (envVars ?? []).entries()) {
      if (!value) complain(['commandTests', index, 'envVars', each], 'has no value, and that tool refuses it')
    }
    if (teardown?.length) complain(['commandTests', index, 'teardown'], 'nothing is left to tear down: remove it')
  }
  if (licenseTests?.length) complain(['licenseTests'], 'licenses are not looked at here: remove it')
  const options = containerRunOptions ?? {}
  for (const [option, reason] of Object.entries(RUN_OPTIONS)) {
    const given = options[option as keyof typeof RUN_OPTIONS]
    if (Array.isArray(given) ? given.length > 0 : given) complain(['containerRunOptions', option], reason)
  }
}
