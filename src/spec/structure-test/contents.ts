import type {
  CommandExpectation,
  ConfigExpectation,
  FileExpectation,
  Pattern,
  TextExpectation,
} from '../../model/contents.ts'
import { fillFrom } from '../../model/environment.ts'
import type { Complain } from '../expectation.ts'
import { parsePermissions } from './permissions.ts'
import type { FileExistenceTest, MetadataTest, StructureTest, Variable } from './schema.ts'

/** What a file of container-structure-test asks; the paths are those of that file. */
export interface Contents {
  readonly commands: readonly CommandExpectation[]
  readonly files: readonly FileExpectation[]
  readonly config: readonly ConfigExpectation[]
}

/** That tool has no timeout at all. */
const TIMEOUT_MS = 10 * 60_000

/** Says the same in our words; complains of what has no like. */
export function contentsOf(test: StructureTest, complain: Complain): Contents {
  const global = environment(test.globalEnvVars)
  const fill = (path: string): string =>
    fillFrom(
      Object.entries(global).map(([name, value]) => `${name}=${value}`),
      path,
    )
  return {
    commands: (test.commandTests ?? []).map((each, index) => ({
      name: each.name,
      run: [each.command, ...(each.args ?? [])],
      env: { ...global, ...environment(each.envVars) },
      workdir: undefined,
      user: test.containerRunOptions?.user || undefined,
      entrypoint: 'clear',
      exitCode: each.exitCode ?? 0,
      stdout: textOf(each.expectedOutput, each.excludedOutput),
      stderr: textOf(each.expectedError, each.excludedError),
      timeoutMs: TIMEOUT_MS,
      fillsEnv: true,
      path: `commandTests.${index}`,
    })),
    files: [
      ...(test.fileContentTests ?? []).map((each, index) => ({
        ...aFile,
        file: each.path,
        type: 'file' as const,
        text: textOf(each.expectedContents, each.excludedContents),
        path: `fileContentTests.${index}`,
      })),
      ...(test.fileExistenceTests ?? []).flatMap((each, index) =>
        filesOf({ ...each, path: fill(each.path) }, index, complain),
      ),
    ],
    config: configOf(test.metadataTest ?? {}, complain),
  }
}

const environment = (variables: readonly Variable[] | null = []): Readonly<Record<string, string>> =>
  Object.fromEntries((variables ?? []).map(({ key, value = '' }) => [key, value]))

type Patterns = readonly Pattern[] | null

const textOf = (expected: Patterns = [], excluded: Patterns = []): TextExpectation => ({
  contains: [],
  matches: expected ?? [],
  excludes: excluded ?? [],
})

const aFile = {
  exists: true,
  isLinkItself: false,
  type: undefined,
  mode: undefined,
  uid: undefined,
  gid: undefined,
  executableBy: undefined,
  text: textOf(),
  fillsEnv: false,
}

/** That tool looks at a link itself; but who may execute a link says nothing, so of its end that is asked apart. */
function filesOf(test: FileExistenceTest, index: number, complain: Complain): readonly FileExpectation[] {
  const path = `fileExistenceTests.${index}`
  const file = { ...aFile, file: test.path, fillsEnv: true, path }
  if (!test.shouldExist) return [{ ...file, exists: false }]
  const permissions = test.permissions ? parsePermissions(test.permissions) : {}
  if (permissions === undefined) {
    const advice = "is not how permissions are written, such as '-rwxr-xr-x' or 'drwxr-xr-x'"
    complain(['fileExistenceTests', index, 'permissions'], `${JSON.stringify(test.permissions)} ${advice}`)
  }
  const { uid = -1, gid = -1, isExecutableBy } = test
  const itself = { ...file, isLinkItself: true, ...permissions, uid: atLeast(uid, 0), gid: atLeast(gid, 0) }
  return isExecutableBy ? [itself, { ...file, executableBy: isExecutableBy }] : [itself]
}

/** A number that means none where it is less. */
const atLeast = (value: number, least: number): number | undefined => (value < least ? undefined : value)

const PORT = /^[0-9]{1,5}(?:\/(?:tcp|udp|sctp))?$/

function configOf(test: MetadataTest, complain: Complain): readonly ConfigExpectation[] {
  const at = (key: keyof MetadataTest, index?: number) =>
    index === undefined ? `metadataTest.${key}` : `metadataTest.${key}.${index}`
  const values = (key: 'envVars' | 'labels', of: 'env' | 'label') =>
    (test[key] ?? []).map((each, index) => ({
      ...each,
      of,
      path: at(key, index),
    }))
  const ports = (key: 'exposedPorts' | 'unexposedPorts') =>
    (test[key] ?? []).map((name, index) => {
      if (!PORT.test(name)) complain(['metadataTest', key, index], `${JSON.stringify(name)} is not a port: write 8080`)
      return { of: 'port', name, there: key === 'exposedPorts', path: at(key, index) } as const
    })
  const volumes = (key: 'volumes' | 'unmountedVolumes') =>
    (test[key] ?? []).map(
      (name, index) => ({ of: 'volume', name, there: key === 'volumes', path: at(key, index) }) as const,
    )
  const argv = (of: 'entrypoint' | 'cmd') => (test[of] ? [{ of, argv: test[of], path: at(of) }] : [])
  const word = (of: 'workdir' | 'user') => (test[of] ? [{ of, is: test[of], path: at(of) }] : [])
  return [
    ...values('envVars', 'env'),
    ...(test.unboundEnvVars ?? []).map(
      ({ key }, index) =>
        ({ of: 'env', name: key, value: { unset: true }, path: at('unboundEnvVars', index) }) as const,
    ),
    ...values('labels', 'label'),
    ...argv('entrypoint'),
    ...argv('cmd'),
    ...ports('exposedPorts'),
    ...ports('unexposedPorts'),
    ...volumes('volumes'),
    ...volumes('unmountedVolumes'),
    ...word('workdir'),
    ...word('user'),
  ]
}
