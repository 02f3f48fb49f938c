import type { Build, CacheUse } from '../../model/workflow.ts'
import type { LintFinding } from './finding.ts'

// https://docs.docker.com/build/cache/backends/gha/#scope
const DEFAULT_SCOPE = 'buildkit'

/** Builds that write one scope of GitHub's cache overwrite each other, and each next build starts from nothing. */
export function lintCaches(builds: readonly Build[]): readonly LintFinding[] {
  const writers = new Map<string, Writer[]>()
  for (const build of builds) {
    for (const cache of build.cacheTo) {
      if (!cache.type.known || cache.type.value !== 'gha') continue
      const scope = cache.scope ?? { known: true, value: DEFAULT_SCOPE }
      if (!scope.known) continue
      const group = writers.get(scope.value) ?? []
      writers.set(scope.value, group)
      if (!group.some((other) => isSameBuild(other.build, build))) group.push({ build, cache })
    }
  }
  return [...writers].flatMap(([scope, [first, second, ...rest]]) =>
    first && second ? [shared(scope, [first, second, ...rest])] : [],
  )
}

/** Steps of one job that build the same thing twice, first to test it: they mean to share. */
const isSameBuild = (one: Build, other: Build): boolean =>
  one.job === other.job &&
  one.row?.index === other.row?.index &&
  JSON.stringify(one.dockerfile.value) === JSON.stringify(other.dockerfile.value)

interface Writer {
  readonly build: Build
  readonly cache: CacheUse
}

function shared(scope: string, writers: readonly [Writer, Writer, ...Writer[]]): LintFinding {
  const names = new Set(writers.map(({ build }) => (build.jobName.known ? build.jobName.value : build.job)))
  const labels = names.size === writers.length ? names : writers.map(({ build }) => `${build.job}: ${build.step}`)
  const isWritten = writers[0].cache.scope !== undefined
  return {
    code: 'workflow/cache-scope-shared',
    message: `${writers.length} builds write the same cache scope: ${[...new Set(labels)].join('; ')}`,
    expected: 'a cache scope for each build',
    actual: isWritten ? `scope=${scope}` : `no scope, which is ${scope} for all`,
    hint: 'give cache-from and cache-to a scope that differs, such as the name of the image',
    at: writers[1].cache.at,
  }
}
