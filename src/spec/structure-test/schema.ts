import * as z from 'zod'
import { goPattern, readGoValue } from '../pattern-schema.ts'

/** Text, which that tool's YAML takes from numbers and booleans too; what a decimal looked like cannot be told any more. */
const words = z
  .union([
    z.string(),
    z.boolean(),
    z.number().refine(Number.isSafeInteger, 'may be read in two ways: put it in quotes'),
  ])
  .transform(String)
const named = words.refine((text) => text !== '', 'is empty')
const list = <Schema extends z.ZodType>(each: Schema) => z.array(each).nullable().exactOptional()
const patterns = list(goPattern)

const variable = z.strictObject({ key: named, value: words.exactOptional(), isRegex: z.boolean().exactOptional() })

/** What the config is to say under a name: this, or what a pattern is found in. */
const said = variable.transform(async ({ key, value = '', isRegex }, context) => ({
  name: key,
  value: isRegex ? { matches: await readGoValue(value, context) } : { is: value },
}))

const commandTest = z.strictObject({
  name: named,
  setup: list(z.array(words)),
  teardown: list(z.array(words)),
  envVars: list(variable),
  exitCode: z.number().exactOptional(),
  command: named,
  args: list(words),
  expectedOutput: patterns,
  excludedOutput: patterns,
  expectedError: patterns,
  excludedError: patterns,
})

const fileExistenceTest = z.strictObject({
  name: named,
  path: named,
  shouldExist: z.boolean().default(true),
  permissions: words.exactOptional(),
  uid: z.number().exactOptional(),
  gid: z.number().exactOptional(),
  isExecutableBy: z.enum(['owner', 'group', 'other', 'any', '']).exactOptional(),
})

const fileContentTest = z.strictObject({
  name: named,
  path: named,
  expectedContents: patterns,
  excludedContents: patterns,
})

const metadataTest = z.strictObject({
  envVars: list(said),
  unboundEnvVars: list(variable),
  labels: list(said),
  entrypoint: list(words),
  cmd: list(words),
  exposedPorts: list(words),
  unexposedPorts: list(words),
  volumes: list(words),
  unmountedVolumes: list(words),
  workdir: words.exactOptional(),
  user: words.exactOptional(),
})

const containerRunOptions = z.strictObject({
  user: words.exactOptional(),
  privileged: z.boolean().exactOptional(),
  allocateTty: z.boolean().exactOptional(),
  envFile: words.exactOptional(),
  envVars: list(words),
  capabilities: list(words),
  bindMounts: list(words),
})

/** A file of container-structure-test, schema 2.0.0, as that tool's own documentation and types have it. */
export const structureTestSchema = z.strictObject({
  schemaVersion: z.literal('2.0.0'),
  globalEnvVars: list(variable),
  commandTests: list(commandTest),
  fileExistenceTests: list(fileExistenceTest),
  fileContentTests: list(fileContentTest),
  metadataTest: metadataTest.nullable().exactOptional(),
  licenseTests: list(z.unknown()),
  containerRunOptions: containerRunOptions.nullable().exactOptional(),
})

export type StructureTest = z.output<typeof structureTestSchema>
export type FileExistenceTest = z.output<typeof fileExistenceTest>
export type MetadataTest = z.output<typeof metadataTest>
export type Variable = z.output<typeof variable>
