import {
  type Execution,
  failed,
  type ImageSeen,
  type IndexSeen,
  type Look,
  type ProbeSeen,
} from '../model/observation.ts'
import type { ImageInSet, SetSeen, TargetInSet, UnseenPart } from '../model/set.ts'
import { hasProbes, type ImageExpectation, type Target } from '../model/spec.ts'
import type { Sight } from '../observe/sight.ts'
import { noIndex, notRun, type Unlooked, unseen } from './define.ts'
import { unreached } from './probe.ts'
import { revisionOf } from './revision.ts'

/** What the images of a set must agree in, as far as this run looks at them. */
export async function lookAtSet(images: readonly ImageExpectation[], sight: Sight): Promise<SetSeen> {
  const targets = (await Promise.all(images.filter(hasProbes).map((image) => sight.targets(image)))).flat()
  const probes = await Promise.all(
    targets.map(async (target) => {
      const execution = await sight.execution(target)
      return targetInSet(target, execution, execution.executed === 'no' ? undefined : await sight.probe(target))
    }),
  )
  return {
    images: await Promise.all(images.map(async (image) => imageInSet(image.id, await sight.image(image)))),
    probes: probes.filter((probe) => probe !== undefined),
  }
}

/** The digest of an image, whoever looked: this run, or those whose reports it puts together. */
export function indexInSet(id: string, image: ImageInSet | undefined): Look<Pick<IndexSeen, 'digest'>> {
  const { digest, unseen: dark } = image ?? {}
  if (digest !== undefined) return { ok: true, seen: { digest } }
  const { reason = `${id} was not looked at`, hint = 'rerun the job' } = dark ?? {}
  return failed('unavailable', reason, hint)
}

/** An image as the others of its set must agree with it. */
export function imageInSet(id: string, seen: ImageSeen): ImageInSet {
  const { index } = seen
  if (!index.ok) return { id, commits: [], ...part(noIndex(index, seen)) }
  const dark = index.seen.children.map(({ config }) => config).find(({ ok }) => !ok)
  return {
    id,
    digest: index.seen.digest,
    commits: index.seen.children.flatMap((child) => revisionOf(index.seen, child) ?? []),
    ...(dark !== undefined && !dark.ok && part(unseen(dark, 'platforms'))),
  }
}

/** A target as the others of its set must agree with it; undefined where it was not to run here. */
export function targetInSet(
  { key }: Pick<Target, 'key'>,
  execution: Execution,
  probe: Look<ProbeSeen> | undefined,
): TargetInSet | undefined {
  if (execution.executed === 'no') {
    return execution.asked ? { target: key, versions: {}, ...part(notRun(execution)) } : undefined
  }
  if (probe === undefined) {
    return {
      target: key,
      versions: {},
      ...part({ unseen: 'it was not probed', hint: 'rerun the job', because: 'import' }),
    }
  }
  if (!probe.ok) return { target: key, versions: {}, ...part(unseen(probe, 'import')) }
  const { startedAt, nonce, modules } = probe.seen
  const dark = unreached(probe.seen, Object.keys(modules))
  const versions = Object.entries(modules).flatMap(([module, seen]) =>
    seen.outcome === 'imported' && seen.version !== undefined ? [[module, seen.version] as const] : [],
  )
  return {
    target: key,
    container: { startedAt, nonce },
    versions: Object.fromEntries(versions),
    ...(dark && part({ ...dark, because: 'import' })),
  }
}

function part(rest: Unlooked): { readonly unseen?: UnseenPart } {
  if ('skipped' in rest) return {}
  const { unseen: reason, hint, because } = rest
  return { unseen: { reason, hint, ...(because !== undefined && { because }) } }
}
