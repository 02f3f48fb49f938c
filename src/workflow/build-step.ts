import { errorMessage } from '../errors.ts'
import { type Platform, parsePlatform } from '../model/image.ts'
import type { Position } from '../model/spec.ts'
import type { Build, BuiltReference, CacheUse, Known, Located, PushMode } from '../model/workflow.ts'
import { exportsOf, namedByOutputs } from './exporters.ts'
import { staysInJob } from './job-registry.ts'
import { known, mapKnown, unknown } from './known.ts'
import { attributesOf, itemsOf, linesOf } from './lists.ts'
import { originOf } from './matrix.ts'
import { referencesOf } from './references.ts'
import { runnerPlatform } from './runner-platform.ts'
import { stepOfJob } from './step-of-job.ts'
import { inputOf, type StepMoment } from './steps.ts'
import { fillIn, interpolate, soleStepOutput } from './templates.ts'
import { stepLabel } from './workflow.ts'

/** What one docker/build-push-action step builds. */
// https://github.com/docker/build-push-action/blob/master/README.md#inputs
export function buildOf(moment: StepMoment): Build {
  const { leg, step } = moment
  const { push, names } = exportsOf(moment)
  const tags = inputOf(step, 'tags')
  const all = tags === '' ? namedByOutputs(names, push) : withoutTags(referencesOf(tags, moment), push)
  const references = all.filter((reference) => !staysInJob(reference, leg.job))
  const platforms = platformsOf(moment)
  const isSet = !platforms.known || platforms.value.length > 0
  return {
    ...stepOfJob(moment),
    step: stepLabel(step),
    runs: moment.runs,
    push: references.length === 0 && all.length > 0 ? known('none') : push,
    references: {
      value: references,
      at: tags === '' ? whereInput(moment, 'outputs') : whereTags(moment),
    },
    platforms: {
      value: isSet ? platforms : runnerPlatform(moment),
      at: whereInput(moment, 'platforms'),
    },
    platformsFrom: isSet ? 'step' : 'runner',
    ...fileOf(moment),
    cacheFrom: cachesOf(moment, 'cache-from'),
    cacheTo: cachesOf(moment, 'cache-to'),
    provenance: inputOf(step, 'provenance') === '' ? undefined : fillIn(inputOf(step, 'provenance'), moment.contexts),
  }
}

/** A push by digest ignores the tags, which then only name the repository. */
const withoutTags = (references: readonly BuiltReference[], push: Known<PushMode>): readonly BuiltReference[] =>
  push.known && push.value === 'digest' ? references.map(({ name }) => ({ name, tag: undefined })) : references

/** Tags that a metadata step makes are written there. */
function whereTags(moment: StepMoment): Position {
  const output = soleStepOutput(inputOf(moment.step, 'tags'))
  const source = output && moment.metadata.get(output.step)?.step
  return source ? (source.with.get('tags')?.at ?? source.at) : whereInput(moment, 'tags')
}

function whereInput({ step, leg }: StepMoment, name: string): Position {
  const input = step.with.get(name)
  return input ? originOf(inputOf(step, name), input.at, leg.row) : step.at
}

function platformsOf({ step, contexts }: StepMoment): Known<readonly Platform[]> {
  const text = fillIn(inputOf(step, 'platforms'), contexts)
  if (!text.known) return text
  try {
    return known([...new Set(itemsOf(text.value).map(parsePlatform))])
  } catch (error) {
    return unknown('platforms', errorMessage(error))
  }
}

/** `{{defaultContext}}`, and no context at all, is the repository at the commit. */
function fileOf(moment: StepMoment): { context: Located<Known<string>>; dockerfile: Located<Known<string>> } {
  const { step, contexts } = moment
  const written = fillIn(inputOf(step, 'context'), contexts)
  const isRepository = !written.known || /^(\{\{\s*defaultContext\s*\}\}.*)?$/.test(written.value)
  const context = mapKnown(written, (text) =>
    text === '' ? '.' : text.replace(/^\{\{\s*defaultContext\s*\}\}:?/, '') || '.',
  )
  const file = fillIn(inputOf(step, 'file'), contexts)
  return {
    context: { value: context, at: whereInput(moment, 'context') },
    dockerfile: {
      value: dockerfileOf(context, file, isRepository),
      at: whereInput(moment, step.with.has('file') ? 'file' : 'context'),
    },
  }
}

function dockerfileOf(context: Known<string>, file: Known<string>, isRepository: boolean): Known<string> {
  if (!file.known) return file
  if (file.value !== '' && !isRepository) return known(cleanPath(file.value))
  if (!context.known) return context
  if (/^(https?:|git@|ssh:|git:)/.test(context.value))
    return unknown(context.value, 'the context is another repository')
  return known(cleanPath(`${context.value}/${file.value === '' ? 'Dockerfile' : file.value}`))
}

const cleanPath = (path: string): string =>
  path
    .split('/')
    .filter((part, index) => part !== '.' && (part !== '' || index === 0))
    .join('/')

function cachesOf({ step, contexts, leg }: StepMoment, input: 'cache-from' | 'cache-to'): readonly CacheUse[] {
  const filled = interpolate(inputOf(step, input), contexts)
  const yaml = step.with.get(input)
  return linesOf(filled.text).map((line, index) => {
    const { named } = attributesOf(line, filled.holes)
    const at = yaml ? originOf(inputOf(step, input), yaml.line(index, line), leg.row) : step.at
    return { type: named.get('type') ?? known('registry'), scope: named.get('scope') ?? named.get('ref'), at }
  })
}
