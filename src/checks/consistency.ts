import type { Evidence, UnweighedFinding } from '../model/result.ts'
import type { SetSeen, UnseenPart } from '../model/set.ts'
import { hasProbes, type ImageExpectation } from '../model/spec.ts'
import { defineCheck, type Judgement, type Unlooked, unseen } from './define.ts'

interface Seen extends SetSeen {
  /** Other runs look at other targets of this set. */
  readonly sharded: boolean
}

export const consistency = defineCheck({
  id: 'consistency',
  title: 'The images of the set agree with each other',
  scope: 'set',
  codes: { 'consistency/version': 'warning', 'consistency/revision': 'error' },
  notAsked: (images) => (images.length < 2 ? 'one image alone has nothing to agree with' : undefined),
  observe: async (_images, sight): Promise<Seen> => ({
    ...(await sight.set()),
    sharded: sight.sharded,
  }),
  judge: (expected, seen: Seen): Judgement => {
    const commits = commitsOf(seen.images)
    const indexes = seen.images.flatMap(({ digest }): Evidence[] =>
      digest === undefined ? [] : [{ kind: 'digest', digest }],
    )
    const probes = seen.probes.flatMap(({ container }): Evidence[] =>
      container === undefined ? [] : [{ kind: 'container', ...container }],
    )
    return {
      findings: [...versions(seen.probes), ...revisions(commits)],
      evidence: [...indexes, ...probes],
      rest: unknownImage(expected, seen) ?? unknownProbe(seen) ?? uncompared(expected, seen, commits),
    }
  },
})

/** Models and pickles move between images: the same module in two versions is a fault waiting to happen. */
function versions(probes: Seen['probes']): readonly UnweighedFinding[] {
  const byModule = new Map<string, Map<string, string[]>>()
  for (const { target, versions: ofTarget } of probes) {
    for (const [module, told] of Object.entries(ofTarget)) {
      const versions = byModule.get(module) ?? new Map<string, string[]>()
      const version = told.replace(/\+.*$/s, commitIn)
      versions.set(version, [...(versions.get(version) ?? []), target])
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

/** `+cpu` and `+cu126` tell builds of one version apart, and differ on purpose; commits (`+g8f3c2ab`) must not. */
const commitIn = (local: string): string => {
  const [commit] = /(?<=[+.])g(?:it)?[0-9a-f]{7,}/.exec(local) ?? []
  return commit === undefined ? '' : `+${commit}`
}

type Commits = ReadonlyMap<string, ReadonlySet<string>>

/** Commit → ids of the images that say they were built from it. */
function commitsOf(images: Seen['images']): Commits {
  const byCommit = new Map<string, Set<string>>()
  for (const { id, commits } of images) {
    for (const commit of commits) byCommit.set(commit, (byCommit.get(commit) ?? new Set()).add(id))
  }
  return byCommit
}

/** A set of images is from one commit, or it is two halves of two builds. */
function revisions(commits: Commits): readonly UnweighedFinding[] {
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
  const byId = new Map(images.map((image) => [image.id, image]))
  for (const { id } of expected) {
    const seen = byId.get(id)
    if (seen === undefined) return { unseen: `${id} was not looked at`, hint: 'rerun the job', because: 'tags' }
    if (seen.unseen !== undefined) return about(id, seen.unseen)
  }
  return undefined
}

/** The first target that was to be probed and was not. */
function unknownProbe({ probes }: Seen): Unlooked | undefined {
  for (const { target, unseen } of probes) if (unseen !== undefined) return about(target, unseen)
  return undefined
}

const about = (where: string, { reason, hint, because }: UnseenPart): Unlooked =>
  unseen({ reason: `not all of the set was seen: ${where}: ${reason}`, hint }, because)

/** Whether a module told its version in two targets. */
function shareModule(probes: Seen['probes']): boolean {
  const modules = probes.flatMap(({ versions: ofTarget }) => Object.keys(ofTarget))
  return new Set(modules).size < modules.length
}

/** What was not to be looked at, and so was not compared. */
function uncompared(expected: readonly ImageExpectation[], seen: Seen, commits: Commits): Unlooked | undefined {
  const probed = seen.probes.some(({ container }) => container !== undefined)
  if (seen.sharded && expected.some(hasProbes)) {
    return { skipped: 'this run looks at some targets only: versions are not compared with those of the others' }
  }
  if (!probed && expected.some(hasProbes)) return { skipped: 'no probe ran, so no versions were compared' }
  if (!probed && commits.size === 0)
    return { skipped: 'no image says which commit it was built from, and none is probed' }
  if (seen.images.filter((image) => image.commits.length > 0).length < 2 && !shareModule(seen.probes)) {
    return { skipped: 'no two images say which commit they were built from, and no two have a module to compare' }
  }
  return undefined
}
