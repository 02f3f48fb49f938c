import { data } from '@actions/expressions'
import type { Known, RunContext } from '../model/workflow.ts'
import { stepsContext, whileItRuns, withEnv } from './contexts.ts'
import { type Data, OpenDictionary, unknownData } from './data.ts'
import type { Contexts } from './expressions.ts'
import { allKnown, both, known, unknown } from './known.ts'
import type { Leg } from './legs.ts'
import { linesOf } from './lists.ts'
import { metadataContext } from './metadata/context.ts'
import { computeMetadata, type Metadata } from './metadata.ts'
import { conditionHolds, fillIn, type Holed, interpolate } from './templates.ts'
import type { Step } from './workflow.ts'

/** A step as it is when its turn comes. */
export interface StepMoment {
  readonly leg: Leg
  readonly step: Step
  readonly contexts: Contexts
  readonly runs: Known<boolean>
  /** What earlier metadata steps made, by step id. */
  readonly metadata: ReadonlyMap<string, MetadataStep>
  /** The latest of them, which DOCKER_METADATA_OUTPUT_* in the environment speaks of. */
  readonly lastMetadata: Metadata | undefined
}

export interface MetadataStep {
  readonly step: Step
  readonly made: Metadata
}

/** The action a step uses, without its version, in lower case. */
export const actionOf = (step: Step): string | undefined => step.uses?.text.split('@')[0]?.toLowerCase()

/** The steps of a leg in order, each with what is known when it starts. */
export function momentsOf(leg: Leg, run: RunContext): readonly StepMoment[] {
  const moments: StepMoment[] = []
  const metadata = new Map<string, MetadataStep>()
  const outputs: Record<string, Record<string, Data>> = {}
  let lastMetadata: Metadata | undefined
  let { contexts } = leg
  for (const step of leg.job.steps) {
    const own = withEnv({ ...contexts, steps: stepsContext(outputs) }, step.env)
    const runs = both(leg.runs, conditionHolds(step.condition?.text, own))
    moments.push({ leg, step, contexts: own, runs, metadata: new Map(metadata), lastMetadata })
    if (actionOf(step) === 'docker/metadata-action') {
      lastMetadata = runs.known && runs.value ? metadataOf(step, own, run) : undefined
      if (step.id !== undefined && lastMetadata) {
        metadata.set(step.id, { step, made: lastMetadata })
        outputs[step.id] = metadataOutputs(lastMetadata, step.id)
      }
    }
    contexts = afterStep(contexts, step)
  }
  return moments
}

/** What a step gives to an input of its action, as it is written; empty where it gives nothing. */
export const inputOf = (step: Step, name: string): string => {
  const value = step.with.get(name)?.value
  return value === undefined || value === null ? '' : String(value)
}

function metadataOf(step: Step, contexts: Contexts, run: RunContext): Metadata {
  const input = (name: string): Holed => interpolate(inputOf(step, name), contexts)
  const source = inputOf(step, 'context') === '' ? known('workflow') : fillIn(inputOf(step, 'context'), contexts)
  const inputs = { images: input('images'), tags: input('tags'), flavor: input('flavor') }
  return computeMetadata(inputs, metadataContext(run, shortLength(contexts), source))
}

/** Unset, as a variable that only a step could set would be: the action's own default. */
function shortLength(contexts: Contexts): Known<number> {
  const name = 'DOCKER_METADATA_SHORT_SHA_LENGTH'
  if (contexts.env instanceof OpenDictionary && !(name in contexts.env.entries)) return known(7)
  const length = fillIn(`\${{ env.${name} }}`, contexts)
  if (!length.known) return length
  return Number.isInteger(Number(length.value)) ? known(Number(length.value)) : unknown(name, 'it is no number')
}

/** An output lists all tags of all names, so it is known when all of them are. */
function metadataOutputs({ names, tags }: Metadata, id: string): Record<string, Data> {
  const output = (name: string, value: Known<string>): Data =>
    value.known
      ? new data.StringData(value.value)
      : unknownData(`steps.${id}.outputs.${name}`, `${value.name}: ${value.reason}`)
  const allNames = allKnown(names)
  const allTags = allKnown(tags)
  const references = !allNames.known
    ? allNames
    : allTags.known
      ? known(allNames.value.flatMap((name) => allTags.value.map((tag) => `${name}:${tag}`)).join('\n'))
      : allTags
  return {
    tags: output('tags', references),
    version: output('version', tags[0] ?? known('')),
    'tag-names': output('tag-names', allTags.known ? known(allTags.value.join('\n')) : allTags),
  }
}

/** What a script writes to GITHUB_ENV takes the place of what the file sets. */
function afterStep(contexts: Contexts, step: Step): Contexts {
  const script = step.run?.value
  if (typeof script !== 'string' || !script.includes('GITHUB_ENV')) return contexts
  const reason = `the step ${JSON.stringify(step.name ?? step.id ?? `${step.index + 1}`)} sets it, which ${whileItRuns}`
  const names = [...script.matchAll(/(?:^|["'\s])([A-Za-z_]\w*)(?:=|<<)/gm)].map(([, name = '']) => name)
  const isPlain = linesOf(script).every(
    (line) => !line.includes('GITHUB_ENV') || /\b(echo|printf)\b|^[})]|<</.test(line),
  )
  if (names.length === 0 || !isPlain) return { ...contexts, env: unknownData('env', reason) }
  const written = names.map((name) => [name, unknownData(`env.${name}`, reason)] as const)
  return withEnv(contexts, new Map(), Object.fromEntries(written))
}
