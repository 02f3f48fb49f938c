import { childFor, type ImageSeen, type Look, type ProbeSeen, platformOf } from '../model/observation.ts'
import type { Evidence } from '../model/result.ts'
import { hasProbes, type Target } from '../model/spec.ts'
import { defineCheck, type Judgement, type Verdictless } from './define.ts'

const LABEL = 'org.opencontainers.image.revision'

interface Seen {
  readonly probes: readonly { readonly target: Target; readonly probe: Look<ProbeSeen> }[]
  readonly images: readonly { readonly id: string; readonly seen: ImageSeen }[]
}

export const consistency = defineCheck({
  id: 'consistency',
  title: 'The images of the set agree with each other',
  scope: 'set',
  codes: { 'consistency/version': 'warning', 'consistency/revision': 'error' },
  notAsked: (images) => (images.length < 2 ? 'one image alone has nothing to agree with' : undefined),
  observe: async (images, sight): Promise<Seen> => {
    const probed = images.filter(hasProbes)
    const targets = (await Promise.all(probed.map((image) => sight.targets(image)))).flat()
    const running = await Promise.all(
      targets.map(async (target) => ({ target, runs: (await sight.execution(target)).executed !== 'no' })),
    )
    return {
      probes: await Promise.all(
        running.flatMap(({ target, runs }) => (runs ? [sight.probe(target).then((probe) => ({ target, probe }))] : [])),
      ),
      images: await Promise.all(images.map(async (image) => ({ id: image.id, seen: await sight.image(image) }))),
    }
  },
  judge: (expected, { probes, images }: Seen): Judgement => {
    const findings = [...versions(probes), ...revisions(images)]
    const evidence = images.flatMap(({ seen }): Evidence[] =>
      seen.index.ok ? [{ kind: 'digest', digest: seen.index.seen.digest }] : [],
    )
    if (findings.length === 0 && evidence.length < images.length) {
      return { unseen: 'not every image could be looked at', hint: '', because: 'tags' }
    }
    if (findings.length === 0 && probes.some(({ probe }) => !probe.ok)) {
      return { unseen: 'not every probe ran', hint: '', because: 'import' }
    }
    if (findings.length === 0 && probes.length === 0 && expected.some(hasProbes)) {
      return { skipped: 'no probe ran, so no versions were compared' }
    }
    return { findings, evidence }
  },
})

/** Models and pickles move between images: the same module in two versions is a fault waiting to happen. */
function versions(probes: Seen['probes']): readonly Verdictless[] {
  const byModule = new Map<string, Map<string, string[]>>()
  for (const { target, probe } of probes) {
    if (!probe.ok) continue
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

/** A set of images is from one commit, or it is two halves of two builds. */
function revisions(images: Seen['images']): readonly Verdictless[] {
  const byRevision = new Map<string, Set<string>>()
  for (const { id, seen } of images) {
    if (!seen.index.ok) continue
    for (const child of seen.index.seen.children) {
      const platform = platformOf(seen.index.seen, child)
      const config = platform === undefined ? undefined : childFor(seen.index.seen, platform)?.config
      const label = config?.ok ? config.seen.labels[LABEL] : undefined
      if (label !== undefined) byRevision.set(label, (byRevision.get(label) ?? new Set()).add(id))
    }
  }
  if (byRevision.size < 2) return []
  return [
    {
      code: 'consistency/revision',
      message: `the images of this set were built from ${byRevision.size} commits`,
      expected: 'one commit',
      actual: [...byRevision].map(([label, ids]) => `${label.slice(0, 7)}: ${[...ids].join(', ')}`).join('; '),
      hint: 'one leg of the build failed or a newer run overtook this one: rerun the whole build, and tag latest only after all legs passed',
    },
  ]
}
