import type { Execution, ImageSeen, Look, ProbeSeen } from '../model/observation.ts'
import type { Evidence } from '../model/result.ts'
import { hasProbes, type ImageExpectation, type Target } from '../model/spec.ts'
import { defineCheck, type Judgement, noIndex, notRun, type Unlooked, unseen, type Verdictless } from './define.ts'
import { probeEvidence, unreached } from './probe.ts'
import { revisionOf } from './revision.ts'

interface Probed {
  readonly target: Target
  readonly execution: Execution
  /** Undefined where it did not run. */
  readonly probe: Look<ProbeSeen> | undefined
}

interface Seen {
  readonly probes: readonly Probed[]
  readonly images: readonly { readonly id: string; readonly seen: ImageSeen }[]
  /** Other runs look at other targets of this set. */
  readonly sharded: boolean
}

export const consistency = defineCheck({
  id: 'consistency',
  title: 'The images of the set agree with each other',
  scope: 'set',
  codes: { 'consistency/version': 'warning', 'consistency/revision': 'error' },
  notAsked: (images) => (images.length < 2 ? 'one image alone has nothing to agree with' : undefined),
  observe: async (images, sight): Promise<Seen> => {
    const targets = (await Promise.all(images.filter(hasProbes).map((image) => sight.targets(image)))).flat()
    return {
      probes: await Promise.all(
        targets.map(async (target): Promise<Probed> => {
          const execution = await sight.execution(target)
          return { target, execution, probe: execution.executed === 'no' ? undefined : await sight.probe(target) }
        }),
      ),
      images: await Promise.all(images.map(async (image) => ({ id: image.id, seen: await sight.image(image) }))),
      sharded: sight.sharded,
    }
  },
  judge: (expected, seen: Seen): Judgement => {
    const commits = commitsOf(seen.images)
    const indexes = seen.images.flatMap(({ seen: { index } }): Evidence[] =>
      index.ok ? [{ kind: 'digest', digest: index.seen.digest }] : [],
    )
    const probes = seen.probes.flatMap(({ probe }) => (probe?.ok ? probeEvidence(probe.seen) : []))
    return {
      findings: [...versions(seen.probes), ...revisions(commits)],
      evidence: [...indexes, ...probes],
      rest: unknownImage(expected, seen) ?? unknownProbe(seen) ?? uncompared(expected, seen, commits),
    }
  },
})

/** Models and pickles move between images: the same module in two versions is a fault waiting to happen. */
function versions(probes: readonly Probed[]): readonly Verdictless[] {
  const byModule = new Map<string, Map<string, string[]>>()
  for (const { target, probe } of probes) {
    if (!probe?.ok) continue
    for (const [module, seen] of Object.entries(probe.seen.modules)) {
      if (seen.outcome !== 'imported' || seen.version === undefined) continue
      const versions = byModule.get(module) ?? new Map<string, string[]>()
      // `+cpu` and `+cu126` tell builds of one version apart, and differ on purpose.
      const version = seen.version.replace(/\+.*$/, '')
      versions.set(version, [...(versions.get(version) ?? []), target.key])
      byModule.set(module, versions)
    }
  }
  return [...byModule].flatMap(([module, versions]) =>
    versions.size < 2
      ? []
      : [
          {
            code: 'consistency/version',
            message: `${module} is in the set in ${versions.size} versions`,
            expected: `one version of ${module}`,
            actual: [...versions].map(([version, keys]) => `${version} in ${keys.join(', ')}`).join('; '),
            hint: `pin ${module} to one version in all images`,
          },
        ],
  )
}

type Commits = ReadonlyMap<string, ReadonlySet<string>>

/** Commit → ids of the images that say they were built from it. */
function commitsOf(images: Seen['images']): Commits {
  const commits = new Map<string, Set<string>>()
  for (const { id, seen } of images) {
    for (const child of seen.index.ok ? seen.index.seen.children : []) {
      const commit = seen.index.ok ? revisionOf(seen.index.seen, child) : undefined
      if (commit !== undefined) commits.set(commit, (commits.get(commit) ?? new Set()).add(id))
    }
  }
  return commits
}

/** A set of images is from one commit, or it is two halves of two builds. */
function revisions(commits: Commits): readonly Verdictless[] {
  if (commits.size < 2) return []
  return [
    {
      code: 'consistency/revision',
      message: `the images of this set were built from ${commits.size} commits`,
      expected: 'one commit',
      actual: [...commits].map(([commit, ids]) => `${commit.slice(0, 7)}: ${[...ids].join(', ')}`).join('; '),
      hint: 'one leg of the build failed or a newer run overtook this one: rerun the whole build, and tag latest only after all legs passed',
    },
  ]
}

/** The first image of which the registry did not tell all. */
function unknownImage(expected: readonly ImageExpectation[], { images }: Seen): Unlooked | undefined {
  for (const { id } of expected) {
    const seen = images.find((image) => image.id === id)?.seen
    if (seen === undefined) return { unseen: `${id} was not looked at`, hint: 'rerun the job', because: 'tags' }
    if (!seen.index.ok) return about(id, noIndex(seen.index, seen))
    const dark = seen.index.seen.children.map(({ config }) => config).find(({ ok }) => !ok)
    if (dark !== undefined && !dark.ok) return about(id, unseen(dark, 'platforms'))
  }
  return undefined
}

/** The first target that was to be probed and was not. */
function unknownProbe({ probes }: Seen): Unlooked | undefined {
  for (const { target, execution, probe } of probes) {
    if (execution.executed === 'no' && execution.asked) return about(target.key, notRun(execution))
    if (probe === undefined) continue
    const dark = probe.ok ? unreached(probe.seen, Object.keys(probe.seen.modules)) : unseen(probe)
    if (dark) return about(target.key, { ...dark, because: 'import' })
  }
  return undefined
}

const about = (where: string, rest: Unlooked): Unlooked =>
  'unseen' in rest ? { ...rest, unseen: `not all of the set was seen: ${where}: ${rest.unseen}` } : rest

/** What was not to be looked at, and so was not compared. */
function uncompared(expected: readonly ImageExpectation[], seen: Seen, commits: Commits): Unlooked | undefined {
  const probed = seen.probes.some(({ probe }) => probe !== undefined)
  if (seen.sharded && expected.some(hasProbes)) {
    return { skipped: 'this run looks at some targets only: versions are not compared with those of the others' }
  }
  if (!probed && expected.some(hasProbes)) return { skipped: 'no probe ran, so no versions were compared' }
  if (!probed && commits.size === 0)
    return { skipped: 'no image says which commit it was built from, and none is probed' }
  return undefined
}
