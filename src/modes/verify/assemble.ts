import { describeTorch } from '../../checks/torch.ts'
import { childFor, type ProbeSeen } from '../../model/observation.ts'
import type {
  BytesRange,
  CheckResult,
  Environment,
  ImageReport,
  ModuleExpected,
  ModuleReport,
  PlatformReport,
} from '../../model/result.ts'
import { hasProbes, type ImageExpectation, type SizeRange, type Target } from '../../model/spec.ts'
import type { Sight } from '../../observe/sight.ts'
import type { Plan } from '../../plan.ts'

/** An image's part of the report, from what was already looked at: nothing here looks for the first time. */
export async function reportImage(
  image: ImageExpectation,
  targets: readonly Target[],
  checks: readonly CheckResult[],
  sight: Sight,
): Promise<ImageReport> {
  const { tags, index } = await sight.image(image)
  return {
    id: image.id,
    reference: image.name,
    ...(index.ok && { digest: index.seen.digest }),
    tags: Object.fromEntries(tags.map(({ tag, digest }) => [tag, digest.ok ? digest.seen : null])),
    expected: reportExpected(image),
    platforms: await Promise.all(targets.map((target) => reportPlatform(target, sight))),
    checks,
  }
}

/** What the spec says of an image that a reader compares with what was measured. */
export function reportExpected(image: ImageExpectation): ImageReport['expected'] {
  const { platforms, size } = image
  const { compressed, unpacked } = size
  return {
    ...(platforms && { platforms }),
    ...(compressed && { compressed: compressed.text, compressedBytes: rangeOf(compressed) }),
    ...(unpacked && { unpacked: unpacked.text, unpackedBytes: rangeOf(unpacked) }),
    ...(hasProbes(image) && { modules: expectedModules(image) }),
  }
}

const rangeOf = ({ minBytes, maxBytes }: SizeRange): BytesRange => ({
  min: minBytes,
  ...(Number.isFinite(maxBytes) && { max: maxBytes }),
})

/** Every module once, in the order of the spec. */
function expectedModules({ imports, absent, torch }: ImageExpectation): readonly ModuleExpected[] {
  const asked: readonly ModuleExpected[] = [
    ...imports.map(({ module, version }) => ({ module, wanted: 'import' as const, ...(version && { version }) })),
    ...absent.map((module) => ({ module, wanted: 'absent' as const })),
    ...(torch === undefined ? [] : [{ module: 'torch', wanted: 'import' as const, accelerator: torch }]),
  ]
  return [...Map.groupBy(asked, ({ module }) => module).values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [Object.assign({}, ...rest, first)],
  )
}

async function reportPlatform(target: Target, sight: Sight): Promise<PlatformReport> {
  const { index } = await sight.image(target.image)
  const child = index.ok ? childFor(index.seen, target.platform) : undefined
  const common = {
    platform: target.platform,
    ...(child && { digest: child.descriptor.digest }),
    ...(child?.manifest.ok && { compressed: child.manifest.seen.compressedBytes }),
  }
  const execution = await sight.execution(target)
  if (execution.executed === 'no') return { ...common, executed: 'no', reason: execution.reason, modules: [] }
  const pulled = await sight.pulled(target)
  if (!pulled.ok) return { ...common, executed: 'no', reason: pulled.reason, modules: [] }
  const bytes = target.image.size.unpacked === undefined ? undefined : await sight.unpacked(target)
  const unpacked = bytes?.ok ? bytes.seen : pulled.seen.unpackedBytes
  const pullSeconds = pulled.seen.seconds
  const measured = { ...common, ...(unpacked !== undefined && { unpacked }), pullSeconds }
  const { executed } = execution
  const probe = hasProbes(target.image) ? await sight.probe(target) : undefined
  if (probe?.ok) {
    return { ...measured, executed, probeSeconds: probe.seen.seconds, modules: reportModules(probe.seen) }
  }
  const start = target.image.starts ? await sight.started(target) : undefined
  const health = target.image.health === undefined ? undefined : await sight.health(target)
  const commands = target.image.commands.length > 0 ? await sight.commands(target) : undefined
  const runs = commands?.ok ? commands.seen : []
  if ([start, health, ...runs].some((look) => look?.ok && look.seen.startedAt !== undefined)) {
    return { ...measured, executed, modules: [] }
  }
  const reason = (start?.ok ? start.seen.error : start?.reason) || probe?.reason || 'the spec asks for no probe'
  return { ...measured, executed: 'no', reason, modules: [] }
}

const reportModules = ({ modules, torch }: ProbeSeen): readonly ModuleReport[] =>
  Object.entries(modules).map(([module, seen]) => ({
    module,
    outcome: seen.outcome,
    ...(seen.outcome === 'imported' && seen.version !== undefined && { version: seen.version }),
    ...(seen.outcome === 'imported' && seen.seconds !== undefined && { seconds: seen.seconds }),
    ...(module === 'torch' && torch && { accelerator: describeTorch(torch) }),
  }))

/** Where the report was made. */
export async function reportEnvironment(plan: Plan, sight: Sight): Promise<Environment> {
  if (plan.execute === 'none') return {}
  const engine = await sight.engine()
  if (!engine.ok) return {}
  const { version, store, platform, buildx, unlimited } = engine.seen
  const known = { engine: version, store, platform, ...(buildx !== undefined && { buildx }) }
  return { ...known, ...(unlimited !== undefined && { unlimited }) }
}
